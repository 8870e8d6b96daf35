"""What a channel is: a framework-free request in, parts out, and what the channel can show.

Nothing here knows a provider. Only ``bot.render`` may ask what a channel is capable of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol

import httpx

from bot.accounts import Account, Key
from bot.errors import NotAuthentic, Undeliverable
from bot.messages import Address, Arrival, Inbound, Media, Part

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One call from outside, as it was: ``body`` are the raw bytes the signature covers.

    ``headers`` have lower-case names. ``url`` is the address as the outside knows it, built from
    our configuration and never from ``Host``. ``way`` is the rest of the path behind the channel's
    name, where a channel has several ways in. ``sender`` is who the host has authenticated itself
    (a web session); providers sign their calls instead and leave it None. ``known`` is what the
    channel's ``look_up`` found out about it.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    sender: str | None = None
    way: str = ""
    known: Mapping[str, str] = field(default_factory=dict)

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


Unit = Literal["characters", "utf16", "bytes"]
"""What a length counts: Unicode code points, UTF-16 code units, or bytes of UTF-8."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one message of a channel can hold. Lengths are in ``unit``; titles in code points.

    ``max_choices`` is the number of buttons (0: none, choices become numbered lines) and
    ``max_choice_title`` the length of one. ``max_list`` and ``max_list_title`` the same for a list
    of choices behind one button. ``max_text_with_choices`` where a message with either holds less
    text. ``choices_in_text``: buttons go away with the next message, so the text numbers them too.
    ``joins``: all that one turn says goes into one message. ``plain_punctuation`` where a curly
    quote may double the price (SMS): it is made straight if that takes fewer segments. ``cards``:
    shows cards; elsewhere they become text, but for those with a picture or a link where so many
    (``max_cards``) make a message of their own, whose titles and subtitles hold ``max_card_text``
    each; what such a card does not hold is text. ``media``: takes files by their address.
    ``asks_contact``: can ask the customer to share their own phone number by a tap, and knows that
    it is theirs. ``reply_window`` is how long after the customer's last message we may still write.
    ``settles_after``: how long to wait for the provider's word on a part that may have been sent,
    before it is sent again. ``most_answers``: (how many, within) automatic answers one address
    gets before a person takes over, where the other side may be a machine as well.
    """

    max_text: int
    max_choices: int = 0
    max_choice_title: int = 0
    unit: Unit = "characters"
    max_list: int = 0
    max_list_title: int = 0
    max_text_with_choices: int | None = None
    choices_in_text: bool = False
    joins: bool = False
    cards: bool = False
    max_cards: int = 0
    max_card_text: int = 0
    media: bool = False
    asks_contact: bool = False
    typing: bool = False
    plain_punctuation: bool = False
    reply_window: timedelta | None = None
    settles_after: timedelta = timedelta(seconds=30)
    most_answers: tuple[tuple[int, timedelta], ...] = ()


async def _nothing() -> None:
    """What a provider wants to be told in return: nothing."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What was fetched from a provider that does not call us (a mailbox).

    ``memory`` is what the next look needs (plain JSON), kept in the same transaction as the
    arrivals. ``unread`` are raw messages nobody could read, with the reason. ``after`` is called
    once all of that is committed, to tell the provider that it may forget them. ``more``: it was
    too much for once, the rest waits.
    """

    arrivals: Sequence[Arrival] = ()
    memory: Mapping[str, Any] = field(default_factory=dict)
    unread: Sequence[tuple[bytes, str]] = ()
    after: Callable[[], Awaitable[None]] = _nothing
    more: bool = False


class Channel(Protocol):
    """One way to reach customers. Holds credentials and an HTTP client, no state."""

    name: str
    capabilities: Capabilities

    def verify(self, request: Request) -> None:
        """Raise NotAuthentic unless the provider signed exactly this."""

    def parse(self, request: Request) -> Sequence[Arrival]:
        """Everything the call brings, in its order. Raises BadPayload."""

    def answer(self, request: Request) -> Answer:
        """What the provider wants to hear once all of it is stored."""

    async def send(self, to: Address, part: Part, *, key: str) -> str:
        """Send one part once; the provider's id of it. Raises DeliveryError; never retries."""


