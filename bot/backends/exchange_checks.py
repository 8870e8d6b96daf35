"""What only the whole file can show: references that lead nowhere, doubles, impossible amounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from bot.backends.exchange_format import (
    Customer,
    Exchange,
    Item,
    Order,
    Paid,
    Product,
    Return,
    Shipment,
)
from bot.backends.exchange_values import places_problem
from bot.backends.order_numbers import comparable


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one record."""

    kind: str
    id: str
    field: str
    what: str

    def __str__(self) -> str:
        where = f"{self.kind} {self.id}".strip()
        return ": ".join(part for part in (where, self.field, self.what) if part)


_Found = Iterator[tuple[str, str]]
"""Field and what is wrong with it."""


def problems(exchange: Exchange) -> Iterator[Problem]:
    """Everything wrong with a file whose records are well-formed."""
    yield from _doubles(exchange)
    for product in exchange.products:
        for field, what in _product(product, exchange.currency):
            yield Problem("product", product.id, field, what)
    for customer in exchange.customers:
        for field, what in _customer(customer, exchange.currency):
            yield Problem("customer", customer.id, field, what)
    customers = {customer.id: customer for customer in exchange.customers}
    products = {v.id: p.id for p in exchange.products for v in p.variants}
    for order in exchange.orders:
        currency = order.currency or exchange.currency
        for field, what in _order(order, customers.get(order.customer_id), products, currency):
            yield Problem("order", order.id, field, what)


def _doubles(exchange: Exchange) -> Iterator[Problem]:
    for kind, ids in (
        ("product", [p.id for p in exchange.products]),
        ("customer", [c.id for c in exchange.customers]),
        ("order", [o.id for o in exchange.orders]),
    ):
        for double in _repeated(ids):
            yield Problem(kind, double, "id", "another one has the same id")
    variants = Counter(v.id for p in exchange.products for v in p.variants)
    for product in exchange.products:
        for at, variant in enumerate(product.variants):
            if variants[variant.id] > 1:
                what = f"another variant has the same id {variant.id}"
                yield Problem("product", product.id, f"variants[{at}].id", what)
    seen: dict[str, str] = {}
    for order in exchange.orders:
        number = comparable(order.id)
        if not number:
            yield Problem("order", order.id, "id", "has neither a letter nor a digit")
        elif seen.setdefault(number, order.id) != order.id:
            what = f"customers cannot tell it from {seen[number]}"
            yield Problem("order", order.id, "id", what)


def _repeated(ids: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(ids).items() if count > 1]


def _places(amounts: Iterable[tuple[str, Decimal | None]], currency: str) -> _Found:
    for field, amount in amounts:
        if amount is not None and (what := places_problem(amount, currency)):
            yield field, what


def _product(product: Product, currency: str) -> _Found:
    yield from _places(
        ((f"variants[{at}].price", v.price) for at, v in enumerate(product.variants)), currency
    )


def _customer(customer: Customer, currency: str) -> _Found:
    yield from _places(
        ((f"payment_methods[{at}].balance", m.balance)
         for at, m in enumerate(customer.payment_methods)),
        currency,
    )  # fmt: skip
    for double in _repeated(m.id for m in customer.payment_methods):
        yield "payment_methods", f"{double} is there twice"


def _order(
    order: Order, customer: Customer | None, products: dict[str, str], currency: str
) -> _Found:
    if customer is None:
        yield "customer_id", f"there is no customer {order.customer_id}"
    for at, line in enumerate(order.lines):
        if line.variant_id not in products:
            yield f"lines[{at}].variant_id", f"there is no variant {line.variant_id}"
        elif products[line.variant_id] != line.product_id:
            what = f"variant {line.variant_id} is of product {products[line.variant_id]}"
            yield f"lines[{at}].product_id", f"{what}, not {line.product_id}"
    methods = {m.id for m in customer.payment_methods} if customer else None
    for name, paid in _money_moved(order):
        yield from _paid(name, paid, methods)
    if order.total is None and order.tax is not None:
        yield "total", "missing: with a tax the file has to say what the order costs"
    yield from _places(_amounts(order), currency)
    yield from _parcels(order)
    if order.costs < 0:
        yield "discount", "is more than everything else costs"
    for field, records in (
        ("lines", order.lines),
        ("shipments", order.shipments),
        ("payments", order.all_payments),
        ("refunds", order.all_refunds),
        ("returns", order.returns),
        ("invoices", order.invoices),
    ):
        for double in _repeated(ids_of(records)):
            yield field, f"the id {double} is there twice"


