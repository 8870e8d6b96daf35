"""What the product asks of a shop back end. Implementations live in ``bot/backends``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.shop.model import Customer, CustomerId, Order, OrderId, Product


class Shop(Protocol):
    """The shop's records, read inside the turn's transaction. Raises ShopUnavailable."""

    def products(self) -> Sequence[Product]:
        """The whole catalogue; cached by the back end, so calling it again is cheap."""

    def customer(self, customer_id: CustomerId) -> Customer | None:
        """The customer of that id."""

    def customer_at(self, kind: str, value: str) -> Customer | None:
        """The one customer with that ``email`` or ``phone``; None also when several share it.

        E-mail addresses compare case-insensitively; phones are E.164.
        """

    def order(self, order_id: OrderId) -> Order | None:
        """The order of exactly that id."""

    def order_numbered(self, number: str) -> Order | None:
        """The order of that number, as typed (``#W123``, ``w123``, ``123``); None if several."""

    def orders_of(self, customer_id: CustomerId, limit: int = 50) -> Sequence[Order]:
        """The customer's orders, newest first."""
