"""The words every part of the product uses for what comes in and what goes out.

Plain data only: no I/O, no policy, no wording. Times are aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NewType

from bot.errors import BadInput

ConversationId = NewType("ConversationId", str)

FactValue = str | int | bool | None
"""Raw and locale-free: ISO dates and instants, decimal amounts as text, full tracking numbers."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where one customer can be reached on one channel, written ``channel:value``."""

    channel: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``sms:+12015550103``. Raises BadInput when either half is missing."""
        channel, _, value = text.partition(":")
        if not channel.strip() or not value.strip():
            raise BadInput(
                f"{text!r} is not an address; write channel:value, such as sms:+12015550103"
            )
        return cls(channel.strip().lower(), value.strip())

    def __str__(self) -> str:
        return f"{self.channel}:{self.value}"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from a customer.

    ``external_id`` is the provider's id, unique per channel: a repeat of it is the same message.
    ``choice`` is the opaque id of a tapped button. ``context`` is what the page told us about the
    visit (locale, country, product, basket): never proof of who is asking. ``proven`` says that the
    channel vouches for the address (an SMS number, a signed e-mail), not who stands behind it.
    """

    address: Address
    external_id: str
    text: str
    received_at: datetime
    choice: str | None = None
    context: Mapping[str, object] = field(default_factory=dict)
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's word on a part we sent: sent, delivered, read or failed."""

    channel: str
    provider_id: str
    status: str
    at: datetime
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One value an answer rests on, with the row it came from (``order/#W1/shipment/1``)."""

    name: str
    value: FactValue
    source: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Something the customer may pick.

    ``title`` is shown; ``payload`` is what picking it means to the brain (``/choose{"order": ..}``)
    and never leaves the server: the customer sees only ``id``, which is empty until it is stored.
    """

    title: str
    payload: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A picture of a record, for channels that can show one; its text is in the reply as well.

    ``steps`` are (label, done) pairs of a progress line. ``rows`` are (label, text) pairs.
    ``spoken``: the reply says all that matters of it, so it is left out where cards are not shown.
    """

    kind: str
    title: str
    subtitle: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    steps: tuple[tuple[str, bool], ...] = ()
    link: str | None = None
    image: str | None = None
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """One utterance of the bot before any channel's limits were applied."""

    utter: str
    text: str
    facts: tuple[Fact, ...] = ()
    choices: tuple[Choice, ...] = ()
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One message as a channel will send it."""

    text: str
    choices: tuple[Choice, ...] = ()
    cards: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """What is remembered of a conversation: bounded recent events and the slots, as plain JSON.

    ``position`` counts the turns stored so far; a brain may keep the conversation in memory and
    trust that copy only while the position is still the one it left.
    """

    position: int = 0
    events: Sequence[Mapping[str, Any]] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
