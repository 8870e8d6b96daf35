"""Days and hours of the demo shop, counted from now in its own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` is aware."""

    now: datetime

    @property
    def today(self) -> date:
        """The shop's date."""
        return self.now.astimezone(ZONE).date()

    def day(self, days: int) -> date:
        """The date so many days from today."""
        return self.today + timedelta(days)

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """That time so many days from today; never later than a minute ago for today or before."""
        moment = on(self.day(days), hour, minute)
        return min(moment, self.now - timedelta(minutes=1)) if days <= 0 else moment


def on(day: date, hour: int, minute: int = 0) -> datetime:
    """That time of the shop's day, in UTC."""
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def working_day(day: date, after: int = 0) -> date:
    """The working day (Monday to Friday) that many after the first one from ``day`` on."""
    while True:
        if day.weekday() < 5:
            if after == 0:
                return day
            after -= 1
        day += timedelta(1)
