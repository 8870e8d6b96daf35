"""Meta's three cases: one signature, and calls that bring many messages of many people."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import NotAuthentic
from channels.base import Request
from channels.meta import Instagram, Messenger, WhatsApp
from tests.contract.channels.case import FIXTURES, PUBLIC, SECRETS, Case, Forgery, Said, recorded
from tests.providers.meta import (
    ACCOUNT_ID,
    APP_ID,
    APP_SECRET,
    PAGE_ID,
    PHONE_NUMBER_ID,
    TOKEN,
    PlayedInstagram,
    PlayedMessenger,
    PlayedWhatsApp,
    signed,
)

VERIFY_TOKEN = SECRETS["meta_verify_token"]
BASE = 1795425480
"""2026-11-23 09:18 UTC in seconds: after the suite's clock, so that no window closes early."""
PHONE, USER_ID = "+15005550188", "US.13491208655302741918"
SHARED_SETTINGS = {
    "access_token": TOKEN,
    "app_secret": SECRETS["meta_app_secret"],
    "verify_token": VERIFY_TOKEN,
}
assert SECRETS["meta_app_secret"] == APP_SECRET


def call(channel: str, body: Any, *, secret: str = APP_SECRET) -> Request:
    """A genuine call: escaped the way Meta does it, and signed."""
    raw = json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()
    headers = {"content-type": "application/json", "x-hub-signature-256": signed(raw, secret)}
    return Request("POST", f"{PUBLIC}/in/{channel}", headers, raw)


def subscribing(channel: str, **changed: str) -> Request:
    """The GET with which Meta checks that the address is ours."""
    query = {"mode": "subscribe", "challenge": "1158201444", "verify_token": VERIFY_TOKEN}
    given = "&".join(f"hub.{name}={value}" for name, value in (query | changed).items())
    return Request("GET", f"{PUBLIC}/in/{channel}?{given}")


# --- WhatsApp -------------------------------------------------------------------------------------


def change(field: str = "messages", **value: Any) -> dict[str, Any]:
    """One change about our phone number."""
    about = {"display_phone_number": "15005550100", "phone_number_id": PHONE_NUMBER_ID}
    return {"value": {"messaging_product": "whatsapp", "metadata": about, **value}, "field": field}


def whatsapp(*changes: dict[str, Any]) -> Request:
    entry = {"id": "102290129340398", "changes": list(changes)}
    return call("whatsapp", {"object": "whatsapp_business_account", "entry": [entry]})


def whatsapp_message(said: Said) -> dict[str, Any]:
    """Ann is known by her phone number, Bob has none."""
    number = int(said.ident.removeprefix("wamid.TEST"))
    phone = said.who.lstrip("+")
    who = {"from": phone} if said.who.startswith("+") else {"from_user_id": said.who}
    message = {**who, "id": said.ident, "timestamp": str(BASE + number)}
    if said.choice:
        reply = {"id": said.choice, "title": said.text}
        picked = {"type": "button_reply", "button_reply": reply}
        return message | {"type": "interactive", "interactive": picked}
    return message | {"type": "text", "text": {"body": said.text}}


def whatsapp_contact(who: str) -> dict[str, Any]:
    ident = {"wa_id": who.lstrip("+")} if who.startswith("+") else {"user_id": who}
    return {"profile": {"name": "Dana Berg"}, **ident}


def whatsapp_says(messages: Sequence[Said]) -> Request:
    return whatsapp(
        *(
            change(contacts=[whatsapp_contact(said.who)], messages=[whatsapp_message(said)])
            for said in messages
        )
    )


def whatsapp_receipt(ident: str, key: str, status: str) -> Request:
    told: dict[str, Any] = {"id": ident, "status": status, "timestamp": str(BASE)}
    told |= {"recipient_id": "15005550188", "biz_opaque_callback_data": key}
    if status == "failed":
        told["errors"] = [{"code": 131026, "title": "Message undeliverable"}]
    return whatsapp(change(statuses=[told]))


# --- Messenger and Instagram ----------------------------------------------------------------------

OBJECTS = {"messenger": ("page", PAGE_ID), "instagram": ("instagram", ACCOUNT_ID)}


def page(channel: str, *events: dict[str, Any], listed: str = "messaging") -> Request:
    """A call about our page or account with these events."""
    about, account = OBJECTS[channel]
    entry = {"time": BASE * 1000, "id": account, listed: list(events)}
    return call(channel, {"object": about, "entry": [entry]})


def event(channel: str, who: str, at: int = 0, **what: Any) -> dict[str, Any]:
    """Something that a customer did."""
    account = OBJECTS[channel][1]
    sides = {"sender": {"id": who}, "recipient": {"id": account}}
    return {**sides, "timestamp": BASE * 1000 + at, **what}


def echo(channel: str, who: str, message: dict[str, Any], at: int = 0) -> Request:
    """Something that was said in our name."""
    account = OBJECTS[channel][1]
    sides = {"sender": {"id": account}, "recipient": {"id": who}}
    told = {**sides, "timestamp": BASE * 1000 + at, "message": message | {"is_echo": True}}
    return page(channel, told)


def page_says(channel: str, prefix: str, messages: Sequence[Said]) -> Request:
    events = []
    for said in messages:
        message: dict[str, Any] = {"mid": said.ident, "text": said.text}
        if said.choice:
            message["quick_reply"] = {"payload": said.choice}
        number = int(said.ident.removeprefix(prefix))
        events.append(event(channel, said.who, number, message=message))
    return page(channel, *events)


