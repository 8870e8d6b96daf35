"""Reads a shop's records from a ``shop-exchange/1`` file and puts them into the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Json
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import JSON, Connection, Table, text
from sqlalchemy.dialects.postgresql import insert

from bot.backends.exchange_checks import Problem, problems
from bot.backends.exchange_format import Exchange
from bot.backends.exchange_rows import ROWS
from bot.errors import BadInput
from bot.store.shop_tables import RECORDS, shop_state

SHOWN = 20
"""Problems named one by one before the rest is only counted."""
LOCK = 0x73686F70
"""Number of the advisory lock that lets one import run at a time ("shop")."""

Progress = Callable[[int, int], None]
"""Told how many of how many steps are done."""


@dataclass(frozen=True, slots=True)
class Change:
    """What an import did to one table."""

    total: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """What an import did, by table name; ``products`` and so on are how many there are now."""

    tables: Mapping[str, Change]

    @property
    def products(self) -> int:
        return self.tables["product"].total

    @property
    def variants(self) -> int:
        return self.tables["variant"].total

    @property
    def customers(self) -> int:
        return self.tables["customer"].total

    @property
    def orders(self) -> int:
        return self.tables["shop_order"].total

    @property
    def touched(self) -> int:
        """Rows added, changed or removed; 0 when the file said nothing new."""
        return sum(c.added + c.changed + c.removed for c in self.tables.values())


def read_exchange(path: Path) -> Exchange:
    """Read and check a file. Raises BadInput naming every bad record by kind, id and field."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    return parse_exchange(content, str(path))


def parse_exchange(content: bytes, name: str) -> Exchange:
    """As ``read_exchange``, of bytes; ``name`` is what to call them in the error."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        exchange = Exchange.model_validate_json(content)
    except ValidationError as error:
        raise _bad(name, list(_malformed(content, error))) from error
    if found := list(problems(exchange)):
        raise _bad(name, found)
    return exchange


def _bad(name: str, found: list[Problem]) -> BadInput:
    lines = [f"{name} was not loaded:", *(f"  {problem}" for problem in islice(found, SHOWN))]
    if len(found) > SHOWN:
        lines.append(f"  and {len(found) - SHOWN} more")
    return BadInput("\n".join(lines))


def _malformed(content: bytes, error: ValidationError) -> Iterator[Problem]:
    try:
        raw = json.loads(content)
    except ValueError as wrong:
        yield Problem("file", "", "", f"is not JSON: {wrong}")
        return
    details = error.errors(include_url=False)
    around = {detail["loc"][:-up] for detail in details for up in (1, 2)}
    for detail in details:
        # A list whose every item is bad is also reported as empty: once is enough.
        if not (detail["type"] == "too_short" and detail["loc"] in around):
            yield _problem(raw, detail)


_WORDS = {
    "missing": "missing",
    "extra_forbidden": "there is no such field in the format",
    "too_short": "must not be empty",
    "tuple_type": "should be a list",
    "dict_type": "should be an object",
}


def _problem(raw: object, detail: ErrorDetails) -> Problem:
    loc, given = detail["loc"], detail["input"]
    kind, key, path = "file", "", loc
    if len(loc) >= 2 and isinstance(loc[1], int):
        kind, path = str(loc[0]).removesuffix("s"), loc[2:]
        record = raw[loc[0]][loc[1]] if isinstance(raw, dict) else None
        named = record.get("id") if isinstance(record, dict) else None
        key = named if isinstance(named, str) and named else f"number {loc[1] + 1}"
    # A payment's path also names which kind of payment was tried; that is no field.
    steps = [s for at, s in enumerate(path) if not (s in ("payment", "refund") and at == 2)]
    field = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps).lstrip(".")
    what = detail["msg"].removeprefix("Input ")
    if isinstance(given, str | int | float) and len(str(given)) <= 40:
        what += f" (it is {given!r})"
    return Problem(kind, key, field, _WORDS.get(detail["type"], what[:1].lower() + what[1:]))


def load(
    connection: Connection,
    exchange: Exchange,
    progress: Progress = lambda done, total: None,
    *,
    source: str = "",
    demo: bool = False,
) -> Counts:
    """Make the shop's tables say what the file says, in the caller's transaction.

    The file is the whole shop: records it does not have are removed, those that say the same are
    not touched. Loading it again changes nothing. Roll back for a dry run.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    steps = 3 * len(RECORDS)
    for done, table in enumerate(RECORDS):
        progress(done, steps)
        _stage(connection, table, exchange)
    removed = {}
    for done, table in enumerate(reversed(RECORDS), start=len(RECORDS)):
        progress(done, steps)
        removed[table] = _remove(connection, table)
    changes = {}
    for done, table in enumerate(RECORDS, start=2 * len(RECORDS)):
        progress(done, steps)
        changes[table.name] = _merge(connection, table, removed[table])
        connection.execute(text(f"DROP TABLE staged_{table.name}"))
        connection.execute(text(f"ANALYZE {table.name}"))
    _remember(connection, exchange, source, demo=demo)
    progress(steps, steps)
    return Counts(changes)


