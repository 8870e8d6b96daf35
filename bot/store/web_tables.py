"""The tables of the web chat: who may read which conversation, and which tokens were used up."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB

from bot.store.metadata import metadata

web_session = Table(
    "web_session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("token_hash", Text),
    Column("previous_hash", Text),
    Column("customer_id", Text),
    Column("origin", Text, nullable=False, server_default=""),
    Column("context", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""``id`` is the visitor: the conversation's address is ``web:<id>``. A closed session has no hash.

``previous_hash`` still opens the session until the token that replaced it was first used, so an
answer lost on the line does not lose the conversation.
"""
Index("ix_web_session_token_hash", web_session.c.token_hash, unique=True)
Index("ix_web_session_previous_hash", web_session.c.previous_hash)

token_use = Table(
    "token_use",
    metadata,
    Column("jti", Text, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("content", Text, nullable=False, server_default=""),
)
"""Tokens that may be used once and were: customers' and providers'. A row may go once its token has
expired. ``content`` is a digest of what came with it, where a repeat of just that is allowed."""
Index("ix_token_use_expires_at", token_use.c.expires_at)
