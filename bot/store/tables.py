"""The tables of the pipeline: what came in, what was thought, what goes out.

Rows of ``message`` are written only under their conversation's row lock, so ``seq`` has no gaps and
rises in commit order: a browser that has seen n misses nothing by asking for what is after n.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from bot.store.metadata import metadata


def _moment(name: str, *, nullable: bool = False, now: bool = False) -> Column[object]:
    default = func.now() if now else None
    return Column(name, DateTime(timezone=True), nullable=nullable, server_default=default)


def _json(name: str, empty: str = "{}") -> Column[object]:
    return Column(name, JSONB, nullable=False, server_default=text(f"'{empty}'::jsonb"))


def _of_conversation() -> Column[str]:
    return Column(
        "conversation_id", Text, ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False
    )


conversation = Table(
    "conversation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("thread", Text, nullable=False, server_default=""),
    Column("customer_id", Text),
    Column("level", Integer, nullable=False, server_default="0"),
    Column("owner", Text, nullable=False, server_default="bot"),
    Column("owner_epoch", Integer, nullable=False, server_default="0"),
    Column("person_epoch", Integer, nullable=False, server_default="0"),
    Column("topic", Text),
    Column("handoff_reason", Text),
    _moment("waiting_since", nullable=True),
    Column("reminded", Boolean, nullable=False, server_default=text("false")),
    Column("locale", Text),
    _json("context"),
    Column("seq", BigInteger, nullable=False, server_default="0"),
    Column("position", BigInteger, nullable=False, server_default="0"),
    _json("slots"),
    Column("disclosed", Boolean, nullable=False, server_default=text("false")),
    _moment("heard_at", nullable=True),
    Column("window_closed", Boolean, nullable=False, server_default=text("false")),
    _moment("created_at", now=True),
    UniqueConstraint("channel", "address", "thread"),
    CheckConstraint("owner IN ('bot', 'waiting', 'person')", name="owner"),
)
"""``position`` counts the turns stored in ``story``; ``slots`` is what they add up to.

``thread`` is empty but on channels where one address has several conversations (e-mail).
``person_epoch`` is the epoch at which a person last took over: replies of the bot that are older
are not sent any more. ``heard_at`` is when the customer last wrote, ``window_closed`` that the
provider has said it takes no free text until they do again.
"""

alias = Table(
    "alias",
    metadata,
    Column("channel", Text, nullable=False),
    Column("value", Text, nullable=False),
    _of_conversation(),
    PrimaryKeyConstraint("channel", "value"),
)
"""Other values of an address that reach the same person on the same channel."""
Index("ix_alias_conversation", alias.c.conversation_id)

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _of_conversation(),
    Column("channel", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("choice", Text),
    _json("context"),
    Column("proven", Boolean, nullable=False, server_default=text("false")),
    Column("kind", Text, nullable=False, server_default="message"),
    Column("sequence", BigInteger, nullable=False, server_default="0"),
    _json("meta"),
    _moment("received_at"),
    _moment("due_at", nullable=True),
    Column("state", Text, nullable=False, server_default="new"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    _moment("done_at", nullable=True),
    UniqueConstraint("channel", "external_id"),
    CheckConstraint("state IN ('new', 'done', 'parked')", name="state"),
)
Index("ix_inbox_waiting", inbox.c.id, postgresql_where=inbox.c.state == "new")
Index(
    "ix_inbox_waiting_of",
    inbox.c.conversation_id,
    inbox.c.id,
    postgresql_where=inbox.c.state == "new",
)

"""``sequence`` orders the waiting messages of one conversation, where the provider has an order of
its own; ``due_at`` holds one back until then. ``meta`` holds the envelope an answer carries, and
what else the channel found."""

turn = Table(
    "turn",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _of_conversation(),
    Column("inbox_id", BigInteger, ForeignKey("inbox.id", ondelete="CASCADE"), nullable=False),
    Column("intent", Text, nullable=False, server_default=""),
    Column("confidence", Float, nullable=False, server_default="0"),
    _json("entities", "[]"),
    _json("facts", "[]"),
    _json("utters", "[]"),
    Column("model", Text, nullable=False, server_default=""),
    Column("ms", Float, nullable=False, server_default="0"),
    _moment("at"),
    UniqueConstraint("inbox_id"),
)
Index("ix_turn_conversation", turn.c.conversation_id, turn.c.id)

story = Table(
    "story",
    metadata,
    _of_conversation(),
    Column("position", BigInteger, nullable=False),
    _json("events", "[]"),
)
story.append_constraint(UniqueConstraint("conversation_id", "position"))

message = Table(
    "message",
    metadata,
    _of_conversation(),
    Column("seq", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False),
    _json("body"),
    Column("inbox_id", BigInteger),
    Column("turn_id", BigInteger),
    _moment("at"),
    UniqueConstraint("conversation_id", "seq"),
    CheckConstraint("author IN ('customer', 'bot', 'person', 'note')", name="author"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _of_conversation(),
    Column("turn_id", BigInteger),
    Column("seq", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    _json("part"),
    Column("author", Text, nullable=False, server_default="bot"),
    Column("owner_epoch", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False, server_default="new"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    _moment("created_at", now=True),
    _moment("due_at", now=True),
    _moment("sending_at", nullable=True),
    _moment("sent_at", nullable=True),
    Column("provider_id", Text),
    Column("status", Text),
    Column("status_rank", Integer, nullable=False, server_default="0"),
    _moment("status_at", nullable=True),
    Column("error", Text),
    Column("provider_code", Text),
    UniqueConstraint("conversation_id", "seq"),
    CheckConstraint("state IN ('new', 'sending', 'sent', 'failed', 'dropped')", name="state"),
)
Index("ix_outbox_turn", outbox.c.turn_id)
Index("ix_outbox_due", outbox.c.due_at, postgresql_where=outbox.c.state.in_(("new", "sending")))
Index(
    "ix_outbox_waiting_of",
    outbox.c.conversation_id,
    outbox.c.seq,
    postgresql_where=outbox.c.state.in_(("new", "sending")),
)
Index("ix_outbox_failed", outbox.c.id, postgresql_where=outbox.c.state == "failed")
Index("ix_outbox_provider_id", outbox.c.channel, outbox.c.provider_id)
Index("ix_outbox_address", outbox.c.channel, outbox.c.address, outbox.c.sent_at)

choice = Table(
    "choice",
    metadata,
    Column("id", Text, primary_key=True),
    _of_conversation(),
    Column("position", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("payload", Text, nullable=False),
    _moment("offered_at"),
)
Index("ix_choice_offered", choice.c.conversation_id, choice.c.position)

order_proof = Table(
    "order_proof",
    metadata,
    _of_conversation(),
    Column("order_id", Text, nullable=False),
    _moment("proven_at"),
    UniqueConstraint("conversation_id", "order_id"),
)

proof_attempt = Table(
    "proof_attempt",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("conversation_id", Text, nullable=False),
    Column("network", Text, nullable=False, server_default=""),
    _moment("at"),
)
Index("ix_proof_attempt_conversation", proof_attempt.c.conversation_id, proof_attempt.c.at)
Index("ix_proof_attempt_network", proof_attempt.c.network, proof_attempt.c.at)
