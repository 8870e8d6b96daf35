"""The file format ``shop-exchange/1``: one JSON object with a whole shop in it.

What each field means is in ``docs/shop-data.md``; its JSON Schema is made from these classes.
What one record alone cannot show (references, doubles) is in ``exchange_checks``.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.backends.exchange_values import (
    Amount,
    Count,
    Country,
    Currency,
    Email,
    Id,
    Last4,
    LocaleTag,
    Maybe,
    Phone,
    Quantity,
    Words,
)
from bot.shop.model import OrderStatus, PaymentStatus, RefundStatus, ReturnStatus

FORMAT: Literal["shop-exchange/1"] = "shop-exchange/1"


class Record(BaseModel):
    """Every part of the file: unknown fields are refused, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Address(Record):
    """``country`` is ISO 3166 alpha-2."""

    line1: Words
    city: Words
    postcode: Maybe = ""
    country: Country
    line2: Maybe = ""
    region: Maybe = ""
    name: Maybe = ""


class Variant(Record):
    """One thing that can be bought. Leave ``stock`` out when there is no count."""

    id: Id
    options: dict[Words, Words] = {}
    price: Amount
    available: bool
    stock: Count | None = None
    restock_on: date | None = None
    sku: Maybe = ""


class Product(Record):
    id: Id
    title: Words
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    description: Maybe = ""
    category: Maybe = ""
    url: Maybe = ""
    image: Maybe = ""
    final_sale: bool = False
    weight_g: Count | None = None


class PaymentMethod(Record):
    """A way to pay the customer has stored. ``balance`` is what a gift card has left."""

    id: Id
    kind: Words
    brand: Maybe = ""
    last4: Last4 = ""
    balance: Amount | None = None


class Customer(Record):
    """``email`` and ``phone`` are the first of ``emails`` and ``phones``; all of them prove who
    writes from them."""

    id: Id
    first_name: Words
    last_name: Words
    email: Email | None = None
    emails: tuple[Email, ...] = ()
    phone: Phone | None = None
    phones: tuple[Phone, ...] = ()
    default_address: Address | None = None
    addresses: tuple[Address, ...] = ()
    payment_methods: tuple[PaymentMethod, ...] = ()
    locale: LocaleTag | None = None


class Line(Record):
    """``unit_price`` is what one piece cost when it was ordered."""

    id: Id | None = None
    product_id: Id
    variant_id: Id
    title: Words
    options: dict[Words, Words] = {}
    quantity: Quantity
    unit_price: Amount


class Item(Record):
    """How many of one variant travel in a parcel."""

    variant_id: Id
    quantity: Quantity


class Shipment(Record):
    """One dispatch: ``variant_ids`` when all ordered pieces of them are in it, else ``items``."""

    id: Id | None = None
    tracking_numbers: tuple[Words, ...] = ()
    variant_ids: tuple[Id, ...] = ()
    items: tuple[Item, ...] = ()
    carrier: Maybe = ""
    tracking_url: Maybe = ""
    shipped_at: AwareDatetime | None = None
    estimated_delivery: date | None = None
    promised_delivery: date | None = None
    delivered_at: AwareDatetime | None = None


class Paid(Record):
    """How money moved: a stored method's id, or (once it is gone) what it was."""

    id: Id | None = None
    amount: Amount
    payment_method_id: Id | None = None
    method_kind: Words | None = None
    brand: Maybe = ""
    last4: Last4 = ""


class Payment(Paid):
    """``due_on`` for invoices and instalments; ``failure`` says why one was declined."""

    kind: Literal["payment"]
    status: PaymentStatus = PaymentStatus.CAPTURED
    at: AwareDatetime | None = None
    due_on: date | None = None
    failure: Maybe = ""


class Refund(Paid):
    """Money that goes back: among ``payments`` with its kind, or in ``refunds``."""

    kind: Literal["refund"] = "refund"
    status: RefundStatus = RefundStatus.SENT
    requested_at: AwareDatetime | None = None
    sent_at: AwareDatetime | None = None
    settled_at: AwareDatetime | None = None
    reason: Maybe = ""


class Return(Record):
    id: Id | None = None
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    status: ReturnStatus
    requested_at: AwareDatetime
    received_at: AwareDatetime | None = None
    reason: Maybe = ""


class Invoice(Record):
    """Without ``total`` it is about the whole order."""

    id: Id | None = None
    number: Words
    issued_on: date
    total: Amount | None = None
    url: Maybe = ""


class Order(Record):
    """``total`` is what the customer pays in the end; without it: lines + shipping − discount."""

    id: Id
    customer_id: Id
    status: OrderStatus
    currency: Currency | None = None
    created_at: AwareDatetime
    shipping_address: Address
    lines: Annotated[tuple[Line, ...], Field(min_length=1)]
    shipments: tuple[Shipment, ...] = ()
    payments: tuple[Annotated[Payment | Refund, Field(discriminator="kind")], ...] = ()
    refunds: tuple[Refund, ...] = ()
    returns: tuple[Return, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    delivery_method: Maybe = ""
    shipping_cost: Amount | None = None
    tax: Amount | None = None
    discount: Amount | None = None
    total: Amount | None = None
    cancelled_at: AwareDatetime | None = None
    cancel_reason: Maybe = ""
    extra: dict[Words, Maybe] = {}

    @property
    def costs(self) -> Decimal:
        """What the customer pays in the end."""
        if self.total is not None:
            return self.total
        lines = sum((line.unit_price * line.quantity for line in self.lines), Decimal(0))
        return lines + (self.shipping_cost or 0) - (self.discount or 0)

    @property
    def all_payments(self) -> tuple[Payment, ...]:
        """Money taken, or to be taken."""
        return tuple(paid for paid in self.payments if isinstance(paid, Payment))

    @property
    def all_refunds(self) -> tuple[Refund, ...]:
        """Refunds wherever the file named them."""
        return (*(p for p in self.payments if isinstance(p, Refund)), *self.refunds)


class Exchange(Record):
    """A whole shop as of one moment. ``currency`` is that of prices, balances, and of orders that
    name none."""

    format: Literal["shop-exchange/1"]
    currency: Currency
    as_of: AwareDatetime
    products: tuple[Product, ...]
    customers: tuple[Customer, ...]
    orders: tuple[Order, ...]


def json_schema() -> str:
    """The format's JSON Schema, as published in ``docs/shop-exchange.schema.json``."""
    schema = Exchange.model_json_schema()
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A shop's records ({FORMAT})",
    }
    return json.dumps({**schema, **head}, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