def _money_moved(order: Order) -> Iterator[tuple[str, Paid]]:
    for at, paid in enumerate(order.payments):
        yield f"payments[{at}]", paid
    for at, refund in enumerate(order.refunds):
        yield f"refunds[{at}]", refund


def _paid(name: str, paid: Paid, methods: set[str] | None) -> _Found:
    if paid.method_kind is not None:
        return
    if paid.payment_method_id is None:
        yield f"{name}.payment_method_id", "missing; give it, or method_kind"
    elif methods is not None and paid.payment_method_id not in methods:
        what = f"the customer has no payment method {paid.payment_method_id}"
        yield f"{name}.payment_method_id", what


def _amounts(order: Order) -> Iterator[tuple[str, Decimal | None]]:
    for field in ("shipping_cost", "tax", "discount", "total"):
        yield field, getattr(order, field)
    for at, line in enumerate(order.lines):
        yield f"lines[{at}].unit_price", line.unit_price
    for name, paid in _money_moved(order):
        yield f"{name}.amount", paid.amount
    for at, invoice in enumerate(order.invoices):
        yield f"invoices[{at}].total", invoice.total


def _parcels(order: Order) -> _Found:
    ordered = ordered_quantities(order)
    sent: Counter[str] = Counter()
    for at, shipment in enumerate(order.shipments):
        name = f"shipments[{at}]"
        if shipment.variant_ids and shipment.items:
            yield f"{name}.items", "give either variant_ids or items"
        shipped, delivered = shipment.shipped_at, shipment.delivered_at
        if shipped and delivered and delivered < shipped:
            yield f"{name}.delivered_at", "is before shipped_at"
        yield from _known(name, parcel_items(shipment, ordered), ordered)
        for item in parcel_items(shipment, ordered):
            sent[item.variant_id] += item.quantity
    for variant_id, quantity in sent.items():
        if quantity > ordered.get(variant_id, quantity):
            what = f"{quantity} pieces of {variant_id} sent, {ordered[variant_id]} ordered"
            yield "shipments", what
    for at, returned in enumerate(order.returns):
        yield from _known(f"returns[{at}]", returned.items, ordered)
        yield from _returned(f"returns[{at}]", returned, ordered)


def _known(name: str, items: Iterable[Item], ordered: dict[str, int]) -> _Found:
    for item in items:
        if item.variant_id not in ordered:
            yield f"{name}.items", f"variant {item.variant_id} is not in the order"


def _returned(name: str, returned: Return, ordered: dict[str, int]) -> _Found:
    for item in returned.items:
        if item.quantity > ordered.get(item.variant_id, item.quantity):
            yield f"{name}.items", f"more of {item.variant_id} than were ordered"
    for double in _repeated(item.variant_id for item in returned.items):
        yield f"{name}.items", f"variant {double} is there twice"


class _Numbered(Protocol):
    @property
    def id(self) -> str | None: ...


def ids_of(records: Iterable[_Numbered]) -> list[str]:
    """The ids of one order's records of a kind; those without one are numbered from 1."""
    return [record.id or str(number) for number, record in enumerate(records, start=1)]


def ordered_quantities(order: Order) -> dict[str, int]:
    """How many pieces of each variant the order has, over all its lines."""
    quantities: dict[str, int] = {}
    for line in order.lines:
        quantities[line.variant_id] = quantities.get(line.variant_id, 0) + line.quantity
    return quantities


def parcel_items(shipment: Shipment, ordered: dict[str, int]) -> tuple[Item, ...]:
    """What is in a parcel: as many as it says, or all that were ordered; no variant twice."""
    if not shipment.items:
        return tuple(
            Item(variant_id=variant_id, quantity=ordered.get(variant_id, 1))
            for variant_id in dict.fromkeys(shipment.variant_ids)
        )
    sent: dict[str, int] = {}
    for item in shipment.items:
        sent[item.variant_id] = sent.get(item.variant_id, 0) + item.quantity
    return tuple(Item(variant_id=v, quantity=q) for v, q in sent.items())
