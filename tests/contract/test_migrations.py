"""The migrations lead to the declared tables, whoever runs them and how often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import create_engine, text

from bot.errors import ConfigError
from bot.store.migrate import drift, migrate, pending, sqlalchemy_url


@pytest.fixture
def blank(database: str) -> str:
    """URL of a database without any table."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return database


def test_migrations_and_declared_tables_say_the_same(database: str) -> None:
    assert drift(database) == []


def test_a_blank_database_is_pending_until_migrated(blank: str) -> None:
    assert pending(blank)
    migrate(blank)
    assert not pending(blank)
    migrate(blank)


def test_processes_that_start_together_migrate_once(blank: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [blank] * 4))
    assert not pending(blank)


def test_refuses_a_database_of_a_newer_version(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError, match="9999, which this version of Onecounter does not know"):
        migrate(database)


def test_names_the_database_it_cannot_reach_but_not_its_password() -> None:
    url = "postgresql://ann:secret@/nowhere?host=/nonexistent"
    with pytest.raises(ConfigError, match="cannot use the database") as caught:
        migrate(url)
    assert "secret" not in str(caught.value)


def test_refuses_another_database_system() -> None:
    with pytest.raises(ConfigError, match="must be PostgreSQL, not sqlite"):
        sqlalchemy_url("sqlite:///shop.db")


def test_reads_both_spellings_of_the_url(database: str) -> None:
    for url in (database, database.replace("postgresql://", "postgres://", 1)):
        engine = create_engine(sqlalchemy_url(url))
        with engine.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
        engine.dispose()
