"""The tables around delivery: receipts, consents, files, calls nobody could read, timed chores."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from bot.store.metadata import metadata

receipt = Table(
    "receipt",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("channel", Text, nullable=False),
    Column("provider_id", Text, nullable=False, server_default=""),
    Column("key", Text, nullable=False, server_default=""),
    Column("status", Text, nullable=False),
    Column("code", Text),
    Column("error", Text, nullable=False, server_default=""),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("stored_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("channel", "provider_id", "key", "status"),
)
"""What providers said of our parts: kept, as a receipt may come before we know the part's id."""

consent = Table(
    "consent",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("given", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False, server_default=""),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Whether we may write to an address; none is yes, because the customer wrote first.

``reason``: ``word`` (STOP, START), ``provider`` (21610, a blocked bot), ``bounce``, ``wrote``
(after a bounce), ``desk``. ``source`` is the message or receipt it comes from. Behind a channel's
name ``.unasked`` is about messages nobody asked for.
"""

media = Table(
    "media",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "conversation_id", Text, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False
    ),
    Column("inbox_id", BigInteger, ForeignKey("inbox.id", ondelete="CASCADE"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("size", BigInteger),
    Column("state", Text, nullable=False, server_default="new"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("error", Text),
    Column("data", LargeBinary),
    CheckConstraint("state IN ('new', 'kept', 'refused', 'failed')", name="state"),
)
"""Files customers sent. In the database, so that every machine has them and a backup holds all."""
Index("ix_media_due", media.c.due_at, postgresql_where=media.c.state == "new")
Index("ix_media_inbox", media.c.inbox_id)

unread_call = Table(
    "unread_call",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("channel", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("headers", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("body", LargeBinary, nullable=False),
    Column("error", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Authentic calls that could not be read, whole: nothing sent to us is lost."""

chore = Table(
    "chore",
    metadata,
    Column("name", Text, primary_key=True),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("done_at", DateTime(timezone=True)),
    Column("error", Text),
    Column("memory", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
)
"""Work that recurs, done by one process at a time: whoever locks the row. ``memory`` is what the
next run needs of the last one (how far a mailbox was read)."""
