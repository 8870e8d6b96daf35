"""What may be done with an order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shop.model import (
    CustomerId,
    Money,
    Order,
    OrderId,
    OrderStatus,
    PostalAddress,
    Product,
    ProductId,
    Shipment,
)
from bot.shop.policy import (
    Allowed,
    Refusal,
    Refused,
    may_cancel,
    may_change,
    may_change_address,
    may_exchange,
    may_return,
)
from bot.shop.terms import ChangeTerms, ExchangeTerms, PaidBy, ReturnTerms, Terms

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TERMS = Terms("Small", "EUR", "DE", "Europe/Berlin")
MUG = Product(ProductId("p"), "Mug", (), category="Kitchen")


def order(status: OrderStatus, delivered_days_ago: int | None = None) -> Order:
    shipments: tuple[Shipment, ...] = ()
    if delivered_days_ago is not None:
        shipments = (Shipment("s", delivered_at=NOW - timedelta(days=delivered_days_ago)),)
    return Order(
        id=OrderId("#1"),
        number="1",
        customer_id=CustomerId("c"),
        status=status,
        currency="EUR",
        created_at=NOW - timedelta(days=60),
        shipping_address=PostalAddress("Street 1", "Town", "12345", "DE"),
        lines=(),
        total=Money(1000, "EUR"),
        shipments=shipments,
    )


def refusal(verdict: Allowed | Refused) -> Refusal | None:
    return verdict.reason if isinstance(verdict, Refused) else None


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (OrderStatus.PENDING, None),
        (OrderStatus.PROCESSED, Refusal.CANCEL_TOO_LATE),
        (OrderStatus.DELIVERED, Refusal.CANCEL_DELIVERED),
        (OrderStatus.CANCELLED, Refusal.ALREADY_CANCELLED),
    ],
)
def test_cancels_only_what_is_not_packed(status: OrderStatus, reason: Refusal | None) -> None:
    assert refusal(may_cancel(order(status), TERMS, NOW)) == reason


def test_cancels_a_packed_order_where_the_merchant_lets_it() -> None:
    late = replace(TERMS, cancellation=ChangeTerms(OrderStatus.PROCESSED, fee=Money(500, "EUR")))
    assert may_cancel(order(OrderStatus.PROCESSED), late, NOW) == Allowed(fee=Money(500, "EUR"))


def test_changes_only_what_is_not_packed() -> None:
    assert may_change(order(OrderStatus.PENDING), TERMS, NOW) == Allowed()
    on_its_way = order(OrderStatus.PROCESSED)
    assert refusal(may_change(on_its_way, TERMS, NOW)) is Refusal.CHANGE_TOO_LATE
    assert refusal(may_change_address(on_its_way, TERMS, NOW)) is Refusal.ADDRESS_TOO_LATE
    delivered = order(OrderStatus.DELIVERED)
    assert refusal(may_change_address(delivered, TERMS, NOW)) is Refusal.CHANGE_DELIVERED


def test_takes_back_until_the_last_day_of_the_window() -> None:
    last = may_return(order(OrderStatus.DELIVERED, 30), TERMS, NOW)
    assert last == Allowed(until=date(2026, 11, 23))
    over = may_return(order(OrderStatus.DELIVERED, 31), TERMS, NOW)
    assert over == Refused(Refusal.RETURN_WINDOW_OVER, {"until": date(2026, 11, 22)})


def test_takes_back_nothing_that_has_not_arrived() -> None:
    verdict = may_return(order(OrderStatus.PROCESSED), TERMS, NOW)
    assert refusal(verdict) is Refusal.RETURN_NOT_DELIVERED
    verdict = may_exchange(order(OrderStatus.PENDING), TERMS, NOW)
    assert refusal(verdict) is Refusal.EXCHANGE_NOT_DELIVERED


def test_takes_back_the_part_of_an_order_that_has_arrived() -> None:
    assert isinstance(may_return(order(OrderStatus.PROCESSED, 3), TERMS, NOW), Allowed)


def test_turns_nobody_away_for_a_delivery_day_we_do_not_know() -> None:
    assert may_return(order(OrderStatus.DELIVERED), TERMS, NOW) == Allowed()


def test_names_what_a_return_costs_the_customer() -> None:
    cost = Money(395, "EUR")
    charged = replace(TERMS, returns=ReturnTerms(14, PaidBy.CUSTOMER, cost))
    assert may_return(order(OrderStatus.DELIVERED, 1), charged, NOW) == Allowed(
        until=date(2026, 12, 6), fee=cost
    )
    free = replace(TERMS, returns=ReturnTerms(14, PaidBy.SHOP))
    verdict = may_return(order(OrderStatus.DELIVERED, 1), free, NOW)
    assert verdict == Allowed(until=date(2026, 12, 6))


def test_takes_back_no_final_sale_and_no_excluded_category() -> None:
    delivered = order(OrderStatus.DELIVERED, 1)
    final = replace(MUG, final_sale=True)
    assert refusal(may_return(delivered, TERMS, NOW, final)) is Refusal.FINAL_SALE
    assert refusal(may_exchange(delivered, TERMS, NOW, final)) is Refusal.FINAL_SALE
    strict = replace(TERMS, returns=ReturnTerms(excluded_categories=("kitchen",)))
    assert refusal(may_return(delivered, strict, NOW, MUG)) is Refusal.NOT_RETURNABLE
    assert isinstance(may_return(delivered, TERMS, NOW, MUG), Allowed)


def test_says_so_when_the_shop_offers_no_returns_or_exchanges() -> None:
    delivered = order(OrderStatus.DELIVERED, 1)
    none = replace(TERMS, returns=ReturnTerms(0), exchanges=ExchangeTerms(offered=False))
    assert refusal(may_return(delivered, none, NOW)) is Refusal.RETURNS_NOT_OFFERED
    assert refusal(may_exchange(delivered, none, NOW)) is Refusal.EXCHANGES_NOT_OFFERED


@given(
    st.sampled_from(OrderStatus),
    st.none() | st.integers(0, 100),
    st.integers(0, 90),
    st.integers(0, 40),
)
def test_a_return_once_refused_as_too_late_is_never_allowed_later(
    status: OrderStatus, delivered: int | None, window: int, later: int
) -> None:
    terms = replace(TERMS, returns=ReturnTerms(window))
    now = may_return(order(status, delivered), terms, NOW)
    then = may_return(order(status, delivered), terms, NOW + timedelta(days=later))
    if refusal(now) is Refusal.RETURN_WINDOW_OVER:
        assert then == now
    if isinstance(then, Allowed):
        assert isinstance(now, Allowed)


@given(st.sampled_from(OrderStatus), st.none() | st.integers(0, 100))
def test_what_can_be_cancelled_cannot_be_sent_back(
    status: OrderStatus, delivered: int | None
) -> None:
    one = order(status, delivered if status is OrderStatus.DELIVERED else None)
    cancel, give_back = may_cancel(one, TERMS, NOW), may_return(one, TERMS, NOW)
    assert not (isinstance(cancel, Allowed) and isinstance(give_back, Allowed))
