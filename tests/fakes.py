"""The only fakes: a shop in memory, and proofs that remember what was asked of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.shop.asking import Proofs
from bot.shop.model import Customer, CustomerId, Order, OrderId, Product


def _comparable(number: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", number.upper())


class FakeShop:
    """The port ``Shop`` over plain tuples."""

    def __init__(
        self,
        products: Iterable[Product] = (),
        customers: Iterable[Customer] = (),
        orders: Iterable[Order] = (),
    ) -> None:
        self._products = tuple(products)
        self._customers = {customer.id: customer for customer in customers}
        self._orders = {order.id: order for order in orders}

    def products(self) -> Sequence[Product]:
        return self._products

    def customer(self, customer_id: CustomerId) -> Customer | None:
        return self._customers.get(customer_id)

    def customer_at(self, kind: str, value: str) -> Customer | None:
        found = [
            c
            for c in self._customers.values()
            if (kind == "phone" and value in c.phones)
            or (kind == "email" and value.lower() in [email.lower() for email in c.emails])
        ]
        return found[0] if len(found) == 1 else None

    def order(self, order_id: OrderId) -> Order | None:
        return self._orders.get(order_id)

    def order_numbered(self, number: str) -> Order | None:
        wanted = _comparable(number)
        exact = [o for o in self._orders.values() if _comparable(o.number) == wanted]
        by_digits = [
            o for o in self._orders.values() if re.sub(r"\D", "", o.number) == wanted and wanted
        ]
        found = exact or by_digits
        return found[0] if len(found) == 1 else None

    def orders_of(self, customer_id: CustomerId, limit: int = 50) -> Sequence[Order]:
        mine = [o for o in self._orders.values() if o.customer_id == customer_id]
        return sorted(mine, key=lambda o: o.created_at, reverse=True)[:limit]


@dataclass
class FakeProofs:
    """Counts failures and remembers proven orders; ``limit`` failures close the door."""

    limit: int = 5
    failures: int = 0
    orders: list[OrderId] = field(default_factory=list)

    def port(self) -> Proofs:
        """What a service sees of it."""
        return Proofs(lambda: self.failures < self.limit, self._fail, self.orders.append)

    def _fail(self) -> None:
        self.failures += 1
