"""The demo shop in a database: loaded in seconds, and its people found as the page tells."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, create_engine

from bot.backends.exchange import load
from bot.backends.own import OwnShop
from bot.demo.generate import generate
from bot.demo.stories import STORIES
from bot.hosts.demo import is_demo, personas
from bot.shop.model import Money
from bot.store.migrate import sqlalchemy_url

NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    engine = create_engine(sqlalchemy_url(database))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_its_people_are_found_as_the_page_tells(connection: Connection) -> None:
    load(connection, generate(NOW, customer_count=20, order_count=30), demo=True)
    shop = OwnShop(connection)
    anna = shop.customer_at("phone", "+493023125001")
    assert anna is not None
    assert shop.customer_at("email", "Anna.Becker@Example.com") == anna
    (order,) = shop.orders_of(anna.id)
    for spelling in ("10001", "fh10001", "#FH-10001", "FH 10001"):
        assert shop.order_numbered(spelling) == order
    assert order.total == Money(13900, "EUR")
    felix = shop.customer_at("email", "felix@example.org")
    assert felix is not None
    assert felix == shop.customer_at("phone", "+494066969012")
    assert is_demo(connection)
    assert [who.customer for who in personas(connection)] == list(STORIES)


def test_all_of_it_is_made_and_loaded_in_seconds(connection: Connection) -> None:
    started = time.monotonic()
    counts = load(connection, generate(NOW), demo=True)
    assert (counts.products, counts.customers, counts.orders) == (60, 300, 1500)
    assert time.monotonic() - started < 15  # 2 s on an idle laptop; machines that test are busy
