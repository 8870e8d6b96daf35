"""Questions about orders."""

from __future__ import annotations

from actions.base import BotAction
from bot.shop.asking import Answer, Ask
from bot.shop.service import order_payment, orders, refunds, tracking


class OrderStatus(BotAction):
    intent = "order_status"

    def act(self, ask: Ask) -> Answer:
        return tracking.order_status(ask)


class OrderDelivered(BotAction):
    intent = "order_delivered"

    def act(self, ask: Ask) -> Answer:
        return tracking.order_delivered(ask)


class OrderContents(BotAction):
    intent = "order_contents"

    def act(self, ask: Ask) -> Answer:
        return orders.order_contents(ask)


class OrderTotal(BotAction):
    intent = "order_total"

    def act(self, ask: Ask) -> Answer:
        return order_payment.order_total(ask)


class OrderPayment(BotAction):
    intent = "order_payment"

    def act(self, ask: Ask) -> Answer:
        return order_payment.order_payment(ask)


class OrderAddress(BotAction):
    intent = "order_address"

    def act(self, ask: Ask) -> Answer:
        return orders.order_address(ask)


class OrderInvoice(BotAction):
    intent = "order_invoice"

    def act(self, ask: Ask) -> Answer:
        return orders.order_invoice(ask)


class OrderRefund(BotAction):
    intent = "order_refund"

    def act(self, ask: Ask) -> Answer:
        return refunds.order_refund(ask)


class GiftCardBalance(BotAction):
    intent = "gift_card_balance"

    def act(self, ask: Ask) -> Answer:
        return order_payment.gift_card_balance(ask)


class OrdersList(BotAction):
    intent = "orders_list"

    def act(self, ask: Ask) -> Answer:
        return orders.orders_list(ask)
