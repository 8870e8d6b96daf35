"""Who is asking, how well that is proven, and what each proof opens. Pure: no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from bot.shop.model import CustomerId, Order, OrderId


class Level(IntEnum):
    """How well a customer is proven, weakest first.

    ORDER: knew an order's number and its e-mail address: that order only.
    CHANNEL: writes from an address on file, or came with the merchant's signed token.
    """

    ANONYMOUS = 0
    ORDER = 1
    CHANNEL = 2
    CODE = 3


@dataclass(frozen=True, slots=True)
class Who:
    """The person in this conversation, as far as they have proven it."""

    level: Level = Level.ANONYMOUS
    customer_id: CustomerId | None = None
    proven_orders: frozenset[OrderId] = frozenset()

    def may_see(self, order: Order) -> bool:
        """Whether anything about this order may be told."""
        known = self.level >= Level.CHANNEL and self.customer_id is not None
        if known and order.customer_id == self.customer_id:
            return True
        return order.id in self.proven_orders


ANYONE = Who()
