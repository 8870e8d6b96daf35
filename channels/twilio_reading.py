"""What Twilio's calls say: a form in, messages and receipts out. Calls nobody.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from bot.errors import BadPayload
from bot.messages import Address, Arrival, Ignored, Inbound, Kind, Media, Receipt, Status
from channels.files import note
from channels.twilio_errors import meaning_of

OPT_OUT = frozenset(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"])
OPT_IN = frozenset(["START", "UNSTOP"])
HELP = frozenset(["HELP", "INFO"])
YES = "YES"
"""Opts in like START, and is the answer to a question of ours as well."""

PHONE = re.compile(r"\+[1-9]\d{6,14}")
SCOPED_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,140}")
"""WhatsApp's id of a customer for this business alone."""
PASSED_OVER = frozenset(["sticker", "reaction"])
"""What a customer sends that is no message: a thumb is no yes."""
MOST_FILES = 10
LONGEST_PLAIN_BASE64 = 60

STATUSES = {
    "accepted": Status.SENT,
    "scheduled": Status.SENT,
    "queued": Status.SENT,
    "sending": Status.SENT,
    "sent": Status.SENT,
    "partially_delivered": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "failed": Status.FAILED,
    "undelivered": Status.FAILED,
    "canceled": Status.FAILED,
}
"""The first ones say that Twilio has it, which is all that ``sent`` promises."""

Form = Mapping[str, str]


class Fields(dict[str, list[str]]):
    """A form as it came: names may repeat, values may be empty, nothing is trimmed."""

    def getlist(self, name: str) -> list[str]:
        """All values of a name; what the library's signature asks for."""
        return self[name]


def fields_of(body: bytes) -> Fields:
    """The form in a body. Never fails: what is no form has no fields."""
    found = Fields()
    for name, value in parse_qsl(body.decode("latin-1"), keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return found


def form_of(fields: Fields) -> dict[str, str]:
    """The first value of each name, without what PostgreSQL cannot keep."""
    return {name: values[0].replace("\x00", "") for name, values in fields.items()}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the calls of one account. ``prefix`` stands before addresses (``whatsapp:``).

    ``own`` are our numbers. ``carrier``: the carriers' own words (STOP) count.
    """

    channel: str
    account_sid: str
    own: frozenset[str]
    prefix: str = ""
    carrier: bool = False

    def arrival(self, form: Form, *, key: str, now: datetime) -> Arrival:
        """What one call brings; ``key`` is our own id of the part a receipt is about.

        Raises BadPayload.
        """
        sid = form.get("MessageSid") or form.get("SmsSid") or ""
        if not 0 < len(sid) <= 64:
            raise BadPayload("twilio: no MessageSid")
        if form.get("AccountSid", self.account_sid) != self.account_sid:
            return Ignored(self.channel, "of another account")
        status = form.get("MessageStatus") or form.get("SmsStatus", "received")
        if status not in ("received", "receiving"):
            return self._receipt(form, sid, status, key, now)
        return self.inbound(form, sid, now)

    def _receipt(self, form: Form, sid: str, status: str, key: str, now: datetime) -> Arrival:
        reached = STATUSES.get(status)
        if reached is None:
            return Ignored(self.channel, "a status we have no use for")
        code = form.get("ErrorCode") or ("canceled" if status == "canceled" else None)
        error = meaning_of(code or "").code if reached is Status.FAILED else ""
        return Receipt(self.channel, sid, reached, now, code, key=key, error=error)

    def inbound(self, form: Form, sid: str, at: datetime) -> Inbound | Ignored:
        """What a customer sent. Raises BadPayload when it is not of this channel."""
        sender, to = self._address(form, "From"), self._address(form, "To")
        phone = sender if PHONE.fullmatch(sender) else None
        scoped = self._scoped(form, sender)
        if sender in self.own:
            return Ignored(self.channel, "from ourselves")
        if phone is None and scoped is None:
            return Ignored(self.channel, "its sender cannot be answered")
        kind = form.get("MessageType", "")
        if kind in PASSED_OVER:
            return Ignored(self.channel, f"a {kind}")
        text = _text(form.get("Body", ""))
        what, consent = self._consent(text, form.get("OptOutType", "").upper())
        choice = form.get("ButtonPayload") or form.get("ListId")
        files = _files(form)
        if not text.strip() and not files and not choice:
            files = (note("unsupported", kind or "nothing that can be shown"),)
        return Inbound(
            address=Address(self.channel, scoped or phone or ""),
            external_id=sid,
            text=text,
            received_at=at,
            choice=choice[:256] if choice else None,
            proven=phone is not None,
            kind=what,
            vouched=("phone", phone) if phone and scoped else None,
            aliases=(phone,) if phone and scoped else (),
            media=files,
            envelope=_envelope(form, sid, to),
            consent=consent,
        )

    def _address(self, form: Form, name: str) -> str:
        value = form.get(name, "")
        if not value.startswith(self.prefix) or (not self.prefix and ":" in value):
            raise BadPayload(f"twilio: {name} is not an address of {self.channel}")
        return value.removeprefix(self.prefix)

    def _scoped(self, form: Form, sender: str) -> str | None:
        if not self.prefix:
            return None
        given = (form.get("ExternalUserId", ""), sender)
        return next((value for value in given if SCOPED_ID.fullmatch(value)), None)

    def _consent(self, text: str, said: str) -> tuple[Kind, str | None]:
        """Whether a message is one of the words Twilio itself acts on, and answers.

        ``said`` is its own word for that, where a Messaging Service has words of the shop's choice.
        Only a word alone is one: "cancel my order" cancels an order.
        """
        word = text.strip().upper() if self.carrier else ""
        if said == "STOP" or word in OPT_OUT:
            return Kind.CONSENT, "out"
        if said == "HELP" or word in HELP:
            return Kind.CONSENT, None
        if word == YES:
            return Kind.MESSAGE, "in"
        if said == "START" or word in OPT_IN:
            return Kind.CONSENT, "in"
        return Kind.MESSAGE, None


def _envelope(form: Form, sid: str, to: str) -> dict[str, Any]:
    envelope = {"sid": sid, "to": to}
    if answered := form.get("OriginalRepliedMessageSid"):
        envelope["reply_to"] = answered
    return envelope


def _text(body: str) -> str:
    """The customer's words; some carriers bring long ones in base64, which no customer writes."""
    if len(body) <= LONGEST_PLAIN_BASE64:
        return body
    try:
        decoded = base64.b64decode(body, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return body
    readable = all(character.isprintable() or character in "\r\n\t" for character in decoded)
    return decoded if readable and decoded.strip() else body


def _files(form: Form) -> tuple[Media, ...]:
    files = [
        Media(
            form[f"MediaUrl{number}"],
            form.get(f"MediaContentType{number}") or "application/octet-stream",
        )
        for number in range(MOST_FILES)
        if form.get(f"MediaUrl{number}")
    ]
    if form.get("Latitude") and form.get("Longitude"):
        place = [f"{form['Latitude']},{form['Longitude']}"]
        place += [words for name in ("Label", "Address") if (words := form.get(name))]
        files.append(note("location", "\n".join(place)))
    return tuple(files)
