"""What goes out: written with the turn that decided it, delivered afterwards, in order.

``new`` → ``sending`` → ``sent``, or ``failed`` (the provider will not), or ``dropped`` (we will
not). Whoever sends a part holds its row's lock meanwhile: a part that is ``sending`` and not locked
was in the hands of a process that died, and may have been sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from bot.messages import Address, ConversationId
from bot.store.conversations import Conversation

WAKE = "onecounter_outbox"
SETTLING = timedelta(seconds=2)
"""How long a part that is being sent may be without its lock: between two commits of its sender."""

_PUT = text(
    "INSERT INTO outbox (conversation_id, turn_id, seq, channel, address, part, author, "
    "owner_epoch, state, created_at, due_at, sent_at) VALUES (:conversation_id, :turn_id, :seq, "
    ":channel, :address, :part, :author, :owner_epoch, :state, :at, :at, :sent_at)"
).bindparams(bindparam("part", type_=JSONB))
_WAKE = text(f"SELECT pg_notify('{WAKE}', '')")
_OF_TURN = text("SELECT part FROM outbox WHERE turn_id = :turn_id ORDER BY seq")
# The conversation is locked for a moment: nobody takes it over between this look and our commit.
_CLAIM = text(
    "SELECT o.id, o.conversation_id, o.seq, o.channel, c.address, o.part, o.author, "
    "o.owner_epoch, o.state, o.attempts, o.created_at, o.sending_at, c.person_epoch, c.heard_at, "
    "c.window_closed, i.meta -> 'envelope' AS envelope, i.text AS question, "
    "o.turn_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM outbox f "
    "WHERE f.turn_id = o.turn_id AND f.seq < o.seq) AS first "
    "FROM outbox o JOIN conversation c ON c.id = o.conversation_id "
    "LEFT JOIN turn t ON t.id = o.turn_id LEFT JOIN inbox i ON i.id = COALESCE(t.inbox_id, "
    "(SELECT max(l.id) FROM inbox l WHERE l.conversation_id = o.conversation_id "
    "AND l.kind = 'message')) "
    "WHERE o.state IN ('new', 'sending') AND o.due_at <= :now AND o.channel = ANY(:channels) "
    "AND NOT EXISTS (SELECT 1 FROM outbox e "
    "WHERE e.conversation_id = o.conversation_id AND e.seq < o.seq "
    "AND e.state IN ('new', 'sending')) "
    "ORDER BY o.due_at, o.id LIMIT 1 FOR UPDATE OF o SKIP LOCKED FOR SHARE OF c SKIP LOCKED"
)
# One at a time per address, so that turns of its conversations do not overtake the count.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:channel || :address, 0))")
_ANSWERS = text(
    "SELECT count(DISTINCT turn_id) FROM outbox WHERE channel = :channel AND address = :address "
    "AND author = 'bot' AND turn_id IS NOT NULL AND created_at > :since"
)
_BEGIN = text(
    "UPDATE outbox SET state = 'sending', attempts = attempts + 1, due_at = :settled, "
    "sending_at = CASE WHEN state = 'new' THEN :now ELSE sending_at END WHERE id = :id"
)
# Waited for, not passed over: whoever looks for work may lock a part for a moment, see that it was
# taken since, and leave it alone. A part given up for that would be found again much later.
_PATIENTLY = text("SET LOCAL lock_timeout = '1s'")
_AT_LEISURE = text("SET LOCAL lock_timeout = 0")
_HOLD = text(
    "SELECT state FROM outbox WHERE id = :id AND state = 'sending' AND attempts = :attempts "
    "FOR UPDATE"
)
_ANOTHERS = text(
    "SELECT EXISTS (SELECT 1 FROM outbox WHERE channel = :channel AND provider_id = :provider_id "
    "AND id <> :id)"
)
_UNSETTLED = text("SELECT state = 'sending' FROM outbox WHERE id = :id")
_SENT = text(
    "UPDATE outbox SET state = 'sent', sent_at = COALESCE(sent_at, :now), error = NULL, "
    "provider_code = NULL, provider_id = :provider_id WHERE id = :id"
)
_LATER = text(
    "UPDATE outbox SET state = :state, due_at = :due_at, error = :error, provider_code = :code "
    "WHERE id = :id"
)
_END = text(
    "UPDATE outbox SET state = :state, error = :error, provider_code = :code WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class Due:
    """A part whose turn has come, with what its sending depends on.

    ``maybe_sent``: it was in the hands of a sender that died or could not tell. ``first`` of its
    turn. ``fence``: a person took over after it was decided, so the bot says it no more.
    ``envelope`` and ``question`` are of the message it answers, or else of the last one.
    """

    id: int
    conversation: ConversationId
    number: int
    to: Address
    part: Mapping[str, Any]
    envelope: Mapping[str, Any]
    question: str
    author: str
    attempts: int
    created_at: datetime
    sending_at: datetime | None
    heard_at: datetime | None
    window_closed: bool
    maybe_sent: bool
    first: bool
    fence: bool


def put(
    connection: Connection,
    conversation: Conversation,
    parts: Sequence[tuple[int, Mapping[str, Any]]],
    *,
    turn_id: int | None,
    at: datetime,
    state: str = "new",
    author: str = "bot",
) -> None:
    """Store (seq, part) pairs for delivery and wake a deliverer. ``state`` is ``sent`` where the
    customer reads the transcript itself (the web chat, a terminal): there that is the delivery."""
    rows = [
        {
            "conversation_id": conversation.id,
            "turn_id": turn_id,
            "seq": seq,
            "channel": conversation.channel,
            "address": conversation.address,
            "part": part,
            "author": author,
            "owner_epoch": conversation.owner_epoch,
            "state": state,
            "at": at,
            "sent_at": at if state == "sent" else None,
        }
        for seq, part in parts
    ]
    if rows:
        connection.execute(_PUT, rows)
        if state == "new":
            connection.execute(_WAKE)


def of_turn(connection: Connection, turn_id: int) -> list[Any]:
    """The parts of one turn, in order."""
    return list(connection.execute(_OF_TURN, {"turn_id": turn_id}).scalars())


def answered_too_often(
    connection: Connection,
    address: Address,
    limits: Sequence[tuple[int, timedelta]],
    now: datetime,
) -> bool:
    """Whether the bot has answered this address as often as it may: (how many, within)."""
    if not limits:
        return False
    where = {"channel": address.channel, "address": address.value}
    connection.execute(_ONE_AT_A_TIME, where)
    return any(
        (connection.execute(_ANSWERS, where | {"since": now - within}).scalar() or 0) >= most
        for most, within in limits
    )


def claim(connection: Connection, channels: Sequence[str], now: datetime) -> Due | None:
    """The part that has waited longest and is the next one of its conversation; locked."""
    row = connection.execute(_CLAIM, {"channels": list(channels), "now": now}).one_or_none()
    if row is None:
        return None
    return Due(
        id=row.id,
        conversation=row.conversation_id,
        number=row.seq,
        to=Address(row.channel, row.address),
        part=row.part,
        envelope=row.envelope or {},
        question=row.question or "",
        author=row.author,
        attempts=row.attempts,
        created_at=row.created_at,
        sending_at=row.sending_at,
        heard_at=row.heard_at,
        window_closed=row.window_closed,
        maybe_sent=row.state == "sending",
        first=row.first,
        fence=row.author == "bot" and row.owner_epoch < row.person_epoch,
    )


def begin(connection: Connection, due: Due, now: datetime) -> int:
    """From now on it may have been sent; returns the attempt's number. The caller commits."""
    connection.execute(_BEGIN, {"id": due.id, "now": now, "settled": now + SETTLING})
    return due.attempts + 1


