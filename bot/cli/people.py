"""Who can be played in the demo shop: names, addresses and order numbers to try things with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bot.errors import BadInput
from bot.hosts.demo import is_demo, personas

_REACHED = text(
    "SELECT (SELECT email FROM customer_email WHERE customer_id = :id ORDER BY position LIMIT 1),"
    " (SELECT phone FROM customer_phone WHERE customer_id = :id ORDER BY position LIMIT 1),"
    " (SELECT id FROM shop_order WHERE customer_id = :id ORDER BY created_at DESC LIMIT 1)"
)


@dataclass(frozen=True)
class Person:
    """An invented customer, and how to be them."""

    name: str
    story: str
    email: str | None
    phone: str | None
    newest_order: str | None

    @property
    def address(self) -> str | None:
        """What to give to ``onecounter talk --as``."""
        if self.phone:
            return f"sms:{self.phone}"
        return f"email:{self.email}" if self.email else None


def people(connection: Connection) -> Sequence[Person]:
    """The demo shop's people worth playing. Raises BadInput for any other shop: they are real."""
    if not is_demo(connection):
        raise BadInput("only the demo shop's customers are listed: those of your shop are real")
    return [
        Person(who.name, who.story, *connection.execute(_REACHED, {"id": who.customer}).one())
        for who in personas(connection)
    ]
