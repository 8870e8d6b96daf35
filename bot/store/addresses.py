"""Which conversation a message belongs to: by address, by another name of it, or by its thread.

One person may be reached by several values on one channel (WhatsApp: a phone number and an id of
their own). A value may change hands; then nothing of the old conversation goes to the new hand.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from bot.messages import Address, ConversationId, Inbound
from bot.store import conversations

UNPROVEN = "?"
"""A thread that begins so is of a sender nobody vouches for: a proven one never joins it."""

_ALIASED = text("SELECT conversation_id FROM alias WHERE channel = :channel AND value = :value")
_LINK = text(
    "INSERT INTO alias (channel, value, conversation_id) VALUES (:channel, :value, :conversation) "
    "ON CONFLICT (channel, value) DO UPDATE SET conversation_id = excluded.conversation_id "
    "WHERE alias.conversation_id <> excluded.conversation_id"
)
# Whoever had this value until now is reached by their other one, or not at all.
_RETIRE = text(
    "UPDATE conversation SET address = COALESCE((SELECT a.value FROM alias a "
    "WHERE a.conversation_id = conversation.id AND a.value <> :value LIMIT 1), "
    "'former:' || id) WHERE channel = :channel AND address = :value AND thread = '' "
    "AND id <> :conversation"
)
_HAS_ALIAS = text("SELECT EXISTS (SELECT 1 FROM alias WHERE conversation_id = :conversation)")
_CONTINUED = text(
    "SELECT id FROM conversation WHERE id = :id AND channel = :channel AND address = :address "
    "AND starts_with(thread, :unproven) = :is_unproven"
)


def conversation_for(connection: Connection, inbound: Inbound) -> ConversationId:
    """The conversation of a message, made when there is none. Takes no lock on an existing one."""
    if inbound.continues and (found := _continued(connection, inbound)):
        return found
    if inbound.aliases:
        return _by_any_name(connection, inbound)
    known = None if inbound.thread else _aliased(connection, inbound.address)
    return known or conversations.ensure(connection, inbound.address, inbound.thread)


def _continued(connection: Connection, inbound: Inbound) -> ConversationId | None:
    """The conversation an answer belongs to, if its sender is who takes part in it.

    A mail that is not proven joins no proven conversation, whatever it says it answers.
    """
    return connection.execute(
        _CONTINUED,
        {
            "id": inbound.continues,
            "channel": inbound.address.channel,
            "address": inbound.address.value,
            "unproven": UNPROVEN,
            "is_unproven": not inbound.proven,
        },
    ).scalar()


def _by_any_name(connection: Connection, inbound: Inbound) -> ConversationId:
    address = inbound.address
    found = _named(connection, address)
    for value in () if found else inbound.aliases:
        known = _named(connection, Address(address.channel, value))
        # One that has another name already is somebody else's: the value has changed hands.
        if known and not connection.execute(_HAS_ALIAS, {"conversation": known}).scalar():
            found = known
            _link(connection, address.channel, address.value, found)
            break
    if found is None:
        found = conversations.ensure(connection, address)
    for value in inbound.aliases:
        _link(connection, address.channel, value, found)
    return found


def _named(connection: Connection, address: Address) -> ConversationId | None:
    return _aliased(connection, address) or conversations.find(connection, address)


def _aliased(connection: Connection, address: Address) -> ConversationId | None:
    """The conversation that has this value as another name: it may come alone later."""
    where = {"channel": address.channel, "value": address.value}
    return connection.execute(_ALIASED, where).scalar()


def _link(connection: Connection, channel: str, value: str, conversation: ConversationId) -> None:
    where = {"channel": channel, "value": value, "conversation": conversation}
    connection.execute(_LINK, where)
    connection.execute(_RETIRE, where)
