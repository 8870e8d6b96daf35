"""Conversations: one per address on a channel, or per thread of one where there are threads.

Functions take a connection and never commit.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from bot.messages import Address, ConversationId, Story

WAKE = "onecounter_chat"
"""The channel on which open chats hear that there is something new, on any machine."""

RECENT_TURNS = 8
"""Stored turns a brain gets back when it has no copy of a conversation in memory."""


@dataclass(slots=True)
class Conversation:
    """A conversation's row, as locked by the running turn."""

    id: ConversationId
    channel: str
    address: str
    thread: str
    customer_id: str | None
    level: int
    owner: str
    owner_epoch: int
    person_epoch: int
    topic: str | None
    handoff_reason: str | None
    waiting_since: datetime | None
    reminded: bool
    locale: str | None
    context: Mapping[str, Any]
    seq: int
    position: int
    slots: Mapping[str, Any]
    disclosed: bool
    heard_at: datetime | None
    window_closed: bool
    created_at: datetime


COLUMNS = ", ".join(f"c.{name}" for name in Conversation.__dataclass_fields__)

_FIND = text(
    "SELECT id FROM conversation WHERE channel = :channel AND address = :address "
    "AND thread = :thread"
)
_CREATE = text(
    "INSERT INTO conversation (id, channel, address, thread) "
    "VALUES (:id, :channel, :address, :thread) ON CONFLICT (channel, address, thread) DO NOTHING"
)
_LOAD = text(f"SELECT {COLUMNS} FROM conversation c WHERE c.id = :id")  # noqa: S608
# One trip for the end of a turn. Parts of one statement run together, whatever their order.
_FINISH = text(
    "WITH answered AS (UPDATE inbox SET state = 'done', done_at = :at WHERE id = :inbox_id), "
    "saved AS (UPDATE conversation SET customer_id = :customer_id, level = :level, owner = :owner, "
    "owner_epoch = :owner_epoch, person_epoch = :person_epoch, topic = :topic, "
    "handoff_reason = :handoff_reason, "
    "waiting_since = :waiting_since, reminded = :reminded, locale = :locale, "
    "context = :context, seq = :seq, "
    "position = :position, slots = :slots, disclosed = :disclosed, heard_at = :heard_at, "
    "window_closed = :window_closed WHERE id = :id) "
    "SELECT pg_notify(:wake, :id)"
).bindparams(bindparam("context", type_=JSONB), bindparam("slots", type_=JSONB))
_STORY = text(
    "SELECT events FROM story WHERE conversation_id = :id AND position > :after ORDER BY position"
)
_TELL = text(
    "INSERT INTO story (conversation_id, position, events) VALUES (:id, :position, :events)"
).bindparams(bindparam("events", type_=JSONB))


def find(connection: Connection, address: Address, thread: str = "") -> ConversationId | None:
    """The conversation of exactly that address and thread, if there is one."""
    where = {"channel": address.channel, "address": address.value, "thread": thread}
    return connection.execute(_FIND, where).scalar()


def ensure(connection: Connection, address: Address, thread: str = "") -> ConversationId:
    """The conversation of that address and thread, made when there is none.

    Takes no lock on an existing one, so a message can be stored while a turn is running.
    """
    where = {"channel": address.channel, "address": address.value, "thread": thread}
    found = connection.execute(_FIND, where).scalar()
    if found is None:
        connection.execute(_CREATE, {"id": uuid.uuid4().hex, **where})
        found = connection.execute(_FIND, where).scalar_one()
    return ConversationId(found)


def load(connection: Connection, conversation: ConversationId) -> Conversation | None:
    """The conversation as last committed, unlocked."""
    row = connection.execute(_LOAD, {"id": conversation}).one_or_none()
    return None if row is None else Conversation(*row)


def finish(connection: Connection, conversation: Conversation, inbox_id: int, at: datetime) -> None:
    """End a turn: its message is answered, the row is written back, and open chats are woken.

    The caller holds the row's lock.
    """
    fields = Conversation.__dataclass_fields__
    row = {name: getattr(conversation, name) for name in fields}
    connection.execute(_FINISH, {**row, "inbox_id": inbox_id, "at": at, "wake": WAKE})


def story(connection: Connection, conversation: Conversation) -> Story:
    """What a brain needs to go on: the slots, and the events of the last few turns."""
    rows = connection.execute(
        _STORY, {"id": conversation.id, "after": conversation.position - RECENT_TURNS}
    ).scalars()
    events = tuple(event for turn in rows for event in turn)
    return Story(conversation.position, events, conversation.slots)


def tell(
    connection: Connection, conversation: Conversation, events: list[Mapping[str, Any]]
) -> None:
    """Add one turn's events to the story and move its position on."""
    conversation.position += 1
    connection.execute(
        _TELL,
        {"id": conversation.id, "position": conversation.position, "events": events},
    )
