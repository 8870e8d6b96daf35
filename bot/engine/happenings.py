"""What comes in and is no question: consents, edits, echoes, people who answer elsewhere.

Each is dealt with in the order it came, under the conversation's lock, and ends without a turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from bot.messages import Kind
from bot.store import conversations, inbox, transcript
from bot.store.conversations import Conversation
from bot.store.inbox import Waiting

OURS_WITHIN = timedelta(minutes=10)

_EDIT = text(
    "UPDATE message SET text = :text, body = body || CAST(:mark AS jsonb) "
    "WHERE conversation_id = :conversation AND author = 'customer' "
    "AND :of IN (body ->> 'id', body ->> 'ref')"
)
_UNSAY = text(
    "UPDATE inbox SET text = '' WHERE conversation_id = :conversation "
    "AND :of IN (external_id, meta -> 'envelope' ->> 'ref')"
)
_OURS = text(
    "UPDATE outbox SET provider_id = COALESCE(provider_id, :id), "
    "state = CASE WHEN state = 'sending' THEN 'sent' ELSE state END "
    "WHERE id = (SELECT id FROM outbox WHERE conversation_id = :conversation "
    "AND (provider_id = :id OR (provider_id IS NULL AND state IN ('sending', 'sent') "
    "AND created_at > :since AND part ->> 'text' = :text)) "
    "ORDER BY (provider_id = :id) DESC NULLS LAST, id LIMIT 1) RETURNING id"
)
# A file goes before the words it was sent with, and its echo has none.
_OUR_FILE = text(
    "SELECT EXISTS (SELECT 1 FROM outbox WHERE conversation_id = :conversation "
    "AND part ? 'media' AND created_at > :since AND state IN ('sending', 'sent'))"
)
_FORGET_PROOFS = text("DELETE FROM order_proof WHERE conversation_id = :conversation")
_FORGET_ALIASES = text("DELETE FROM alias WHERE conversation_id = :conversation AND value = :value")
# Whoever writes from it next begins a conversation of their own.
_LEAVE_ADDRESS = text(
    "UPDATE conversation SET address = COALESCE((SELECT a.value FROM alias a "
    "WHERE a.conversation_id = conversation.id AND a.value <> :value LIMIT 1), 'former:' || id) "
    "WHERE id = :conversation AND address = :value"
)


def happened(
    connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
) -> None:
    """Deal with one happening. The caller holds the lock and commits."""
    _HANDLERS[waiting.kind](connection, conversation, waiting, now)
    if waiting.kind is Kind.CONSENT:  # nothing else here is a message of the customer's
        conversation.heard_at = max(filter(None, (conversation.heard_at, waiting.received_at)))
    conversations.finish(connection, conversation, waiting.id, now)


def take_over(conversation: Conversation) -> None:
    """A person answers from now on; what the bot has decided and not sent is sent no more."""
    conversation.owner = "person"
    conversation.owner_epoch += 1
    conversation.person_epoch = conversation.owner_epoch
    conversation.waiting_since = None


def hand_back(conversation: Conversation) -> None:
    """The bot answers again."""
    conversation.owner = "bot"
    conversation.owner_epoch += 1
    conversation.waiting_since = None


def _consent(
    connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
) -> None:
    _write(connection, conversation, waiting, author="customer", words=waiting.text, at=now)


def _edited(
    connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
) -> None:
    """What is shown changes; what was answered and done does not: an edit is never a turn."""
    _change(connection, conversation, waiting, waiting.text, "edited")


def _deleted(
    connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
) -> None:
    _change(connection, conversation, waiting, "", "deleted")
    of = str(_envelope(waiting).get("of", ""))
    connection.execute(_UNSAY, {"conversation": conversation.id, "of": of})


def _echo(
    connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
) -> None:
    """Ours when the id or, before we know the id, the words are; else a person answered."""
    where = {"conversation": conversation.id, "since": now - OURS_WITHIN}
    ident = str(_envelope(waiting).get("id", ""))
    ours = connection.execute(_OURS, where | {"id": ident, "text": waiting.text}).scalar()
    if ours is None and not waiting.text:
        ours = connection.execute(_OUR_FILE, where).scalar() or None
    if ours is None:
        _taken(connection, conversation, waiting, now)


def _taken(
    connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
) -> None:
    take_over(conversation)
    if waiting.text:
        _write(connection, conversation, waiting, author="person", words=waiting.text, at=now)
    else:
        _note(connection, conversation, waiting, "taken", now)


def _returned(
    connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
) -> None:
    hand_back(conversation)
    _note(connection, conversation, waiting, "returned", now)


def _number_changed(
    connection: Connection, conversation: Conversation, waiting: Waiting, now: datetime
) -> None:
    """The old number proved who was writing; whoever has it next must not inherit that."""
    conversation.level = 0
    conversation.customer_id = None
    where = {"conversation": conversation.id, "value": str(_envelope(waiting).get("was", ""))}
    connection.execute(_FORGET_PROOFS, where)
    connection.execute(_FORGET_ALIASES, where)
    connection.execute(_LEAVE_ADDRESS, where)
    _note(connection, conversation, waiting, "number_changed", now)


def _envelope(waiting: Waiting) -> Mapping[str, Any]:
    envelope: Mapping[str, Any] = waiting.meta.get("envelope") or {}
    return envelope


def _change(
    connection: Connection, conversation: Conversation, waiting: Waiting, words: str, mark: str
) -> None:
    connection.execute(
        _EDIT,
        {
            "conversation": conversation.id,
            "of": str(_envelope(waiting).get("of", "")),
            "text": inbox.storable(words),
            "mark": f'{{"{mark}": true}}',
        },
    )


def _note(
    connection: Connection, conversation: Conversation, waiting: Waiting, what: str, now: datetime
) -> None:
    """A line for the desk; ``body.note`` says what happened, the desk says it in words."""
    _write(connection, conversation, waiting, author="note", words="", at=now, note=what)


def _write(
    connection: Connection,
    conversation: Conversation,
    waiting: Waiting,
    *,
    author: str,
    words: str,
    at: datetime,
    note: str = "",
) -> None:
    entry = {
        "author": author,
        "text": words,
        "body": {"id": waiting.external_id, **({"note": note} if note else {})},
        "inbox_id": waiting.id,
    }
    transcript.append(connection, conversation, [entry], at)


Handler = Callable[[Connection, Conversation, Waiting, datetime], None]
_HANDLERS: Mapping[Kind, Handler] = {
    Kind.CONSENT: _consent,
    Kind.EDITED: _edited,
    Kind.DELETED: _deleted,
    Kind.ECHO: _echo,
    Kind.TAKEN: _taken,
    Kind.RETURNED: _returned,
    Kind.NUMBER_CHANGED: _number_changed,
}
