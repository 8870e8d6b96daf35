"""What goes out: written with the turn that decided it, delivered afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from bot.store.conversations import Conversation

_PUT = text(
    "INSERT INTO outbox (conversation_id, turn_id, seq, channel, address, part, owner_epoch, "
    "state, due_at) VALUES (:conversation_id, :turn_id, :seq, :channel, :address, :part, "
    ":owner_epoch, :state, :due_at)"
).bindparams(bindparam("part", type_=JSONB))
_TAKE = text(
    "WITH taken AS (UPDATE outbox SET state = 'sent' WHERE turn_id = :turn_id RETURNING seq, part) "
    "SELECT part FROM taken ORDER BY seq"
)


def put(
    connection: Connection,
    conversation: Conversation,
    parts: Sequence[tuple[int, Mapping[str, Any]]],
    *,
    turn_id: int,
    at: datetime,
    state: str = "new",
) -> None:
    """Store (seq, part) pairs for delivery. ``state`` is ``sent`` on channels that are read from
    the transcript (the web chat): there the transcript row is the delivery."""
    rows = [
        {
            "conversation_id": conversation.id,
            "turn_id": turn_id,
            "seq": seq,
            "channel": conversation.channel,
            "address": conversation.address,
            "part": part,
            "owner_epoch": conversation.owner_epoch,
            "state": state,
            "due_at": at,
        }
        for seq, part in parts
    ]
    if rows:
        connection.execute(_PUT, rows)


def take(connection: Connection, turn_id: int) -> list[Any]:
    """The parts of one turn, in order, for who shows them at once: they count as sent."""
    return list(connection.execute(_TAKE, {"turn_id": turn_id}).scalars())
