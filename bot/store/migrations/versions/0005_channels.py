"""Channels that push: what came in beside messages, how far parts came, consents, files, chores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = True, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=nullable and not now, server_default=default
    )


def _text(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default=default)


def _number(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def _switch(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.text("false"))


def _json(name: str, empty: str) -> sa.Column[object]:
    return sa.Column(
        name,
        postgresql.JSONB(astext_type=sa.Text()),
        nullable=False,
        server_default=sa.text(f"'{empty}'::jsonb"),
    )


ADDED = {
    "conversation": (
        _text("thread", ""),
        _number("person_epoch"),
        _moment("heard_at"),
        _switch("window_closed"),
    ),
    "inbox": (
        _text("kind", "message"),
        sa.Column("sequence", sa.BigInteger(), nullable=False, server_default="0"),
        _json("meta", "{}"),
        _moment("due_at"),
    ),
    "token_use": (_text("content", ""),),
    "turn": (_json("utters", "[]"),),
    "outbox": (
        _text("author", "bot"),
        _moment("created_at", now=True),
        _moment("sending_at"),
        _moment("sent_at"),
        _text("status", nullable=True),
        _number("status_rank"),
        _moment("status_at"),
        _text("provider_code", nullable=True),
    ),
}
WAITING = sa.text("state IN ('new', 'sending')")


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)
    op.drop_constraint("uq_conversation_channel", "conversation")
    op.create_unique_constraint(
        "uq_conversation_channel", "conversation", ["channel", "address", "thread"]
    )
    op.create_index(
        "ix_outbox_waiting_of", "outbox", ["conversation_id", "seq"], postgresql_where=WAITING
    )
    op.create_index(
        "ix_outbox_failed", "outbox", ["id"], postgresql_where=sa.text("state = 'failed'")
    )
    op.create_index("ix_outbox_provider_id", "outbox", ["channel", "provider_id"])
    op.create_index("ix_outbox_address", "outbox", ["channel", "address", "sent_at"])
    _create_alias()
    _create_receipt()
    _create_consent()
    _create_media()
    _create_rest()


def _create_alias() -> None:
    op.create_table(
        "alias",
        _text("channel"),
        _text("value"),
        _text("conversation_id"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_alias_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("channel", "value", name=op.f("pk_alias")),
    )
    op.create_index("ix_alias_conversation", "alias", ["conversation_id"])


def _create_receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("channel"),
        _text("provider_id", ""),
        _text("key", ""),
        _text("status"),
        _text("code", nullable=True),
        _text("error", ""),
        _moment("at", nullable=False),
        _moment("stored_at", now=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint(
            "channel", "provider_id", "key", "status", name=op.f("uq_receipt_channel")
        ),
    )


def _create_consent() -> None:
    op.create_table(
        "consent",
        _text("channel"),
        _text("address"),
        sa.Column("given", sa.Boolean(), nullable=False),
        _text("reason"),
        _text("source", ""),
        _moment("at", nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", name=op.f("pk_consent")),
    )


def _create_media() -> None:
    op.create_table(
        "media",
        _text("id"),
        _text("conversation_id"),
        sa.Column("inbox_id", sa.BigInteger(), nullable=False),
        _text("channel"),
        _text("ref"),
        _text("content_type"),
        _text("name", ""),
        sa.Column("size", sa.BigInteger()),
        _text("state", "new"),
        _number("attempts"),
        _moment("due_at", now=True),
        _text("error", nullable=True),
        sa.Column("data", sa.LargeBinary()),
        sa.CheckConstraint(
            "state IN ('new', 'kept', 'refused', 'failed')", name=op.f("ck_media_state")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_media_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["inbox_id"], ["inbox.id"], name=op.f("fk_media_inbox_id_inbox"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    op.create_index("ix_media_due", "media", ["due_at"], postgresql_where=sa.text("state = 'new'"))
    op.create_index("ix_media_inbox", "media", ["inbox_id"])


def _create_rest() -> None:
    op.create_table(
        "unread_call",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("channel"),
        _text("url"),
        _json("headers", "{}"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("error"),
        _moment("at", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unread_call")),
    )
    op.create_table(
        "chore",
        _text("name"),
        _moment("due_at", nullable=False),
        _moment("done_at"),
        _text("error", nullable=True),
        _json("memory", "{}"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chore")),
    )


def downgrade() -> None:
    for table in ("chore", "unread_call", "media", "consent", "receipt", "alias"):
        op.drop_table(table)
    for index in ("waiting_of", "failed", "provider_id", "address"):
        op.drop_index(f"ix_outbox_{index}", table_name="outbox")
    op.execute("DELETE FROM conversation WHERE thread <> ''")
    op.drop_constraint("uq_conversation_channel", "conversation")
    op.create_unique_constraint("uq_conversation_channel", "conversation", ["channel", "address"])
    for table, columns in ADDED.items():
        for column in columns:
            op.drop_column(table, column.name)
