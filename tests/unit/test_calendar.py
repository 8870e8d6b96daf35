"""Working days, the cut-off and opening hours, also where clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.shop.calendar import (
    ClosedNow,
    OpenNow,
    add_business_days,
    is_working_day,
    leaves_on,
    opening,
)
from bot.shop.terms import MONDAY_TO_FRIDAY, DeliveryTerms, Holidays, Opening, SupportTerms

BERLIN = ZoneInfo("Europe/Berlin")
DAY = Opening(time(9), time(18))
WEEK = SupportTerms(hours=dict.fromkeys(range(5), (DAY,)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "days", "arrives"),
    [
        ("2026-11-23", 0, "2026-11-23"),
        ("2026-11-23", 1, "2026-11-24"),
        ("2026-11-27", 1, "2026-11-30"),
        ("2026-11-28", 0, "2026-11-30"),
        ("2026-11-28", 1, "2026-11-30"),
        ("2026-11-23", 5, "2026-11-30"),
    ],
)
def test_counts_working_days(start: str, days: int, arrives: str) -> None:
    assert add_business_days(date.fromisoformat(start), days) == date.fromisoformat(arrives)


def test_skips_holidays() -> None:
    christmas = Holidays(yearly=frozenset({(12, 25)}))
    assert add_business_days(date(2026, 12, 24), 1, holidays=christmas) == date(2026, 12, 28)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(0, 40), st.integers(0, 40))
def test_adding_in_two_steps_is_adding_at_once(start: date, first: int, second: int) -> None:
    begin = add_business_days(start, 0)
    in_steps = add_business_days(add_business_days(begin, first), second)
    assert in_steps == add_business_days(begin, first + second)


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 40))
def test_there_are_exactly_that_many_working_days_in_between(start: date, days: int) -> None:
    end = add_business_days(start, days)
    passed = [start + timedelta(days=n + 1) for n in range((end - start).days)]
    assert sum(is_working_day(day, MONDAY_TO_FRIDAY) for day in passed) == days


@pytest.mark.parametrize(
    ("ordered", "leaves"),
    [
        ("2026-11-23T13:59", "2026-11-23"),
        ("2026-11-23T14:01", "2026-11-24"),
        ("2026-11-27T15:00", "2026-11-30"),
        ("2026-11-28T10:00", "2026-11-30"),
    ],
)
def test_an_order_leaves_the_same_day_until_the_cut_off(ordered: str, leaves: str) -> None:
    assert leaves_on(DeliveryTerms(), BERLIN, at(ordered)) == date.fromisoformat(leaves)


def test_the_cut_off_is_the_shops_time_not_the_servers() -> None:
    late_in_utc = datetime(2026, 11, 23, 13, 30, tzinfo=UTC)
    assert leaves_on(DeliveryTerms(), BERLIN, late_in_utc) == date(2026, 11, 24)
    new_york = ZoneInfo("America/New_York")
    assert leaves_on(DeliveryTerms(), new_york, late_in_utc) == date(2026, 11, 23)


def test_says_until_when_people_answer() -> None:
    assert opening(WEEK, BERLIN, at("2026-11-23T17:59")) == OpenNow(
        datetime(2026, 11, 23, 18, tzinfo=BERLIN)
    )


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23T08:00", "2026-11-23"),
        ("2026-11-23T18:00", "2026-11-24"),
        ("2026-11-27T18:30", "2026-11-30"),
        ("2026-11-29T12:00", "2026-11-30"),
    ],
)
def test_says_when_people_answer_again(now: str, opens: str) -> None:
    state = opening(WEEK, BERLIN, at(now))
    assert state == ClosedNow(datetime.combine(date.fromisoformat(opens), time(9), BERLIN))


def test_is_closed_on_a_holiday() -> None:
    closed = SupportTerms(
        hours=WEEK.hours, holidays=Holidays(dates=frozenset({date(2026, 11, 23)}))
    )
    state = opening(closed, BERLIN, at("2026-11-23T12:00"))
    assert state == ClosedNow(datetime(2026, 11, 24, 9, tzinfo=BERLIN))


def test_has_no_opening_time_when_the_shop_names_none() -> None:
    assert opening(SupportTerms(), BERLIN, at("2026-11-23T12:00")) == ClosedNow(None)


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_opens_at_nine_on_the_wall_on_days_the_clock_changes(day: str) -> None:
    sundays = SupportTerms(hours={6: (DAY,)})
    state = opening(sundays, BERLIN, at(f"{day}T00:30"))
    assert isinstance(state, ClosedNow)
    assert state.opens_at is not None
    assert state.opens_at.astimezone(BERLIN).time() == time(9)
    assert isinstance(opening(sundays, BERLIN, at(f"{day}T09:00")), OpenNow)


@given(st.integers(0, 2 * 365 * 24 * 60))
def test_what_opens_later_is_open_then_and_lies_ahead(minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    state = opening(WEEK, BERLIN, now)
    if isinstance(state, OpenNow):
        assert state.closes_at > now
    else:
        assert state.opens_at is not None
        assert state.opens_at > now
        assert isinstance(opening(WEEK, BERLIN, state.opens_at), OpenNow)
