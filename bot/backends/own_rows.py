"""Turns what ``own_queries`` brings (JSON of rows) into the shop's model. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from bot.shop.model import (
    Customer,
    Invoice,
    Line,
    Money,
    Order,
    OrderStatus,
    Payment,
    PaymentMethod,
    PaymentStatus,
    PostalAddress,
    Product,
    Refund,
    RefundStatus,
    Return,
    ReturnStatus,
    Shipment,
    ShippedItem,
    Variant,
)

Fields = Mapping[str, Any]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _maybe_at(text: str | None) -> datetime | None:
    return None if text is None else _at(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)


def _place(row: Fields, prefix: str = "") -> PostalAddress:
    return PostalAddress(
        line1=row[prefix + "line1"],
        city=row[prefix + "city"],
        postcode=row[prefix + "postcode"],
        country=row[prefix + "country"],
        line2=row[prefix + "line2"],
        region=row[prefix + "region"],
        name=row[prefix + "name"],
    )


def product(own: Fields, variants: Sequence[Fields] | None) -> Product:
    """A product with its variants."""
    return Product(
        id=own["id"],
        title=own["title"],
        variants=tuple(_variant(row) for row in variants or ()),
        description=own["description"],
        category=own["category"],
        url=own["url"],
        image=own["image"],
        final_sale=own["final_sale"],
        weight_g=own["weight_g"],
    )


def _variant(row: Fields) -> Variant:
    return Variant(
        id=row["id"],
        product_id=row["product_id"],
        options=row["options"],
        price=Money(row["price"], row["currency"]),
        available=row["available"],
        stock=row["stock"],
        restock_on=_day(row["restock_on"]),
        sku=row["sku"],
    )


def customer(row: Fields) -> Customer:
    """A customer with everything that is theirs but the orders."""
    addresses = [(place["is_default"], _place(place)) for place in row["addresses"] or ()]
    return Customer(
        id=row["id"],
        first_name=row["first_name"],
        last_name=row["last_name"],
        emails=tuple(row["emails"] or ()),
        phones=tuple(row["phones"] or ()),
        default_address=next((place for default, place in addresses if default), None),
        addresses=tuple(place for _, place in addresses),
        payment_methods=tuple(_method(method) for method in row["payment_methods"] or ()),
        locale=row["locale"],
    )


def _method(row: Fields) -> PaymentMethod:
    return PaymentMethod(
        id=row["id"],
        kind=row["kind"],
        brand=row["brand"],
        last4=row["last4"],
        balance=_money(row["balance"], row["balance_currency"] or ""),
    )


def order(row: Fields) -> Order:
    """An order with all its parts."""
    own = row["own"]
    currency = own["currency"]
    return Order(
        id=own["id"],
        number=own["number"],
        customer_id=own["customer_id"],
        status=OrderStatus(own["status"]),
        currency=currency,
        created_at=_at(own["created_at"]),
        shipping_address=_place(own, "ship_"),
        lines=tuple(_line(line, currency) for line in row["lines"] or ()),
        total=Money(own["total"], currency),
        shipments=tuple(_shipment(*parcel) for parcel in row["shipments"] or ()),
        payments=tuple(_payment(paid, currency) for paid in row["payments"] or ()),
        refunds=tuple(_refund(paid, currency) for paid in row["refunds"] or ()),
        returns=tuple(_return(*parcel) for parcel in row["returns"] or ()),
        invoices=tuple(_invoice(invoice, currency) for invoice in row["invoices"] or ()),
        delivery_method=own["delivery_method"],
        shipping_cost=_money(own["shipping_cost"], currency),
        tax=_money(own["tax"], currency),
        discount=_money(own["discount"], currency),
        cancelled_at=_maybe_at(own["cancelled_at"]),
        cancel_reason=own["cancel_reason"],
        extra=own["extra"],
    )


def _line(row: Fields, currency: str) -> Line:
    return Line(
        id=row["id"],
        product_id=row["product_id"],
        variant_id=row["variant_id"],
        title=row["title"],
        options=row["options"],
        quantity=row["quantity"],
        unit_price=Money(row["unit_price"], currency),
    )


def _items(pairs: Sequence[tuple[str, int]] | None) -> tuple[ShippedItem, ...]:
    return tuple(ShippedItem(variant_id, quantity) for variant_id, quantity in pairs or ())  # type: ignore[arg-type]


def _shipment(row: Fields, items: Sequence[tuple[str, int]] | None) -> Shipment:
    return Shipment(
        id=row["id"],
        tracking_numbers=tuple(row["tracking_numbers"]),
        items=_items(items),
        carrier=row["carrier"],
        tracking_url=row["tracking_url"],
        shipped_at=_maybe_at(row["shipped_at"]),
        estimated_delivery=_day(row["estimated_delivery"]),
        promised_delivery=_day(row["promised_delivery"]),
        delivered_at=_maybe_at(row["delivered_at"]),
    )


def _payment(row: Fields, currency: str) -> Payment:
    return Payment(
        id=row["id"],
        amount=Money(row["amount"], currency),
        method_id=row["method_id"],
        method_kind=row["method_kind"],
        status=PaymentStatus(row["status"]),
        brand=row["brand"],
        last4=row["last4"],
        at=_maybe_at(row["at"]),
        due_on=_day(row["due_on"]),
        failure=row["failure"],
    )


def _refund(row: Fields, currency: str) -> Refund:
    return Refund(
        id=row["id"],
        amount=Money(row["amount"], currency),
        method_id=row["method_id"],
        method_kind=row["method_kind"],
        status=RefundStatus(row["status"]),
        brand=row["brand"],
        last4=row["last4"],
        requested_at=_maybe_at(row["requested_at"]),
        sent_at=_maybe_at(row["sent_at"]),
        settled_at=_maybe_at(row["settled_at"]),
        reason=row["reason"],
    )


def _return(row: Fields, items: Sequence[tuple[str, int]] | None) -> Return:
    return Return(
        id=row["id"],
        items=_items(items),
        status=ReturnStatus(row["status"]),
        requested_at=_at(row["requested_at"]),
        received_at=_maybe_at(row["received_at"]),
        reason=row["reason"],
    )


def _invoice(row: Fields, currency: str) -> Invoice:
    return Invoice(
        id=row["id"],
        number=row["number"],
        issued_on=date.fromisoformat(row["issued_on"]),
        total=Money(row["total"], currency),
        url=row["url"],
    )
