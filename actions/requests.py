"""Wishes to change something about an order."""

from __future__ import annotations

from actions.base import BotAction
from bot.shop.asking import Answer, Ask
from bot.shop.service import requests


class OrderCancel(BotAction):
    intent = "order_cancel"

    def act(self, ask: Ask) -> Answer:
        return requests.requested(ask)


class OrderChange(BotAction):
    intent = "order_change"

    def act(self, ask: Ask) -> Answer:
        return requests.requested(ask)


class OrderChangeAddress(BotAction):
    intent = "order_change_address"

    def act(self, ask: Ask) -> Answer:
        return requests.requested(ask)


class OrderChangeItem(BotAction):
    intent = "order_change_item"

    def act(self, ask: Ask) -> Answer:
        return requests.requested(ask)


class OrderChangeQuantity(BotAction):
    intent = "order_change_quantity"

    def act(self, ask: Ask) -> Answer:
        return requests.requested(ask)


class OrderChangePayment(BotAction):
    intent = "order_change_payment"

    def act(self, ask: Ask) -> Answer:
        return requests.requested(ask)


class OrderReturn(BotAction):
    intent = "order_return"

    def act(self, ask: Ask) -> Answer:
        return requests.requested(ask)


class OrderExchange(BotAction):
    intent = "order_exchange"

    def act(self, ask: Ask) -> Answer:
        return requests.requested(ask)


class RefundRequest(BotAction):
    intent = "refund_request"

    def act(self, ask: Ask) -> Answer:
        return requests.requested(ask)


class Withdrawal(BotAction):
    intent = "withdrawal"

    def act(self, ask: Ask) -> Answer:
        return requests.withdrawal(ask)


class OrderProblem(BotAction):
    intent = "order_problem"

    def act(self, ask: Ask) -> Answer:
        return requests.problem(ask)


class PaymentProblem(BotAction):
    intent = "payment_problem"

    def act(self, ask: Ask) -> Answer:
        return requests.payment_problem(ask)


class SetUpAddress(BotAction):
    intent = "set_up_address"

    def act(self, ask: Ask) -> Answer:
        return requests.set_up_address(ask)
