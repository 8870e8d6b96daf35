"""Questions about paying, before buying."""

from __future__ import annotations

from actions.base import BotAction
from bot.shop.asking import Answer, Ask
from bot.shop.service import payment_options


class PaymentOptions(BotAction):
    intent = "payment_options"

    def act(self, ask: Ask) -> Answer:
        return payment_options.payment_options(ask)


class PaymentTiming(BotAction):
    intent = "payment_timing"

    def act(self, ask: Ask) -> Answer:
        return payment_options.payment_timing(ask)


class PayByInvoice(BotAction):
    intent = "pay_by_invoice"

    def act(self, ask: Ask) -> Answer:
        return payment_options.pay_by_invoice(ask)


class PayByInstalments(BotAction):
    intent = "pay_by_instalments"

    def act(self, ask: Ask) -> Answer:
        return payment_options.pay_by_instalments(ask)
