"""The retail shop in a database of its own, loaded once for all that only ask."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, create_engine

from bot.shop.terms import Terms, parse_terms
from bot.store.migrate import sqlalchemy_url
from tests.conftest import ROOT, SHARED


@pytest.fixture(scope="session")
def retail_terms() -> Terms:
    """The terms of the retail shop."""
    return parse_terms((ROOT / "tests" / "retail" / "shop.yml").read_text("utf-8"), "shop.yml")


@pytest.fixture(scope="session")
def retail_shop(postgres: str, template_database: str) -> Iterator[Engine]:
    """A database with the retail shop's records. Conversations of different people do not meet."""
    from bot.backends.exchange import load, read_exchange

    name = f"retail_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    head, _, query = postgres.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    engine = create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        load(connection, read_exchange(SHARED / "retail" / "shop.json"))
    yield engine
    engine.dispose()
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