class Provider:
    """Base of channels that reach customers through somebody else. Four methods are to be written.

    The others do what suits most: they ask nothing, look nothing up and take part in nothing.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    provider: ClassVar[str] = ""
    """Tells two classes of one channel apart (``twilio``, ``meta``); empty where there is one."""
    capabilities: ClassVar[Capabilities]
    keys: ClassVar[tuple[Key, ...]] = ()
    methods: ClassVar[tuple[str, ...]] = ("POST",)
    """How the provider calls: POST, and GET where it proves the address that way."""
    ways: tuple[str, ...] = ("",)
    """What may follow the channel's name in the path of a call; not every account has all."""
    max_body: ClassVar[int] = MEGABYTE
    collects: bool = False
    """Whether messages have to be fetched (``collect``), be it beside those brought by calls."""
    catches_up: ClassVar[bool] = False
    """Whether ``missed`` has to be asked now and then, because the provider never calls again."""
    personal: ClassVar[str] = ""
    """What an address proves when the channel vouches for it: ``phone``, ``email`` or nothing."""

    @classmethod
    def section(cls) -> str:
        """The name of its settings: the channel's, with the provider's where there are several."""
        return f"{cls.name}_{cls.provider}" if cls.provider else cls.name

    def __init__(self, account: Account, client: httpx.AsyncClient) -> None:
        """``client`` has its time-outs set and follows no redirects."""
        self._account = account
        self._client = client

    def verify(self, request: Request) -> None:
        """Raise NotAuthentic unless the provider signed exactly this, compared in constant time."""
        raise NotAuthentic(f"{self.name} takes no calls")

    def once(self, request: Request) -> str | None:
        """A token of the call that may be used once, where the signature does not cover the body.

        Used again with the same body it is a repeat; with another one it is refused.
        """
        return None

    async def look_up(self, request: Request) -> Mapping[str, str]:
        """What has to be asked elsewhere before the call can be read (a sender's public key).

        Asked once it was verified, for a few seconds at most; finding nothing must do no harm.
        """
        return {}

    def parse(self, request: Request) -> Sequence[Arrival]:
        """Everything the call brings, in its order. Raises BadPayload."""
        return ()

    def answer(self, request: Request) -> Answer:
        """What the provider wants to hear once all of it is stored."""
        return Answer()

    async def send(self, to: Address, part: Part, *, key: str) -> str:
        """Send one part once; the provider's id of it.

        ``key`` is our own id of it: the same one whenever it is tried again. Raises DeliveryError
        (MaybeSent when the line broke after the request was written); never retries.
        """
        raise Undeliverable(f"{self.name} cannot send")

    async def find(self, to: Address, part: Part, *, key: str, since: datetime) -> str | None:
        """The provider's id of a part that may have been sent since then; None: not sent.

        Of several that say the same, the latest. Where the provider cannot tell, None as well: the
        part is sent again then. Raises DeliveryError when it cannot be asked now.
        """
        return None

    async def seen(self, to: Address, envelope: Mapping[str, Any]) -> None:
        """Show the customer that the message was read and is being answered, where that exists.

        Called before an answer is sent. What goes wrong here is no failure: raises nothing but
        DeliveryError, which is only logged.
        """

    async def missed(self, since: datetime) -> Sequence[Inbound]:
        """Messages the provider has and may not have told us, for providers that never repeat."""
        return ()

    async def collect(self, memory: Mapping[str, Any]) -> Collected:
        """What came since ``memory`` was written, where we have to fetch it. Raises BotError."""
        return Collected(memory=memory)

    async def wait(self, limit: timedelta) -> None:
        """Return when there may be something to collect, at the latest after ``limit``."""
        await asyncio.sleep(limit.total_seconds())

    async def fetch(self, media: Media, limit: int) -> Media:
        """The file with its ``data`` and true type. Raises DeliveryError; BadPayload: refused."""
        raise Undeliverable(f"{self.name} brings no files")

    async def check(self) -> str:
        """Ask the provider whether the account works; what it said. Raises BotError."""
        return "not checked: this provider has no question for it"

    async def aclose(self) -> None:
        """Give back what is not the client's."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"
