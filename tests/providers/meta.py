"""Meta's Graph API, played for one WhatsApp number, page or Instagram account."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

from tests.providers.base import PlayedProvider, Taken
from tests.providers.meta_contract import page_faults, whatsapp_faults

APP_SECRET = "test-app-secret-0123456789"
TOKEN = "EAAtesttokentesttokentesttoken"
PHONE_NUMBER_ID, PAGE_ID, ACCOUNT_ID = "106540352242922", "1906385232743451", "17841405822304914"
APP_ID = "1517776481860111"
API = "https://graph.facebook.com/v26.0"
FILES = "https://lookaside.fbsbx.com"
IMAGE = b"\x89PNG\r\n\x1a\n" + bytes(24)
SUBSCRIBED = (
    "messages",
    "messaging_postbacks",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "messaging_handovers",
)


def signed(body: bytes, secret: str = APP_SECRET) -> str:
    """Meta's signature of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Refusal:
    """An error of Meta's own: its code, and the status it comes with."""

    code: int
    status: int = 400
    subcode: int | None = None


class PlayedMeta(PlayedProvider):
    """Subclasses know their product's messages. ``closed`` are people whose window is closed."""

    product: str
    outside: Refusal

    def __init__(self) -> None:
        super().__init__()
        self.closed: set[str] = set()
        self.refusals: deque[Refusal | None] = deque()
        """What Meta says to the next messages, in order; None: it takes it."""
        self.seen: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        """Every message it was sent, as it came."""
        self.asked: dict[str, Any] = {}
        """Answers to questions, by the path."""
        self._ids = count(1)

    def is_message(self, request: httpx.Request) -> bool:
        if request.method != "POST" or not request.url.path.endswith("/messages"):
            return False
        return not self._is_sign(json.loads(request.content))

    def accept(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if (refused := self._stranger(request)) is not None:
            return refused
        self.bodies.append(body)
        if self.refusals and (refusal := self.refusals.popleft()) is not None:
            return self._no(refusal)
        if faults := self.faults_of(body):
            for fault in faults:
                self.complain(fault)
            return self._no(Refusal(100))
        if self.reached(body) in self.closed and not self.may_be_late(body):
            return self._no(self.outside)
        taken = self.taken_of(body, f"{self.prefix}{next(self._ids):06}")
        self.take(taken)
        return httpx.Response(200, json=self.accepted(body, taken.id))

    def other(self, request: httpx.Request) -> httpx.Response:
        if (refused := self._stranger(request)) is not None:
            return refused
        if request.method == "POST":
            body = json.loads(request.content)
            if faults := self.faults_of_sign(body):
                self.wrong += faults
            self.seen.append(body)
            return httpx.Response(200, json={"success": True})
        if request.url.host == "lookaside.fbsbx.com" or request.url.path.startswith("/file/"):
            return httpx.Response(200, content=IMAGE)
        path = request.url.path.rpartition("/v26.0/")[2]
        if path in self.asked:
            return httpx.Response(200, json=self.asked[path])
        return self._no(Refusal(100, subcode=33))

    def refusal(self, status: int, wait: str | None) -> httpx.Response:
        if status == 401:
            return self._no(Refusal(190, 401))
        if status != 429:
            return httpx.Response(status, text="<html>Sorry, something went wrong.</html>")
        headers = {"Retry-After": wait} if wait else {}
        return self._no(Refusal(130429, 429), headers)

    def _stranger(self, request: httpx.Request) -> httpx.Response | None:
        """Only our token, and only in the header."""
        if "token" in str(request.url):
            self.complain("a token in the address")
        if self.revoked or request.headers.get("authorization") != f"Bearer {TOKEN}":
            return self._no(Refusal(190, 401))
        return None

    def _no(self, refusal: Refusal, headers: dict[str, str] | None = None) -> httpx.Response:
        error: dict[str, Any] = {
            "message": f"(#{refusal.code}) something that may hold what was written",
            "type": "OAuthException",
            "code": refusal.code,
            "fbtrace_id": "Atest",
        }
        if refusal.subcode is not None:
            error["error_subcode"] = refusal.subcode
        return httpx.Response(refusal.status, json={"error": error}, headers=headers)

    prefix = ""

    def _is_sign(self, body: dict[str, Any]) -> bool:
        raise NotImplementedError

    def faults_of(self, body: dict[str, Any]) -> list[str]:
        """What the contract does not allow in a message."""
        raise NotImplementedError

    def faults_of_sign(self, body: dict[str, Any]) -> list[str]:
        """The same for a sign: read, seen, typing."""
        raise NotImplementedError

    def reached(self, body: dict[str, Any]) -> str:
        """Who gets it."""
        raise NotImplementedError

    def may_be_late(self, body: dict[str, Any]) -> bool:
        """Whether it may be sent after the window has closed."""
        raise NotImplementedError

    def taken_of(self, body: dict[str, Any], ident: str) -> Taken:
        """All of it that a customer sees."""
        raise NotImplementedError

    def accepted(self, body: dict[str, Any], ident: str) -> dict[str, Any]:
        """Meta's answer."""
        raise NotImplementedError


class PlayedWhatsApp(PlayedMeta):
    """One phone number of the Cloud API."""

    product = "whatsapp"
    prefix = "wamid.OUT"
    outside = Refusal(131047)

    def _is_sign(self, body: dict[str, Any]) -> bool:
        return "status" in body

    def faults_of(self, body: dict[str, Any]) -> list[str]:
        return whatsapp_faults(body)

    def faults_of_sign(self, body: dict[str, Any]) -> list[str]:
        body = dict(body)
        ident = body.pop("message_id", "")
        sign = {"messaging_product": "whatsapp", "status": "read"}
        known = (sign, sign | {"typing_indicator": {"type": "text"}})
        return [] if body in known and ident.startswith("wamid.") else [f"no sign: {body}"]

    def reached(self, body: dict[str, Any]) -> str:
        return str(body.get("recipient") or body.get("to"))

    def may_be_late(self, body: dict[str, Any]) -> bool:
        return bool(body["type"] == "template")

    def taken_of(self, body: dict[str, Any], ident: str) -> Taken:
        content = body[body["type"]]
        action = content.get("action", {})
        replies = [button["reply"] for button in action.get("buttons", ())]
        rows = [row for section in action.get("sections", ()) for row in section["rows"]]
        variables = [p["text"] for c in content.get("components", ()) for p in c["parameters"]]
        shown = [
            content["body"] if body["type"] == "text" else content.get("body", {}).get("text", ""),
            content.get("link", ""),
            content.get("caption", ""),
            *variables,
        ]
        return Taken(
            self.reached(body),
            "\n".join(filter(None, shown)),
            ident,
            body.get("biz_opaque_callback_data", ""),
            tuple((one["id"], one["title"]) for one in replies + rows),
        )

    def accepted(self, body: dict[str, Any], ident: str) -> dict[str, Any]:
        to = self.reached(body)
        contact = {"input": to, "wa_id": to} if "to" in body else {"input": to, "user_id": to}
        message = {"id": ident, "message_status": "accepted"}
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}


