"""Step one: what a customer sent is stored, once, before anyone is told that it was taken."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from bot.messages import ConversationId, Inbound
from bot.store import conversations, inbox


@dataclass(frozen=True, slots=True)
class Received:
    """Where a message went; ``duplicate`` when this very message had been stored before."""

    conversation_id: ConversationId
    duplicate: bool


def receive(connection: Connection, inbound: Inbound) -> Received:
    """Store one message in the caller's transaction. A repeat changes nothing.

    Waits for no turn: neither reading nor writing here needs the lock a turn holds.
    """
    conversation = conversations.ensure(connection, inbound.address)
    stored = inbox.put(connection, conversation, inbound)
    return Received(conversation, duplicate=not stored)
