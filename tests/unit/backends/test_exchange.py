"""Reading ``shop-exchange/1``: what is refused, and how it is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.exchange import parse_exchange, read_exchange
from bot.backends.exchange_format import json_schema
from bot.backends.exchange_rows import ROWS
from bot.backends.exchange_values import places_problem, read_amount
from bot.backends.order_numbers import comparable, digits
from bot.errors import BadInput
from bot.shop.model import Money
from bot.store import shop_tables as tables
from tests.conftest import ROOT
from tests.exchange_files import as_file, small_shop

Spoil = Callable[[dict[str, Any]], None]


def problems_of(spoil: Spoil) -> list[str]:
    shop = small_shop()
    spoil(shop)
    with pytest.raises(BadInput) as caught:
        parse_exchange(as_file(shop), "shop.json")
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def at(path: str, value: object) -> Spoil:
    """Spoil one place, written ``orders.0.lines.1.quantity``."""

    def spoil(shop: dict[str, Any]) -> None:
        *steps, last = [int(s) if s.isdigit() else s for s in path.split(".")]
        place: Any = shop
        for step in steps:
            place = place[step]
        if value is ...:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value

    return spoil


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("products.0.title", ..., "product p1: title: missing"),
        ("products.0.variants.1.price", 25.5, "product p1: variants[1].price: should be text"),
        ("products.0.variants.0.price", "-1.00", "variants[0].price: must not be negative"),
        ("products.0.variants.0.price", "1,00", "variants[0].price: should be an amount"),
        ("products.0.variants.0.price", "1.005", "variants[0].price: 1.005 has more than the 2"),
        ("products.0.variants.0.colour", "red", "product p1: variants[0].colour: there is no such"),
        ("products.0.variants.1.id", "v1", "variants[1].id: another variant has the same id v1"),
        ("products.0.variants", [], "product p1: variants: must not be empty"),
        ("customers.0.email", "ann", "customer ann: email: is no e-mail address"),
        ("customers.0.phones.0", "0123", "customer ann: phones[0]: is no phone number"),
        ("customers.0.default_address.country", "USA", "customer ann: default_address.country"),
        ("customers.0.locale", "xx-YY", "customer ann: locale: is no known locale"),
        ("customers.1.id", "ann", "customer ann: id: another one has the same id"),
        ("customers.1.id", 7, "customer number 2: id: "),
        ("orders.0.customer_id", "eve", "order #A-1001: customer_id: there is no customer eve"),
        ("orders.0.lines.1.variant_id", "v9", "order #A-1001: lines[1].variant_id: there is no"),
        ("orders.0.lines.0.product_id", "p9", "lines[0].product_id: variant v1 is of product p1"),
        ("orders.0.lines.0.quantity", 0, "lines[0].quantity: should be greater than or equal to 1"),
        ("orders.0.status", "lost", "order #A-1001: status: should be 'pending'"),
        ("orders.0.created_at", "2026-11-10T09:00:00", "order #A-1001: created_at: "),
        ("orders.0.currency", "XQQ", "order #A-1001: currency: is no currency"),
        ("orders.0.payments.1.payment_method_id", "x", "payments[1].payment_method_id: the cust"),
        ("orders.0.payments.1.amount", "x", "order #A-1001: payments[1].amount: should be"),
        ("orders.0.refunds.0.method_kind", ..., "refunds[0].payment_method_id: missing; give it"),
        ("orders.0.shipments.0.items.0.quantity", 4, "shipments: 4 pieces of v1 sent, 3 ordered"),
        ("orders.0.shipments.1.variant_ids.0", "v9", "shipments[1].items: variant v9 is not in"),
        ("orders.0.shipments.1.delivered_at", "2026-11-01T10:00:00Z", "shipments[1].delivered_at"),
        ("orders.0.returns.0.items.0.quantity", 2, "returns[0].items: more of v2 than"),
        ("orders.0.discount", "500.00", "discount: is more than everything else costs"),
        ("orders.1.total", ..., "order #A-1002: total: missing: with a tax"),
        ("orders.1.id", "#a 1001", "order #a 1001: id: customers cannot tell it from #A-1001"),
        ("orders.1.id", "??", "order ??: id: has neither a letter nor a digit"),
        ("orders.1.cancel_reason", "a\x00b", "order #A-1002: cancel_reason: must not contain"),
        ("format", "shop-exchange/2", "file: format: "),
        ("currency", "dollars", "file: currency: "),
        ("stock", [], "file: stock: there is no such field"),
    ],
)  # fmt: skip
def test_names_a_bad_record_by_kind_id_and_field(path: str, value: object, named: str) -> None:
    found = problems_of(at(path, value))
    assert any(named in line for line in found), found


def test_names_twenty_bad_records_and_counts_the_rest() -> None:
    def spoil(shop: dict[str, Any]) -> None:
        shop["orders"] = [{**shop["orders"][1], "id": f"#{n}", "status": "?"} for n in range(33)]

    found = problems_of(spoil)
    assert len(found) == 21
    assert found[0].startswith("order #0: status")
    assert found[-1] == "and 13 more"


def test_says_where_a_file_stops_being_json(tmp_path: Path) -> None:
    file = tmp_path / "shop.json"
    file.write_text('{"format": "shop-exchange/1",')
    with pytest.raises(BadInput, match=r"is not JSON: .*line 1"):
        read_exchange(file)
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        read_exchange(tmp_path / "gone.json")


def test_a_refund_among_the_payments_is_a_refund_that_was_sent() -> None:
    exchange = parse_exchange(as_file(small_shop()), "shop.json")
    payments = list(ROWS[tables.payment](exchange))
    refunds = list(ROWS[tables.refund](exchange))
    assert [(p["method_kind"], p["amount"], p["last4"]) for p in payments] == [
        ("gift_card", 1270, ""),
        ("credit_card", 7720, "4242"),
    ]
    assert [(r["id"], r["status"], r["amount"], r["method_kind"]) for r in refunds] == [
        ("1", "sent", 500, "credit_card"),
        ("2", "requested", 100, "paypal"),
    ]


def test_keeps_an_address_of_a_customer_once_whatever_its_case() -> None:
    exchange = parse_exchange(as_file(small_shop()), "shop.json")
    emails = list(ROWS[tables.customer_email](exchange))
    assert [row["email"] for row in emails] == ["Ann.Lee@example.com", "ann@example.org"]
    places = list(ROWS[tables.customer_address](exchange))
    assert [(row["line1"], row["is_default"]) for row in places] == [
        ("1 Elm Street", True),
        ("2 Oak Street", False),
    ]


def test_an_order_without_a_total_costs_its_lines_and_delivery_less_the_discount() -> None:
    exchange = parse_exchange(as_file(small_shop()), "shop.json")
    assert [row["total"] for row in ROWS[tables.shop_order](exchange)] == [8990, 2160]
    assert [row["total"] for row in ROWS[tables.invoice](exchange)] == [8990]


def test_every_row_has_every_column_of_its_table() -> None:
    exchange = parse_exchange(as_file(small_shop()), "shop.json")
    assert tuple(ROWS) == tables.RECORDS
    for table, rows in ROWS.items():
        found = list(rows(exchange))
        assert found, table.name
        for row in found:
            assert {column.name for column in table.columns} <= set(row), table.name


def test_the_published_schema_is_current() -> None:
    published = (ROOT / "docs" / "shop-exchange.schema.json").read_text()
    assert published == json_schema(), (
        "write it again: python -m bot.backends.exchange_format > docs/shop-exchange.schema.json"
    )


@given(st.integers(0, 10**14), st.sampled_from(["USD", "EUR", "JPY", "KWD"]))
def test_money_survives_the_file(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    if len(str(money.decimal).split(".", maxsplit=1)[0]) <= 12:
        amount = read_amount(str(money))
        assert places_problem(amount, currency) is None
        assert Money.of(amount, currency) == money


@given(st.decimals(0, 10**6, places=4), st.sampled_from(["USD", "JPY"]))
def test_an_amount_the_currency_cannot_pay_is_refused_not_rounded(
    amount: Any, currency: str
) -> None:
    whole = amount == round(amount, get_currency_precision(currency))
    assert (places_problem(amount, currency) is None) == whole


@pytest.mark.parametrize("spelling", ["#FH-10001", "fh10001", " FH 10001", "fh-10001", "Fh.10001"])
def test_spellings_of_one_number_compare_equal(spelling: str) -> None:
    assert comparable(spelling) == "FH10001"
    assert digits(spelling) == "10001"


def test_instants_and_days_are_read_as_such() -> None:
    exchange = parse_exchange(as_file(small_shop()), "shop.json")
    shipment = exchange.orders[0].shipments[0]
    assert shipment.shipped_at == datetime(2026, 11, 11, 10, tzinfo=UTC)
    assert shipment.promised_delivery == date(2026, 11, 21)
