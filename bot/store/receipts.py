"""What providers say of our parts: kept, and applied to the outbox in any order they come in.

A receipt may come before we know the provider's id of the part, twice, or after a later one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from bot.errors import Bounced, OptedOut, OutsideWindow, RecipientGone
from bot.messages import Address, Receipt, Status
from bot.store import consents
from bot.store.inbox import storable

RANKS = {Status.DELAYED: 1, Status.SENT: 2, Status.DELIVERED: 4, Status.READ: 5, Status.FAILED: 3}
"""A failure counts more than ``sent`` and less than a sign that it arrived after all."""

_PUT = text(
    "INSERT INTO receipt (channel, provider_id, key, status, code, error, at) "
    "VALUES (:channel, :provider_id, :key, :status, :code, :error, :at) "
    "ON CONFLICT (channel, provider_id, key, status) DO NOTHING"
)
# The provider's word that it has the part ends all doubt whether it was sent.
# A part that is being sent right now is passed over: whoever sends it applies what came meanwhile,
# and a webhook never waits for a provider. What is said of the message that came too late says
# nothing of the template that took its place (``templated`` is the id of that message).
_SET = (
    "UPDATE outbox SET status = :status, status_rank = :rank, status_at = :at, "
    "provider_id = COALESCE(provider_id, NULLIF(:provider_id, '')), "
    "sent_at = COALESCE(sent_at, :at), provider_code = :code, "
    "error = CASE WHEN :status = 'failed' THEN :error END, "
    "state = CASE WHEN :status = 'failed' THEN 'failed' ELSE 'sent' END "
    "WHERE id IN (SELECT id FROM outbox WHERE channel = :channel AND status_rank < :rank "
    "AND state IN ('sending', 'sent', 'failed') AND {which} "
    "AND part ->> 'templated' IS DISTINCT FROM :provider_id FOR UPDATE SKIP LOCKED) "
    "RETURNING id, address, conversation_id, part"
)
# Our key is the same one at every attempt: what is said of an earlier one is not said of this one.
_BY_ID = text(
    _SET.format(
        which="((id = :part AND (:provider_id = '' OR COALESCE(provider_id, '') "
        "IN ('', :provider_id))) OR (:provider_id <> '' AND provider_id = :provider_id))"
    )
)
# When we began to send it is before the provider's own time of it; when we heard of that is after.
_BY_TIME = text(
    _SET.format(which="address = :address AND sent_at IS NOT NULL AND sending_at <= :at")
)
# Receipts that were stored while their part was locked, in the moment before it was let go.
_LEFT = text(
    "SELECT r.channel, r.provider_id, r.key, r.status, r.code, r.error, r.at FROM receipt r "
    "WHERE r.stored_at > :since AND EXISTS (SELECT 1 FROM outbox o WHERE o.channel = r.channel "
    "AND o.state IN ('sending', 'sent') AND (o.provider_id = r.provider_id OR "
    "o.id::text = r.key) AND o.status_rank < CASE r.status WHEN 'delayed' THEN 1 "
    "WHEN 'sent' THEN 2 WHEN 'failed' THEN 3 WHEN 'delivered' THEN 4 ELSE 5 END) ORDER BY r.id"
)
_EARLIER = text(
    "SELECT provider_id, key, status, code, error, at FROM receipt WHERE channel = :channel "
    "AND ((:provider_id <> '' AND provider_id = :provider_id) OR key = :key) ORDER BY id"
)
_TRY_AS_TEMPLATE = text(
    "WITH closed AS (UPDATE conversation SET window_closed = true WHERE id = :conversation) "
    "UPDATE outbox SET state = 'new', due_at = :at, provider_id = NULL, status = NULL, "
    "status_rank = 0, error = NULL, part = part || jsonb_build_object('templated', "
    "COALESCE(NULLIF(:provider_id, ''), 'unknown')) WHERE id = :id"
)


def put(connection: Connection, receipt: Receipt) -> None:
    """Keep a receipt and apply it. A repeat changes nothing."""
    if receipt.provider_id or receipt.key:
        connection.execute(_PUT, _row(receipt))
    apply(connection, receipt)


def apply(connection: Connection, receipt: Receipt) -> None:
    """Set how far the part came, unless it is known to have come further."""
    row = _row(receipt) | {"rank": RANKS[receipt.status]}
    if not receipt.provider_id and not receipt.key:
        connection.execute(_BY_TIME, row | {"address": receipt.address})
        return
    ours = receipt.key.isascii() and receipt.key.isdecimal() and len(receipt.key) < 19
    part = int(receipt.key) if ours else None
    for found in connection.execute(_BY_ID, row | {"part": part}):
        _after(connection, receipt, found)


def apply_earlier(connection: Connection, channel: str, provider_id: str, key: str) -> None:
    """Apply the receipts that came before the part's id was known."""
    where = {"channel": channel, "provider_id": provider_id, "key": key}
    for row in connection.execute(_EARLIER, where).all():
        apply(connection, _receipt(channel, row))


def apply_left(connection: Connection, since: datetime) -> int:
    """Apply receipts passed over because their part was being sent; how many there were."""
    left = connection.execute(_LEFT, {"since": since}).all()
    for row in left:
        apply(connection, _receipt(row.channel, row))
    return len(left)


def _receipt(channel: str, row: Row[Any]) -> Receipt:
    return Receipt(
        channel,
        row.provider_id,
        Status(row.status),
        row.at,
        row.code,
        key=row.key,
        error=row.error,
    )


def _after(connection: Connection, receipt: Receipt, found: Row[Any]) -> None:
    """What a receipt says of the address it is about, or of the window it was sent in."""
    address = Address(receipt.channel, found.address)
    source = f"{receipt.provider_id} {receipt.code or ''}".strip()
    if receipt.error == Bounced.code:
        consents.bounced(connection, address, source, receipt.at)
    if receipt.status is not Status.FAILED:
        return
    if receipt.error == RecipientGone.code:
        consents.gone(connection, address, source, receipt.at)
    if receipt.error == OptedOut.code:
        consents.put(
            connection, address, given=False, reason="provider", source=source, at=receipt.at
        )
    if receipt.error == OutsideWindow.code and not found.part.get("templated"):
        connection.execute(
            _TRY_AS_TEMPLATE,
            {
                "conversation": found.conversation_id,
                "id": found.id,
                "at": receipt.at,
                "provider_id": receipt.provider_id,
            },
        )


def _row(receipt: Receipt) -> dict[str, str | datetime | None]:
    return {
        "channel": receipt.channel,
        "provider_id": storable(receipt.provider_id),
        "key": storable(receipt.key),
        "status": receipt.status,
        "code": storable(receipt.code),
        "error": receipt.error or "undeliverable",
        "at": receipt.at,
    }
