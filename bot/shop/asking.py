"""The two shapes every answer is made from: an ``Ask`` goes in, an ``Answer`` comes out.

A service function (``bot/shop/service``) is ``(Ask) -> Answer``: it loads through the ports, asks
policy, and says what it found as utterances with typed values and facts. Wording is in
``domain.yml``; formatting of the values for the customer's locale is in ``bot/shop/wording.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.messages import Card, Choice, Fact
from bot.shop.identity import ANYONE, Who
from bot.shop.model import Money, OrderId
from bot.shop.ports import Shop
from bot.shop.terms import Terms

Value = str | int | Decimal | bool | date | datetime | timedelta | Money | Sequence[str] | None
"""What a sentence's {placeholders} may be filled with; formatted by ``wording``."""


@dataclass(frozen=True, slots=True)
class Entity:
    """Something the brain found in the text; ``value`` is its normal form."""

    kind: str
    value: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a conversation keeps between turns. A service returns a changed copy in its Answer.

    ``order`` and ``product`` are the ids talked about last. ``task`` is the question that is
    still open (``order_status``) and ``wants`` what it waits for (``order``, ``order_number``,
    ``order_email``, ``country``, ``product``); ``held`` keeps what was already given to it.
    ``answered`` is the question answered last, for "no, the other one".
    ``misses`` counts messages in a row that were not understood. ``later`` are wishes of an
    earlier message that wait until the open question is closed (``bot/brain/agenda.py``).
    """

    order: str | None = None
    product: str | None = None
    country: str | None = None
    task: str | None = None
    wants: str | None = None
    held: Mapping[str, str] = field(default_factory=dict)
    answered: str | None = None
    misses: int = 0
    later: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Proofs:
    """Records and limits of proving an order, kept by the engine in the turn's transaction."""

    allowed: Callable[[], bool] = lambda: True
    """False once too many attempts were made from this conversation or network."""
    failed: Callable[[], None] = lambda: None
    """Count a failed attempt."""
    proven: Callable[[OrderId], None] = lambda _: None
    """Remember that this conversation has proven this order."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question, with everything needed to answer it and nothing that was not proven.

    ``intent`` is the brain's reading; ``now`` aware UTC; ``context`` what the page told us
    (``country``, ``postcode``, ``product``, ``basket``). ``channel`` names the channel only to
    choose wording variants, never facts.
    """

    text: str
    intent: str
    now: datetime
    shop: Shop
    terms: Terms
    who: Who = ANYONE
    entities: tuple[Entity, ...] = ()
    memory: Memory = Memory()
    locale: str = "en_US"
    channel: str = "web"
    first_contact: bool = False
    context: Mapping[str, object] = field(default_factory=dict)
    proofs: Proofs = Proofs()
    likely: tuple[str, ...] = ()
    """The brain's next best intents, best first, for a message it did not understand."""

    def entity(self, kind: str) -> str | None:
        """The value of the first entity of that kind, if the text had one."""
        return next((e.value for e in self.entities if e.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Say:
    """One utterance: a response of ``domain.yml`` and what fills it."""

    utter: str
    values: Mapping[str, Value] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    choices: tuple[Choice, ...] = ()
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Handoff:
    """A person is needed. ``reason`` is a code (asked, not_understood), ``topic`` the subject."""

    reason: str
    topic: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say, what to remember, and whether a person is needed."""

    says: tuple[Say, ...]
    memory: Memory
    handoff: Handoff | None = None

    def also(self, *says: Say) -> Answer:
        """The same answer with more said after it."""
        return replace(self, says=(*self.says, *says))
