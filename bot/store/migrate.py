"""Brings a database to the schema this version needs. All steps commit together or not at all.

Several processes may start at once: they wait for each other on an advisory lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, MetaData, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from bot.errors import ConfigError
from bot.store.metadata import metadata

SCRIPTS = Path(__file__).parent / "migrations"
TABLES = (
    "bot.store.shop_tables",
    "bot.store.tables",
    "bot.store.web_tables",
    "bot.store.delivery_tables",
)
"""The modules that declare tables."""
LOCK = 0x6F6E65636F756E74
"""Number of the advisory lock ("onecount")."""


def sqlalchemy_url(url: str) -> URL:
    """A ``postgresql://`` or ``postgres://`` URL with our driver named. Raises ConfigError."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError("the database URL cannot be read; write postgresql://...") from error
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise ConfigError(f"the database must be PostgreSQL, not {parsed.get_backend_name()}")
    return parsed.set(drivername="postgresql+psycopg")


def migrate(url: str, *, to: str = "head") -> None:
    """Migrate the database up to a revision; does nothing when it is there. Raises ConfigError."""
    with _connect(url) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        current = MigrationContext.configure(connection).get_current_heads()
        scripts = ScriptDirectory.from_config(_config(connection))
        known = {script.revision for script in scripts.walk_revisions()}
        if unknown := set(current) - known:
            raise ConfigError(
                f"the database is at revision {', '.join(sorted(unknown))}, which this version of "
                "Onecounter does not know: it was migrated by a newer one; update Onecounter"
            )
        command.upgrade(_config(connection), to)


def pending(url: str) -> bool:
    """Whether the database still lacks a migration of this version. Raises ConfigError."""
    with _connect(url) as connection:
        current = set(MigrationContext.configure(connection).get_current_heads())
        return current != set(ScriptDirectory.from_config(_config(connection)).get_heads())


def declared() -> MetaData:
    """Every table of the product, whichever modules declare them."""
    for module in TABLES:
        if find_spec(module):
            import_module(module)
    return metadata


def drift(url: str) -> list[object]:
    """What differs between a migrated database and the declared tables, in alembic's terms."""
    with _connect(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, declared()))


def draft(url: str, number: str, message: str) -> None:
    """For developers: write the next migration from the difference between tables and database."""
    with _connect(url) as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _connect(url: str) -> Iterator[Connection]:
    """A connection in a transaction that commits at the end."""
    parsed = sqlalchemy_url(url)
    engine = create_engine(parsed, poolclass=NullPool)
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except OperationalError as error:
        shown = parsed.render_as_string(hide_password=True)
        raise ConfigError(f"cannot use the database {shown}: {error.orig}") from error
    finally:
        engine.dispose()
