"""What a turn knows before the brain has read the message, and what its actions leave behind.

The engine opens a scene around ``brain.think``; actions find it by ``current()``. It is the one
thing passed beside Rasa's tracker, because it carries live records that do not belong in events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from bot.shop.asking import Ask, Entity, Handoff, Memory, Proofs
from bot.shop.identity import ANYONE, Who
from bot.shop.ports import Shop
from bot.shop.terms import Terms


@dataclass(slots=True)
class Scene:
    """The circumstances of one turn; ``handoff`` is set by the action that asks for a person."""

    now: datetime
    shop: Shop
    terms: Terms
    who: Who = ANYONE
    locale: str = "en_US"
    channel: str = "web"
    first_contact: bool = False
    context: Mapping[str, object] = field(default_factory=dict)
    proofs: Proofs = field(default_factory=Proofs)
    handoff: Handoff | None = None

    def ask(self, text: str, intent: str, entities: tuple[Entity, ...], memory: Memory) -> Ask:
        """The question this scene makes of what the brain read."""
        return Ask(
            text=text,
            intent=intent,
            now=self.now,
            shop=self.shop,
            terms=self.terms,
            who=self.who,
            entities=entities,
            memory=memory,
            locale=self.locale,
            channel=self.channel,
            first_contact=self.first_contact,
            context=self.context,
            proofs=self.proofs,
        )


_current: ContextVar[Scene | None] = ContextVar("scene", default=None)


def current() -> Scene | None:
    """The scene of the running turn; None when an action runs outside of one (``rasa shell``)."""
    return _current.get()


@contextmanager
def opened(scene: Scene) -> Iterator[Scene]:
    """Make ``scene`` the current one inside the block."""
    token = _current.set(scene)
    try:
        yield scene
    finally:
        _current.reset(token)
