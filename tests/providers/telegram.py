"""Telegram's Bot API, played: bodies are checked against its machine-readable description."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from html.parser import HTMLParser
from itertools import count
from typing import Any

import httpx

from tests.conftest import SHARED
from tests.providers.base import PlayedProvider, Taken

TOKEN = "777000111:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
TAGS = frozenset(
    [
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "a",
        "code",
        "pre",
        "blockquote",
        "tg-spoiler",
        "span",
    ]
)
BASIC = {"Integer": int, "String": str, "Boolean": bool, "Float": (int, float)}


@lru_cache
def contract() -> dict[str, Any]:
    """The methods and types of the Bot API."""
    path = SHARED / "contracts" / "telegram_bot_api_cut.json"
    return dict(json.loads(path.read_text("utf-8")))


def faults_of(method: str, body: dict[str, Any]) -> list[str]:
    """What the description of a method does not allow in this body."""
    return _faults(method, contract()["methods"][method].get("fields", []), body)


def _faults(where: str, fields: list[dict[str, Any]], body: dict[str, Any]) -> list[str]:
    known = {field["name"]: field for field in fields}
    wrong = [f"{where}: unknown field {name}" for name in body if name not in known]
    for name, field in known.items():
        if name not in body:
            wrong += [f"{where}: {name} is missing"] if field["required"] else []
        elif not any(_is(kind, body[name], wrong) for kind in field["types"]):
            wrong.append(f"{where}: {name} is {body[name]!r}, not one of {field['types']}")
    return wrong


def _is(kind: str, value: Any, wrong: list[str]) -> bool:
    if kind.startswith("Array of "):
        inner = kind.removeprefix("Array of ")
        return isinstance(value, list) and all(_is(inner, one, wrong) for one in value)
    if kind in BASIC:
        return isinstance(value, BASIC[kind]) and (kind == "Boolean" or value is not True)
    described = contract()["types"].get(kind)
    if described is None or not isinstance(value, dict):
        return kind == "InputFile" and isinstance(value, str)
    return not _faults(kind, described.get("fields", []), value)


class _Html(HTMLParser):
    """Telegram's reading of parse_mode HTML: the text, or the tag it does not know."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.unknown = "", ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in TAGS:
            self.unknown = tag


class PlayedTelegram(PlayedProvider):
    """One bot, and everybody it writes to. ``blocked`` are chats that have blocked it."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked: set[str] = set()
        self.answered: list[str] = []
        self._ids = count(2001)

    def is_message(self, request: httpx.Request) -> bool:
        return (
            self._method(request).startswith("send") and self._method(request) != "sendChatAction"
        )

    def accept(self, request: httpx.Request) -> httpx.Response:
        method, body = self._method(request), json.loads(request.content)
        for fault in faults_of(method, body):
            self.complain(fault)
            return self._no(400, f"Bad Request: {fault}")
        chat = str(body["chat_id"])
        if chat in self.blocked:
            return self._no(403, "Forbidden: bot was blocked by the user")
        shown = body.get("text") or body.get("caption") or body.get("photo") or body.get("document")
        if body.get("parse_mode") == "HTML":
            read = _Html()
            read.feed(shown)
            read.close()
            if read.unknown or re.search(r"&(?!amp;|lt;|gt;|quot;|#)", shown):
                return self._no(400, f"Bad Request: can't parse entities: {read.unknown}")
            shown = read.text
        if not 1 <= len(shown.encode("utf-16-le")) // 2 <= 4096:
            self.complain(f"a text of {len(shown)} characters")
            return self._no(400, "Bad Request: message is too long")
        markup = body.get("reply_markup") or {}
        buttons = [b for row in markup.get("inline_keyboard", ()) for b in row]
        for button in buttons:
            if not 1 <= len(button["callback_data"].encode()) <= 64:
                self.complain("callback_data is not 1 to 64 bytes")
                return self._no(400, "Bad Request: BUTTON_DATA_INVALID")
        number = next(self._ids)
        choices = tuple((b["callback_data"], b["text"]) for b in buttons)
        self.take(Taken(chat, shown, str(number), choices=choices))
        result = {"message_id": number, "date": 1795421500, "chat": {"id": body["chat_id"]}}
        return httpx.Response(200, json={"ok": True, "result": result})

    def other(self, request: httpx.Request) -> httpx.Response:
        method = self._method(request)
        body = json.loads(request.content or b"{}")
        for fault in faults_of(method, body):
            self.complain(fault)
        if method == "answerCallbackQuery":
            self.answered.append(body["callback_query_id"])
        result: Any = {
            "getMe": {
                "id": 777000111,
                "is_bot": True,
                "first_name": "Shop",
                "username": "shop_bot",
            },
            "getWebhookInfo": {"url": "https://hooks.shop.example/in/telegram"},
            "getFile": {"file_id": body.get("file_id"), "file_path": "photos/1.jpg"},
        }.get(method, True)
        return httpx.Response(200, json={"ok": True, "result": result})

    def refusal(self, status: int, wait: str | None) -> httpx.Response:
        if status == 401:
            return self._no(401, "Unauthorized")
        if status != 429:
            return httpx.Response(status, text="<html>Bad Gateway</html>")
        parameters = {"parameters": {"retry_after": int(wait)}} if wait else {}
        return self._no(429, "Too Many Requests", **parameters)

    def _no(self, status: int, description: str, **more: Any) -> httpx.Response:
        body = {"ok": False, "error_code": status, "description": description, **more}
        return httpx.Response(status, json=body)

    def _method(self, request: httpx.Request) -> str:
        token, method = request.url.path.removeprefix("/bot").rsplit("/", 1)
        if token != TOKEN:
            self.complain("another bot's token")
        return method
