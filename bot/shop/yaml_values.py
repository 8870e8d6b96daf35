"""Reads single values as a merchant writes them: amounts, times, dates, days, countries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_precision, list_currencies

from bot.shop.model import Money
from bot.shop.terms import BusinessDays, Opening

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_OFTEN_MEANT = {"UK": "GB", "EL": "GR", "ENGLAND": "GB", "HOLLAND": "NL", "USA": "US"}


class WrongValueError(ValueError):
    """The value cannot be used; the message says what would be right."""


def nearest(word: str, known: Sequence[str]) -> str:
    """``; did you mean x?`` for a word close to a known one, else nothing."""
    close = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


def read_scalar(raw: Any) -> str:
    """A single line of text or a number as it was written (``01067`` keeps its zero)."""
    if isinstance(raw, (dict, list)) or raw is None:
        raise WrongValueError("must be a single text")
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(int(raw)).zfill(getattr(raw, "_width", None) or 0)
    text = str(raw).strip()
    if not text:
        raise WrongValueError("is empty")
    return text


def read_amount(raw: Any, currency: str) -> Money:
    """``4.90``, ``5`` or ``free``, with no more places than the currency has."""
    text = "0" if str(raw).strip().lower() == "free" else str(raw).strip()
    if isinstance(raw, bool) or not re.fullmatch(r"-?\d{1,9}(\.\d+)?", text):
        raise WrongValueError(f"{str(raw)!r} is not an amount; write it like 4.90")
    value, places = Decimal(text), get_currency_precision(currency)
    if value < 0:
        raise WrongValueError(f"{text} is below 0")
    if round(value, places) != value:
        raise WrongValueError(f"{text} has more than the {places} decimal places of {currency}")
    return Money.of(value, currency)


def read_currency(raw: Any) -> str:
    """An ISO 4217 code."""
    code = read_scalar(raw)
    if code not in list_currencies():
        known = code.upper() in list_currencies()
        hint = f"; did you mean {code.upper()}?" if known else "; write it like EUR"
        raise WrongValueError(f"{code!r} is not a currency code{hint}")
    return code


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """ISO-2 codes and their English names."""
    names = Locale("en").territories
    return {code: name for code, name in names.items() if re.fullmatch(r"[A-Z]{2}", code)} | {}


def read_country(raw: Any) -> str:
    """An ISO 3166 alpha-2 code."""
    code, known = read_scalar(raw), _countries()
    meant = _OFTEN_MEANT.get(code.upper())
    if code in known and not meant and code not in {"EU", "UN", "EZ", "ZZ", "QO", "XA", "XB"}:
        return code
    if meant is None:
        by_name = {name.lower(): c for c, name in known.items()}
        meant = code.upper() if code.upper() in known else by_name.get(code.lower())
    if code.upper() == "EU":
        meant = None
    hint = f"; did you mean {meant}?" if meant else "; write two letters such as DE"
    raise WrongValueError(f"{code!r} is not a country code{hint}")


def read_timezone(raw: Any) -> str:
    """A name of the IANA time zone database."""
    name, known = read_scalar(raw), available_timezones()
    if name in known:
        return name
    by_lower = {zone.lower(): zone for zone in known}
    hint = nearest(name, sorted(by_lower))
    for lower, zone in by_lower.items():
        hint = hint.replace(f" {lower}?", f" {zone}?")
    raise WrongValueError(f"{name!r} is not a time zone{hint or '; write it like Europe/Berlin'}")


def read_locale(raw: Any) -> str:
    """A locale such as ``en_GB``."""
    name = read_scalar(raw)
    try:
        return str(Locale.parse(name.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        raise WrongValueError(f"{name!r} is not a locale; write it like en_GB") from None


def read_time(raw: Any) -> time:
    """``14:00``."""
    text = str(raw).strip()
    if found := re.fullmatch(r"(\d{1,2}):(\d{2})", text):
        hour, minute = int(found[1]), int(found[2])
        if hour < 24 and minute < 60:
            return time(hour, minute)
    raise WrongValueError(f"{text!r} is not a time of day; write it like 14:00")


def read_openings(raw: Any) -> tuple[Opening, ...]:
    """``9:00-12:00, 13:00-18:00`` or ``closed``; stretches in order and apart."""
    if str(raw).strip().lower() == "closed":
        return ()
    stretches: list[Opening] = []
    for part in str(raw).split(","):
        ends = re.split(r"\s*[-–]\s*", part.strip())
        if len(ends) != 2:
            raise WrongValueError(
                f"{part.strip()!r} are no hours; write them like 9:00-18:00, or closed"
            )
        opens = read_time(ends[0])
        # the end of the day, which a time of day cannot say
        closes = time.max if ends[1] == "24:00" else read_time(ends[1])
        if closes <= opens:
            raise WrongValueError(f"{part.strip()!r} ends before it begins")
        if stretches and opens < stretches[-1].closes:
            raise WrongValueError(f"{part.strip()!r} overlaps the hours before it")
        stretches.append(Opening(opens, closes))
    return tuple(stretches)


def read_weekdays(raw: Any) -> frozenset[int]:
    """``friday`` or ``monday-friday``; Monday is 0."""
    text = read_scalar(raw).lower()
    names = [name.strip() for name in re.split(r"[-–]", text)]
    found = [
        i
        for name in names
        for i, day in enumerate(WEEKDAYS)
        if len(name) > 1 and day.startswith(name)
    ]
    if len(found) != len(names) or len(names) > 2:
        raise WrongValueError(
            f"{text!r} is not a day of the week; write it like monday or monday-friday"
        )
    if len(found) == 1:
        return frozenset(found)
    first, last = found
    return frozenset((first + n) % 7 for n in range((last - first) % 7 + 1))


def read_days(raw: Any) -> BusinessDays:
    """``3`` or ``2-4``: working days."""
    found = re.fullmatch(r"(\d{1,3})(?:\s*[-–]\s*(\d{1,3}))?", str(raw).strip())
    if not found or isinstance(raw, bool):
        raise WrongValueError(f"{str(raw)!r} is not a number of days; write it like 3 or 2-4")
    least, most = int(found[1]), int(found[2] or found[1])
    if most < least:
        raise WrongValueError(f"{str(raw)!r} ends before it begins")
    return BusinessDays(least, most)


def read_duration(raw: Any) -> timedelta:
    """``2 hours``, ``30 minutes`` or ``1 day``."""
    found = re.fullmatch(r"(\d{1,4})\s*(minute|hour|day)s?", str(raw).strip().lower())
    if not found or int(found[1]) == 0:
        raise WrongValueError(f"{str(raw)!r} is not a length of time; write it like 24 hours")
    return timedelta(**{f"{found[2]}s": int(found[1])})


def read_holiday(raw: Any) -> date | tuple[int, int] | int:
    """``2026-12-24``, ``12-25`` (every year) or ``easter+1`` (days from Easter Sunday)."""
    if isinstance(raw, date):
        return date(raw.year, raw.month, raw.day)
    text = str(raw).strip().lower()
    if found := re.fullmatch(r"easter\s*(?:([+-])\s*(\d{1,2}))?", text):
        return int(f"{found[1] or '+'}{found[2] or 0}")
    if found := re.fullmatch(r"(\d{1,2})-(\d{1,2})", text):
        month, day = int(found[1]), int(found[2])
        try:
            date(2024, month, day)
        except ValueError:
            pass
        else:
            return (month, day)
    raise WrongValueError(
        f"{text!r} is not a day; write 2026-12-24, 12-25 for every year, or easter+1"
    )


def read_link(raw: Any) -> str:
    """An address of a web page."""
    text = read_scalar(raw)
    if not re.fullmatch(r"https?://[^\s/]+\S*", text):
        raise WrongValueError(
            f"{text!r} is not a web address; write it like https://shop.example/account"
        )
    return text


def read_email(raw: Any) -> str:
    """An e-mail address."""
    text = read_scalar(raw)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        raise WrongValueError(f"{text!r} is not an e-mail address")
    return text


def read_postcodes(raw: Any) -> tuple[str, ...]:
    """The beginning of a postcode (``BT``), a whole one, or a range (``26465-26486``)."""
    text = read_scalar(raw).upper().replace(" ", "")
    found = re.fullmatch(r"(\d{2,8})-(\d{2,8})", text)
    if not found:
        return (text,)
    first, last = int(found[1]), int(found[2])
    if len(found[1]) != len(found[2]) or not first <= last < first + 10_000:
        raise WrongValueError(f"{text!r} is not a range of postcodes; write it like 26465-26486")
    return tuple(str(n).zfill(len(found[1])) for n in range(first, last + 1))


def read_kind(raw: Any) -> str:
    """A kind of payment, in the words of the exchange format (``credit_card``)."""
    kind = read_scalar(raw)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", kind):
        raise WrongValueError(f"{kind!r} is not a kind; write it like credit_card")
    return kind


def read_months(raw: Any) -> int:
    """A number of monthly instalments."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 2 <= raw <= 120:
        raise WrongValueError(f"{raw!r} is not a number of months from 2 to 120")
    return int(raw)
