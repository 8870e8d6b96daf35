"""Who may be written to: asked at every sending, also when a person sends. Never commits."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from bot.messages import Address

UNASKED = ".unasked"
"""Behind a channel's name: about messages nobody asked for; answers are still wanted."""
BOUNCE = "bounce"
SOFT_BOUNCES = 5
SOFT_BOUNCES_WITHIN = timedelta(days=7)

_SET = text(
    "INSERT INTO consent (channel, address, given, reason, source, at) "
    "VALUES (:channel, :address, :given, :reason, :source, :at) "
    "ON CONFLICT (channel, address) DO UPDATE SET given = excluded.given, "
    "reason = excluded.reason, source = excluded.source, at = excluded.at "
    "WHERE consent.at <= excluded.at"
)
_WITHDRAWN = text(
    "SELECT EXISTS (SELECT 1 FROM consent WHERE channel = ANY(:channels) AND address = :address "
    "AND NOT given)"
)
_REVIVE = text(
    "UPDATE consent SET given = true, reason = 'wrote', source = :source, at = :at "
    "WHERE channel = :channel AND address = :address AND NOT given AND reason = 'bounce' "
    "AND at <= :at"
)
_SOFT = text(
    "SELECT count(DISTINCT o.id) FROM receipt r JOIN outbox o ON o.channel = r.channel "
    "AND (o.provider_id = r.provider_id OR o.id::text = r.key) "
    "WHERE o.channel = :channel AND o.address = :address AND r.error = 'bounced' AND r.at > :since"
)


def put(
    connection: Connection, address: Address, *, given: bool, reason: str, source: str, at: datetime
) -> None:
    """Keep what was last said about writing to this address; older news changes nothing."""
    connection.execute(
        _SET,
        {
            "channel": address.channel,
            "address": address.value,
            "given": given,
            "reason": reason,
            "source": source,
            "at": at,
        },
    )


def may_write(connection: Connection, address: Address, *, unasked: bool = False) -> bool:
    """Whether nobody has withdrawn consent to write to this address (``unasked``: without being
    asked anything)."""
    channels = [address.channel, *([address.channel + UNASKED] if unasked else [])]
    where = {"channels": channels, "address": address.value}
    return not connection.execute(_WITHDRAWN, where).scalar()


def gone(connection: Connection, address: Address, source: str, at: datetime) -> None:
    """Nobody is reached there any more, until they write to us."""
    put(connection, address, given=False, reason=BOUNCE, source=source, at=at)


def bounced(connection: Connection, address: Address, source: str, at: datetime) -> None:
    """One more message came back; with too many of them lately the address counts as gone."""
    since = at - SOFT_BOUNCES_WITHIN
    where = {"channel": address.channel, "address": address.value, "since": since}
    if (connection.execute(_SOFT, where).scalar() or 0) >= SOFT_BOUNCES:
        gone(connection, address, source, at)


def heard(connection: Connection, address: Address, source: str, at: datetime) -> None:
    """They have written: an address that counted as gone is not."""
    where = {"channel": address.channel, "address": address.value, "source": source, "at": at}
    connection.execute(_REVIVE, where)