class PlayedPage(PlayedMeta):
    """One page or Instagram account."""

    outside = Refusal(10, subcode=2018278)

    def _is_sign(self, body: dict[str, Any]) -> bool:
        return "sender_action" in body

    def faults_of(self, body: dict[str, Any]) -> list[str]:
        return page_faults(self.product, body)

    def faults_of_sign(self, body: dict[str, Any]) -> list[str]:
        known = body["sender_action"] in ("mark_seen", "typing_on", "typing_off")
        return [] if known and set(body) == {"recipient", "sender_action"} else ["no sign"]

    def reached(self, body: dict[str, Any]) -> str:
        return str(body["recipient"]["id"])

    def may_be_late(self, body: dict[str, Any]) -> bool:
        return body.get("tag") == "HUMAN_AGENT"

    def taken_of(self, body: dict[str, Any], ident: str) -> Taken:
        message = body["message"]
        payload = message.get("attachment", {}).get("payload", {})
        lines = [message.get("text", ""), payload.get("url", "")]
        for element in payload.get("elements", ()):
            buttons = [button["url"] for button in element.get("buttons", ())]
            lines += [element["title"], element.get("subtitle", ""), *buttons]
        choices = tuple((r["payload"], r["title"]) for r in message.get("quick_replies", ()))
        shown = "\n".join(filter(None, lines))
        return Taken(self.reached(body), shown, ident, message.get("metadata", ""), choices)

    def accepted(self, body: dict[str, Any], ident: str) -> dict[str, Any]:
        return {"recipient_id": self.reached(body), "message_id": ident}


class PlayedMessenger(PlayedPage):
    """One Facebook page."""

    product, prefix = "messenger", "m_OUT"


class PlayedInstagram(PlayedPage):
    """One Instagram account."""

    product, prefix = "instagram", "aWdOUT"
