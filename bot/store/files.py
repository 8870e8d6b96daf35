"""Files customers sent: noted with their message, fetched afterwards. Never commits."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from bot.messages import ConversationId, Media

_PUT = text(
    "INSERT INTO media (id, conversation_id, inbox_id, channel, ref, content_type, name, size, "
    "state, data, due_at) VALUES (:id, :conversation_id, :inbox_id, :channel, :ref, "
    ":content_type, :name, :size, :state, :data, :at)"
)
_CLAIM = text(
    "SELECT id, channel, ref, content_type, name, size, attempts FROM media WHERE state = 'new' "
    "AND due_at <= :now AND channel = ANY(:channels) "
    "ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_KEEP = text(
    "UPDATE media SET state = 'kept', data = :data, content_type = :content_type, size = :size, "
    "error = NULL WHERE id = :id"
)
_FAILED = text(
    "UPDATE media SET state = :state, error = :error, attempts = attempts + 1, due_at = :due_at "
    "WHERE id = :id"
)
_OF = text("SELECT id, name, content_type, size, state FROM media WHERE inbox_id = :inbox_id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is still to be fetched."""

    id: str
    channel: str
    media: Media
    attempts: int


def put(
    connection: Connection,
    conversation: ConversationId,
    inbox_id: int,
    files: Sequence[Media],
    *,
    channel: str,
    at: datetime,
) -> None:
    """Note the files of a message; those that came with their bytes are kept at once."""
    rows = [
        {
            "id": uuid.uuid4().hex,
            "conversation_id": conversation,
            "inbox_id": inbox_id,
            "channel": channel,
            "ref": file.ref,
            "content_type": file.content_type,
            "name": file.name,
            "size": len(file.data) if file.data is not None else file.size,
            "state": "kept" if file.data is not None else "new",
            "data": file.data,
            "at": at,
        }
        for file in files
    ]
    if rows:
        connection.execute(_PUT, rows)


def claim(connection: Connection, channels: Sequence[str], now: datetime) -> Wanted | None:
    """Lock the file that has waited longest; the lock ends with the transaction."""
    row = connection.execute(_CLAIM, {"channels": list(channels), "now": now}).one_or_none()
    if row is None:
        return None
    file = Media(row.ref, row.content_type, row.name, row.size)
    return Wanted(row.id, row.channel, file, row.attempts)


def keep(connection: Connection, wanted: Wanted, file: Media) -> None:
    """The file is here."""
    assert file.data is not None
    connection.execute(
        _KEEP,
        {
            "id": wanted.id,
            "data": file.data,
            "content_type": file.content_type,
            "size": len(file.data),
        },
    )


def failed(
    connection: Connection, wanted: Wanted, error: str, due_at: datetime, *, state: str = "new"
) -> None:
    """It did not come: ``new`` tries again at ``due_at``; ``refused`` and ``failed`` are final."""
    row = {"id": wanted.id, "error": error, "due_at": due_at, "state": state}
    connection.execute(_FAILED, row)


def of_message(connection: Connection, inbox_id: int) -> list[dict[str, object]]:
    """What came with a message: id, name, content type, size and state of each file."""
    return [dict(row._mapping) for row in connection.execute(_OF, {"inbox_id": inbox_id})]