def hold(connection: Connection, part: int, attempt: int) -> bool:
    """Lock the part for as long as it is being sent; False when somebody else has it by now."""
    connection.execute(_PATIENTLY)
    found = connection.execute(_HOLD, {"id": part, "attempts": attempt}).scalar()
    connection.execute(_AT_LEISURE)
    return found is not None


def unsettled(connection: Connection, part: int) -> bool:
    """Whether nobody has said yet what became of a part that may have been sent."""
    return bool(connection.execute(_UNSETTLED, {"id": part}).scalar())


def is_anothers(connection: Connection, due: Due, provider_id: str | None) -> bool:
    """Whether what a provider has is an earlier part that said the same."""
    where = {"id": due.id, "channel": due.to.channel, "provider_id": provider_id}
    return bool(connection.execute(_ANOTHERS, where).scalar())


def sent(connection: Connection, part: int, provider_id: str, now: datetime) -> None:
    """The provider has it."""
    connection.execute(_SENT, {"id": part, "provider_id": provider_id, "now": now})


def later(
    connection: Connection, part: int, due_at: datetime, error: str, code: str, *, maybe_sent: bool
) -> None:
    """It did not work now. ``maybe_sent``: it is asked about before it is sent again."""
    row = {"id": part, "due_at": due_at, "error": error, "code": code or None}
    connection.execute(_LATER, row | {"state": "sending" if maybe_sent else "new"})


def end(connection: Connection, part: int, state: str, error: str, code: str = "") -> None:
    """It will not be sent: ``failed`` by the provider, ``dropped`` by us."""
    row = {"id": part, "state": state, "error": error, "code": code or None}
    connection.execute(_END, row)
