"""The web chat: reads the widget's calls. Replies are rows the browser reads: nothing is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.errors import BadPayload, NotAuthentic
from bot.messages import Address, Inbound, Part, Receipt
from channels.base import Answer, Capabilities, Request

MAX_FRAME = 16 * 1024
MAX_TEXT = 4000
MAX_CID = 64

_CID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_CHOICE = re.compile(r"btn_[a-z0-9]{4,32}")
_ID = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,100}")
_CONTEXT = {
    "country": re.compile(r"[A-Z]{2}"),
    "locale": re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}"),
    "postcode": re.compile(r"[A-Za-z0-9 -]{2,12}"),
    "product": _ID,
}


class Widget:
    """The web chat of a shop page. ``origins`` are the pages allowed to speak to it."""

    name = "web"
    capabilities = Capabilities(
        max_text=8000, max_choices=12, max_choice_title=100, cards=True, typing=True
    )

    def __init__(self, origins: Sequence[str] = ()) -> None:
        self._origins = frozenset(origins)

    def verify(self, request: Request) -> None:
        """Raise NotAuthentic unless the call is a session's and comes from an allowed page.

        Scheme, host and port must match exactly; ``null`` (a sandboxed page or a file) never does.
        """
        if request.header("origin") not in self._origins:
            raise NotAuthentic("this page is not on the list of allowed origins")
        if not request.sender:
            raise NotAuthentic("no open session")

    def parse(self, request: Request) -> Sequence[Inbound | Receipt]:
        """The call's message, ``{cid, text}`` or ``{cid, choice}``, with the visit's context."""
        frame = read_frame(request.body)
        cid = frame.get("cid")
        if not isinstance(cid, str) or not _CID.fullmatch(cid):
            raise BadPayload("cid has to be 8 to 64 letters, digits, - or _")
        text, choice = _text(frame), _choice(frame)
        if bool(text) == (choice is not None):
            raise BadPayload("a message has either a text or a choice")
        return [
            Inbound(
                address=Address(self.name, request.sender or ""),
                external_id=f"{request.sender}:{cid}",
                text=text,
                received_at=datetime.now(UTC),
                choice=choice,
                context=read_context(frame.get("context")),
            )
        ]

    def answer(self, request: Request) -> Answer:
        """Stored; the reply comes by the event stream."""
        return Answer(status=202)

    async def send(self, to: Address, part: Part, *, key: str) -> str:
        """Nothing to do: the message row of the turn is what the browser reads."""
        return key


def read_frame(body: bytes) -> Mapping[str, object]:
    """The JSON object in a call's body. Raises BadPayload when it is none, or too large."""
    if len(body) > MAX_FRAME:
        raise BadPayload(f"a call holds at most {MAX_FRAME} bytes")
    try:
        frame = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadPayload("not JSON") from error
    if not isinstance(frame, dict):
        raise BadPayload("not a JSON object")
    return frame


def read_context(value: object) -> dict[str, object]:
    """What the page says about the visit, reduced to what we know and trust to be well-formed.

    Country and locale, the product looked at, and the basket as ``[{variant, quantity}]``. Unknown
    or ill-formed entries are left out: a shop page with a typo must not silence the chat.
    """
    if not isinstance(value, dict):
        return {}
    known: dict[str, object] = {}
    for name, pattern in _CONTEXT.items():
        given = value.get(name)
        if isinstance(given, str) and pattern.fullmatch(given):
            known[name] = given
        elif name in value and given is None:
            known[name] = None  # "no product on this page" is news as well
    if isinstance(value.get("basket"), list):
        known["basket"] = _basket(value["basket"])
    return known


def _basket(value: list[object]) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    for line in value[:100]:
        if not isinstance(line, dict):
            continue
        variant, quantity = line.get("variant"), line.get("quantity", 1)
        good = isinstance(variant, str) and _ID.fullmatch(variant)
        if good and type(quantity) is int and 0 < quantity <= 999:
            lines.append({"variant": variant, "quantity": quantity})
    return lines


def _text(frame: Mapping[str, object]) -> str:
    text = frame.get("text", "")
    if not isinstance(text, str):
        raise BadPayload("text has to be text")
    # Half a surrogate pair and NUL cannot be stored; both are only ever sent on purpose.
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "").strip()
    if len(text) > MAX_TEXT:
        raise BadPayload(f"a message holds at most {MAX_TEXT} characters")
    return text


def _choice(frame: Mapping[str, object]) -> str | None:
    choice = frame.get("choice")
    if choice is None:
        return None
    if not isinstance(choice, str) or not _CHOICE.fullmatch(choice):
        raise BadPayload("choice has to be the id of an offered button")
    return choice
