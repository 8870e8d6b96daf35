"""What we send to WhatsApp, Messenger and Instagram: a part as the messages it becomes.

All but the last of a part's messages are files; the last one carries our own id of the part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.errors import OutsideWindow, Undeliverable
from bot.messages import Address, Card, Media, Part
from channels.meta_whatsapp_reader import PHONE, USER_ID

Body = dict[str, Any]

CAPTION = 1024
BUTTON = 20
TEMPLATE_TEXT = 1024
IMAGES = ("image/jpeg", "image/png")
VIDEOS = ("video/mp4", "video/3gpp", "video/3gp")
NO_CAPTION = ("audio",)


def whatsapp(part: Part) -> list[Body]:
    """The messages of a part, in order; one where its text fits under its last file."""
    text = part.text or ("" if part.media else part.plain)
    files = [_whatsapp_file(file) for file in part.media]
    if files and text and not part.choices and len(text) <= CAPTION:
        kind = files[-1]["type"]
        if kind not in NO_CAPTION:
            files[-1][kind]["caption"] = text
            return files
    if not text and files:
        return files
    return [*files, _interactive(part, text) if part.choices else _whatsapp_text(text)]


def template(part: Part, name: str, language: str) -> Body:
    """The part as the one variable of a template. Raises OutsideWindow when it cannot be.

    A variable holds one line: Meta refuses line breaks, tabs and rows of blanks in it.
    """
    if not name:
        raise OutsideWindow("the window is closed and no template is set")
    text = " ".join(" ".join([part.plain or part.text, *(file.ref for file in part.media)]).split())
    if not 0 < len(text) <= TEMPLATE_TEXT:
        raise OutsideWindow("the window is closed and the text does not fit a template")
    parameters = [{"type": "text", "text": text}]
    return {
        "type": "template",
        "template": {
            "name": name,
            "language": {"code": language},
            "components": [{"type": "body", "parameters": parameters}],
        },
    }


def to_whatsapp(to: Address, message: Mapping[str, Any], key: str) -> Body:
    """The whole body. ``key`` comes back in every status of the message; empty: none does."""
    reached = {"recipient": to.value}
    if not USER_ID.fullmatch(to.value):
        if (phone := PHONE.fullmatch(to.value)) is None:
            raise Undeliverable("the customer has left this address")
        reached = {"to": phone[1]}
    body: Body = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    body |= {**reached, **message}
    return body | ({"biz_opaque_callback_data": key} if key else {})


def page(part: Part) -> list[Body]:
    """The messages of a part on Messenger and Instagram, in order."""
    messages: list[Body] = [{"attachment": _page_file(file)} for file in part.media]
    if part.cards:
        messages.append({"attachment": _cards(part)})
    if part.text or not messages:
        messages.append(page_text(part, part.text or part.plain))
    return messages


def page_text(part: Part, text: str) -> Body:
    """A text with the part's quick replies."""
    if not text:
        raise Undeliverable("there is nothing to send")
    replies = [
        {"content_type": "text", "title": choice.title, "payload": choice.id}
        for choice in part.choices
    ]
    return {"text": text} | ({"quick_replies": replies} if replies else {})


def by_a_person(part: Part) -> Body:
    """How a person writes after the window has closed. The bot never does: Meta forbids it."""
    assert part.by_person, "the human agent tag is for people"
    return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def _whatsapp_text(text: str) -> Body:
    if not text:
        raise Undeliverable("there is nothing to send")
    return {"type": "text", "text": {"preview_url": False, "body": text}}


def _interactive(part: Part, text: str) -> Body:
    """Up to three buttons, or a list of rows behind one."""
    if part.as_list:
        rows = [{"id": choice.id, "title": choice.title} for choice in part.choices]
        opens = part.list_title[:BUTTON] or f"1–{len(rows)}"
        action: Body = {"button": opens, "sections": [{"rows": rows}]}
    else:
        replies = [{"id": choice.id, "title": choice.title} for choice in part.choices]
        action = {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}
    kind = "list" if part.as_list else "button"
    return {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": text}, "action": action},
    }


def _whatsapp_file(file: Media) -> Body:
    kind = file.content_type.partition("/")[0]
    if file.content_type in IMAGES:
        kind = "image"
    elif file.content_type in VIDEOS:
        kind = "video"
    elif kind != "audio":
        kind = "document"
    named = {"filename": file.name} if kind == "document" and file.name else {}
    return {"type": kind, kind: {"link": file.ref, **named}}


def _page_file(file: Media) -> Body:
    kind = file.content_type.partition("/")[0]
    return {
        "type": kind if kind in ("image", "video", "audio") else "file",
        "payload": {"url": file.ref},
    }


def _cards(part: Part) -> Body:
    elements = [_element(card, part.link_title[:BUTTON]) for card in part.cards]
    return {"type": "template", "payload": {"template_type": "generic", "elements": elements}}


def _element(card: Card, opens: str) -> Body:
    element: Body = {"title": card.title}
    if card.subtitle:
        element["subtitle"] = card.subtitle
    if card.image:
        element["image_url"] = card.image
    if card.link:
        action = {"type": "web_url", "url": card.link}
        element["default_action"] = action
        if opens:
            element["buttons"] = [{**action, "title": opens}]
    return element
