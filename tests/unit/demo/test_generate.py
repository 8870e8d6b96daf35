"""The demo shop is whole, as large as promised, true as of any moment, and its people are known."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bot.backends.exchange_checks import problems
from bot.backends.exchange_format import Exchange, Order
from bot.demo.clock import ZONE
from bot.demo.generate import generate
from bot.demo.stories import STORIES
from bot.shop.model import OrderStatus, PaymentStatus, RefundStatus, ReturnStatus
from tests.conftest import ROOT

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
MOMENTS = [
    NOW,
    datetime(2026, 11, 21, 23, 30, tzinfo=UTC),  # already Sunday in the shop's zone
    datetime(2027, 3, 28, 0, 30, tzinfo=UTC),  # the night the clocks change
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
]
FICTION = re.compile(
    r"\+1\d{3}55501\d\d|\+447700900\d{3}|\+3363998\d{4}"
    r"|\+49(3023125|6990009|4066969|8999998)\d{3}"
)


@pytest.fixture(scope="module")
def shop() -> Exchange:
    return generate(NOW)


def order(shop: Exchange, number: int) -> Order:
    return next(o for o in shop.orders if o.id == f"FH-{number}")


def today_of(shop: Exchange) -> date:
    return shop.as_of.astimezone(ZONE).date()


def test_is_as_large_as_promised_and_without_a_bad_record(shop: Exchange) -> None:
    assert (len(shop.products), len(shop.customers), len(shop.orders)) == (60, 300, 1500)
    assert list(problems(shop)) == []


def test_the_same_seed_and_moment_make_the_same_shop() -> None:
    first, again, other = (
        generate(NOW, seed=seed, customer_count=20, order_count=40) for seed in (1, 1, 2)
    )
    assert first == again
    assert first.customers[15] != other.customers[15]


def test_has_orders_in_every_state(shop: Exchange) -> None:
    assert {o.status for o in shop.orders} == set(OrderStatus)
    assert {p.status for o in shop.orders for p in o.all_payments} == set(PaymentStatus)
    assert {r.status for o in shop.orders for r in o.all_refunds} == set(RefundStatus)
    assert {r.status for o in shop.orders for r in o.returns} == set(ReturnStatus)
    parcels = [s for o in shop.orders for s in o.shipments]
    assert any(len(s.tracking_numbers) > 1 for s in parcels)
    assert any(s.shipped_at is None for s in parcels)
    late = [
        s
        for s in parcels
        if (s.estimated_delivery or NOW.date()) > (s.promised_delivery or NOW.date())
    ]
    assert len(late) > 20
    assert sum(len(o.shipments) > 1 for o in shop.orders) > 50


@pytest.mark.parametrize("now", MOMENTS)
def test_nothing_has_happened_that_is_still_to_come(now: datetime) -> None:
    shop = generate(now, customer_count=60, order_count=200)
    assert list(problems(shop)) == []
    for o in shop.orders:
        happened = [
            o.created_at,
            o.cancelled_at,
            *(moment for s in o.shipments for moment in (s.shipped_at, s.delivered_at)),
            *(p.at for p in o.all_payments),
            *(at for r in o.all_refunds for at in (r.requested_at, r.sent_at, r.settled_at)),
            *(at for r in o.returns for at in (r.requested_at, r.received_at)),
        ]
        assert all(at is None or o.created_at <= at <= now for at in happened), o


def test_what_came_back_was_paid_before(shop: Exchange) -> None:
    for o in shop.orders:
        captured = (p.amount for p in o.all_payments if p.status == PaymentStatus.CAPTURED)
        back = (r.amount for r in o.all_refunds)
        assert sum(back, Decimal(0)) <= sum(captured, Decimal(0)), o.id


def test_an_order_is_delivered_when_all_of_it_is(shop: Exchange) -> None:
    for o in shop.orders:
        there = Counter(
            {i.variant_id: i.quantity for s in o.shipments if s.delivered_at for i in s.items}
        )
        whole = sum(there.values()) == sum(line.quantity for line in o.lines)
        assert (o.status == OrderStatus.DELIVERED) == whole, o.id


def test_payments_cover_an_order_that_was_sent(shop: Exchange) -> None:
    for o in shop.orders:
        if o.status in (OrderStatus.PROCESSED, OrderStatus.DELIVERED):
            paid = (p.amount for p in o.all_payments if p.status != PaymentStatus.FAILED)
            assert sum(paid, Decimal(0)) == o.costs, o.id


def test_nobody_in_it_is_real(shop: Exchange) -> None:
    for customer in shop.customers:
        for email in filter(None, (customer.email, *customer.emails)):
            assert re.search(r"@example\.(com|org|net)$", email)
            assert email.isascii()
        for phone in filter(None, (customer.phone, *customer.phones)):
            assert FICTION.fullmatch(phone), phone
    emails = [c.email for c in shop.customers]
    assert len(set(emails)) == len(emails)


@pytest.mark.parametrize("now", MOMENTS)
def test_the_personas_stories_are_true_at_any_moment(now: datetime) -> None:
    shop = generate(now, customer_count=20, order_count=30)
    today = today_of(shop)
    anna, jonas, sophie = (order(shop, number) for number in (10001, 10002, 10003))
    assert anna.shipments[0].estimated_delivery == today + timedelta(1)
    assert jonas.shipments[0].promised_delivery == today - timedelta(3)
    assert jonas.shipments[0].estimated_delivery == today + timedelta(2)
    sent = {item.variant_id for item in sophie.shipments[0].items}
    assert {line.title for line in sophie.lines if line.variant_id not in sent} == {"Stoneware Mug"}
    assert order(shop, 10004).all_refunds[0].status == RefundStatus.REQUESTED
    delivered_at = order(shop, 10006).shipments[0].delivered_at
    assert delivered_at is not None
    assert delivered_at.astimezone(ZONE).date() == today - timedelta(1)
    assert order(shop, 10007).all_payments[0].failure == "card expired"
    assert [p.amount for p in order(shop, 10008).all_payments] == [Decimal(50), Decimal("203.90")]
    assert order(shop, 10009).all_refunds[0].status == RefundStatus.SENT
    assert order(shop, 10014).all_payments[0].due_on == today + timedelta(5)
    assert [s.estimated_delivery for s in order(shop, 10017).shipments] == [
        today,
        today + timedelta(5),
    ]


def test_the_page_about_the_demo_shop_names_every_persona(shop: Exchange) -> None:
    page = (ROOT / "docs" / "demo-shop.md").read_text("utf-8")
    personas = [c for c in shop.customers if c.id.startswith("persona-")]
    assert {c.id for c in personas} == set(STORIES)
    for persona in personas:
        row = next(line for line in page.splitlines() if f"| **{persona.first_name} " in line)
        for word in (
            persona.last_name,
            persona.email,
            *persona.emails,
            persona.phone,
            *persona.phones,
        ):
            assert word is None or word in row
        assert persona.default_address is not None
        assert persona.default_address.city in row
        for o in shop.orders:
            assert (o.id in row) == (o.customer_id == persona.id)


def test_every_product_says_what_it_is(shop: Exchange) -> None:
    for product in shop.products:
        assert product.category
        assert product.description.endswith(".")
        assert not product.image
    assert len({p.title for p in shop.products}) == 60
