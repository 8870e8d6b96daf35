"""What delivery costs and when it arrives, by the terms."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shop.delivery import quote, zone_of
from bot.shop.model import Money
from bot.shop.terms import (
    BusinessDays,
    DeliveryMethod,
    DeliveryTerms,
    Surcharge,
    Terms,
    Zone,
)

MONDAY_MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)


def eur(text: str) -> Money:
    return Money.of(text, "EUR")


STANDARD = DeliveryMethod("standard", "Standard", eur("4.90"), BusinessDays(1, 3), eur("59"))
EXPRESS = DeliveryMethod("express", "Express", eur("9.90"), BusinessDays(1, 1))
ISLANDS = Surcharge("islands", ("25980", "27498"), eur("3"), extra_days=2)
CORSICA = Surcharge("Corsica", ("20",), eur("6"), countries=("FR",))
TERMS = Terms(
    "Small",
    "EUR",
    "DE",
    "Europe/Berlin",
    delivery=DeliveryTerms(
        zones=(
            Zone("Home", ("DE",), (STANDARD, EXPRESS), surcharges=(ISLANDS,)),
            Zone("City", ("DE",), (EXPRESS,), postcodes=("79",)),
            Zone("Near", ("FR", "AT"), (STANDARD,), surcharges=(CORSICA,), customs=True),
        )
    ),
)


def test_quotes_every_method_the_shops_first_choice_first() -> None:
    quotes = quote(TERMS, "DE", now=MONDAY_MORNING)
    assert [q.method.id for q in quotes] == ["standard", "express"]
    assert quotes[0].price == eur("4.90")
    assert (quotes[0].earliest, quotes[0].latest) == (date(2026, 11, 24), date(2026, 11, 26))
    assert quotes[1].source == "shop.yml#delivery.zones.0.methods.1"


def test_quotes_nothing_where_the_shop_does_not_deliver() -> None:
    assert quote(TERMS, "JP", now=MONDAY_MORNING) == ()


@pytest.mark.parametrize(
    ("total", "price", "short"),
    [
        (None, "4.90", None),
        ("58.99", "4.90", "0.01"),
        ("59.00", "0", None),
        ("0", "4.90", "59"),
    ],
)
def test_is_free_from_exactly_the_threshold(
    total: str | None, price: str, short: str | None
) -> None:
    best = quote(TERMS, "DE", total=eur(total) if total else None, now=MONDAY_MORNING)[0]
    assert best.price == eur(price)
    assert best.short_of_free == (eur(short) if short else None)


def test_islands_cost_and_take_more_also_when_delivery_is_free() -> None:
    best = quote(TERMS, "DE", "25980", eur("100"), now=MONDAY_MORNING)[0]
    assert best.price == eur("3")
    assert best.surcharge is ISLANDS
    assert best.latest == date(2026, 11, 30)


def test_a_surcharge_counts_only_in_its_country() -> None:
    assert quote(TERMS, "FR", "20000", now=MONDAY_MORNING)[0].surcharge is CORSICA
    assert quote(TERMS, "AT", "2000", now=MONDAY_MORNING)[0].surcharge is None
    assert quote(TERMS, "AT", now=MONDAY_MORNING)[0].customs


def test_the_longest_postcode_decides_the_zone() -> None:
    found = zone_of(TERMS, "DE", "79 098")
    assert found is not None
    assert found[1].name == "City"
    home = zone_of(TERMS, "DE", "80331")
    assert home is not None
    assert home[1].name == "Home"


@given(st.integers(0, 20_000), st.sampled_from(["DE", "FR", "AT"]), st.sampled_from(["", "25980"]))
def test_never_costs_less_than_nothing_and_never_arrives_before_it_leaves(
    cents: int, country: str, postcode: str
) -> None:
    for q in quote(TERMS, country, postcode, Money(cents, "EUR"), now=MONDAY_MORNING):
        assert q.price.amount >= 0
        assert q.leaves_on <= q.earliest <= q.latest
        if q.short_of_free is not None:
            assert q.short_of_free.amount > 0
            assert q.price.amount > 0
