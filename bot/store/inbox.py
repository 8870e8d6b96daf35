"""Messages that came in: stored once, handed to one worker, done when their turn commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from bot.messages import ConversationId, Inbound, Kind
from bot.store.conversations import COLUMNS, Conversation

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An inbox row whose turn has come."""

    id: int
    external_id: str
    text: str
    choice: str | None
    context: Mapping[str, Any]
    proven: bool
    received_at: datetime
    attempts: int
    kind: Kind = Kind.MESSAGE
    meta: Mapping[str, Any] = field(default_factory=dict)


WAKE = "onecounter_inbox"

# The wake-up goes with the insertion: one trip, and none for a message that was there before.
_PUT = text(
    "WITH stored AS (INSERT INTO inbox "
    "(conversation_id, channel, external_id, text, choice, context, proven, kind, sequence, meta, "
    "received_at, due_at) VALUES (:conversation_id, :channel, :external_id, :text, :choice, "
    ":context, :proven, :kind, :sequence, :meta, :received_at, :due_at) "
    "ON CONFLICT (channel, external_id) DO NOTHING RETURNING id) "
    "SELECT id, pg_notify(:wake, '') FROM stored"
).bindparams(bindparam("context", type_=JSONB), bindparam("meta", type_=JSONB))
# NO KEY UPDATE: a message may still be stored (its foreign key needs KEY SHARE) during the turn.
_CLAIM = text(
    f"SELECT {COLUMNS} FROM inbox i JOIN conversation c ON c.id = i.conversation_id "  # noqa: S608
    "WHERE i.state = 'new' AND (i.due_at IS NULL OR i.due_at <= :now) "
    "ORDER BY i.id LIMIT 1 FOR NO KEY UPDATE OF c SKIP LOCKED"
)
_COLUMNS = ", ".join(Waiting.__dataclass_fields__)
_NEXT = text(
    f"SELECT {_COLUMNS} FROM inbox WHERE conversation_id = :id AND state = 'new' "  # noqa: S608
    "AND (due_at IS NULL OR due_at <= :now) ORDER BY sequence, id LIMIT 1"
)
_ONE = text(f"SELECT {_COLUMNS} FROM inbox WHERE id = :id AND state = 'new'")  # noqa: S608
_LOCK = text(
    f"SELECT {COLUMNS} FROM conversation c WHERE c.id = :id FOR NO KEY UPDATE"  # noqa: S608
)
_FAILED = text(
    "UPDATE inbox SET attempts = attempts + 1, error = :error WHERE id = :id RETURNING attempts"
)
_DONE = text("UPDATE inbox SET state = 'done', done_at = :at WHERE id = :id")
_PARK = text("UPDATE inbox SET state = 'parked', done_at = :at WHERE id = :id")


def put(
    connection: Connection,
    conversation: ConversationId,
    inbound: Inbound,
    *,
    due_at: datetime | None = None,
) -> int | None:
    """Store a message and wake a worker; its id, or None when it was stored before.

    With ``due_at`` it is held back until then.
    """
    meta = {
        "envelope": inbound.envelope,
        "vouched": inbound.vouched,
        "files": len(inbound.media),
        "continues": inbound.continues,
    }
    stored = connection.execute(
        _PUT,
        {
            "conversation_id": conversation,
            "channel": inbound.address.channel,
            "external_id": inbound.external_id,
            "text": inbound.text,
            "choice": inbound.choice,
            "context": dict(inbound.context),
            "proven": inbound.proven,
            "kind": inbound.kind,
            "sequence": inbound.sequence,
            "meta": {name: value for name, value in meta.items() if value},
            "received_at": inbound.received_at,
            "due_at": due_at,
            "wake": WAKE,
        },
    ).scalar()
    return None if stored is None else int(stored)


def storable(value: T) -> T:
    """A value as PostgreSQL can keep it: texts in it without NUL, lone surrogates replaced."""
    plain: Any = value
    if type(plain) is str:
        plain = plain.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    elif isinstance(plain, Mapping):
        plain = {storable(name): storable(one) for name, one in plain.items()}
    elif isinstance(plain, list | tuple):
        plain = type(plain)(storable(one) for one in plain)
    return cast(T, plain)


def claim(connection: Connection, now: datetime) -> tuple[Conversation, Waiting] | None:
    """Lock the conversation that has waited longest and return it with its oldest message.

    Another worker's conversations are passed over. The lock ends with the transaction, also when
    this process is killed. None when nothing waits for us.
    """
    row = connection.execute(_CLAIM, {"now": now}).one_or_none()
    if row is None:
        return None
    conversation = Conversation(*row)
    # A new statement sees what the last holder of the lock committed; the join above may not.
    waiting = connection.execute(_NEXT, {"id": conversation.id, "now": now}).one_or_none()
    if waiting is None:
        return None
    return conversation, _waiting(waiting)


def lock(connection: Connection, conversation: ConversationId) -> Conversation:
    """Lock one conversation, waiting for whoever holds it."""
    return Conversation(*connection.execute(_LOCK, {"id": conversation}).one())


def one(connection: Connection, inbox_id: int) -> Waiting | None:
    """That message, if it still waits."""
    row = connection.execute(_ONE, {"id": inbox_id}).one_or_none()
    return None if row is None else _waiting(row)


def _waiting(row: Sequence[Any]) -> Waiting:
    waiting = Waiting(*row)
    return replace(waiting, kind=Kind(waiting.kind))


def failed(connection: Connection, inbox_id: int, error: str) -> int:
    """Count a failed turn; returns how many there were."""
    return int(connection.execute(_FAILED, {"id": inbox_id, "error": error}).scalar_one())


def done(connection: Connection, inbox_id: int, at: datetime) -> None:
    """What came in is dealt with, without a turn."""
    connection.execute(_DONE, {"id": inbox_id, "at": at})


def park(connection: Connection, inbox_id: int, at: datetime) -> None:
    """Give the message up; it stays, with its error, for a person to see."""
    connection.execute(_PARK, {"id": inbox_id, "at": at})
