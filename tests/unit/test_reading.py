"""What is read out of a text by its shape alone."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shop.reading import read, read_past_dates

MONDAY = date(2026, 11, 23)


def readings(text: str) -> list[tuple[str, str]]:
    return [(found.kind, found.value) for found in read(text)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("where is #W123?", "W123"),
        ("w1234567 pls", "W1234567"),
        ("order 123", "123"),
        ("order no. FH-10023", "FH-10023"),
        ("status of fh10001", "FH10001"),
        ("order number is #W 5555", "W5555"),
        ("my number is 10001", "10001"),
        ("123", "123"),
        ("where is order W4817420's parcel", "W4817420"),
    ],
)
def test_reads_an_order_number_in_any_spelling(text: str, number: str) -> None:
    assert readings(text) == [("order_number", number)]


@pytest.mark.parametrize(
    "text",
    [
        "is the smartphone with storage 128GB, RAM 4GB, screen size 5.8-inch in stock?",
        "the 20MP camera with 5x zoom",
        "a 1000ml bottle",
        "2 orders",
        "running shoes size 9",
    ],
)
def test_takes_no_measure_for_an_order_number(text: str) -> None:
    assert readings(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ship to 10115 Berlin", [("postcode", "10115")]),
        ("zip 94107", [("postcode", "94107")]),
        ("to SW1A 1AA please", [("postcode", "SW1A 1AA")]),
        ("it's Jane@Example.com", [("email", "jane@example.com")]),
        ("call +49 30 23125 123", [("phone", "+493023125123")]),
        ("I paid $50", [("money", "50")]),
        ("to the US?", [("country", "US")]),
        ("shipping to the u.k. and Österreich", [("country", "GB"), ("country", "AT")]),
    ],
)
def test_reads_places_people_and_money(text: str, expected: list[tuple[str, str]]) -> None:
    assert readings(text) == expected


@pytest.mark.parametrize("text", ["contact us", "do you deliver to us", "tell us more"])
def test_takes_the_word_us_for_no_country(text: str) -> None:
    assert readings(text) == []


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("yesterday's order", date(2026, 11, 22), date(2026, 11, 22)),
        ("last week's", date(2026, 11, 16), date(2026, 11, 22)),
        ("from 12 November", date(2026, 11, 12), date(2026, 11, 12)),
        ("december 3rd", date(2025, 12, 3), date(2025, 12, 3)),
        ("in October", date(2026, 10, 1), date(2026, 10, 31)),
        ("last friday", date(2026, 11, 20), date(2026, 11, 20)),
        ("3 days ago", date(2026, 11, 20), date(2026, 11, 20)),
        ("last month", date(2026, 10, 1), date(2026, 10, 31)),
    ],
)
def test_reads_dates_that_have_been(text: str, first: date, last: date) -> None:
    assert read_past_dates(text, MONDAY) == (first, last)


@given(st.text())
def test_reads_any_text_without_overlap(text: str) -> None:
    found = read(text)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(st.text(), st.dates(date(2001, 1, 1), date(2200, 1, 1)))
def test_never_reads_a_date_that_is_still_to_come(text: str, today: date) -> None:
    span = read_past_dates(text, today)
    assert span is None or span[0] <= span[1]


def test_reads_no_date_that_does_not_exist() -> None:
    assert read_past_dates("on 31 February", MONDAY) is None
