"""What was said, in order: written by turns under the conversation's lock, read by chats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from bot.messages import ConversationId
from bot.store.conversations import WAKE, Conversation


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a transcript. ``author`` is customer, bot, person or note."""

    seq: int
    author: str
    text: str
    body: Mapping[str, Any]
    at: datetime


_APPEND = text(
    "INSERT INTO message (conversation_id, seq, author, text, body, inbox_id, turn_id, at) "
    "VALUES (:conversation_id, :seq, :author, :text, :body, :inbox_id, :turn_id, :at)"
).bindparams(bindparam("body", type_=JSONB))
_AFTER = text(
    "SELECT seq, author, text, body, at FROM message "
    "WHERE conversation_id = :id AND seq > :seq ORDER BY seq LIMIT :limit"
)
_SEQ = text("UPDATE conversation SET seq = :seq WHERE id = :id")
_WAKE = text(f"SELECT pg_notify('{WAKE}', :id)")


def append(
    connection: Connection,
    conversation: Conversation,
    entries: Sequence[Mapping[str, Any]],
    at: datetime,
) -> list[int]:
    """Add entries (author, text and optionally body, inbox_id, turn_id); returns their seqs."""
    rows = []
    for entry in entries:
        conversation.seq += 1
        rows.append(
            {
                "body": {},
                "inbox_id": None,
                "turn_id": None,
                **entry,
                "conversation_id": conversation.id,
                "seq": conversation.seq,
                "at": at,
            }
        )
    if rows:
        connection.execute(_APPEND, rows)
    return [row["seq"] for row in rows]


def keep_seq(connection: Connection, conversation: Conversation) -> None:
    """Write back the number of the last line, where nothing else of the row changed."""
    connection.execute(_SEQ, {"id": conversation.id, "seq": conversation.seq})


def after(
    connection: Connection, conversation: ConversationId, seq: int, limit: int = 200
) -> list[Entry]:
    """Entries newer than ``seq``, oldest first."""
    found = connection.execute(_AFTER, {"id": conversation, "seq": seq, "limit": limit})
    return [Entry(*row) for row in found]


def wake(connection: Connection, conversation: ConversationId) -> None:
    """Tell every open chat of this conversation, on any machine, when the transaction commits."""
    connection.execute(_WAKE, {"id": conversation})
