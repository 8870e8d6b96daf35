"""The tables of the shop's own records. Only ``bot/backends`` reads and writes them.

Amounts are minor units; those of an order are all in the order's ``currency``. ``position`` keeps
the order in which the shop named things. Names of options keep theirs by being ``json``, not jsonb.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from bot.shop.model import OrderStatus, PaymentStatus, RefundStatus, ReturnStatus
from bot.store.metadata import metadata


def _key(name: str, *target: str) -> Column[str]:
    """A column of the primary key; with a target, a reference that goes when its target goes."""
    references = [ForeignKey(target[0], ondelete="CASCADE")] if target else []
    return Column(name, Text, *references, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _amount(name: str, *, nullable: bool = True) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _at(name: str, *, nullable: bool = True) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _position() -> Column[int]:
    return Column("position", Integer, nullable=False, server_default="0")


def _json(name: str) -> Column[Any]:
    return Column(name, JSON, nullable=False)


def _quantity() -> Sequence[Column[int] | CheckConstraint]:
    return Column("quantity", Integer, nullable=False), CheckConstraint("quantity > 0", "quantity")


def _one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", column)


def _place(prefix: str = "") -> list[Column[str]]:
    fields = ("name", "line1", "line2", "city", "region", "postcode", "country")
    return [_text(prefix + field) for field in fields]


shop_state = Table(
    "shop_state",
    metadata,
    Column("one_row", Boolean, primary_key=True, server_default=text("true")),
    # Changes with every change of products and variants: what the catalogue is cached by.
    Column("catalogue_version", Text, nullable=False),
    _text("loaded_from"),
    Column("loaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    _at("as_of"),
    CheckConstraint("one_row", "one_row"),
)

product = Table(
    "product",
    metadata,
    _key("id"),
    Column("title", Text, nullable=False),
    _text("description"),
    _text("category"),
    _text("url"),
    _text("image"),
    Column("final_sale", Boolean, nullable=False, server_default=text("false")),
    Column("weight_g", Integer),
    _position(),
)

variant = Table(
    "variant",
    metadata,
    _key("id"),
    Column(
        "product_id",
        Text,
        ForeignKey("product.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    _json("options"),
    _amount("price", nullable=False),
    Column("currency", Text, nullable=False),
    Column("available", Boolean, nullable=False),
    Column("stock", Integer),
    Column("restock_on", Date),
    _text("sku"),
    _position(),
)

customer = Table(
    "customer",
    metadata,
    _key("id"),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("locale", Text),
)

customer_email = Table(
    "customer_email",
    metadata,
    _key("customer_id", "customer.id"),
    _key("email"),
    _position(),
)
Index("ix_customer_email_lower", func.lower(customer_email.c.email))

customer_phone = Table(
    "customer_phone",
    metadata,
    _key("customer_id", "customer.id"),
    Column("phone", Text, primary_key=True, index=True),
    _position(),
)

customer_address = Table(
    "customer_address",
    metadata,
    _key("customer_id", "customer.id"),
    Column("position", Integer, primary_key=True),
    Column("is_default", Boolean, nullable=False, server_default=text("false")),
    *_place(),
)

payment_method = Table(
    "payment_method",
    metadata,
    _key("customer_id", "customer.id"),
    _key("id"),
    Column("kind", Text, nullable=False),
    _text("brand"),
    _text("last4"),
    _amount("balance"),
    Column("balance_currency", Text),
    _position(),
)

shop_order = Table(
    "shop_order",
    metadata,
    _key("id"),
    # Comparable spellings of the id (bot.backends.order_numbers): FH10001 and 10001.
    Column("number", Text, nullable=False, index=True),
    Column("digits", Text, nullable=False, index=True),
    Column("customer_id", Text, ForeignKey("customer.id", ondelete="CASCADE"), nullable=False),
    Column("status", Text, nullable=False),
    Column("currency", Text, nullable=False),
    _at("created_at", nullable=False),
    *_place("ship_"),
    _amount("total", nullable=False),
    _text("delivery_method"),
    _amount("shipping_cost"),
    _amount("tax"),
    _amount("discount"),
    _at("cancelled_at"),
    _text("cancel_reason"),
    _json("extra"),
    _one_of("status", OrderStatus),
    Index("ix_shop_order_customer_newest", "customer_id", "created_at"),
)

order_line = Table(
    "order_line",
    metadata,
    _key("order_id", "shop_order.id"),
    _key("id"),
    _position(),
    # No references: an order keeps its lines when a product leaves the catalogue.
    Column("product_id", Text, nullable=False),
    Column("variant_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    _json("options"),
    *_quantity(),
    _amount("unit_price", nullable=False),
)

shipment = Table(
    "shipment",
    metadata,
    _key("order_id", "shop_order.id"),
    _key("id"),
    _position(),
    Column("tracking_numbers", ARRAY(Text), nullable=False, server_default="{}"),
    _text("carrier"),
    _text("tracking_url"),
    _at("shipped_at"),
    Column("estimated_delivery", Date),
    Column("promised_delivery", Date),
    _at("delivered_at"),
)

shipment_item = Table(
    "shipment_item",
    metadata,
    _key("order_id"),
    _key("shipment_id"),
    _key("variant_id"),
    _position(),
    *_quantity(),
    ForeignKeyConstraint(
        ["order_id", "shipment_id"], ["shipment.order_id", "shipment.id"], ondelete="CASCADE"
    ),
)

payment = Table(
    "payment",
    metadata,
    _key("order_id", "shop_order.id"),
    _key("id"),
    _position(),
    _amount("amount", nullable=False),
    # What was used is kept here as well: a customer may remove a stored method later.
    _text("method_id"),
    Column("method_kind", Text, nullable=False),
    _text("brand"),
    _text("last4"),
    Column("status", Text, nullable=False),
    _at("at"),
    Column("due_on", Date),
    _text("failure"),
    _one_of("status", PaymentStatus),
)

refund = Table(
    "refund",
    metadata,
    _key("order_id", "shop_order.id"),
    _key("id"),
    _position(),
    _amount("amount", nullable=False),
    _text("method_id"),
    Column("method_kind", Text, nullable=False),
    _text("brand"),
    _text("last4"),
    Column("status", Text, nullable=False),
    _at("requested_at"),
    _at("sent_at"),
    _at("settled_at"),
    _text("reason"),
    _one_of("status", RefundStatus),
)

shop_return = Table(
    "shop_return",
    metadata,
    _key("order_id", "shop_order.id"),
    _key("id"),
    _position(),
    Column("status", Text, nullable=False),
    _at("requested_at", nullable=False),
    _at("received_at"),
    _text("reason"),
    _one_of("status", ReturnStatus),
)

return_item = Table(
    "return_item",
    metadata,
    _key("order_id"),
    _key("return_id"),
    _key("variant_id"),
    _position(),
    *_quantity(),
    ForeignKeyConstraint(
        ["order_id", "return_id"], ["shop_return.order_id", "shop_return.id"], ondelete="CASCADE"
    ),
)

invoice = Table(
    "invoice",
    metadata,
    _key("order_id", "shop_order.id"),
    _key("id"),
    _position(),
    Column("number", Text, nullable=False),
    Column("issued_on", Date, nullable=False),
    _amount("total", nullable=False),
    _text("url"),
)

RECORDS: tuple[Table, ...] = (
    product,
    variant,
    customer,
    customer_email,
    customer_phone,
    customer_address,
    payment_method,
    shop_order,
    order_line,
    shipment,
    shipment_item,
    payment,
    refund,
    shop_return,
    return_item,
    invoice,
)
"""The tables an import fills, every one after those it refers to."""