def _stage(connection: Connection, table: Table, exchange: Exchange) -> None:
    """Copy the file's rows of one table beside it."""
    staged = f"staged_{table.name}"
    connection.execute(
        text(f"CREATE TEMP TABLE {staged} (LIKE {table.name} INCLUDING DEFAULTS) ON COMMIT DROP")
    )
    columns = [column.name for column in table.columns]
    as_json = {column.name for column in table.columns if isinstance(column.type, JSON)}
    copying = f"COPY {staged} ({', '.join(columns)}) FROM STDIN"
    raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    with raw.cursor() as cursor, cursor.copy(copying) as copy:
        for row in ROWS[table](exchange):
            copy.write_row([Json(row[c]) if c in as_json else row[c] for c in columns])
    connection.execute(text(f"ANALYZE {staged}"))


def _same(table: Table, left: str, right: str) -> str:
    return " AND ".join(f"{left}.{c.name} = {right}.{c.name}" for c in table.primary_key)


def _remove(connection: Connection, table: Table) -> int:
    """Delete what the file does not have; children go before what they belong to."""
    name = table.name
    statement = (
        f"DELETE FROM {name} WHERE NOT EXISTS"  # noqa: S608 (names of our own tables)
        f" (SELECT 1 FROM staged_{name} s WHERE {_same(table, 's', name)})"
    )
    return connection.execute(text(statement)).rowcount


def _merge(connection: Connection, table: Table, removed: int) -> Change:
    """Add new rows and change those that differ."""
    keys = {column.name for column in table.primary_key}
    others = [column for column in table.columns if column.name not in keys]
    differs = " OR ".join(
        f"{table.name}.{c.name}{cast} IS DISTINCT FROM excluded.{c.name}{cast}"
        for c in others
        for cast in ("::text" if isinstance(c.type, JSON) else "",)
    )
    update = (
        f"UPDATE SET {', '.join(f'{c.name} = excluded.{c.name}' for c in others)} WHERE {differs}"
        if others
        else "NOTHING"
    )
    statement = (
        f"WITH done AS (INSERT INTO {table.name} SELECT * FROM staged_{table.name}"  # noqa: S608
        f" ON CONFLICT ({', '.join(sorted(keys))}) DO {update} RETURNING xmax = 0 AS added)"
        f" SELECT (SELECT count(*) FROM staged_{table.name}),"
        " count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added) FROM done"
    )
    total, added, changed = connection.execute(text(statement)).one()
    return Change(total, added, changed, removed)


def _remember(connection: Connection, exchange: Exchange, source: str, *, demo: bool) -> None:
    """Note where the records are from. The same catalogue always gets the same version."""
    digest = sha256(exchange.currency.encode())
    for product in exchange.products:
        digest.update(product.model_dump_json().encode())
    values = {
        "catalogue_version": digest.hexdigest(),
        "loaded_from": source,
        "demo": demo,
        "as_of": exchange.as_of,
    }
    statement = insert(shop_state).values(one_row=True, **values)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["one_row"], set_={**values, "loaded_at": text("now()")}
        )
    )
