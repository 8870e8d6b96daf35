"""Work that recurs: one process at a time does it, because it holds the row's lock meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

_ENSURE = text("INSERT INTO chore (name, due_at) VALUES (:name, :now) ON CONFLICT DO NOTHING")
_CLAIM = text(
    "SELECT name, done_at, memory FROM chore WHERE name = :name AND due_at <= :now "
    "FOR UPDATE SKIP LOCKED"
)
_DONE = text(
    "UPDATE chore SET due_at = :due_at, done_at = COALESCE(:done_at, done_at), error = :error, "
    "memory = :memory WHERE name = :name"
).bindparams(bindparam("memory", type_=JSONB))


@dataclass(frozen=True, slots=True)
class Chore:
    """A chore whose time has come. ``done_at`` is when it last went well."""

    name: str
    done_at: datetime | None
    memory: Mapping[str, Any]


def ensure(connection: Connection, name: str, now: datetime) -> None:
    """Have the chore, due at once if it is new. In a transaction of its own: others wait for it."""
    connection.execute(_ENSURE, {"name": name, "now": now})


def claim(connection: Connection, name: str, now: datetime) -> Chore | None:
    """The chore, locked, if it is due and nobody has it in hand."""
    row = connection.execute(_CLAIM, {"name": name, "now": now}).one_or_none()
    return None if row is None else Chore(*row)


def finish(
    connection: Connection,
    chore: Chore,
    now: datetime,
    every: timedelta,
    *,
    memory: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> None:
    """It is due again after ``every``. ``error`` None: it went well."""
    connection.execute(
        _DONE,
        {
            "name": chore.name,
            "due_at": now + every,
            "done_at": now if error is None else None,
            "error": error,
            "memory": dict(chore.memory if memory is None else memory),
        },
    )
