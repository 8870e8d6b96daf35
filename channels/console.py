"""Channels typed at a terminal: each shows what its customers would see. Nothing leaves here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.errors import NotAuthentic
from bot.messages import Address, Inbound, Part, Receipt
from channels.base import Answer, Capabilities, Request


class _Typed:
    """Takes no calls from outside; the terminal reads the outbox itself."""

    name: str
    capabilities: Capabilities

    def verify(self, request: Request) -> None:
        """Nobody may call a terminal."""
        raise NotAuthentic("this channel takes no calls")

    def parse(self, request: Request) -> Sequence[Inbound | Receipt]:
        """No call brings anything."""
        return ()

    def answer(self, request: Request) -> Answer:
        """There is nothing here."""
        return Answer(status=404)

    async def send(self, to: Address, part: Part, *, key: str) -> str:
        """Shown by whoever reads the outbox."""
        return key


class TypedSms(_Typed):
    """Text only; one message of Twilio's holds 1,600 characters."""

    name = "sms"
    capabilities = Capabilities(max_text=1600, plain_punctuation=True)


class TypedWhatsApp(_Typed):
    """Three reply buttons of 20 characters under at most 1,024 characters of text."""

    name = "whatsapp"
    capabilities = Capabilities(
        max_text=4096,
        max_choices=3,
        max_choice_title=20,
        max_text_with_choices=1024,
        typing=True,
        reply_window=timedelta(hours=24),
    )


class TypedEmail(_Typed):
    """Long text; choices are numbered, because a reply is typed."""

    name = "email"
    capabilities = Capabilities(max_text=100_000)
