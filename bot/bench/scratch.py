"""A PostgreSQL of the benchmark's own, with databases that are gone when it ends."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from bot.accounts import Secret
from bot.settings import Settings
from bot.store.embedded import Server, start

DEMO = "demo"


@dataclass(frozen=True)
class Scratch:
    """Where the benchmark works. ``settings`` are the user's, with a home below ``folder``."""

    folder: Path
    server: Server
    settings: Settings

    def database(self, name: str, *, like: str = DEMO) -> Settings:
        """Settings on a new database, a copy of ``like``."""
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(like)
                )
            )
        return replace(self.settings, database_url=Secret(self.url(name)))

    def url(self, name: str) -> str:
        """The database of that name."""
        head, _, query = self.server.url.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{name}?{query}"

    def durability(self) -> dict[str, str]:
        """What a commit waits for; without it, a figure with commits says nothing."""
        with psycopg.connect(self.server.url) as connection:
            return {name: _setting(connection, name) for name in ("fsync", "synchronous_commit")}


def _setting(connection: psycopg.Connection[tuple[str]], name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    assert row is not None
    return row[0]


@contextmanager
def scratch(settings: Settings) -> Iterator[Scratch]:
    """A durable PostgreSQL with the demo shop in it, in a folder that is removed afterwards.

    Below ``home``, not in the temporary folder: that may be memory, where a commit costs nothing.
    """
    base = settings.home / "bench"
    base.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=base))
    try:
        with start(folder / "postgres") as server:
            own = replace(
                settings,
                home=folder / "home",
                database_url=Secret(server.url),
                model_dir=settings.model_dir,
            )
            own.home.mkdir()
            place = Scratch(folder, server, own)
            _make_demo(place)
            yield place
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_demo(place: Scratch) -> None:
    from bot.backends.exchange import load
    from bot.demo.generate import generate
    from bot.store.migrate import migrate
    from bot.wiring import engine_for

    with psycopg.connect(place.server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DEMO)))
    url = place.url(DEMO)
    migrate(url)
    engine = engine_for(replace(place.settings, database_url=Secret(url)))
    try:
        with engine.begin() as connection:
            load(connection, generate(datetime.now(UTC)), source="the demo shop", demo=True)
    finally:
        engine.dispose()
