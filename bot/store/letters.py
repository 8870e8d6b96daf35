"""The outbox as an operator sees it: what waits, what failed and why, and sending it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from bot.store.outbox import WAKE

STATES = ("new", "sending", "sent", "failed", "dropped")
RESENDABLE = frozenset({"failed", "dropped"})


@dataclass(frozen=True, slots=True)
class Letter:
    """One part in the outbox. ``status`` is what the provider last said of it."""

    id: int
    channel: str
    address: str
    state: str
    status: str | None
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    error: str | None
    provider_code: str | None
    provider_id: str | None
    text: str


_COLUMNS = (
    "id, channel, address, state, status, attempts, created_at, due_at, sent_at, error, "
    "provider_code, provider_id, part ->> 'text' AS text"
)
_LIST = text(
    f"SELECT {_COLUMNS} FROM outbox WHERE state = ANY(:states) "  # noqa: S608
    "AND (:channel = '' OR channel = :channel) ORDER BY id DESC LIMIT :limit"
)
_ONE = text(f"SELECT {_COLUMNS} FROM outbox WHERE id = :id")  # noqa: S608
_COUNT = text("SELECT channel, state, count(*) FROM outbox GROUP BY 1, 2 ORDER BY 1, 2")
_RESEND = text(
    "UPDATE outbox SET state = 'new', attempts = 0, created_at = :now, due_at = :now, "
    "error = NULL, provider_code = NULL, provider_id = NULL, status = NULL, status_rank = 0, "
    "author = 'desk', part = part - 'templated' WHERE id = :id AND state IN ('failed', 'dropped') "
    "RETURNING id"
)
_DROP = text(
    "UPDATE outbox SET state = 'dropped', error = 'operator' WHERE id = :id AND state = 'failed' "
    "RETURNING id"
)
_WAKE = text(f"SELECT pg_notify('{WAKE}', '')")


def listed(
    connection: Connection, states: Sequence[str], channel: str = "", limit: int = 50
) -> list[Letter]:
    """The newest parts in these states."""
    rows = connection.execute(_LIST, {"states": list(states), "channel": channel, "limit": limit})
    return [Letter(*row) for row in rows]


def one(connection: Connection, letter: int) -> Letter | None:
    """One part."""
    row = connection.execute(_ONE, {"id": letter}).one_or_none()
    return None if row is None else Letter(*row)


def counts(connection: Connection) -> list[tuple[str, str, int]]:
    """(channel, state, how many)."""
    return [tuple(row) for row in connection.execute(_COUNT)]


def resend(connection: Connection, letter: int, now: datetime) -> bool:
    """Put a failed or dropped part back, as new; the operator answers for it, not the bot."""
    found = connection.execute(_RESEND, {"id": letter, "now": now}).scalar()
    if found is not None:
        connection.execute(_WAKE)
    return found is not None


def drop(connection: Connection, letter: int) -> bool:
    """Take a failed part off the list of what is to be looked at."""
    return connection.execute(_DROP, {"id": letter}).scalar() is not None
