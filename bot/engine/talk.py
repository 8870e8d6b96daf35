"""A conversation held by a program: the whole pipeline, one message at a time, answers returned."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, text

from bot.engine.receive import receive
from bot.engine.turn import Turn
from bot.engine.work import Worker, utc_now
from bot.engine.writing import SHOWN_HERE
from bot.errors import BadInput
from bot.messages import Address, Inbound
from bot.store import outbox
from channels import CHANNELS

PROVEN = frozenset({"sms", "email", "whatsapp"})
"""Channels that count as proven here: whoever runs this program vouches for the addresses."""

LOOK_AGAIN = 0.01

_TURN = text(
    "SELECT t.id, t.intent, t.confidence, c.owner FROM turn t JOIN inbox i ON i.id = t.inbox_id "
    "JOIN conversation c ON c.id = t.conversation_id "
    "WHERE i.channel = :channel AND i.external_id = :external_id"
)


@dataclass(frozen=True, slots=True)
class Said:
    """One reply as its channel shows it, with what it rests on."""

    text: str
    choices: tuple[str, ...]
    utter: str
    facts: tuple[dict[str, Any], ...]
    cards: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one message brought. ``state`` is bot, waiting or person; ``ms`` the whole pipeline."""

    replies: tuple[Said, ...]
    state: str
    intent: str
    confidence: float
    ms: float


class Talk:
    """Puts messages through receive → turn → outbox. Use in a ``with`` block, in one thread."""

    def __init__(self, engine: Engine, turn: Turn) -> None:
        self._engine = engine
        self._worker = Worker(engine, turn)

    def __enter__(self) -> Talk:
        self._worker.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._worker.__exit__(*error)

    def say(self, sender: str, words: str, context: dict[str, object] | None = None) -> Exchange:
        """Say something as ``channel:address`` and return what is answered.

        Raises BadInput for an address of no known channel. Other waiting messages are answered on
        the way, as a worker would.
        """
        address = Address.parse(sender)
        if address.channel not in CHANNELS:
            known = ", ".join(sorted(CHANNELS))
            raise BadInput(f"{address.channel!r} is no channel; use one of {known}")
        begun = time.perf_counter()
        inbound = Inbound(
            address=address,
            external_id=f"talk:{uuid.uuid4().hex}",
            text=words,
            received_at=utc_now(),
            context=context or {},
            proven=address.channel in PROVEN,
            envelope={SHOWN_HERE: True},
        )
        with self._engine.begin() as connection:
            receive(connection, inbound)
        key = {"channel": address.channel, "external_id": inbound.external_id}
        worked = self._worker.step()
        while (answered := self._answered(key)) is None:
            if worked is None:
                # Another worker on this database has it in hand.
                time.sleep(LOOK_AGAIN)
            worked = self._worker.step()
        turn, found = answered
        ms = round((time.perf_counter() - begun) * 1000, 2)
        return Exchange(tuple(map(_said, found)), turn.owner, turn.intent, turn.confidence, ms)

    def _answered(self, key: dict[str, str]) -> tuple[Row[Any], list[dict[str, Any]]] | None:
        """The message's turn and its parts; None before it."""
        with self._engine.connect() as connection:
            turn = connection.execute(_TURN, key).one_or_none()
            if turn is None:
                return None
            return turn, outbox.of_turn(connection, turn.id)


def _said(part: dict[str, Any]) -> Said:
    return Said(
        text=part.get("text", ""),
        choices=tuple(choice["title"] for choice in part.get("choices", ())),
        utter=part.get("utter", ""),
        facts=tuple(part.get("facts", ())),
        cards=tuple(part.get("cards", ())),
    )
