"""The record of each turn, the choices it offered and the proofs it accepted. Never commits."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from bot.messages import Choice, ConversationId, Fact
from bot.store.conversations import Conversation

_TURN = text(
    "INSERT INTO turn (conversation_id, inbox_id, intent, confidence, entities, facts, utters, "
    "model, ms, at) VALUES (:conversation_id, :inbox_id, :intent, :confidence, :entities, :facts, "
    ":utters, :model, :ms, :at) RETURNING id"
).bindparams(*(bindparam(name, type_=JSONB) for name in ("entities", "facts", "utters")))
_OFFER = text(
    "INSERT INTO choice (id, conversation_id, position, number, title, payload, offered_at) "
    "VALUES (:id, :conversation_id, :position, :number, :title, :payload, :offered_at)"
)
_OFFERED = text(
    "SELECT id, number, title, payload FROM choice WHERE conversation_id = :id "
    "AND position = :position ORDER BY number"
)
_PROVEN = text("SELECT order_id FROM order_proof WHERE conversation_id = :id")
_PROVE = text(
    "INSERT INTO order_proof (conversation_id, order_id, proven_at) "
    "VALUES (:id, :order_id, :at) ON CONFLICT DO NOTHING"
)
_ATTEMPT = text(
    "INSERT INTO proof_attempt (conversation_id, network, at) VALUES (:id, :network, :at)"
)
_ATTEMPTS = text(
    "SELECT count(*) FILTER (WHERE conversation_id = :id), "
    "count(*) FILTER (WHERE network = :network AND :network <> '') "
    "FROM proof_attempt WHERE at > :since AND (conversation_id = :id OR network = :network)"
)


def record(
    connection: Connection,
    conversation: Conversation,
    *,
    inbox_id: int,
    intent: str = "",
    confidence: float = 0.0,
    entities: Sequence[Mapping[str, Any]] = (),
    facts: Sequence[Fact] = (),
    utters: Sequence[str] = (),
    model: str = "",
    ms: float = 0.0,
    at: datetime,
) -> int:
    """Write the turn's row; unique per inbox row, so a message cannot have two turns."""
    row = {
        "conversation_id": conversation.id,
        "inbox_id": inbox_id,
        "intent": intent,
        "confidence": confidence,
        "entities": list(entities),
        "facts": [asdict(fact) for fact in facts],
        "utters": list(utters),
        "model": model,
        "ms": ms,
        "at": at,
    }
    return int(connection.execute(_TURN, row).scalar_one())


def choice_id() -> str:
    """An opaque id for a button: says nothing, cannot be guessed."""
    return f"btn_{secrets.token_hex(8)}"


def offer(
    connection: Connection, conversation: Conversation, choices: Sequence[Choice], at: datetime
) -> None:
    """Keep what the turn that is being written offers; numbered from 1 in this order."""
    rows = [
        {
            "id": choice.id,
            "conversation_id": conversation.id,
            "position": conversation.position,
            "number": number,
            "title": choice.title,
            "payload": choice.payload,
            "offered_at": at,
        }
        for number, choice in enumerate(choices, 1)
    ]
    if rows:
        connection.execute(_OFFER, rows)


def offered(connection: Connection, conversation: Conversation) -> list[tuple[str, int, str, str]]:
    """(id, number, title, payload) of what the last turn offered."""
    found = connection.execute(_OFFERED, {"id": conversation.id, "position": conversation.position})
    return [tuple(row) for row in found]


def proven_orders(connection: Connection, conversation: ConversationId) -> frozenset[str]:
    """Orders this conversation has proven to know."""
    return frozenset(connection.execute(_PROVEN, {"id": conversation}).scalars())


def prove(
    connection: Connection, conversation: ConversationId, order_id: str, at: datetime
) -> None:
    """Remember a proven order."""
    connection.execute(_PROVE, {"id": conversation, "order_id": order_id, "at": at})


def count_attempt(
    connection: Connection, conversation: ConversationId, network: str, at: datetime
) -> None:
    """Count a failed attempt to prove an order."""
    connection.execute(_ATTEMPT, {"id": conversation, "network": network, "at": at})


def attempts_since(
    connection: Connection, conversation: ConversationId, network: str, now: datetime
) -> tuple[int, int]:
    """Failed attempts in the last hour, from this conversation and from this network."""
    row = connection.execute(
        _ATTEMPTS, {"id": conversation, "network": network, "since": now - timedelta(hours=1)}
    ).one()
    return int(row[0]), int(row[1])
