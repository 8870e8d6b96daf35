"""Questions about products."""

from __future__ import annotations

from actions.base import BotAction
from bot.shop.asking import Answer, Ask
from bot.shop.service import products


class ProductPrice(BotAction):
    intent = "product_price"

    def act(self, ask: Ask) -> Answer:
        return products.product_price(ask)


class ProductStock(BotAction):
    intent = "product_stock"

    def act(self, ask: Ask) -> Answer:
        return products.product_stock(ask)


class ProductInfo(BotAction):
    intent = "product_info"

    def act(self, ask: Ask) -> Answer:
        return products.product_info(ask)
