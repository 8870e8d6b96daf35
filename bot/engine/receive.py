"""Step one: what a customer sent is stored, once, before anyone is told that it was taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from bot.messages import Address, Arrival, ConversationId, Inbound, Kind, Receipt
from bot.store import consents, files, inbox, receipts
from bot.store.addresses import conversation_for
from bot.store.inbox import storable

BIGINT = 2**63 - 1
ECHO_HELD = timedelta(seconds=5)
"""An echo of our own message may come before the provider's answer that names its id."""


@dataclass(frozen=True, slots=True)
class Received:
    """Where a message went; ``duplicate`` when this very message had been stored before."""

    conversation_id: ConversationId
    duplicate: bool


def receive(connection: Connection, inbound: Inbound) -> Received:
    """Store one message in the caller's transaction. A repeat changes nothing.

    Waits for no turn: neither reading nor writing here needs the lock a turn holds.
    """
    inbound = _storable(inbound)
    conversation = conversation_for(connection, inbound)
    held = inbound.received_at + ECHO_HELD if inbound.kind is Kind.ECHO else None
    stored = inbox.put(connection, conversation, inbound, due_at=held)
    if stored is not None:
        files.put(
            connection,
            conversation,
            stored,
            inbound.media,
            channel=inbound.address.channel,
            at=inbound.received_at,
        )
        _keep_consent(connection, inbound)
    return Received(conversation, duplicate=stored is None)


def _storable(inbound: Inbound) -> Inbound:
    """The same message without what PostgreSQL cannot keep; no stranger writes that by accident."""
    clean: dict[str, Any] = {
        entry.name: storable(getattr(inbound, entry.name)) for entry in fields(inbound)
    }
    clean["address"] = Address(inbound.address.channel, storable(inbound.address.value))
    clean["media"] = tuple(
        replace(file, ref=storable(file.ref), name=storable(file.name)) for file in inbound.media
    )
    clean["sequence"] = max(-BIGINT, min(inbound.sequence, BIGINT))
    return replace(inbound, **clean)


def receive_all(connection: Connection, arrivals: Iterable[Arrival]) -> list[Received]:
    """Store everything one call brought, in its order, in the caller's transaction."""
    received = []
    for arrival in arrivals:
        if isinstance(arrival, Inbound):
            received.append(receive(connection, arrival))
        elif isinstance(arrival, Receipt):
            receipts.put(connection, arrival)
    return received


def _keep_consent(connection: Connection, inbound: Inbound) -> None:
    """At once, not with the turn: nothing more may go out after a STOP was stored."""
    address, source = inbound.address, inbound.external_id
    if inbound.consent == "unasked":
        address = Address(address.channel + consents.UNASKED, address.value)
    if inbound.consent is not None:
        consents.put(
            connection,
            address,
            given=inbound.consent == "in",
            reason="word",
            source=source,
            at=inbound.received_at,
        )
    elif inbound.kind is Kind.MESSAGE:
        consents.heard(connection, address, source, inbound.received_at)
