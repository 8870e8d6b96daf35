"""How a value reads in a sentence: money, dates, times and lists in the customer's locale.

Sentences are English for now, so a date's words are English too, in the order the customer's
country writes them (``en_DE`` for ``de_DE``); money is written as the customer's own locale does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from bot.shop.asking import Ask, Value
from bot.shop.model import Line, Money, Order, PostalAddress
from bot.shop.terms import BusinessDays

_FALLBACK = "en_US"
_RELATIVE = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_CITY_FIRST = frozenset({"US", "CA", "AU", "GB", "IE", "NZ", "IN"})


@lru_cache(maxsize=256)
def _locale(name: str) -> Locale:
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(_FALLBACK)


@lru_cache(maxsize=256)
def _english(name: str) -> Locale:
    """English as written in that locale's country, or as written in the world."""
    locale = _locale(name)
    if locale.language == "en":
        return locale
    try:
        return Locale.parse(f"en_{locale.territory}")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_001")


@dataclass(frozen=True, slots=True)
class Wording:
    """Writes values for one customer at one moment. ``timezone`` is the shop's."""

    locale: str
    timezone: str
    now: datetime

    @classmethod
    def of(cls, ask: Ask) -> Wording:
        """The wording for the customer who asked."""
        return cls(ask.locale, ask.terms.timezone, ask.now)

    def text(self, value: Value) -> str:
        """One value as it reads within a sentence."""
        match value:
            case None:
                return ""
            case str():
                return value
            case bool():
                return "yes" if value else "no"
            case Money():
                return self.money(value)
            case datetime():
                return self.moment(value)
            case date():
                return self.day(value)
            case timedelta():
                return format_timedelta(value, locale=_english(self.locale))
            case int() | Decimal():
                return _plain_spaces(format_decimal(value, locale=_locale(self.locale)))
            case _:
                return self.list(value)

    def texts(self, values: Mapping[str, Value]) -> dict[str, str]:
        """Every value of a Say, ready for its sentence."""
        return {name: self.text(value) for name, value in values.items()}

    def money(self, amount: Money) -> str:
        """``$1,352.12``"""
        return _plain_spaces(
            format_currency(amount.decimal, amount.currency, locale=_locale(self.locale))
        )

    def day(self, day: date) -> str:
        """``today``, ``tomorrow (Tuesday, November 24)``, ``Thursday, November 26``.

        Sentences use it without "on", so that all of these read well.
        """
        away = (day - self._today()).days
        if away in (-1, 0):
            return _RELATIVE[away]
        # "January 4" said in December can only be the next one
        near = day.year == self._today().year or abs(away) < 300
        plain = _written_out(day, self.locale, year=not near)
        return f"{_RELATIVE[away]} ({plain})" if away in _RELATIVE else plain

    def short_day(self, day: date) -> str:
        """``Nov 12``; with the year when it is not this year's. For titles of choices."""
        skeleton = "MMMd" if day.year == self._today().year else "yMMMd"
        return _skeleton(skeleton, day, self.locale)

    def moment(self, at: datetime) -> str:
        """The day, and the time of day while it matters: today, yesterday and in the future."""
        local = at.astimezone(ZoneInfo(self.timezone))
        day = self.day(local.date())
        if (local.date() - self._today()).days < -1:
            return day
        return f"{day} at {self.clock(at)}"

    def clock(self, at: datetime) -> str:
        """``9:30 AM`` in the shop's time."""
        local = at.astimezone(ZoneInfo(self.timezone))
        # CLDR puts a narrow no-break space before AM: it would turn a text message into UCS-2
        return format_time(local.timetz(), "short", locale=_english(self.locale)).replace(
            "\u202f", " "
        )

    def local_day(self, at: datetime) -> date:
        """The day that was in the shop's time zone."""
        return at.astimezone(ZoneInfo(self.timezone)).date()

    def list(self, items: Sequence[str]) -> str:
        """``a``, ``a and b``, ``a, b, and c``"""
        return format_list(list(items), locale=_english(self.locale)) if items else ""

    def working_days(self, days: BusinessDays) -> str:
        """``5-7 working days``, ``1 working day``"""
        span = str(days.max) if days.min == days.max else f"{days.min}-{days.max}"
        return f"{span} working day{'' if days.max == 1 else 's'}"

    def line(self, line: Line, *, options: bool = True, quantity: int | None = None) -> str:
        """``2 × Tea Kettle (glass, 1 liter)``"""
        count = line.quantity if quantity is None else quantity
        named = line.title
        if options and line.options:
            named += f" ({', '.join(_option(k, v) for k, v in line.options.items())})"
        return f"{count} × {named}" if count != 1 else named

    def contents(self, order: Order) -> str:
        """``Tea Kettle``, ``Tea Kettle + 2 more``: enough to know an order by."""
        titles = [line.title for line in order.lines]
        more = f" + {len(titles) - 1} more" if len(titles) > 1 else ""
        return f"{titles[0]}{more}" if titles else order.id

    def address(self, address: PostalAddress, *, home: str = "") -> str:
        """One line as its country writes it; the country itself only when it is not ``home``."""
        if address.country in _CITY_FIRST:
            place = ", ".join(filter(None, (address.city, address.region)))
            town = f"{place} {address.postcode}".strip()
        else:
            town = f"{address.postcode} {address.city}".strip()
        country = "" if address.country == home else self.country(address.country)
        parts = (address.name, address.line1, address.line2, town, country)
        return ", ".join(part for part in parts if part)

    def country(self, code: str) -> str:
        """The country's name; its code when it has none."""
        return str(_english(self.locale).territories.get(code, code))

    def _today(self) -> date:
        return self.local_day(self.now)


def _written_out(day: date, locale: str, *, year: bool) -> str:
    english = _english(locale)
    pattern = str(english.date_formats["full"])
    pattern = pattern if year else re.sub(r"[,\s]*y+", "", pattern)
    return str(format_date(day, pattern, locale=english))


def _skeleton(skeleton: str, day: date, locale: str) -> str:
    return str(format_skeleton(skeleton, day, locale=_english(locale)))


def _plain_spaces(text: str) -> str:
    """CLDR's no-break spaces would turn a whole text message into UCS-2, half as long."""
    return text.replace("\u202f", " ").replace("\xa0", " ")


def _option(name: str, value: str) -> str:
    """An option's value, with its name where the value alone says nothing (``size: 7``)."""
    says_nothing = value.lower() in ("yes", "no", "none") or value.isdigit()
    return f"{name}: {value}" if says_nothing else value
