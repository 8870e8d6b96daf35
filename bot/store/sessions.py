"""Sessions of the web chat: opened, found by their secret, given to a customer, closed.

The secret itself is never stored, only its SHA-256; it has 256 bits, so no salt is needed.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

IDLE_LIMIT = timedelta(days=30)
CHANNEL = "web"


@dataclass(frozen=True, slots=True)
class Session:
    """An open session. ``customer_id`` is set once a signed token proved who is there."""

    id: str
    customer_id: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session with the secret that opens it; the only moment the secret is known here."""

    session: Session
    token: str = field(repr=False)


_OPEN = text(
    "INSERT INTO web_session (id, token_hash, customer_id, origin, context, created_at, seen_at) "
    "VALUES (:id, :hash, :customer_id, :origin, :context, :now, :now)"
).bindparams(bindparam("context", type_=JSONB))
_FIND = text(
    "SELECT id, customer_id, context, token_hash, previous_hash, seen_at FROM web_session "
    "WHERE (token_hash = :hash OR previous_hash = :hash) AND token_hash IS NOT NULL "
    "AND seen_at > :oldest"
)
_SEEN = text(
    "UPDATE web_session SET seen_at = :now, "
    "previous_hash = CASE WHEN token_hash = :hash THEN NULL ELSE previous_hash END WHERE id = :id"
)
_ROTATE = text(
    "UPDATE web_session SET previous_hash = token_hash, token_hash = :hash, "
    "customer_id = :customer_id WHERE id = :id"
)
_CLOSE = text("UPDATE web_session SET token_hash = NULL, previous_hash = NULL WHERE id = :id")
_OPEN_STILL = text("SELECT token_hash IS NOT NULL FROM web_session WHERE id = :id")
# One statement, so the turn that may hold the row's lock is simply waited for.
_ATTACH = text(
    "UPDATE conversation SET customer_id = :customer_id, level = GREATEST(level, :level) "
    "WHERE channel = 'web' AND address = :id "
    "AND (customer_id IS DISTINCT FROM :customer_id OR level < :level)"
)
_USE = text(
    "INSERT INTO token_use (jti, expires_at) VALUES (:jti, :expires_at) ON CONFLICT DO NOTHING"
)
_USE_WITH = text(
    "INSERT INTO token_use (jti, expires_at, content) VALUES (:jti, :expires_at, :content) "
    "ON CONFLICT DO NOTHING"
)
_USED_WITH = text("SELECT content = :content FROM token_use WHERE jti = :jti")
_FORGET_USES = text("DELETE FROM token_use WHERE expires_at < :before")


def open_session(
    connection: Connection,
    *,
    origin: str,
    context: Mapping[str, Any],
    now: datetime,
    customer_id: str | None = None,
) -> Opened:
    """A new session with a new conversation of its own (which exists from its first message)."""
    session = Session("v_" + secrets.token_urlsafe(12), customer_id, dict(context))
    token = secrets.token_urlsafe(32)
    connection.execute(
        _OPEN,
        {
            "id": session.id,
            "hash": fingerprint(token),
            "customer_id": customer_id,
            "origin": origin,
            "context": session.context,
            "now": now,
        },
    )
    return Opened(session, token)


def find(connection: Connection, token: str, now: datetime) -> Session | None:
    """The open session of that secret; None when it is unknown, closed or long unused."""
    given = fingerprint(token)
    row = connection.execute(_FIND, {"hash": given, "oldest": now - IDLE_LIMIT}).one_or_none()
    if row is None:
        return None
    # Written at most once a minute: an open page asks often, and a row per question is waste.
    renewed = row.previous_hash is not None and row.token_hash == given
    if renewed or now - row.seen_at > timedelta(minutes=1):
        connection.execute(_SEEN, {"id": row.id, "hash": given, "now": now})
    return Session(row.id, row.customer_id, row.context)


def give_to(connection: Connection, session: Session, customer_id: str, level: int) -> Opened:
    """The session now belongs to this customer, and so does its conversation; its secret changes.

    What the customer has said elsewhere is not merged into it.
    """
    token = secrets.token_urlsafe(32)
    connection.execute(
        _ROTATE, {"id": session.id, "hash": fingerprint(token), "customer_id": customer_id}
    )
    owned = Session(session.id, customer_id, session.context)
    attach(connection, owned, level)
    return Opened(owned, token)


def attach(connection: Connection, session: Session, level: int) -> None:
    """Write the session's customer on its conversation, if it has one; a repeat changes nothing."""
    if session.customer_id is not None:
        connection.execute(
            _ATTACH, {"id": session.id, "customer_id": session.customer_id, "level": level}
        )


def close(connection: Connection, session: Session) -> None:
    """No secret opens this session any more; its conversation stays for the shop."""
    connection.execute(_CLOSE, {"id": session.id})


def is_open(connection: Connection, session_id: str) -> bool:
    """Whether the session was not closed since."""
    return bool(connection.execute(_OPEN_STILL, {"id": session_id}).scalar())


def use_up(connection: Connection, jti: str, expires_at: datetime, now: datetime) -> bool:
    """Mark a signed token as used; False when it had been used before."""
    connection.execute(_FORGET_USES, {"before": now - timedelta(minutes=5)})
    used = connection.execute(_USE, {"jti": jti, "expires_at": expires_at})
    return bool(used.rowcount)


def use_once(connection: Connection, name: str, content: str, expires_at: datetime) -> bool:
    """Mark a provider's token as used with this content; False when it was used with another."""
    key = {"jti": name, "expires_at": expires_at, "content": content}
    if connection.execute(_USE_WITH, key).rowcount:
        return True
    return bool(connection.execute(_USED_WITH, key).scalar())


def fingerprint(token: str) -> str:
    """What is stored of a secret, and what may be counted or compared instead of it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
