from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import create_engine

from bot.backends.exchange import load
from bot.backends.own import OwnShop
from bot.bench.large_shop import count, grow, shrink
from bot.demo.generate import generate
from bot.store.migrate import sqlalchemy_url


@pytest.fixture
def demo_shop(database: str) -> str:
    engine = create_engine(sqlalchemy_url(database))
    with engine.begin() as connection:
        load(connection, generate(datetime.now(UTC)), source="demo", demo=True)
    engine.dispose()
    return database


def orders_of_somebody(url: str, kind: str, value: str) -> int:
    engine = create_engine(sqlalchemy_url(url))
    with engine.connect() as connection:
        shop = OwnShop(connection)
        customer = shop.customer_at(kind, value)
        found = 0 if customer is None else len(shop.orders_of(customer.id))
    engine.dispose()
    return found


def test_a_grown_shop_has_whole_customers_who_are_found_like_any_other(demo_shop: str):
    with psycopg.connect(demo_shop) as connection:
        before = count(connection)
        phone, email = connection.execute(
            "SELECT p.phone, e.email FROM customer_phone p"
            " JOIN customer_email e USING (customer_id) JOIN shop_order o USING (customer_id)"
            " WHERE p.position = 0 AND e.position = 0 LIMIT 1"
        ).fetchone() or ("", "")
    own = orders_of_somebody(demo_shop, "phone", phone)
    assert grow(demo_shop, 2 * before) == 2 * before
    assert orders_of_somebody(demo_shop, "phone", phone) == own
    assert orders_of_somebody(demo_shop, "phone", f"{phone}0001") == own
    assert orders_of_somebody(demo_shop, "email", f"0001.{email}") == own


def test_a_shrunk_shop_keeps_whole_customers(demo_shop: str):
    left = shrink(demo_shop, 1_000)
    assert 900 < left <= 1_000
    with psycopg.connect(demo_shop) as connection:
        assert count(connection) == left
