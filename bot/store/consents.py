"""Who may be written to: asked at every sending, also when a person sends. Never commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

from bot.messages import Address

_SET = text(
    "INSERT INTO consent (channel, address, given, reason, source, at) "
    "VALUES (:channel, :address, :given, :reason, :source, :at) "
    "ON CONFLICT (channel, address) DO UPDATE SET given = excluded.given, "
    "reason = excluded.reason, source = excluded.source, at = excluded.at "
    "WHERE consent.at <= excluded.at"
)
_GIVEN = text("SELECT given FROM consent WHERE channel = :channel AND address = :address")


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


def may_write(connection: Connection, address: Address) -> bool:
    """Whether nobody has withdrawn consent to write to this address."""
    where = {"channel": address.channel, "address": address.value}
    return connection.execute(_GIVEN, where).scalar() is not False
