"""What an open chat has not seen yet: the lines after its last one, and if an answer is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bot.messages import ConversationId
from bot.store import sessions, transcript
from bot.store.transcript import Entry

REPLAYED = 200
"""How much of a long conversation a page that knows nothing of it gets."""


@dataclass(frozen=True, slots=True)
class News:
    """``open`` False: the session was closed. ``waiting``: a message is not answered yet.

    ``owner`` is who answers: bot, waiting (for a person) or person.
    """

    open: bool
    conversation: ConversationId | None = None
    seq: int = 0
    owner: str = "bot"
    waiting: bool = False
    entries: Sequence[Entry] = ()


_STATE = text(
    "SELECT c.id, c.seq, c.owner, EXISTS (SELECT 1 FROM inbox i WHERE i.conversation_id = c.id "
    "AND i.state = 'new') FROM conversation c WHERE c.channel = 'web' AND c.address = :address"
)
_SEQS = text(
    "SELECT address, seq FROM conversation WHERE channel = 'web' AND address = ANY(:addresses)"
)


def news(connection: Connection, session_id: str, after: int | None, limit: int = 200) -> News:
    """Everything newer than ``after`` (None: the last ``REPLAYED`` lines), oldest first.

    At most ``limit`` lines: ask again while ``seq`` is greater than the last one's.
    """
    if not sessions.is_open(connection, session_id):
        return News(open=False)
    row = connection.execute(_STATE, {"address": session_id}).one_or_none()
    if row is None:
        return News(open=True)
    conversation, seq, owner, waiting = row
    start = max(seq - REPLAYED, 0) if after is None else after
    entries = transcript.after(connection, conversation, start, limit) if seq > start else []
    return News(True, ConversationId(conversation), seq, owner, waiting, entries)


def seqs(connection: Connection, session_ids: Sequence[str]) -> Mapping[str, int]:
    """The number of the last line of each of these sessions' conversations, where there is one."""
    rows = connection.execute(_SEQS, {"addresses": list(session_ids)})
    return {row.address: row.seq for row in rows}
