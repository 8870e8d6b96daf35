"""The end of a turn: transcript, choices, outbox, the inbox row and the conversation, together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.engine.chosen import Chosen
from bot.messages import Part, Reply
from bot.render import render
from bot.store import conversations, outbox, transcript, turns
from bot.store.conversations import Conversation
from bot.store.inbox import Waiting
from channels import capabilities_of

READ_FROM_TRANSCRIPT = frozenset({"web"})
"""Channels whose customers read the transcript itself; there is nothing to send."""


@dataclass(frozen=True, slots=True)
class Hand:
    """The message a turn has in hand: its rows, locked, and when the turn takes place."""

    connection: Connection
    conversation: Conversation
    waiting: Waiting
    now: datetime
    picked: Chosen = field(default_factory=Chosen)

    @property
    def shown(self) -> str:
        """What the transcript shows the customer as having said."""
        tapped = self.waiting.choice and self.picked.title
        return self.picked.title if tapped else self.waiting.text


def write(hand: Hand, replies: Sequence[Reply], turn_id: int, numbering_hint: str) -> None:
    """Write what the turn decided. The caller commits."""
    connection, conversation = hand.connection, hand.conversation
    named = [with_ids(reply) for reply in replies]
    turns.offer(connection, conversation, [c for r in named for c in r.choices], hand.now)
    entries: list[Mapping[str, Any]] = [
        {
            "author": "customer",
            "text": hand.shown,
            "body": {"id": hand.waiting.external_id},
            "inbox_id": hand.waiting.id,
            "turn_id": turn_id,
        }
    ]
    entries += [
        {"author": "bot", "text": part.text, "body": body, "turn_id": turn_id}
        for part, body in parts(conversation.channel, named, numbering_hint)
    ]
    seqs = transcript.append(connection, conversation, entries, hand.now)
    sendable = list(zip(seqs, entries, strict=True))[1:]
    outbox.put(
        connection,
        conversation,
        [(seq, {**entry["body"], "text": entry["text"]}) for seq, entry in sendable],
        turn_id=turn_id,
        at=hand.now,
        state="sent" if conversation.channel in READ_FROM_TRANSCRIPT else "new",
    )
    conversations.finish(connection, conversation, hand.waiting.id, hand.now)


def with_ids(reply: Reply) -> Reply:
    """The reply with an opaque id on each choice."""
    return replace(reply, choices=tuple(replace(c, id=turns.choice_id()) for c in reply.choices))


def parts(
    channel: str, replies: Sequence[Reply], numbering_hint: str
) -> list[tuple[Part, dict[str, Any]]]:
    """Each reply as the channel shows it; its facts go with the first of its parts."""
    capabilities = capabilities_of(channel)
    result = []
    for reply in replies:
        facts = [asdict(fact) for fact in reply.facts]
        for part in render(reply, capabilities, numbering_hint=numbering_hint):
            result.append((part, body_of(part, reply.utter, facts)))
            facts = []
    return result


def body_of(part: Part, utter: str, facts: list[dict[str, Any]]) -> dict[str, Any]:
    """A part as the transcript and the outbox keep it; a choice's meaning stays on the server."""
    body: dict[str, Any] = {"utter": utter}
    if part.choices:
        body["choices"] = [{"id": c.id, "title": c.title} for c in part.choices]
    if part.cards:
        body["cards"] = [asdict(card) for card in part.cards]
    if facts:
        body["facts"] = facts
    return body
