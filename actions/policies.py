"""Questions about returns, refunds and cancelling in general."""

from __future__ import annotations

from actions.base import BotAction
from bot.shop.asking import Answer, Ask
from bot.shop.service import policies


class ReturnPolicy(BotAction):
    intent = "return_policy"

    def act(self, ask: Ask) -> Answer:
        return policies.return_policy(ask)


class RefundPolicy(BotAction):
    intent = "refund_policy"

    def act(self, ask: Ask) -> Answer:
        return policies.refund_policy(ask)


class CancellationPolicy(BotAction):
    intent = "cancellation_policy"

    def act(self, ask: Ask) -> Answer:
        return policies.cancellation_policy(ask)


class CancellationFee(BotAction):
    intent = "cancellation_fee"

    def act(self, ask: Ask) -> Answer:
        return policies.cancellation_fee(ask)
