"""Questions about delivery, before buying."""

from __future__ import annotations

from actions.base import BotAction
from bot.shop.asking import Answer, Ask
from bot.shop.service import delivery


class DeliveryCost(BotAction):
    intent = "delivery_cost"

    def act(self, ask: Ask) -> Answer:
        return delivery.delivery_cost(ask)


class DeliveryTime(BotAction):
    intent = "delivery_time"

    def act(self, ask: Ask) -> Answer:
        return delivery.delivery_time(ask)


class DeliveryOptions(BotAction):
    intent = "delivery_options"

    def act(self, ask: Ask) -> Answer:
        return delivery.delivery_options(ask)


class FreeDelivery(BotAction):
    intent = "free_delivery"

    def act(self, ask: Ask) -> Answer:
        return delivery.free_delivery(ask)
