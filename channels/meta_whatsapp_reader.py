"""Reads what WhatsApp's Cloud API calls us with.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.messages import Address, Arrival, Ignored, Inbound, Kind, Media, Receipt, Status
from channels.files import file_name, note
from channels.meta_errors import meaning, number
from channels.meta_graph import each, ident, moment, order, words

USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
"""A business-scoped user id. The id of a parent business (``US.ENT.…``) is no address."""
PHONE = re.compile(r"\+?(\d{5,20})")
IGNORED_TYPES = {"reaction": "a reaction", "sticker": "a sticker"}
FILES = ("image", "video", "audio", "document")
STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.READ,
    "failed": Status.FAILED,
}
FROM_THE_PHONE = "smb_message_echoes"
"""The field that brings what the shop wrote in the WhatsApp Business app."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote: a phone number, an id of this business's own, or both."""

    phone: str = ""
    user_id: str = ""

    @property
    def address(self) -> str:
        """The surer one: a phone number may be given to somebody else."""
        return self.user_id or self.phone

    @property
    def aliases(self) -> tuple[str, ...]:
        """The other one."""
        return (self.phone,) if self.user_id and self.phone else ()


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says."""

    text: str = ""
    choice: str | None = None
    media: tuple[Media, ...] = ()


@dataclass(frozen=True, slots=True)
class WhatsAppReader:
    """Reads the calls about one phone number; those about others are ignored."""

    channel: str
    phone_number_id: str

    def entry(self, entry: Mapping[str, Any]) -> Iterable[Arrival]:
        """Everything in one entry: of every change every message, status and error."""
        yield from each(self.channel, entry["changes"], self._change)

    def _change(self, change: Mapping[str, Any]) -> Iterable[Arrival]:
        value, field = change["value"], words(change["field"])
        if field not in ("messages", FROM_THE_PHONE):
            return [Ignored(self.channel, "a field we have no use for")]
        if ident(value["metadata"]["phone_number_id"]) != self.phone_number_id:
            return [Ignored(self.channel, "for another phone number")]
        contacts = [one for one in value.get("contacts") or () if isinstance(one, dict)]
        found = [
            *each(self.channel, value.get("messages"), lambda m: [self._message(m, contacts)]),
            *each(self.channel, value.get("message_echoes"), lambda m: [self._echo(m)]),
            *each(self.channel, value.get("statuses"), lambda s: [self._status(s)]),
            *each(self.channel, value.get("errors"), lambda e: [self._error(e)]),
        ]
        return found or [Ignored(self.channel, "a change with nothing in it")]

    def _message(
        self, message: Mapping[str, Any], contacts: Sequence[Mapping[str, Any]]
    ) -> Arrival:
        kind = words(message["type"])
        if message.get("group_id"):
            return Ignored(self.channel, "said in a group")
        if kind in IGNORED_TYPES:
            return Ignored(self.channel, IGNORED_TYPES[kind])
        if kind == "system":
            return self._system(message)
        person = _person(message, contacts)
        if kind == "revoke":
            of = ident(message["revoke"]["original_message_id"])
            return self._inbound(message, person, Content(), Kind.DELETED, {"of": of})
        if kind == "edit":
            edited = _content(message["edit"]["message"])
            of = ident(message["edit"]["original_message_id"])
            return self._inbound(message, person, Content(edited.text), Kind.EDITED, {"of": of})
        answers = (message.get("context") or {}).get("id")
        envelope = {"message": ident(message["id"])} | ({"reply_to": answers} if answers else {})
        what = Kind.START if kind == "request_welcome" else Kind.MESSAGE
        content = Content() if what is Kind.START else _content(message)
        if what is Kind.MESSAGE and not (content.text.strip() or content.choice or content.media):
            return Ignored(self.channel, "an empty message")
        return self._inbound(message, person, content, what, envelope)

    def _system(self, message: Mapping[str, Any]) -> Arrival:
        """A phone number or a user id has changed: what the old one proved, it proves no more."""
        system = message["system"]
        old = Person()
        if system["type"] in ("user_changed_number", "user_changed_user_id"):
            old = _sender(message)
            in_words = USER_ID.search(words(system.get("body")))
            if not old.address and in_words and system["type"] == "user_changed_user_id":
                old = Person(user_id=in_words[0])
        if not old.address:
            return Ignored(self.channel, "a notice of WhatsApp's")
        one = replace(old, phone="") if old.user_id else old  # they are a pair no more
        return self._inbound(message, one, Content(), Kind.NUMBER_CHANGED, {"was": old.phone})

    def _echo(self, message: Mapping[str, Any]) -> Arrival:
        """The shop wrote on its own phone: a person answers there from now on."""
        if message["type"] in ("edit", "revoke", *IGNORED_TYPES):
            return Ignored(self.channel, "nothing said on the shop's phone")
        person = _sender({"from": message.get("to"), "from_user_id": message.get("to_user_id")})
        said = Content(_content(message).text)
        return self._inbound(message, person, said, Kind.TAKEN, {"id": ident(message["id"])})

    def _inbound(
        self,
        message: Mapping[str, Any],
        person: Person,
        content: Content,
        kind: Kind,
        envelope: Mapping[str, Any],
    ) -> Inbound:
        if not person.address:
            raise ValueError("nobody has written it")
        at = moment(message.get("timestamp"))
        vouched = bool(person.phone) and kind in (Kind.MESSAGE, Kind.START)
        return Inbound(
            address=Address(self.channel, person.address),
            external_id=ident(message["id"]),
            text=content.text,
            received_at=at,
            choice=content.choice,
            proven=vouched,
            kind=kind,
            vouched=("phone", person.phone) if vouched else None,
            aliases=person.aliases,
            sequence=order(at),
            media=content.media,
            envelope=envelope,
        )

    def _status(self, status: Mapping[str, Any]) -> Arrival:
        """How far a message of ours came; our id of it comes back with it."""
        found = STATUSES.get(words(status["status"]))
        if found is None:
            return Ignored(self.channel, "a status we have no use for")
        errors = status.get("errors") or [{}]
        code = number(errors[0].get("code")) if found is Status.FAILED else None
        return Receipt(
            self.channel,
            ident(status["id"]),
            found,
            moment(status.get("timestamp")),
            code=None if code is None else str(code),
            key=words(status.get("biz_opaque_callback_data")),
            error=meaning(code).code if found is Status.FAILED else "",
        )

    def _error(self, error: Mapping[str, Any]) -> Arrival:
        return Ignored(self.channel, f"Meta tells of its error {number(error['code'])}")


def _person(message: Mapping[str, Any], contacts: Sequence[Mapping[str, Any]]) -> Person:
    """The sender; what the message leaves out of the pair stands with the contact."""
    sender = _sender(message)
    listed = [_sender({"from": c.get("wa_id"), "from_user_id": c.get("user_id")}) for c in contacts]
    for contact in listed:
        same_phone = contact.phone and contact.phone == sender.phone
        same_user_id = contact.user_id and contact.user_id == sender.user_id
        if same_phone or same_user_id:
            return Person(sender.phone or contact.phone, sender.user_id or contact.user_id)
    return sender


def _sender(message: Mapping[str, Any]) -> Person:
    """``from`` is a phone number, or the user id where there is none."""
    given = [words(message.get(name)).strip() for name in ("from", "from_user_id")]
    phones = [found[1] for one in given if (found := PHONE.fullmatch(one))]
    user_ids = [one for one in given if USER_ID.fullmatch(one)]
    return Person(f"+{phones[0]}" if phones else "", user_ids[0] if user_ids else "")


def _content(message: Mapping[str, Any]) -> Content:
    kind = words(message["type"])
    if kind == "text":
        return Content(words(message["text"]["body"]))
    if kind == "button":
        button = message["button"]
        return Content(words(button.get("text")), words(button.get("payload")) or None)
    if kind == "interactive":
        return _picked(message["interactive"])
    if kind in FILES:
        return _file(message[kind])
    if kind == "location":
        place = message["location"]
        parts = (place.get("name"), place.get("address"), place.get("url"))
        told = [f"{place['latitude']},{place['longitude']}", *map(words, parts)]
        return Content(media=(note("location", "\n".join(filter(None, told))),))
    if kind == "contacts":
        lines = [_contact(contact) for contact in message["contacts"]]
        return Content(media=(note("contact", "\n".join(lines)),))
    if kind == "order":
        lines = [
            f"{item['quantity']} x {item['product_retailer_id']}: "
            f"{item['item_price']} {item['currency']}"
            for item in message["order"]["product_items"]
        ]
        return Content(
            words(message["order"].get("text")), media=(note("order", "\n".join(lines)),)
        )
    return Content(media=(note("unsupported", kind),))


def _picked(interactive: Mapping[str, Any]) -> Content:
    """A tapped button, a row of a list, or a form that was filled in."""
    kind = words(interactive["type"])
    if kind in ("button_reply", "list_reply"):
        return Content(words(interactive[kind]["title"]), words(interactive[kind]["id"]))
    if kind == "nfm_reply":
        return Content(media=(note("form", words(interactive[kind]["response_json"])),))
    return Content(media=(note("unsupported", kind),))


def _file(file: Mapping[str, Any]) -> Content:
    media = Media(
        ident(file["id"]),
        words(file.get("mime_type")) or "application/octet-stream",
        file_name(words(file.get("filename"))),
    )
    return Content(words(file.get("caption")), media=(media,))


def _contact(contact: Mapping[str, Any]) -> str:
    """Somebody's name and numbers: never proof of whose they are."""
    name = words((contact.get("name") or {}).get("formatted_name"))
    return " ".join([name, *(words(one.get("phone")) for one in contact.get("phones") or ())])
