"""Reads what has a fixed shape out of a customer's text: order numbers, addresses, places, dates.

Pure functions of the text (and of ``now`` for dates); nothing here knows the shop's records, so a
reading is only a candidate until a service has found the row it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from babel import Locale

EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<![\w#-])\+\d[\d ()./-]{6,18}\d(?!\w)")
MONEY = re.compile(
    r"(?:[$€£]\s?\d+(?:[.,]\d{1,2})?|\b\d+(?:[.,]\d{1,2})?\s?(?:€|£|\$|eur\b|euros?\b|usd\b|dollars?\b|pounds?\b|gbp\b))",
    re.I,
)
_UNIT = (
    r"(?!\s*(?:%|[a-z]*(?:ml|cm|mm|kg|gb|tb|mp|mah|inch|inches|ft|pieces?|watt|days?|weeks?"
    r"|hours?|pcs)\b))"
)
ORDER_MARKED = re.compile(r"#\s?([A-Za-z]{0,4}[- ]?\d{2,12})\b")
ORDER_LETTERED = re.compile(r"(?<![\w@.-])([A-Za-z]{1,4}-?\d{4,12})\b")
ORDER_NAMED = re.compile(
    r"\b(?:order|orders|number|num|nr|no|bestellung|purchase|invoice)\b\.?\s*(?:(?:number|num|nr|no|id|is|:)\.?\s*){0,3}"
    r"([A-Za-z]{0,4}-?\d{3,12})\b" + _UNIT,
    re.I,
)
ORDER_BARE = re.compile(r"(?<![\w@.,+:/€$£-])(\d{5,12})(?![\w@/:]|[.,-]\d)" + _UNIT)
ORDER_ALONE = re.compile(r"^\W*([A-Za-z]{0,4}[- ]?\d{2,12})\W*$")
POSTCODE_NAMED = re.compile(
    r"\b(?:post\s?code|postal code|zip(?:\s?code)?|plz)\b\W*(?:is\W*)?"
    r"([A-Za-z0-9][A-Za-z0-9 -]{2,8}\d[A-Za-z]{0,2})\b",
    re.I,
)
POSTCODE_PLACED = re.compile(
    r"\b(?:to|in|for|at)\s+([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} ?[A-Z]{2}|\d{4,5})\b"
    r"(?!\s*(?:€|eur))"
)
_STREET = (
    r"(?:street|st|road|rd|avenue|ave|drive|dr|lane|ln|boulevard|blvd|way|court|ct|square|sq|place"
    r"|terrace|close|crescent|highway|parkway|row|gardens?)"
)
ADDRESS = re.compile(
    rf"\b\d{{1,5}}[a-z]?\s+(?:[A-Z][\w'’-]*\s+){{1,3}}{_STREET}\b\.?"
    r"(?:,?\s+(?:apt|apartment|suite|unit|flat|floor)\.?\s*#?\w+)?",
    re.I,
)
_PAID_BY = {
    "paypal": r"pay\s?pal(?: account)?",
    "gift_card": r"gift\s?cards?|store credit",
    "visa": r"visa(?: card)?",
    "mastercard": r"master\s?card",
    "amex": r"amex|american express",
    "debit_card": r"debit card",
    "credit_card": r"credit card",
    "apple_pay": r"apple pay",
    "google_pay": r"google pay",
    "klarna": r"klarna",
    "bank_transfer": r"bank transfer|wire transfer",
}
PAID_BY = re.compile(
    r"\b(?:" + "|".join(f"(?P<{kind}>{words})" for kind, words in _PAID_BY.items()) + r")\b", re.I
)
_MODELS = re.compile(r"^(?:hd|uhd|usb|mp|ip|ipx|gen|din|type|size|iso|a|led|amd|i)[-]?\d+$", re.I)


_SHAPES: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    ("email", EMAIL, lambda match: match[0].strip(".").lower()),
    ("phone", PHONE, lambda match: "+" + re.sub(r"\D", "", match[0])),
    ("money", MONEY, lambda match: re.sub(r"[^\d.,]", "", match[0]).replace(",", ".")),
    ("address", ADDRESS, lambda match: match[0].strip(" .,")),
    ("payment_method", PAID_BY, lambda match: str(match.lastgroup)),
)
"""(kind, shape, normal form) of what needs no words around it; the first come first."""


@dataclass(frozen=True, slots=True)
class Found:
    """One reading: its kind, normal form, and where it stands in the text."""

    kind: str
    value: str
    start: int
    end: int


def read(text: str) -> tuple[Found, ...]:
    """Everything with a fixed shape in the text, in order, none inside another.

    Kinds: email, phone, postcode, money, order_number (upper case, without ``#`` and spaces),
    country (ISO 3166 alpha-2), address (house number and street, as written), payment_method
    (its kind or brand: ``paypal``, ``visa``).
    """
    found: list[Found] = []
    taken: list[tuple[int, int]] = []

    def take(kind: str, value: str, start: int, end: int) -> None:
        if all(end <= a or start >= b for a, b in taken):
            taken.append((start, end))
            found.append(Found(kind, value, start, end))

    for kind, pattern, normal in _SHAPES:
        for match in pattern.finditer(text):
            take(kind, normal(match), *match.span())
    for match in POSTCODE_NAMED.finditer(text):
        take("postcode", match[1].upper().strip(), *match.span(1))
    for pattern in (ORDER_MARKED, ORDER_NAMED, ORDER_LETTERED):
        for match in pattern.finditer(text):
            if not _MODELS.match(match[1]):
                take("order_number", _order_number(match[1]), *match.span(1))
    for match in POSTCODE_PLACED.finditer(text):
        take("postcode", match[1].upper(), *match.span(1))
    for pattern in (ORDER_BARE, ORDER_ALONE):
        for match in pattern.finditer(text):
            take("order_number", _order_number(match[1]), *match.span(1))
    for kind, value, start, end in _countries(text):
        take(kind, value, start, end)
    return tuple(sorted(found, key=lambda f: f.start))


def _order_number(text: str) -> str:
    return re.sub(r"[\s#]", "", text).upper()


_ALIASES = {
    "us": "US", "usa": "US", "u.s.": "US", "u.s.a.": "US", "america": "US", "the states": "US",
    "uk": "GB", "u.k.": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "britain": "GB",
    "great britain": "GB", "northern ireland": "GB", "holland": "NL", "the netherlands": "NL",
    "czech republic": "CZ", "uae": "AE", "south korea": "KR", "republic of ireland": "IE",
    "schweiz": "CH", "suisse": "CH", "swiss": "CH", "deutschland": "DE", "espana": "ES",
    "osterreich": "AT",
}  # fmt: skip
_CASED = {"us", "uk", "usa", "uae"}
"""Short names that are also words (``contact us``): read only in capitals, or as a place."""


_NOT_PLACES = {"jersey", "chad", "man", "turkey"}
"""Territory names that in a shop are goods or people first."""
_WORD = re.compile(r"[^\W\d_](?:[\w'’.-]*\w)?")


@lru_cache(maxsize=1)
def _country_names() -> dict[str, str]:
    """Lower-case name → ISO code, in the languages of our customers."""
    names = dict(_ALIASES)
    for language in ("en", "de", "fr", "es", "da", "nl", "it"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "ZZ", "QO"}:
                names.setdefault(name.lower(), code)
    return {name.rstrip("."): code for name, code in names.items() if name not in _NOT_PLACES}


def _countries(text: str) -> list[tuple[str, str, int, int]]:
    """Country names in the text, longest first; by words, which is cheaper than a pattern."""
    names = _country_names()
    words = list(_WORD.finditer(text))
    result = []
    index = 0
    while index < len(words):
        for size in (4, 3, 2, 1):
            group = words[index : index + size]
            name = " ".join(word[0] for word in group).lower()
            if len(group) == size and name in names and _is_place(name, text, group[0].start()):
                result.append(("country", names[name], group[0].start(), group[-1].end()))
                index += size - 1
                break
        index += 1
    return result


def _is_place(name: str, text: str, start: int) -> bool:
    if name not in _CASED or text[start : start + len(name)].isupper():
        return True
    before = text[:start].lower()
    return bool(re.search(r"\bthe\s+$" if name == "us" else r"\b(?:the|to|in|within)\s+$", before))


_WEEKDAYS = {
    name: index
    for index, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
}
_MONTHS = {
    name[:3]: index + 1
    for index, name in enumerate(
        ("january", "february", "march", "april", "may", "june", "july", "august",
         "september", "october", "november", "december")
    )
}  # fmt: skip
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
DAY_MONTH = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?(?:\s+of)?\s+" + _MONTH + r"\b", re.I)
MONTH_DAY = re.compile(r"\b" + _MONTH + r"\s+(?:the\s+)?(\d{1,2})(?:st|nd|rd|th)?\b(?!\d)", re.I)
IN_MONTH = re.compile(
    r"\b(?:in|from|of|last)\s+(january|february|march|april|may|june|july|august|september|october|november|december)\b",
    re.I,
)
ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
DAYS_AGO = re.compile(r"\b(\d{1,3}|a|two|three|few)\s+(day|week|month)s?\s+ago\b", re.I)


def read_past_dates(text: str, today: date) -> tuple[date, date] | None:
    """The first span of days in the past the text names (inclusive), or None.

    ``last week's``, ``yesterday``, ``two weeks ago``, ``on Monday``, ``12 November``.
    """
    lower = text.lower()
    if match := ISO_DATE.search(text):
        return _one_day(_date(int(match[1]), int(match[2]), int(match[3])))
    for pattern, day_group, month_group in ((DAY_MONTH, 1, 2), (MONTH_DAY, 2, 1)):
        if match := pattern.search(text):
            return _one_day(
                _latest(_MONTHS[match[month_group].lower()[:3]], int(match[day_group]), today)
            )
    if match := DAYS_AGO.search(lower):
        count = {"a": 1, "two": 2, "three": 3, "few": 3}.get(match[1]) or int(match[1])
        days = count * {"day": 1, "week": 7, "month": 30}[match[2]]
        slack = {"day": 0, "week": 3, "month": 10}[match[2]]
        middle = today - timedelta(days)
        return middle - timedelta(slack), min(today, middle + timedelta(slack))
    monday = today - timedelta(today.weekday())
    spans = {
        "yesterday": (today - timedelta(1), today - timedelta(1)),
        "today": (today, today),
        "last week": (monday - timedelta(7), monday - timedelta(1)),
        "this week": (monday, today),
        "last month": _month_before(today),
        "this month": (today.replace(day=1), today),
    }
    for words, span in spans.items():
        if re.search(rf"\b{words}(?:'?s)?\b", lower):
            return span
    if match := IN_MONTH.search(lower):
        return _whole_month(_MONTHS[match[1][:3]], today)
    if match := re.search(r"\b(?:last|on|from|this)\s+(" + "|".join(_WEEKDAYS) + r")\b", lower):
        back = (today.weekday() - _WEEKDAYS[match[1]]) % 7 or 7
        return _one_day(today - timedelta(back))
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _one_day(day: date | None) -> tuple[date, date] | None:
    return None if day is None else (day, day)


def _latest(month: int, day: int, today: date) -> date | None:
    """The newest such day that is not after today."""
    this_year = _date(today.year, month, day)
    if this_year is not None and this_year <= today:
        return this_year
    return _date(today.year - 1, month, day)


def _month_before(today: date) -> tuple[date, date]:
    end = today.replace(day=1) - timedelta(1)
    return end.replace(day=1), end


def _whole_month(month: int, today: date) -> tuple[date, date]:
    year = today.year if month <= today.month else today.year - 1
    start = date(year, month, 1)
    end = date(year + month // 12, month % 12 + 1, 1) - timedelta(1)
    return start, min(end, today)
