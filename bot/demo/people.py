"""Customers of the demo shop. Their e-mail addresses and phone numbers are reserved for fiction."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from random import Random

from bot.backends.exchange_format import Customer, PaymentMethod
from bot.demo.inputs import Place

MAIL = ("example.com", "example.org", "example.net")
CARDS = ("visa", "mastercard", "amex")


def customers(
    places: dict[str, Place], count: int, taken: tuple[Customer, ...], rng: Random
) -> list[Customer]:
    """So many customers, none with an address or a number of those already ``taken``."""
    emails = {email for c in taken for email in (c.email, *c.emails) if email}
    phones = {phone for c in taken for phone in (c.phone, *c.phones) if phone}
    shares = [place.share for place in places.values()]
    made = []
    for number in range(1, count + 1):
        place = rng.choices(list(places.values()), shares)[0]
        made.append(_customer(place, number, emails, phones, rng))
    return made


def _customer(
    place: Place, number: int, emails: set[str], phones: set[str], rng: Random
) -> Customer:
    first, last = rng.choice(place.first), rng.choice(place.last)
    name = f"{first} {last}"
    email = next(e for e in _emails(first, last, rng) if e not in emails)
    emails.add(email)
    home = place.address(rng.choice(place.streets), rng.randint(1, 120), rng.choice(place.cities))
    office = place.address(
        rng.choice(place.streets), rng.randint(1, 120), rng.choice(place.cities), name
    )
    phone = _phone(place, phones, rng)
    return Customer(
        id=f"c-{number:05}",
        first_name=first,
        last_name=last,
        email=email,
        phone=phone,
        default_address=home,
        addresses=(office,) if rng.random() < 0.15 else (),
        payment_methods=tuple(_methods(place, number, rng)),
        locale=place.locale,
    )


def _emails(first: str, last: str, rng: Random) -> Iterator[str]:
    name = f"{_plain(first)}.{_plain(last)}"
    yield f"{name}@{rng.choice(MAIL)}"
    while True:
        yield f"{name}{rng.randint(2, 99999)}@{rng.choice(MAIL)}"


def _plain(name: str) -> str:
    for letter, latin in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("ø", "o"),
                          ("ı", "i"), ("æ", "ae"), ("å", "aa")):  # fmt: skip
        name = name.lower().replace(letter, latin)
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if letter.isascii() and letter.isalpha())


def _phone(place: Place, phones: set[str], rng: Random) -> str | None:
    """A number of a range reserved for fiction; None where they are used up or there are none."""
    for _ in range(20 if place.phones else 0):
        pattern = rng.choice(place.phones)
        phone = "".join(str(rng.randint(0, 9)) if sign == "#" else sign for sign in pattern)
        if phone not in phones:
            phones.add(phone)
            return phone
    return None


def _methods(place: Place, number: int, rng: Random) -> Iterator[PaymentMethod]:
    kinds = rng.choices(list(place.pay), list(place.pay.values()), k=2)
    for kind in dict.fromkeys((*kinds, *(["gift_card"] if rng.random() < 0.15 else []))):
        if kind == "credit_card":
            yield card(f"card-{number:05}", rng.choice(CARDS), f"{rng.randint(0, 9999):04}")
        elif kind == "paypal":
            yield PaymentMethod(id=f"paypal-{number:05}", kind="paypal")
        elif kind == "gift_card":
            balance = Decimal(rng.choice(["0.00", "5.50", "12.00", "25.00", "38.10", "50.00"]))
            yield PaymentMethod(id=f"gift-{number:05}", kind="gift_card", balance=balance)


def card(method_id: str, brand: str, last4: str) -> PaymentMethod:
    """A stored card."""
    return PaymentMethod(id=method_id, kind="credit_card", brand=brand, last4=last4)
