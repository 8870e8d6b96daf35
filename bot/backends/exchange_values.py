"""The values a field of ``shop-exchange/1`` may have: amounts, ids, texts, places, instants."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_precision, list_currencies
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

AMOUNT = r"^\d{1,12}(\.\d{1,4})?$"


def read_amount(value: object) -> Decimal:
    """A decimal amount, given as text so that no cent is lost on the way."""
    if isinstance(value, int | float):
        raise PydanticCustomError("amount", 'should be text such as "12.50", not a number')
    text = str(value)
    if re.match(r"^-\d", text):
        raise PydanticCustomError("amount", "must not be negative")
    if not re.match(AMOUNT, text, re.ASCII):
        raise PydanticCustomError("amount", 'should be an amount such as "12.50"')
    return Decimal(text)


def places_problem(amount: Decimal, currency: str) -> str | None:
    """What is wrong with an amount that has more decimal places than its currency."""
    places = get_currency_precision(currency)
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places and amount != round(amount, places):
        return f"{amount} has more than the {places} decimal places of {currency}"
    return None


def _storable(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("text", "must not contain the character U+0000")
    return text


def _currency(code: str) -> str:
    if code not in list_currencies():
        raise PydanticCustomError("currency", "is no currency of ISO 4217, such as EUR")
    return code


def _locale(tag: str) -> str:
    try:
        return str(Locale.parse(tag, sep="-" if "-" in tag else "_"))
    except (UnknownLocaleError, ValueError):
        raise PydanticCustomError("locale", "is no known locale, such as de_AT") from None


def _email(text: str) -> str:
    if not re.match(r"^[^@\s]+@[^@\s]+$", text):
        raise PydanticCustomError("email", "is no e-mail address")
    return text


def _phone(text: str) -> str:
    if not re.match(r"^\+[1-9][0-9]{6,14}$", text):
        raise PydanticCustomError("phone", "is no phone number in E.164 form, such as +4930123456")
    return text


def _nothing_is_empty(value: object) -> object:
    return "" if value is None else value


Amount = Annotated[
    Decimal,
    BeforeValidator(read_amount),
    WithJsonSchema({"type": "string", "pattern": AMOUNT, "examples": ["12.50"]}),
]
"""Decimal text in major units, never negative, in the currency of the record it belongs to."""

Id = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strict=True), AfterValidator(_storable)
]
Words = Annotated[str, StringConstraints(min_length=1, strict=True), AfterValidator(_storable)]
Maybe = Annotated[
    str,
    BeforeValidator(_nothing_is_empty),
    AfterValidator(_storable),
    WithJsonSchema({"type": ["string", "null"]}),
]
"""Text that may be empty, null or absent."""

Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(_currency)]
LocaleTag = Annotated[str, AfterValidator(_locale)]
Email = Annotated[str, StringConstraints(max_length=320), AfterValidator(_email)]
Phone = Annotated[str, AfterValidator(_phone)]
Last4 = Annotated[str, StringConstraints(pattern=r"^([0-9]{4})?$")]