def messenger_receipt(ident: str, key: str, status: str) -> Request:
    if status == "sent":
        message = {"mid": ident, "app_id": int(APP_ID), "metadata": key, "text": "…"}
        return echo("messenger", "1254477777772919", message)
    about = {"mids": [ident], "watermark": BASE * 1000}
    return page("messenger", event("messenger", "1254477777772919", delivery=about))


# --- all three ------------------------------------------------------------------------------------


def forgeries(good: Request) -> Sequence[Forgery]:
    header = "x-hub-signature-256"
    right = good.headers[header]

    def with_header(name: str, value: str | None, called: str = header) -> Forgery:
        headers = {k: v for k, v in good.headers.items() if k != header}
        if value is not None:
            headers[called] = value
        return Forgery(name, replace(good, headers=headers), 401)

    sha1 = hmac.new(APP_SECRET.encode(), good.body, hashlib.sha1).hexdigest()
    channel = good.url.rpartition("/")[2]
    pretty = json.dumps(json.loads(good.body)).encode()
    return [
        with_header("missing", None),
        with_header("empty", ""),
        with_header("of another secret", signed(good.body, "another-shops-secret-0")),
        with_header("of the verify token", signed(good.body, VERIFY_TOKEN)),
        with_header("of no secret", signed(good.body, "")),
        with_header("truncated", right[:-1]),
        with_header("one more character", right + "0"),
        with_header("without its prefix", right.removeprefix("sha256=")),
        with_header("in capitals", "sha256=" + right.removeprefix("sha256=").upper()),
        with_header("SHA-1 in the right header", f"sha1={sha1}"),
        with_header("SHA-1 in its own header", f"sha1={sha1}", "x-hub-signature"),
        with_header("in the old header", right, "x-hub-signature"),
        with_header("not ASCII", right + "\u00e9"),
        Forgery("re-serialised", replace(good, body=pretty), 401),
        Forgery("one byte more", replace(good, body=good.body + b" "), 401),
        Forgery("another body's", replace(good, body=b"{}"), 401),
        Forgery("a GET with a wrong token", subscribing(channel, verify_token="wrong-token"), 403),
        Forgery("a GET without a token", subscribing(channel, verify_token=""), 403),
        Forgery("a GET that asks for markup", subscribing(channel, challenge="<script>"), 403),
        Forgery("a GET for something else", subscribing(channel, mode="unsubscribe"), 403),
        Forgery("a bare GET", Request("GET", f"{PUBLIC}/in/{channel}"), 403),
    ]


def recorded_call(file: str) -> Request:
    """The GET's file is its query."""
    if file != "whatsapp_cloud/verify_get.txt":
        return recorded(file)
    query = (FIXTURES / file).read_text("utf-8")
    return Request("GET", f"{PUBLIC}/in/whatsapp?{query}")


def answers_the_challenge(case: Case) -> None:
    """The recorded GET gets its number back as plain text; with another token it gets 403."""
    channel, request = case.build(), recorded_call("whatsapp_cloud/verify_get.txt")
    channel.verify(request)
    assert channel.parse(request) == ()
    answer = channel.answer(request)
    assert (answer.status, answer.body) == (200, b"1158201444")
    assert answer.content_type.startswith("text/plain")
    wrong = replace(request, url=request.url.replace(VERIFY_TOKEN, "wrong-token"))
    with pytest.raises(NotAuthentic) as refused:
        channel.verify(wrong)
    assert refused.value.status == 403


WHATSAPP = Case(
    section="whatsapp",
    channel=WhatsApp,
    settings={
        **SHARED_SETTINGS,
        "phone_number_id": PHONE_NUMBER_ID,
    },
    played=PlayedWhatsApp,
    says=whatsapp_says,
    forgeries=lambda: forgeries(whatsapp_says([Said(PHONE, "hello", "wamid.TEST1")])),
    addresses=(PHONE, USER_ID),
    folders=("whatsapp_cloud",),
    batches=True,
    dedupes_sends=True,
    receipt=whatsapp_receipt,
    idents=lambda n: f"wamid.TEST{n:06}",
    recorded=recorded_call,
    checks={"whatsapp_cloud/verify_get.txt": answers_the_challenge},
)
MESSENGER = Case(
    section="messenger",
    channel=Messenger,
    settings={**SHARED_SETTINGS, "page_id": PAGE_ID, "app_id": APP_ID},
    played=PlayedMessenger,
    says=lambda messages: page_says("messenger", "m_TEST", messages),
    forgeries=lambda: forgeries(
        page_says("messenger", "m_TEST", [Said("1254477777772919", "hello", "m_TEST1")])
    ),
    addresses=("1254477777772919", "1254477777772920"),
    folders=("messenger",),
    batches=True,
    dedupes_sends=True,
    receipt=messenger_receipt,
    reports=("sent", "delivered"),
    idents=lambda n: f"m_TEST{n:06}",
)
INSTAGRAM = Case(
    section="instagram",
    channel=Instagram,
    settings={**SHARED_SETTINGS, "account_id": ACCOUNT_ID, "app_id": APP_ID},
    played=PlayedInstagram,
    says=lambda messages: page_says("instagram", "aWdTEST", messages),
    forgeries=lambda: forgeries(
        page_says("instagram", "aWdTEST", [Said("5678901234567890", "hello", "aWdTEST1")])
    ),
    addresses=("5678901234567890", "5678901234567891"),
    folders=("instagram",),
    batches=True,
    idents=lambda n: f"aWdTEST{n:06}",
)
CASES = [WHATSAPP, MESSENGER, INSTAGRAM]
