"""The words every part of the product uses for what comes in and what goes out.

Plain data only: no I/O, no policy, no wording. Times are aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
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


class Kind(StrEnum):
    """What an inbound is. MESSAGE and START are for the brain; all are kept in their order."""

    MESSAGE = "message"
    START = "start"
    """The customer opened the conversation and asked nothing yet."""
    GROUP = "group"
    """Said where others read along: never answered with anything personal."""
    CONSENT = "consent"
    """An opt-out or opt-in word the provider answers itself."""
    EDITED = "edited"
    DELETED = "deleted"
    """The customer changed or took back an earlier message; ``envelope["of"]`` is the
    ``external_id`` that one came with, or the ``ref`` in its envelope."""
    ECHO = "echo"
    """Something was said in our name; whether by us is found out by its id and text."""
    TAKEN = "taken"
    RETURNED = "returned"
    """A person or another program answers outside of our desk from now on, or no longer."""
    NUMBER_CHANGED = "number_changed"
    """The address belongs to somebody else's number now: what it proved, it proves no more."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with a message, or goes with one. Never read while a webhook is answered.

    ``ref`` is where its channel finds it (a provider's id or address); ``data`` are its bytes where
    they came along (e-mail). ``size`` in bytes, None when the provider does not say.
    """

    ref: str
    content_type: str = "application/octet-stream"
    name: str = ""
    size: int | None = None
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from a customer, or something that happened in their conversation.

    ``external_id`` is the provider's id, unique per channel: a repeat of it is the same message.
    ``choice`` is the opaque id of a tapped button. ``context`` is what the page told us about the
    visit (locale, country, product, basket): never proof of who is asking. ``proven`` says that the
    channel vouches for the address (an SMS number, a signed e-mail), not who stands behind it;
    ``vouched`` is (``phone`` or ``email``, value) where it vouches for something else than the
    address. ``aliases`` are other values that reach the same person on this channel, surest first.

    ``thread`` parts the conversations of one address (e-mail); ``continues`` is the conversation an
    answer of ours, signed by us, says it belongs to. ``sequence`` is the provider's own order.
    ``envelope`` is what an answer has to carry to be put in its place (ids, subject, references);
    plain JSON. ``consent`` is ``out`` or ``in`` when the text withdraws or gives consent, and
    ``unasked`` when it withdraws it for messages nobody asked for alone.
    """

    address: Address
    external_id: str
    text: str
    received_at: datetime
    choice: str | None = None
    context: Mapping[str, object] = field(default_factory=dict)
    proven: bool = False
    kind: Kind = Kind.MESSAGE
    vouched: tuple[str, str] | None = None
    aliases: tuple[str, ...] = ()
    thread: str = ""
    continues: str | None = None
    sequence: int = 0
    media: tuple[Media, ...] = ()
    envelope: Mapping[str, Any] = field(default_factory=dict)
    consent: str | None = None


class Status(StrEnum):
    """How far a part came, in this order; a lower one that arrives later changes nothing."""

    DELAYED = "delayed"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's word on a part we sent.

    ``provider_id`` is the provider's id of it and ``key`` ours; either may be empty. With neither,
    it is about everything sent to ``address`` up to ``at``. ``code`` is the provider's own; when it
    failed, ``error`` is the code of the DeliveryError that it stands for.
    """

    channel: str
    provider_id: str
    status: Status
    at: datetime
    code: str | None = None
    key: str = ""
    address: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Understood, and nothing for us: ``why`` is for the log and the tests."""

    channel: str
    why: str


@dataclass(frozen=True, slots=True)
class Unread:
    """One of several things a call brings, and nobody can read it: the call is kept whole.

    ``why`` names no words of a customer's.
    """

    channel: str
    why: str


Arrival = Inbound | Receipt | Ignored | Unread
"""All that a provider's call can bring."""


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

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Card:
        """A card as JSON brought it, its pairs as lists."""
        rows = tuple((str(label), str(words)) for label, words in data.get("rows", ()))
        steps = tuple((str(label), bool(done)) for label, done in data.get("steps", ()))
        return cls(**{**data, "rows": rows, "steps": steps})


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
    """One message as a channel will send it.

    ``text`` goes with ``choices`` and ``cards``; ``plain`` says all three in words, for a channel's
    second form (an e-mail's text beside its HTML) or where the first was refused. ``as_list``: the
    choices fit a list, not buttons; ``list_title`` is what stands on the button that opens it, and
    ``link_title`` on a card's link. ``ask_contact`` is the title of a button that shares the
    customer's phone number. ``by_person``: written at the desk. ``proactive``: nobody asked for it.
    ``window_open`` False: the provider takes nothing but templates now.

    ``envelope`` is that of the message it answers and ``question`` what was said in it; a part that
    answers none has those of the customer's last one. ``conversation`` and ``number`` (its place in
    the transcript) name the part wherever that is needed: the same at every attempt to send it.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    cards: tuple[Card, ...] = ()
    plain: str = ""
    as_list: bool = False
    list_title: str = ""
    link_title: str = ""
    media: tuple[Media, ...] = ()
    envelope: Mapping[str, Any] = field(default_factory=dict)
    ask_contact: str = ""
    by_person: bool = False
    proactive: bool = False
    window_open: bool = True
    question: str = ""
    conversation: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """What is remembered of a conversation: bounded recent events and the slots, as plain JSON.

    ``position`` counts the turns stored so far; a brain may keep the conversation in memory and
    trust that copy only while the position is still the one it left.
    """

    position: int = 0
    events: Sequence[Mapping[str, Any]] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
