"""The shared retail data as a fake shop, for tests that ask its questions without a database."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from bot.shop.model import (
    Customer,
    CustomerId,
    Line,
    Money,
    Order,
    OrderId,
    OrderStatus,
    Payment,
    PaymentMethod,
    PostalAddress,
    Product,
    ProductId,
    Refund,
    Shipment,
    ShippedItem,
    Variant,
    VariantId,
)
from tests.conftest import SHARED
from tests.fakes import FakeShop

RETAIL = SHARED / "retail"


@lru_cache(maxsize=1)
def retail_shop() -> FakeShop:
    """All of shop.json."""
    data = json.loads((RETAIL / "shop.json").read_text(encoding="utf-8"))
    customers = [_customer(c) for c in data["customers"]]
    methods = {m.id: m for c in customers for m in c.payment_methods}
    return FakeShop(
        [_product(p) for p in data["products"]],
        customers,
        [_order(o, methods) for o in data["orders"]],
    )


def questions() -> list[dict[str, Any]]:
    """The development questions."""
    lines = (RETAIL / "questions_dev.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _product(raw: dict[str, Any]) -> Product:
    product = ProductId(raw["id"])
    variants = tuple(
        Variant(VariantId(v["id"]), product, v["options"], _usd(v["price"]), v["available"])
        for v in raw["variants"]
    )
    return Product(product, raw["title"], variants)


def _customer(raw: dict[str, Any]) -> Customer:
    methods = tuple(
        PaymentMethod(
            m["id"],
            m["kind"],
            m.get("brand", ""),
            m.get("last4", ""),
            _usd(m["balance"]) if "balance" in m else None,
        )
        for m in raw["payment_methods"]
    )
    return Customer(
        CustomerId(raw["id"]),
        raw["first_name"],
        raw["last_name"],
        (raw["email"],),
        (raw["phone"],),
        PostalAddress(**raw["default_address"]),
        payment_methods=methods,
    )


def _order(raw: dict[str, Any], methods: dict[str, PaymentMethod]) -> Order:
    lines = tuple(
        Line(
            str(position),
            ProductId(ln["product_id"]),
            VariantId(ln["variant_id"]),
            ln["title"],
            ln["options"],
            ln["quantity"],
            _usd(ln["unit_price"]),
        )
        for position, ln in enumerate(raw["lines"], 1)
    )
    moved = [(p, methods[p["payment_method_id"]]) for p in raw["payments"]]
    paid = [(p, m) for p, m in moved if p["kind"] == "payment"]
    back = [(p, m) for p, m in moved if p["kind"] == "refund"]
    return Order(
        OrderId(raw["id"]),
        raw["id"].lstrip("#"),
        CustomerId(raw["customer_id"]),
        OrderStatus(raw["status"]),
        raw["currency"],
        datetime.fromisoformat(raw["created_at"]),
        PostalAddress(**raw["shipping_address"]),
        lines,
        _usd(paid[0][0]["amount"]),
        tuple(_shipment(i, s) for i, s in enumerate(raw["shipments"], 1)),
        tuple(
            Payment(str(i), _usd(p["amount"]), m.id, m.kind, brand=m.brand, last4=m.last4)
            for i, (p, m) in enumerate(paid, 1)
        ),
        tuple(
            Refund(str(i), _usd(p["amount"]), m.id, m.kind, brand=m.brand, last4=m.last4)
            for i, (p, m) in enumerate(back, 1)
        ),
    )


def _shipment(number: int, raw: dict[str, Any]) -> Shipment:
    estimated, delivered = raw.get("estimated_delivery"), raw.get("delivered_at")
    return Shipment(
        str(number),
        tuple(raw["tracking_numbers"]),
        tuple(ShippedItem(VariantId(v), 1) for v in raw["variant_ids"]),
        shipped_at=datetime.fromisoformat(raw["shipped_at"]),
        estimated_delivery=date.fromisoformat(estimated) if estimated else None,
        delivered_at=datetime.fromisoformat(delivered) if delivered else None,
    )


def _usd(amount: str) -> Money:
    return Money.of(amount, "USD")
