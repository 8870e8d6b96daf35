"""Plays a customer on any channel, through the whole pipeline, and keeps what they were shown."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, text

from bot.brain.base import Brain
from bot.engine.receive import receive
from bot.engine.turn import Turn
from bot.engine.work import Worker
from bot.messages import Address, Card, Inbound
from bot.shop.terms import Terms
from channels import capabilities_of
from channels.base import Capabilities

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=UTC)

_TURN = text(
    "SELECT t.id, t.intent, t.utters, t.facts, c.owner FROM turn t "
    "JOIN inbox i ON i.id = t.inbox_id JOIN conversation c ON c.id = t.conversation_id "
    "WHERE i.external_id = :ident"
)
_PARTS = text(
    "SELECT text, body FROM message WHERE turn_id = :turn AND author = 'bot' ORDER BY seq"
)


@dataclass(frozen=True)
class Heard:
    """What one message brought: what was said and on which facts, and how the channel showed it."""

    said: str
    intent: str
    utters: tuple[str, ...]
    facts: tuple[Mapping[str, Any], ...]
    owner: str
    parts: tuple[Mapping[str, Any], ...]

    @property
    def shown(self) -> str:
        """Everything the customer could read."""
        return "\n".join(line for part in self.parts for line in legible(part))


def legible(part: Mapping[str, Any]) -> list[str]:
    """Every word of a part: its text, its buttons and its cards."""
    lines = [str(part["text"])]
    lines += [choice["title"] for choice in part.get("choices", ())]
    for raw in part.get("cards", ()):
        card = Card.read(raw)
        lines += [card.title, card.subtitle, card.link or ""]
        lines += [f"{label}: {value}" for label, value in card.rows]
        lines += [label for label, done in card.steps if done]
    return lines


def at_leisure(channel: str) -> Capabilities:
    """What a channel can show; a test asks more in a minute than a person in a day."""
    return replace(capabilities_of(channel), most_answers=())


@dataclass
class Customer:
    """One person on one channel. ``phone``: the channel vouches that this number is theirs."""

    engine: Engine
    brain: Brain
    terms: Terms
    channel: str
    phone: str | None = None
    address: str = field(default_factory=lambda: uuid.uuid4().hex)
    _last: Heard | None = None

    def says(self, line: str | Mapping[str, int]) -> Heard:
        """Write a line, or pick the n-th choice of the last answer."""
        words, choice = (line, None) if isinstance(line, str) else self._picked(line["tap"])
        ident = uuid.uuid4().hex
        inbound = Inbound(
            Address(self.channel, self.address),
            ident,
            words,
            NOW,
            choice=choice,
            proven=self.phone is not None,
            vouched=("phone", self.phone) if self.phone else None,
        )
        with self.engine.begin() as connection:
            receive(connection, inbound)
        turn = Turn(self.brain, self.terms, at_leisure)
        with Worker(self.engine, turn, lambda: NOW) as worker:
            while worker.step():
                pass
        self._last = self._heard(words, ident)
        return self._last

    def _picked(self, number: int) -> tuple[str, str | None]:
        """A tap where there are buttons; elsewhere its number is typed."""
        assert self._last is not None
        buttons = [c for part in self._last.parts for c in part.get("choices", ())]
        if not buttons:
            assert f"\n{number}. " in self._last.shown, self._last.shown
            return str(number), None
        button = buttons[number - 1]
        return button["title"], button["id"]

    def _heard(self, words: str, ident: str) -> Heard:
        with self.engine.connect() as connection:
            turn = connection.execute(_TURN, {"ident": ident}).one()
            parts = connection.execute(_PARTS, {"turn": turn.id}).all()
        return Heard(
            words,
            turn.intent,
            tuple(turn.utters),
            tuple(turn.facts),
            turn.owner,
            tuple({"text": row.text, **row.body} for row in parts),
        )


def play(customer: Customer, lines: Sequence[str | Mapping[str, int]]) -> list[Heard]:
    """A whole conversation."""
    return [customer.says(line) for line in lines]
