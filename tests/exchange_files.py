"""A tiny shop in the exchange format, for tests to spoil."""

from __future__ import annotations

import copy
import json
from typing import Any

ADDRESS = {"line1": "1 Elm Street", "city": "Denver", "postcode": "80279", "country": "US"}

_SMALL: dict[str, Any] = {
    "format": "shop-exchange/1",
    "currency": "USD",
    "as_of": "2026-11-20T12:00:00+00:00",
    "products": [
        {
            "id": "p1",
            "title": "Kettle",
            "variants": [
                {"id": "v1", "options": {"size": "1 l", "colour": "red"}, "price": "20.00",
                 "available": True, "stock": 4},
                {"id": "v2", "options": {"size": "2 l", "colour": "red"}, "price": "25.50",
                 "available": False, "restock_on": "2026-12-01"},
            ],
        }
    ],
    "customers": [
        {
            "id": "ann",
            "first_name": "Ann",
            "last_name": "Lee",
            "email": "Ann.Lee@example.com",
            "emails": ["ann@example.org", "ann.lee@EXAMPLE.com"],
            "phone": "+12025550100",
            "phones": ["+12025550101"],
            "default_address": ADDRESS,
            "addresses": [{**ADDRESS, "line1": "2 Oak Street", "name": "Office"}, ADDRESS],
            "payment_methods": [
                {"id": "card", "kind": "credit_card", "brand": "visa", "last4": "4242"},
                {"id": "gift", "kind": "gift_card", "balance": "12.30"},
            ],
            "locale": "en-US",
        },
        {"id": "bob", "first_name": "Bob", "last_name": "Lee", "phone": "+12025550101"},
    ],
    "orders": [
        {
            "id": "#A-1001",
            "customer_id": "ann",
            "status": "processed",
            "created_at": "2026-11-10T09:00:00+01:00",
            "shipping_address": ADDRESS,
            "lines": [
                {"product_id": "p1", "variant_id": "v1", "title": "Kettle",
                 "options": {"size": "1 l", "colour": "red"}, "quantity": 3,
                 "unit_price": "20.00"},
                {"product_id": "p1", "variant_id": "v2", "title": "Kettle", "quantity": 1,
                 "unit_price": "25.00"},
            ],
            "shipments": [
                {"tracking_numbers": ["T1", "T2"], "items": [{"variant_id": "v1", "quantity": 2}],
                 "carrier": "UPS", "tracking_url": "https://ups.example/T1",
                 "shipped_at": "2026-11-11T10:00:00Z", "estimated_delivery": "2026-11-24",
                 "promised_delivery": "2026-11-21"},
                {"tracking_numbers": ["T3"], "variant_ids": ["v2"],
                 "shipped_at": "2026-11-11T10:00:00Z", "delivered_at": "2026-11-13T10:00:00Z"},
            ],
            "payments": [
                {"kind": "payment", "amount": "12.70", "payment_method_id": "gift"},
                {"kind": "payment", "amount": "77.20", "payment_method_id": "card",
                 "status": "authorised", "at": "2026-11-10T08:00:01Z"},
                {"kind": "refund", "amount": "5.00", "payment_method_id": "card"},
            ],
            "refunds": [
                {"amount": "1.00", "method_kind": "paypal", "status": "requested",
                 "requested_at": "2026-11-15T08:00:00Z", "reason": "late"},
            ],
            "returns": [
                {"items": [{"variant_id": "v2", "quantity": 1}], "status": "in_transit",
                 "requested_at": "2026-11-14T08:00:00Z", "reason": "too big"},
            ],
            "invoices": [{"number": "R-1", "issued_on": "2026-11-11"}],
            "delivery_method": "standard",
            "shipping_cost": "4.90",
            "discount": "0.00",
        },
        {
            "id": "#A-1002",
            "customer_id": "ann",
            "status": "pending",
            "created_at": "2026-11-18T09:00:00Z",
            "shipping_address": ADDRESS,
            "lines": [{"product_id": "p1", "variant_id": "v1", "title": "Kettle", "quantity": 1,
                       "unit_price": "20.00"}],
            "tax": "1.60",
            "total": "21.60",
        },
    ],
}  # fmt: skip


def small_shop() -> dict[str, Any]:
    """A copy of the tiny shop; its first order has every part an order can have."""
    return copy.deepcopy(_SMALL)


def as_file(shop: dict[str, Any]) -> bytes:
    """The shop as the bytes of a file."""
    return json.dumps(shop).encode()
