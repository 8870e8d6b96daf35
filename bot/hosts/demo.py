"""Who a visitor of the demo shop may play. No other shop shows its customers here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bot.demo.stories import STORIES
from bot.shop.model import CustomerId


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer of the demo shop and what makes them worth playing."""

    customer: CustomerId
    name: str
    story: str


_IS_DEMO = text("SELECT demo FROM shop_state")
_NAMES = text("SELECT id, first_name, last_name FROM customer WHERE id = ANY(:ids)")


def is_demo(connection: Connection) -> bool:
    """Whether the records are the demo shop's, so that anyone may play its customers."""
    return bool(connection.execute(_IS_DEMO).scalar())


def personas(connection: Connection) -> Sequence[Persona]:
    """The people worth playing, in the order of ``docs/demo-shop.md``."""
    rows = connection.execute(_NAMES, {"ids": list(STORIES)})
    names = {row.id: f"{row.first_name} {row.last_name}" for row in rows}
    return [Persona(CustomerId(i), names[i], story) for i, story in STORIES.items() if i in names]
