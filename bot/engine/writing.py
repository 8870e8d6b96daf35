"""The end of a turn: transcript, choices, outbox, the inbox row and the conversation, together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.engine.chosen import Chosen
from bot.messages import Card, Choice, Kind, Media, Part, Reply
from bot.render import joined, render
from bot.store import conversations, outbox, transcript, turns
from bot.store.conversations import Conversation
from bot.store.inbox import Waiting
from channels.base import Capabilities

SHOWN_HERE = "shown_here"
"""Set in the envelope of what is typed at a terminal: it shows the answer itself."""
ASKS_WHO = frozenset({"utter_ask_order_number", "utter_order_number_help", "utter_sign_in_first"})
"""Sentences to which a shared phone number is an answer, on channels that can share one."""
NUMBER = re.compile(r"\d{3,}")
"""What in a title may be the number of an order."""
READ_FROM_TRANSCRIPT = frozenset({"web"})
"""Channels whose customers read the transcript itself; there is nothing to send."""


@dataclass(frozen=True, slots=True)
class Hints:
    """Words that a channel puts around a reply: under numbers, and on buttons of its own."""

    numbering: str = ""
    contact: str = ""
    list: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """The message a turn has in hand: its rows, locked, and when the turn takes place."""

    connection: Connection
    conversation: Conversation
    waiting: Waiting
    now: datetime
    picked: Chosen = field(default_factory=Chosen)
    files: Sequence[Mapping[str, Any]] = ()

    @property
    def shown(self) -> str:
        """What the transcript shows the customer as having said."""
        tapped = self.waiting.choice and self.picked.title
        return self.picked.title if tapped else self.waiting.text

    @property
    def shares_contact(self) -> bool:
        """Whether all the message says is who its sender is: no words, no tap, no file.

        A channel may vouch for the sender of every message; that alone asks for nothing.
        """
        silent = not (self.waiting.text.strip() or self.waiting.choice or self.files)
        plain = self.waiting.kind is Kind.MESSAGE
        return silent and plain and bool(self.waiting.meta.get("vouched"))

    @property
    def words(self) -> str:
        """What the brain hears: the message, and before it a title that names what it does not."""
        title = str(self.waiting.meta.get("envelope", {}).get("title") or "")
        named = [number for number in NUMBER.findall(title) if number not in self.waiting.text]
        return f"{title}\n{self.waiting.text}" if named else self.waiting.text

    @property
    def sendable(self) -> bool:
        """Whether somebody has to send the answer: neither chat nor terminal need that."""
        shown = self.waiting.meta.get("envelope", {}).get(SHOWN_HERE)
        return self.conversation.channel not in READ_FROM_TRANSCRIPT and not shown


def write(
    hand: Hand,
    replies: Sequence[Reply],
    turn_id: int,
    hints: Hints,
    capabilities: Capabilities,
) -> None:
    """Write what the turn decided. The caller commits."""
    connection, conversation = hand.connection, hand.conversation
    named = [with_ids(reply) for reply in replies]
    turns.offer(connection, conversation, [c for r in named for c in r.choices], hand.now)
    entries: list[Mapping[str, Any]] = [
        {
            "author": "customer",
            "text": hand.shown,
            "body": _heard(hand),
            "inbox_id": hand.waiting.id,
            "turn_id": turn_id,
        }
    ]
    entries += [
        {"author": "bot", "text": part.text, "body": body, "turn_id": turn_id}
        for part, body in parts(named, hints, capabilities)
    ]
    seqs = transcript.append(connection, conversation, entries, hand.now)
    said = list(zip(seqs, entries, strict=True))[1:]
    outbox.put(
        connection,
        conversation,
        [(seq, {**entry["body"], "text": entry["text"]}) for seq, entry in said],
        turn_id=turn_id,
        at=hand.now,
        state="new" if hand.sendable else "sent",
    )
    conversations.finish(connection, conversation, hand.waiting.id, hand.now)


def note(hand: Hand, what: str, **more: str) -> None:
    """A line for the desk before what the turn says; the desk says it in words."""
    entry = {"author": "note", "text": "", "body": {"note": what, **more}}
    transcript.append(hand.connection, hand.conversation, [entry], hand.now)


def with_ids(reply: Reply) -> Reply:
    """The reply with an opaque id on each choice."""
    return replace(reply, choices=tuple(replace(c, id=turns.choice_id()) for c in reply.choices))


def parts(
    replies: Sequence[Reply], hints: Hints, capabilities: Capabilities
) -> list[tuple[Part, dict[str, Any]]]:
    """Each reply as the channel shows it; its facts go with the first of its parts."""
    result = []
    number = 1
    utters = [[reply.utter] for reply in replies]
    if capabilities.joins and len(replies) > 1:
        replies, utters = [joined(replies)], [[reply.utter for reply in replies]]
    for reply, names in zip(replies, utters, strict=True):
        facts = [asdict(fact) for fact in reply.facts]
        rendered = render(reply, capabilities, numbering_hint=hints.numbering, first_number=number)
        number += len(reply.choices)
        for part in rendered:
            result.append((part, body_of(part, names, facts, hints)))
            facts = []
        if capabilities.asks_contact and result and ASKS_WHO.intersection(names):
            result[-1][1]["ask_contact"] = hints.contact
    return result


def body_of(
    part: Part, utters: Sequence[str], facts: list[dict[str, Any]], hints: Hints
) -> dict[str, Any]:
    """A part as the transcript and the outbox keep it; a choice's meaning stays on the server."""
    body: dict[str, Any] = {"utter": utters[0]}
    if len(utters) > 1:
        body["utters"] = list(utters)
    if part.choices:
        body["choices"] = [{"id": c.id, "title": c.title} for c in part.choices]
    if part.as_list:
        body |= {"as_list": True, "list_title": hints.list}
    if part.cards:
        body["cards"] = [asdict(card) for card in part.cards]
        if any(card.link for card in part.cards):
            body["link_title"] = hints.link
    if part.plain and part.plain != part.text:
        body["plain"] = part.plain
    if facts:
        body["facts"] = facts
    return body


def part_of(body: Mapping[str, Any]) -> Part:
    """The part that an outbox row keeps."""
    return Part(
        text=str(body.get("text", "")),
        choices=tuple(Choice(c["title"], "", c["id"]) for c in body.get("choices", ())),
        cards=tuple(Card.read(card) for card in body.get("cards", ())),
        plain=str(body.get("plain") or body.get("text", "")),
        as_list=bool(body.get("as_list")),
        list_title=str(body.get("list_title", "")),
        link_title=str(body.get("link_title", "")),
        ask_contact=str(body.get("ask_contact", "")),
        proactive=bool(body.get("proactive")),
        media=tuple(Media(**media) for media in body.get("media", ())),
    )


def _heard(hand: Hand) -> dict[str, Any]:
    body: dict[str, Any] = {"id": hand.waiting.external_id}
    if ref := hand.waiting.meta.get("envelope", {}).get("ref"):
        body["ref"] = ref
    if hand.files:
        body["files"] = [dict(file) for file in hand.files]
    return body
