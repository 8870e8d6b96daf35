"""Turns a checked ``Exchange`` into the rows of the shop's tables. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from sqlalchemy import Table

from bot.backends.exchange_checks import ids_of, ordered_quantities, parcel_items
from bot.backends.exchange_format import Address, Customer, Exchange, Item, Order, Paid
from bot.backends.order_numbers import comparable, digits
from bot.shop.model import Money
from bot.store import shop_tables as tables

Row = Mapping[str, object]
NO_ADDRESS = {
    "name": "", "line1": "", "line2": "", "city": "", "region": "", "postcode": "", "country": "",
}  # fmt: skip


def _minor(amount: Decimal, currency: str) -> int:
    return Money.of(amount, currency).amount


def _maybe_minor(amount: Decimal | None, currency: str) -> int | None:
    return None if amount is None else _minor(amount, currency)


def _products(exchange: Exchange) -> Iterator[Row]:
    for position, product in enumerate(exchange.products):
        yield {**product.model_dump(exclude={"variants"}), "position": position}


def _variants(exchange: Exchange) -> Iterator[Row]:
    for product in exchange.products:
        for position, variant in enumerate(product.variants):
            yield {
                **variant.model_dump(),
                "product_id": product.id,
                "price": _minor(variant.price, exchange.currency),
                "currency": exchange.currency,
                "position": position,
            }


def _customers(exchange: Exchange) -> Iterator[Row]:
    for customer in exchange.customers:
        yield customer.model_dump(include={"id", "first_name", "last_name", "locale"})


def _emails(exchange: Exchange) -> Iterator[Row]:
    for customer in exchange.customers:
        every = [email for email in (customer.email, *customer.emails) if email]
        different = {email.lower(): email for email in reversed(every)}
        for position, email in enumerate(e for e in every if e in different.values()):
            if different.pop(email.lower(), None) is not None:
                yield {"customer_id": customer.id, "email": email, "position": position}


def _phones(exchange: Exchange) -> Iterator[Row]:
    for customer in exchange.customers:
        every = dict.fromkeys(p for p in (customer.phone, *customer.phones) if p)
        for position, phone in enumerate(every):
            yield {"customer_id": customer.id, "phone": phone, "position": position}


def _place(address: Address, prefix: str = "") -> Row:
    return {prefix + field: value for field, value in address.model_dump().items()}


def _addresses(exchange: Exchange) -> Iterator[Row]:
    for customer in exchange.customers:
        for position, address in enumerate(_all_addresses(customer)):
            yield {
                "customer_id": customer.id,
                "position": position,
                "is_default": address == customer.default_address,
                **_place(address),
            }


def _all_addresses(customer: Customer) -> list[Address]:
    every = (customer.default_address, *customer.addresses)
    return list(dict.fromkeys(address for address in every if address is not None))


def _methods(exchange: Exchange) -> Iterator[Row]:
    for customer in exchange.customers:
        for position, method in enumerate(customer.payment_methods):
            yield {
                **method.model_dump(),
                "customer_id": customer.id,
                "balance": _maybe_minor(method.balance, exchange.currency),
                "balance_currency": None if method.balance is None else exchange.currency,
                "position": position,
            }


def _currency(order: Order, exchange: Exchange) -> str:
    return order.currency or exchange.currency


def _orders(exchange: Exchange) -> Iterator[Row]:
    plain = {"id", "customer_id", "status", "created_at", "delivery_method", "cancelled_at",
             "cancel_reason", "extra"}  # fmt: skip
    for order in exchange.orders:
        currency = _currency(order, exchange)
        yield {
            **order.model_dump(include=plain),
            "number": comparable(order.id),
            "digits": digits(order.id),
            "currency": currency,
            **_place(order.shipping_address, "ship_"),
            "total": _minor(order.costs, currency),
            "shipping_cost": _maybe_minor(order.shipping_cost, currency),
            "tax": _maybe_minor(order.tax, currency),
            "discount": _maybe_minor(order.discount, currency),
        }


def _lines(exchange: Exchange) -> Iterator[Row]:
    for order in exchange.orders:
        currency = _currency(order, exchange)
        for position, (key, line) in enumerate(zip(ids_of(order.lines), order.lines, strict=True)):
            yield {
                **line.model_dump(),
                "order_id": order.id,
                "id": key,
                "position": position,
                "unit_price": _minor(line.unit_price, currency),
            }


def _shipments(exchange: Exchange) -> Iterator[Row]:
    for order in exchange.orders:
        keyed = zip(ids_of(order.shipments), order.shipments, strict=True)
        for position, (key, shipment) in enumerate(keyed):
            yield {
                **shipment.model_dump(exclude={"variant_ids", "items"}),
                "tracking_numbers": list(shipment.tracking_numbers),
                "order_id": order.id,
                "id": key,
                "position": position,
            }


def _shipment_items(exchange: Exchange) -> Iterator[Row]:
    for order in exchange.orders:
        ordered = ordered_quantities(order)
        for key, shipment in zip(ids_of(order.shipments), order.shipments, strict=True):
            for item in _items(parcel_items(shipment, ordered)):
                yield {"order_id": order.id, "shipment_id": key, **item}


def _items(items: Iterable[Item]) -> Iterator[Row]:
    for position, item in enumerate(items):
        yield {"variant_id": item.variant_id, "quantity": item.quantity, "position": position}


def _moved(
    exchange: Exchange, paid_of: Callable[[Order], tuple[Paid, ...]]
) -> Iterator[dict[str, object]]:
    """Payments or refunds, with what was used to pay as the customer has it stored."""
    methods = {(c.id, m.id): m for c in exchange.customers for m in c.payment_methods}
    for order in exchange.orders:
        currency = _currency(order, exchange)
        records = paid_of(order)
        for position, (key, paid) in enumerate(zip(ids_of(records), records, strict=True)):
            stored = methods.get((order.customer_id, paid.payment_method_id or ""))
            yield {
                **paid.model_dump(exclude={"kind", "payment_method_id"}),
                "order_id": order.id,
                "id": key,
                "position": position,
                "amount": _minor(paid.amount, currency),
                "method_id": paid.payment_method_id or "",
                "method_kind": paid.method_kind or (stored.kind if stored else ""),
                "brand": paid.brand or (stored.brand if stored else ""),
                "last4": paid.last4 or (stored.last4 if stored else ""),
            }


def _payments(exchange: Exchange) -> Iterator[Row]:
    yield from _moved(exchange, lambda order: order.all_payments)


def _refunds(exchange: Exchange) -> Iterator[Row]:
    yield from _moved(exchange, lambda order: order.all_refunds)


def _returns(exchange: Exchange) -> Iterator[Row]:
    for order in exchange.orders:
        keyed = zip(ids_of(order.returns), order.returns, strict=True)
        for position, (key, returned) in enumerate(keyed):
            yield {
                **returned.model_dump(exclude={"items"}),
                "order_id": order.id,
                "id": key,
                "position": position,
            }


def _return_items(exchange: Exchange) -> Iterator[Row]:
    for order in exchange.orders:
        for key, returned in zip(ids_of(order.returns), order.returns, strict=True):
            for item in _items(returned.items):
                yield {"order_id": order.id, "return_id": key, **item}


def _invoices(exchange: Exchange) -> Iterator[Row]:
    for order in exchange.orders:
        currency = _currency(order, exchange)
        keyed = zip(ids_of(order.invoices), order.invoices, strict=True)
        for position, (key, invoice) in enumerate(keyed):
            total = order.costs if invoice.total is None else invoice.total
            yield {
                **invoice.model_dump(),
                "order_id": order.id,
                "id": key,
                "position": position,
                "total": _minor(total, currency),
            }


ROWS: dict[Table, Callable[[Exchange], Iterator[Row]]] = {
    tables.product: _products,
    tables.variant: _variants,
    tables.customer: _customers,
    tables.customer_email: _emails,
    tables.customer_phone: _phones,
    tables.customer_address: _addresses,
    tables.payment_method: _methods,
    tables.shop_order: _orders,
    tables.order_line: _lines,
    tables.shipment: _shipments,
    tables.shipment_item: _shipment_items,
    tables.payment: _payments,
    tables.refund: _refunds,
    tables.shop_return: _returns,
    tables.return_item: _return_items,
    tables.invoice: _invoices,
}
"""What fills each table: rows in the file's order, all of a table with the same columns."""
