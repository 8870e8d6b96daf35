"""How values read in a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from babel import localedata
from hypothesis import given
from hypothesis import strategies as st

from bot.shop.asking import Value
from bot.shop.labels import payment_name, refund_name
from bot.shop.model import Line, Money, PostalAddress, ProductId, VariantId
from bot.shop.terms import BusinessDays
from bot.shop.wording import Wording

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def british(now: datetime = NOW) -> Wording:
    return Wording("en_GB", "Europe/Berlin", now)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (TODAY, "today"),
        (TODAY - DAY, "yesterday"),
        (TODAY + DAY, "tomorrow (Tuesday, 24 November)"),
        (TODAY + 3 * DAY, "Thursday, 26 November"),
        (date(2025, 11, 1), "Saturday, 1 November 2025"),
        (date(2027, 1, 4), "Monday, 4 January"),
        (NOW, "today at 16:00"),
        (NOW - DAY, "yesterday at 16:00"),
        (NOW - 9 * DAY, "Saturday, 14 November"),
        (NOW + DAY, "tomorrow (Tuesday, 24 November) at 16:00"),
        (NOW.replace(hour=23), "tomorrow (Tuesday, 24 November) at 00:00"),
        (timedelta(minutes=10), "10 minutes"),
        (timedelta(hours=2), "2 hours"),
        (Money(135212, "GBP"), "£1,352.12"),
        (Money(1200, "JPY"), "JP¥1,200"),
        (1234, "1,234"),
        (Decimal("1.5"), "1.5"),
        (True, "yes"),
        ("as it is", "as it is"),
        (None, ""),
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a, b and c"),
    ],
)
def test_writes_a_value(value: Value, text: str) -> None:
    assert british().text(value) == text


@pytest.mark.parametrize(
    ("locale", "money", "day"),
    [
        ("en_US", "$1,352.12", "Thursday, November 26"),
        ("de_DE", "1.352,12 $", "Thursday, 26 November"),
        ("de-AT", "$ 1.352,12", "Thursday, 26 November"),
        ("fr_FR", "1 352,12 $US", "Thursday, 26 November"),
        ("klingon", "$1,352.12", "Thursday, November 26"),
        ("", "$1,352.12", "Thursday, November 26"),
    ],
)
def test_follows_the_customers_locale(locale: str, money: str, day: str) -> None:
    wording = Wording(locale, "UTC", NOW)
    assert wording.text(Money(135212, "USD")) == money
    assert wording.text(TODAY + 3 * DAY) == day


@given(
    st.sampled_from(sorted(localedata.locale_identifiers())),
    st.integers(-(10**9), 10**9),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_every_locale_writes_something_in_plain_spaces(locale: str, cents: int, day: date) -> None:
    wording = Wording(locale, "UTC", NOW)
    texts = [
        wording.text(Money(cents, "EUR")),
        wording.text(day),
        wording.text(NOW),
        wording.text(cents),
        wording.short_day(day),
    ]
    assert all(text.strip() for text in texts)
    assert not any(space in text for text in texts for space in "\u202f\xa0")


def test_working_days_are_counted_in_words() -> None:
    assert british().working_days(BusinessDays(5, 7)) == "5-7 working days"
    assert british().working_days(BusinessDays(1, 1)) == "1 working day"
    assert british().working_days(BusinessDays(3, 3)) == "3 working days"


def test_a_line_shows_quantity_and_telling_options() -> None:
    options = {"material": "glass", "size": "7", "waterproof": "yes"}
    line = Line("1", ProductId("p"), VariantId("v"), "Boots", options, 2, Money(100, "EUR"))
    assert british().line(line) == "2 × Boots (glass, size: 7, waterproof: yes)"
    assert british().line(line, options=False, quantity=1) == "Boots"


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (
            PostalAddress("1 Pine Lane", "Chicago", "60623", "US", "Suite 2", "IL"),
            "1 Pine Lane, Suite 2, Chicago, IL 60623, United States",
        ),
        (
            PostalAddress("Weg 1", "Freiburg", "79098", "DE", name="Mia Smith"),
            "Mia Smith, Weg 1, 79098 Freiburg",
        ),
        (
            PostalAddress("1 High Street", "London", "N1 1AA", "GB"),
            "1 High Street, London N1 1AA, United Kingdom",
        ),
    ],
)
def test_an_address_reads_as_at_home(address: PostalAddress, text: str) -> None:
    assert british().address(address, home="DE") == text


@pytest.mark.parametrize(
    ("method", "paid", "refunded"),
    [
        (("credit_card", "visa", "6081"), "Visa ending 6081", "Visa ending 6081"),
        (("credit_card", "", "6081"), "card ending 6081", "card ending 6081"),
        (("credit_card", "amex", ""), "American Express", "American Express"),
        (("paypal", "", ""), "PayPal", "PayPal account"),
        (("gift_card", "", ""), "gift card", "gift card"),
        (("invoice", "", ""), "invoice", "bank account"),
        (("store_credit", "", ""), "store credit", "store credit"),
    ],
)
def test_ways_to_pay_have_names(method: tuple[str, str, str], paid: str, refunded: str) -> None:
    assert payment_name(*method) == paid
    assert refund_name(*method) == refunded
