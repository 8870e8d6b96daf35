"""Reads what Messenger and Instagram call us with.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events
https://developers.facebook.com/documentation/business-messaging/instagram-messaging/webhooks
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.messages import Address, Arrival, Ignored, Inbound, Kind, Media, Receipt, Status
from channels.files import note
from channels.meta_graph import each, fingerprint, ident, moment, order, words

PERSON = re.compile(r"[\w.:-]{1,100}", re.ASCII)
FILES = {
    "image": "image/jpeg",
    "animated_image": "image/gif",
    "video": "video/mp4",
    "audio": "audio/mpeg",
    "file": "application/octet-stream",
}
"""Kinds of files with a likely type; the true one is found in the file itself."""
LINKS = frozenset({"fallback", "share", "reel", "ig_reel", "ig_post", "ig_story", "post"})
"""Something shared: its address is all there is of it."""


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads the calls about one page or Instagram account; those about others are ignored.

    ``app`` is our own app's id. ``unnamed`` is what something said in our name is when the call
    does not say by which app: on Instagram it may be by us.
    """

    channel: str
    account: str
    app: str
    unnamed: Kind

    def entry(self, entry: Mapping[str, Any]) -> Iterable[Arrival]:
        """Everything in one entry; any of its three lists may be missing."""
        if ident(entry["id"]) != self.account:
            return [Ignored(self.channel, "for another page")]
        found = [
            *each(self.channel, entry.get("messaging"), self._events),
            *each(self.channel, entry.get("standby"), self._standby),
            *each(self.channel, entry.get("changes"), self._change),
        ]
        return found or [Ignored(self.channel, "an entry with nothing in it")]

    def _standby(self, event: Mapping[str, Any]) -> Iterable[Arrival]:
        return [Ignored(self.channel, "said while somebody else has the conversation")]

    def _change(self, change: Mapping[str, Any]) -> Iterable[Arrival]:
        return [Ignored(self.channel, "a field we have no use for")]

    def _events(self, event: Mapping[str, Any]) -> Iterable[Arrival]:
        """One thing that happened; but a delivery may be of several messages."""
        if "delivery" not in event:
            return [self._event(event)]
        delivery = event["delivery"]
        each_one = [{"mid": mid} for mid in delivery.get("mids") or []]
        return [self._receipt(event, one, Status.DELIVERED) for one in each_one or [delivery]]

    def _event(self, event: Mapping[str, Any]) -> Arrival:
        message = event.get("message")
        if isinstance(message, dict) and message.get("is_echo"):
            return self._echo(event, message)
        if message is not None:
            return self._message(event, message)
        if "postback" in event:
            return self._postback(event, event["postback"])
        if "message_edit" in event:
            return self._edited(event, event["message_edit"])
        if "read" in event:
            return self._receipt(event, event["read"], Status.READ)
        for change in ("pass_thread_control", "take_thread_control"):
            if change in event:
                return self._handed_over(event, event[change], ours=change.startswith("pass"))
        return Ignored(self.channel, "an event of a kind we have no use for")

    def _message(self, event: Mapping[str, Any], message: Mapping[str, Any]) -> Arrival:
        mid, text = ident(message["mid"]), words(message.get("text"))
        if ident(event["sender"]["id"]) == self.account:
            return Ignored(self.channel, "said by ourselves")
        if message.get("is_deleted"):
            return self._inbound(event, f"{mid}:deleted", "", Kind.DELETED, {"of": mid})
        media, why = _attached(message.get("attachments") or [], text)
        picked = words((message.get("quick_reply") or {}).get("payload"))
        if not text.strip() and not media and not picked:
            if why:
                return Ignored(self.channel, why)
            media = (note("unsupported", "a message Meta does not pass on"),)
        answers = (message.get("reply_to") or {}).get("mid")
        envelope = {"message": mid} | ({"reply_to": answers} if answers else {})
        return self._inbound(event, mid, text, Kind.MESSAGE, envelope, choice=picked, media=media)

    def _postback(self, event: Mapping[str, Any], postback: Mapping[str, Any]) -> Arrival:
        """A button, an ice breaker or Get Started: the title is what the customer said."""
        mid = ident(postback["mid"]) if postback.get("mid") else fingerprint(event)
        picked, title = words(postback.get("payload")), words(postback.get("title"))
        envelope = {"message": mid}
        return self._inbound(event, mid, title, Kind.MESSAGE, envelope, choice=picked)

    def _edited(self, event: Mapping[str, Any], edit: Mapping[str, Any]) -> Arrival:
        mid = ident(edit["mid"])
        if edit.get("text") is None:
            return Ignored(self.channel, "an edit without words")
        number = f"{mid}:edited:{edit.get('num_edit')}"
        return self._inbound(event, number, words(edit["text"]), Kind.EDITED, {"of": mid})

    def _echo(self, event: Mapping[str, Any], message: Mapping[str, Any]) -> Arrival:
        """Said in our name. Our own app's is a receipt; another's, or nobody's, is a person."""
        mid, app = ident(message["mid"]), message.get("app_id")
        if message.get("is_deleted"):
            return Ignored(self.channel, "taken back by ourselves")
        if app is not None and ident(app) == self.app:
            key = words(message.get("metadata"))
            return Receipt(self.channel, mid, Status.SENT, moment(event.get("timestamp")), key=key)
        kind = self.unnamed if app is None else Kind.TAKEN
        customer = event["recipient"]
        return self._inbound(
            event, mid, words(message.get("text")), kind, {"id": mid}, customer=customer
        )

    def _handed_over(
        self, event: Mapping[str, Any], change: Mapping[str, Any], *, ours: bool
    ) -> Arrival:
        """Who answers from now on. An older call does not say who, so its kind does."""
        owner = change.get("new_owner_app_id")
        ours = ours if owner is None else ident(owner) == self.app
        kind = Kind.RETURNED if ours else Kind.TAKEN
        return self._inbound(event, fingerprint(event), "", kind, {})

    def _receipt(
        self, event: Mapping[str, Any], receipt: Mapping[str, Any], status: Status
    ) -> Arrival:
        """How far one message came (``mid``), or all up to a time (``watermark``)."""
        if receipt.get("mid"):
            at = moment(event.get("timestamp"))
            return Receipt(self.channel, ident(receipt["mid"]), status, at)
        person = _person(event["sender"])
        return Receipt(self.channel, "", status, moment(receipt["watermark"]), address=person)

    def _inbound(
        self,
        event: Mapping[str, Any],
        external_id: str,
        text: str,
        kind: Kind,
        envelope: Mapping[str, Any],
        *,
        choice: str = "",
        media: tuple[Media, ...] = (),
        customer: Mapping[str, Any] | None = None,
    ) -> Inbound:
        at = moment(event.get("timestamp"))
        return Inbound(
            address=Address(self.channel, _person(customer or event["sender"])),
            external_id=external_id,
            text=text,
            received_at=at,
            choice=choice or None,
            kind=kind,
            sequence=order(at),
            media=media,
            envelope=envelope,
        )


def _person(side: Mapping[str, Any]) -> str:
    """The customer's id: it belongs to this page or account, and to no other."""
    found = ident(side["id"])
    if not PERSON.fullmatch(found):
        raise ValueError("no id of a person")
    return found


def _attached(attachments: Sequence[Mapping[str, Any]], text: str) -> tuple[tuple[Media, ...], str]:
    """The files of a message, and why there is nothing to answer when it has nothing else."""
    media, why = [], ""
    for attachment in attachments:
        kind, payload = words(attachment.get("type")), attachment.get("payload") or {}
        url = words(payload.get("url") or attachment.get("url"))
        if kind == "sticker" or payload.get("sticker_id"):
            why = "a sticker"
        elif kind == "story_mention":
            why = "a mention in a story"
        elif kind in FILES and url:
            media.append(Media(url, FILES[kind]))
        elif kind == "location":
            place = payload["coordinates"]
            media.append(note("location", f"{place['lat']},{place['long']}"))
        elif kind not in LINKS or not text.strip():  # a link in the text has its preview with it
            media.append(note("link" if url else "unsupported", url or kind))
    return tuple(media), why
