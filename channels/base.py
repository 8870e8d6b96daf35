"""What a channel is: a framework-free request in, parts out, and what the channel can show.

Nothing here knows a provider. Only ``bot.render`` may ask what a channel is capable of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from bot.messages import Address, Inbound, Part, Receipt


@dataclass(frozen=True, slots=True)
class Request:
    """One call from outside, as it was: ``body`` are the raw bytes the signature covers.

    ``headers`` have lower-case names. ``sender`` is who the host has authenticated itself (a web
    session); providers sign their calls instead and leave it None.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    sender: str | None = None

    def header(self, name: str) -> str:
        """The header of that name, or empty text."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller wants to hear once everything is stored."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one message of a channel can hold. Lengths are Unicode code points.

    ``max_choices`` is the number of buttons (0: none, choices become numbered lines) and
    ``max_choice_title`` the length of one. ``max_text_with_choices`` where a message with buttons
    holds less text. ``plain_punctuation`` where a curly quote would double the price (SMS).
    ``reply_window`` is how long after the customer's last message we may still write.
    """

    max_text: int
    max_choices: int = 0
    max_choice_title: int = 0
    max_text_with_choices: int | None = None
    cards: bool = False
    typing: bool = False
    plain_punctuation: bool = False
    reply_window: timedelta | None = None


class Channel(Protocol):
    """One way to reach customers. Holds credentials and an HTTP client, no state."""

    name: str
    capabilities: Capabilities

    def verify(self, request: Request) -> None:
        """Raise NotAuthentic unless the provider signed exactly this."""

    def parse(self, request: Request) -> Sequence[Inbound | Receipt]:
        """Everything the call brings, in its order. Raises BadPayload."""

    def answer(self, request: Request) -> Answer:
        """What the provider wants to hear once all of it is stored."""

    async def send(self, to: Address, part: Part, *, key: str) -> str:
        """Send one part once; the provider's id of it. Raises DeliveryError; never retries."""
