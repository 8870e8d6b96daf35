"""The shop's records as the product sees them: customers, products, orders and money.

Frozen data, filled by a back end. Nothing here decides, formats or reads anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import NewType

from babel.numbers import get_currency_precision

CustomerId = NewType("CustomerId", str)
OrderId = NewType("OrderId", str)
ProductId = NewType("ProductId", str)
VariantId = NewType("VariantId", str)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in the currency's minor units (cents for USD, yen for JPY)."""

    amount: int
    currency: str

    @classmethod
    def of(cls, value: Decimal | str | int, currency: str) -> Money:
        """Read a decimal amount (``"12.50"``). Raises decimal.InvalidOperation when it is none."""
        places = get_currency_precision(currency)
        minor = (Decimal(value) * (Decimal(10) ** places)).to_integral_value(ROUND_HALF_EVEN)
        return cls(int(minor), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's number of places."""
        places = get_currency_precision(self.currency)
        return Decimal(self.amount).scaleb(-places).quantize(Decimal(1).scaleb(-places))

    def __str__(self) -> str:
        return str(self.decimal)

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return self + Money(-other.amount, other.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.amount * times, self.currency)


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """A place to deliver to; ``country`` is ISO 3166 alpha-2."""

    line1: str
    city: str
    postcode: str
    country: str
    line2: str = ""
    region: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A stored way to pay. ``kind`` as in the exchange format (credit_card, paypal, gift_card...).

    ``balance`` is what a gift card has left.
    """

    id: str
    kind: str
    brand: str = ""
    last4: str = ""
    balance: Money | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    id: CustomerId
    first_name: str
    last_name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    default_address: PostalAddress | None = None
    addresses: tuple[PostalAddress, ...] = ()
    payment_methods: tuple[PaymentMethod, ...] = ()
    locale: str | None = None

    def payment_method(self, method_id: str) -> PaymentMethod | None:
        """The stored method of that id, if the customer has it."""
        return next((m for m in self.payment_methods if m.id == method_id), None)


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that can be bought. ``stock`` is None when the shop gives no count."""

    id: VariantId
    product_id: ProductId
    options: Mapping[str, str]
    price: Money
    available: bool
    stock: int | None = None
    restock_on: date | None = None
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    id: ProductId
    title: str
    variants: tuple[Variant, ...]
    description: str = ""
    category: str = ""
    url: str = ""
    image: str = ""
    final_sale: bool = False
    weight_g: int | None = None


class OrderStatus(StrEnum):
    """pending: not packed yet; processed: packed and on its way (some or all of it)."""

    PENDING = "pending"
    PROCESSED = "processed"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    product_id: ProductId
    variant_id: VariantId
    title: str
    options: Mapping[str, str]
    quantity: int
    unit_price: Money


@dataclass(frozen=True, slots=True)
class ShippedItem:
    """How many of one variant travel in a shipment."""

    variant_id: VariantId
    quantity: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """One parcel (or several with one dispatch). Dates without a time are the carrier's own.

    ``estimated_delivery`` is the newest estimate, ``promised_delivery`` the first one, so a
    delay is their difference. ``shipped_at`` None: announced, not handed over yet.
    """

    id: str
    tracking_numbers: tuple[str, ...] = ()
    items: tuple[ShippedItem, ...] = ()
    carrier: str = ""
    tracking_url: str = ""
    shipped_at: datetime | None = None
    estimated_delivery: date | None = None
    promised_delivery: date | None = None
    delivered_at: datetime | None = None


class PaymentStatus(StrEnum):
    """pending: not charged yet; authorised: reserved; captured: charged; failed: declined."""

    PENDING = "pending"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Payment:
    """Money taken (or to be taken) for an order; ``due_on`` for invoices and instalments."""

    id: str
    amount: Money
    method_id: str
    method_kind: str
    status: PaymentStatus = PaymentStatus.CAPTURED
    brand: str = ""
    last4: str = ""
    at: datetime | None = None
    due_on: date | None = None
    failure: str = ""


class RefundStatus(StrEnum):
    """requested: not sent yet; sent: left the shop; settled: on the customer's account."""

    REQUESTED = "requested"
    SENT = "sent"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Refund:
    id: str
    amount: Money
    method_id: str
    method_kind: str
    status: RefundStatus = RefundStatus.SENT
    brand: str = ""
    last4: str = ""
    requested_at: datetime | None = None
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    reason: str = ""


class ReturnStatus(StrEnum):
    REQUESTED = "requested"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    REFUNDED = "refunded"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Return:
    id: str
    items: tuple[ShippedItem, ...]
    status: ReturnStatus
    requested_at: datetime
    received_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Invoice:
    id: str
    number: str
    issued_on: date
    total: Money
    url: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """``id`` is as the shop writes it (``#W5918442``); ``number`` compares (``W5918442``).

    ``total`` is what the order costs the customer, delivery, tax and discount included.
    """

    id: OrderId
    number: str
    customer_id: CustomerId
    status: OrderStatus
    currency: str
    created_at: datetime
    shipping_address: PostalAddress
    lines: tuple[Line, ...]
    total: Money
    shipments: tuple[Shipment, ...] = ()
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    returns: tuple[Return, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    delivery_method: str = ""
    shipping_cost: Money | None = None
    tax: Money | None = None
    discount: Money | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
