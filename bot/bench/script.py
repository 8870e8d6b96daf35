"""What is said while measuring: the conversations of bench/conversations.yml, with real records."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from ruamel.yaml import YAML

from bot.errors import ConfigError
from bot.settings import PROJECT

FILE = PROJECT / "bench" / "conversations.yml"
COUNTRIES = ("Germany", "Austria", "France", "Spain", "the Netherlands", "Denmark")

_PEOPLE = """
SELECT o.id, e.email, p.phone FROM shop_order o
JOIN customer_email e ON e.customer_id = o.customer_id AND e.position = 0
JOIN customer_phone p ON p.customer_id = o.customer_id AND p.position = 0
ORDER BY o.id
"""
_PRODUCTS = "SELECT title FROM product ORDER BY id"


@dataclass(frozen=True, slots=True)
class Talking:
    """One conversation to be held: who writes, and what, in this order."""

    sender: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """Orders (number, e-mail address, phone number) and products that can be asked about."""

    people: Sequence[tuple[str, str, str]]
    products: Sequence[str]


def records_of(url: str) -> Records:
    """What the shop in that database has. Raises ConfigError when it has nothing to ask about."""
    with psycopg.connect(url) as connection:
        people = [(str(o), str(e), str(p)) for o, e, p in connection.execute(_PEOPLE)]
        products = [str(title) for (title,) in connection.execute(_PRODUCTS)]
    if not people or not products:
        raise ConfigError("the shop to be measured has no products, or no customers with orders")
    return Records(people, products)


def templates(path: Path = FILE) -> Mapping[str, Sequence[Sequence[str]]]:
    """The written conversations by channel. Raises ConfigError when the file is no such list."""
    try:
        read = YAML(typ="safe").load(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    if not isinstance(read, dict) or not all(isinstance(said, list) for said in read.values()):
        raise ConfigError(f"{path}: needs a list of conversations for each channel")
    return {str(channel): [tuple(map(str, one)) for one in said] for channel, said in read.items()}


def conversations(
    written: Mapping[str, Sequence[Sequence[str]]], records: Records, seed: int
) -> Iterator[Talking]:
    """Conversations without end, the channels in turn; the same for the same seed.

    A visitor of the web chat is somebody new each time; a phone number is that of the order.
    """
    dice = random.Random(seed)  # noqa: S311
    channels = sorted(written)
    for number in itertools.count():
        channel = channels[number % len(channels)]
        order, email, phone = dice.choice(records.people)
        values = {
            "order": order,
            "email": email,
            "product": dice.choice(records.products),
            "country": dice.choice(COUNTRIES),
        }
        said = written[channel][(number // len(channels)) % len(written[channel])]
        name = phone if channel == "sms" else uuid.UUID(int=dice.getrandbits(128)).hex
        yield Talking(f"{channel}:{name}", tuple(text.format(**values) for text in said))
