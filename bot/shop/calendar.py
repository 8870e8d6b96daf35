"""Working days, cut-off times and opening hours, always in the shop's own time zone."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.shop.terms import MONDAY_TO_FRIDAY, DeliveryTerms, Holidays, SupportTerms, Terms

NO_HOLIDAYS = Holidays()
_LONGEST_SEARCH = 3660


def is_working_day(day: date, working_days: Set[int], holidays: Holidays = NO_HOLIDAYS) -> bool:
    """Whether work is done on that day."""
    return day.weekday() in working_days and day not in holidays


def add_business_days(
    start: date,
    days: int,
    working_days: Set[int] = MONDAY_TO_FRIDAY,
    holidays: Holidays = NO_HOLIDAYS,
) -> date:
    """The ``days``-th working day after ``start``; 0 gives ``start`` or the next working day."""
    day = start if days == 0 else _next_day(start)
    for left in range(max(days, 1), 0, -1):
        for _ in range(_LONGEST_SEARCH):
            if is_working_day(day, working_days, holidays):
                break
            day = _next_day(day)
        else:
            raise ValueError("no working day within ten years")
        if left > 1:
            day = _next_day(day)
    return day


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


def today(terms: Terms, now: datetime) -> date:
    """The date in the shop at this instant."""
    return now.astimezone(terms.zone).date()


def leaves_on(delivery: DeliveryTerms, zone: ZoneInfo, now: datetime) -> date:
    """The day an order placed at this instant leaves the shop."""
    local = now.astimezone(zone)
    late = local.time() > delivery.cut_off
    return add_business_days(
        local.date() + timedelta(days=late), 0, delivery.working_days, delivery.holidays
    )


@dataclass(frozen=True, slots=True)
class OpenNow:
    """People answer until ``closes_at`` (the shop's time)."""

    closes_at: datetime


@dataclass(frozen=True, slots=True)
class ClosedNow:
    """Nobody answers; ``opens_at`` is None when the shop states no hours."""

    opens_at: datetime | None


def opening(support: SupportTerms, zone: ZoneInfo, now: datetime) -> OpenNow | ClosedNow:
    """Whether people answer at this instant, and when that changes."""
    local = now.astimezone(zone)
    for ahead in range(_LONGEST_SEARCH if support.hours else 0):
        day = local.date() + timedelta(days=ahead)
        if day in support.holidays:
            continue
        for stretch in support.hours.get(day.weekday(), ()):
            if ahead or local.time() < stretch.opens:
                return ClosedNow(datetime.combine(day, stretch.opens, zone))
            if local.time() < stretch.closes:
                return OpenNow(datetime.combine(day, stretch.closes, zone))
    return ClosedNow(None)
