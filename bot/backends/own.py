"""The port ``Shop`` over our own tables, read in the turn's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, TextClause
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.backends import own_queries, own_rows
from bot.backends.order_numbers import comparable
from bot.errors import ShopUnavailable
from bot.shop.model import Customer, CustomerId, Order, OrderId, Product

KEPT = 8
"""Catalogues kept in memory; a process has one, tests have more."""

_catalogues: dict[str, tuple[str, tuple[Product, ...]]] = {}
"""Database URL → version and catalogue. Replaced as a whole, so threads may share it."""


class OwnShop:
    """One per turn: it trusts its first look at the catalogue's version."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._products: tuple[Product, ...] | None = None

    def products(self) -> Sequence[Product]:
        """The whole catalogue, read again only when an import changed it."""
        if self._products is None:
            self._products = self._catalogue()
        return self._products

    def customer(self, customer_id: CustomerId) -> Customer | None:
        """The customer of that id."""
        rows = self._rows(own_queries.CUSTOMER, id=customer_id)
        return own_rows.customer(rows[0]) if rows else None

    def customer_at(self, kind: str, value: str) -> Customer | None:
        """The one customer with that e-mail address or phone number."""
        query = own_queries.CUSTOMERS_AT.get(kind)
        rows = self._rows(query, value=value) if query is not None else ()
        return own_rows.customer(rows[0]) if len(rows) == 1 else None

    def order(self, order_id: OrderId) -> Order | None:
        """The order of exactly that id."""
        rows = self._rows(own_queries.ORDER, id=order_id)
        return own_rows.order(rows[0]) if rows else None

    def order_numbered(self, number: str) -> Order | None:
        """The order of that number; the same letters win over digits alone."""
        wanted = comparable(number)
        rows = self._rows(own_queries.ORDERS_NUMBERED, number=wanted) if wanted else ()
        exact = [row for row in rows if row["own"]["number"] == wanted]
        found = exact or rows
        return own_rows.order(found[0]) if len(found) == 1 else None

    def orders_of(self, customer_id: CustomerId, limit: int = 50) -> Sequence[Order]:
        """The customer's orders, newest first."""
        rows = self._rows(own_queries.ORDERS_OF, customer_id=customer_id, limit=limit)
        return tuple(own_rows.order(row) for row in rows)

    def _catalogue(self) -> tuple[Product, ...]:
        key = str(self._connection.engine.url)
        versions = self._rows(own_queries.CATALOGUE_VERSION)
        version = versions[0]["catalogue_version"] if versions else ""
        known = _catalogues.get(key)
        if known is None or known[0] != version:
            rows = self._rows(own_queries.CATALOGUE)
            known = version, tuple(own_rows.product(r["own"], r["variants"]) for r in rows)
            while len(_catalogues) >= KEPT:
                _catalogues.pop(next(iter(_catalogues)), None)
            _catalogues[key] = known
        return known[1]

    def _rows(self, query: TextClause, **values: object) -> Sequence[Mapping[str, Any]]:
        with _unavailable():
            return [dict(row) for row in self._connection.execute(query, values).mappings()]


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise ShopUnavailable("the shop's tables cannot be read") from error
