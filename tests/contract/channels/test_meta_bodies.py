"""What goes out to Meta: against its own examples, its limits and the recorded bodies."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import Undeliverable
from bot.messages import Address, Card, Choice, Part
from tests.contract.channels.case import FIXTURES, MANIFEST, Case
from tests.contract.channels.case_meta import CASES, INSTAGRAM, MESSENGER, PHONE, USER_ID, WHATSAPP
from tests.providers.meta import PlayedMeta
from tests.providers.meta_contract import examples, page_faults, whatsapp_faults

ALL = pytest.mark.parametrize("case", CASES, ids=lambda case: case.section)
PAGES = pytest.mark.parametrize("case", [MESSENGER, INSTAGRAM], ids=lambda case: case.section)
KEY = "018f2b6e-0001-7000-8000-000000000003"


def played_by(case: Case) -> PlayedMeta:
    played = case.played()
    assert isinstance(played, PlayedMeta)
    return played


def sent(case: Case, part: Part, to: str = "", key: str = KEY, **settings: str) -> PlayedMeta:
    """The provider after it was sent a part."""
    played = played_by(case)
    channel = case.build(played, **settings)
    to = to or case.addresses[0]
    asyncio.run(channel.send(Address(case.channel.name, to), part, key=key))
    assert played.wrong == []
    return played


def fixture(file: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FIXTURES / file).read_text("utf-8"))
    return loaded


def choices(*pairs: tuple[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(title, "/x", ident) for ident, title in pairs)


# --- the recorded bodies --------------------------------------------------------------------------


def whatsapp_body(part: Part, to: str = PHONE, **settings: str) -> dict[str, Any]:
    (body,) = sent(WHATSAPP, part, to, **settings).bodies
    return body


def page_body(case: Case, part: Part, to: str, key: str = KEY, **settings: str) -> dict[str, Any]:
    (body,) = sent(case, part, to, key, **settings).bodies
    return body


DANA, INSTAGRAMMER = "1254477777772919", "5678901234567890"
YES_NO = choices(("btn_9f2c1e", "Yes, cancel it"), ("btn_9f2c1f", "No, keep it"))
ORDERS = choices(("row_1042", "Order 1042"), ("row_1041", "Order 1041"))
ON_ITS_WAY = Part("Order 1042 is out for delivery.")
CARD = Card(
    "order",
    "Order 1042",
    "2 items, 59.90 EUR, out for delivery",
    link="https://shop.example/o/1042",
    image="https://shop.example/o/1042.png",
)

OURS: dict[str, Callable[[], dict[str, Any]]] = {
    "whatsapp_cloud/send_text.json": lambda: whatsapp_body(ON_ITS_WAY),
    "whatsapp_cloud/send_text_to_bsuid.json": lambda: whatsapp_body(ON_ITS_WAY, USER_ID),
    "whatsapp_cloud/send_buttons.json": lambda: whatsapp_body(
        Part("Cancel order 1042 (2 items, 59.90 EUR)?", choices=YES_NO)
    ),
    "whatsapp_cloud/send_list.json": lambda: whatsapp_body(
        Part("Which order do you mean?", choices=ORDERS, as_list=True, list_title="Choose order")
    ),
    "whatsapp_cloud/send_template.json": lambda: whatsapp_body(
        Part("Dana", plain="Dana", window_open=False), template_name="order_update"
    ),
    "messenger/send_text.json": lambda: page_body(
        MESSENGER, ON_ITS_WAY, DANA, "018f2b6e-0001-7000-8000-000000000004"
    ),
    "messenger/send_quick_replies.json": lambda: page_body(
        MESSENGER, Part("Cancel order 1042?", choices=YES_NO), DANA
    ),
    "messenger/send_generic_template.json": lambda: page_body(
        MESSENGER, Part("", cards=(CARD,), plain="x", link_title="Open order"), DANA
    ),
    "messenger/send_human_agent_tag.json": lambda: page_body(
        MESSENGER,
        Part("Hi Dana, your refund is on its way. Eva", by_person=True, window_open=False),
        DANA,
        human_agent="yes",
    ),
    "instagram/send_text.json": lambda: page_body(
        INSTAGRAM, Part("Yes, size M is in stock."), INSTAGRAMMER
    ),
}
"""The body we send for the same content."""


def without(body: dict[str, Any], *paths: str) -> dict[str, Any]:
    """A copy without what stands at these dotted paths."""
    copy: dict[str, Any] = json.loads(json.dumps(body))
    for path in paths:
        *before, last = path.split(".")
        there: Any = copy
        for name in before:
            there = there[int(name)] if name.isdecimal() else there.get(name, {})
        if isinstance(there, list):
            del there[int(last)]
        else:
            there.pop(last, None)
    return copy


OUR_KEY = ("biz_opaque_callback_data", "message.metadata")
"""Is with every message of ours, and with some of the recorded ones."""
NOT_OURS = {
    # we make no header, no footer and no descriptions, and need no title for a single section
    "whatsapp_cloud/send_buttons.json": ("interactive.footer",),
    "whatsapp_cloud/send_list.json": (
        "interactive.header",
        "interactive.footer",
        "interactive.action.sections.0.title",
        "interactive.action.sections.0.rows.0.description",
        "interactive.action.sections.0.rows.1.description",
    ),
    # ours has one variable, the answer, and no button
    "whatsapp_cloud/send_template.json": (
        "template.components.1",
        "template.components.0.parameters.1",
    ),
    # our cards have no button but their link's
    "messenger/send_generic_template.json": ("message.attachment.payload.elements.0.buttons.0",),
}
ONLY_OURS = {
    "whatsapp_cloud/send_text_to_bsuid.json": ("text.preview_url",),
    # and open it wherever they are tapped
    "messenger/send_generic_template.json": (
        "message.attachment.payload.elements.0.default_action",
    ),
}


@pytest.mark.parametrize("file", sorted(OURS))
def test_sends_what_the_recorded_body_says(file: str) -> None:
    """But for what it has and ours has not (``NOT_OURS``), and the other way round."""
    wanted, ours = without(fixture(file), *NOT_OURS.get(file, ())), OURS[file]()
    keyed = any(name in json.dumps(wanted) for name in ("metadata", "biz_opaque_callback_data"))
    assert without(ours, *ONLY_OURS.get(file, ()), *(() if keyed else OUR_KEY)) == wanted


def test_shows_that_a_message_was_read_and_is_answered() -> None:
    played = played_by(WHATSAPP)
    channel = WHATSAPP.build(played)
    envelope = {"message": "wamid.VEVTVDAwMDAwMQ=="}
    asyncio.run(channel.seen(Address("whatsapp", PHONE), envelope))
    assert played.seen == [fixture("whatsapp_cloud/mark_read_typing.json")]
    played = played_by(MESSENGER)
    channel = MESSENGER.build(played)
    asyncio.run(channel.seen(Address("messenger", DANA), {"message": "m_1"}))
    assert played.seen[1] == fixture("messenger/typing_on.json")
    assert played.seen[0]["sender_action"] == "mark_seen"
    assert played.wrong == []


def test_every_recorded_body_has_a_test() -> None:
    outbound = {
        one["file"]
        for one in MANIFEST["fixtures"]
        if one["direction"] == "outbound request"
        and one["file"].startswith(("whatsapp_cloud", "messenger", "instagram"))
    }
    signs = {"whatsapp_cloud/mark_read_typing.json", "messenger/typing_on.json"}
    assert outbound == set(OURS) | signs


def test_the_played_provider_takes_metas_own_examples_and_the_recorded_bodies() -> None:
    for name, body in examples().items():
        if "status" in body or body.get("type") == "location":
            continue
        filled = json.loads(json.dumps(body).replace("{{Recipient-Phone-Number}}", "15005550188"))
        assert whatsapp_faults(filled) == [], name
    for file in OURS:
        channel, body = file.partition("/")[0], fixture(file)
        faults = (
            whatsapp_faults(body) if channel == "whatsapp_cloud" else page_faults(channel, body)
        )
        assert faults == [], file


# --- the token ------------------------------------------------------------------------------------


@ALL
def test_the_token_is_in_the_header_and_never_in_the_address(case: Case) -> None:
    played = sent(case, ON_ITS_WAY)
    (request,) = played.calls
    token = case.settings["access_token"]
    assert request.headers["authorization"] == f"Bearer {token}"
    assert token not in str(request.url)
    assert token.encode() not in request.content


def buttons(count: int, title: int = 5) -> Part:
    """As many buttons, with titles of that length."""
    named = [(f"btn_{n}", f"{n:0{title}}") for n in range(count)]
    return Part("Which?", choices=choices(*named))


def listed(count: int, title: int = 5, button: int = 5) -> Part:
    """A list of as many rows, with titles of that length, behind a button with one of that."""
    rows = buttons(count, title).choices
    return Part("Which?", choices=rows, as_list=True, list_title="x" * button)


def card(title: int = 5, subtitle: int = 5, count: int = 1) -> Part:
    one = Card("product", "x" * title, "y" * subtitle, link="https://shop.example/")
    return Part("", cards=(one,) * count, plain="x")


def named(title: int, count: int = 1, text: str = "Which?") -> Part:
    """Quick replies with titles of that length."""
    return replace(buttons(count, title), text=text)


LIMITS = [
    (WHATSAPP, Part("x" * 4096), Part("x" * 4097)),
    (WHATSAPP, buttons(3), buttons(4)),
    (WHATSAPP, buttons(3, 20), buttons(3, 21)),
    (WHATSAPP, replace(buttons(1), text="x" * 1024), replace(buttons(1), text="x" * 1025)),
    (WHATSAPP, listed(10), listed(11)),
    (WHATSAPP, listed(2, 24), listed(2, 25)),
    (WHATSAPP, replace(listed(1), text="x" * 1024), replace(listed(1), text="x" * 1025)),
    (MESSENGER, Part("x" * 2000), Part("x" * 2001)),
    (MESSENGER, named(20), named(21)),
    (MESSENGER, named(5, 13), named(5, 14)),
    (MESSENGER, card(80, 80), card(81)),
    (MESSENGER, card(count=10), card(count=11)),
    (MESSENGER, card(5, 80), card(5, 81)),
    (INSTAGRAM, Part("ő" * 500), Part("ő" * 500 + "x")),
    (INSTAGRAM, named(20), named(21)),
    (INSTAGRAM, named(5, 13), named(5, 14)),
]


@pytest.mark.parametrize(("case", "fits", "does_not"), LIMITS)
def test_the_played_provider_refuses_what_is_one_too_many(
    case: Case, fits: Part, does_not: Part
) -> None:
    assert sent(case, fits).wrong == []
    played = played_by(case)
    to = Address(case.channel.name, case.addresses[0])
    # a card that is refused is told in words
    with contextlib.suppress(Undeliverable):
        asyncio.run(case.build(played).send(to, does_not, key="1"))
    assert played.wrong


def test_a_key_or_a_template_that_is_too_long_is_refused_as_well() -> None:
    for wrong in (
        {"biz_opaque_callback_data": "x" * 513},
        {"to": "+15005550188"},
        {"to": "15005550188", "recipient": USER_ID},
        {"unknown": 1},
    ):
        assert whatsapp_faults({**fixture("whatsapp_cloud/send_text.json"), **wrong}), wrong
    for text in ("two\nlines", "a\ttab", "five     blanks", "x" * 1025, ""):
        body = fixture("whatsapp_cloud/send_template.json")
        body["template"]["components"][0]["parameters"][0]["text"] = text
        assert whatsapp_faults(body), text
    tagged = fixture("messenger/send_human_agent_tag.json")
    for wrong in ({"tag": "ACCOUNT_UPDATE"}, {"messaging_type": "RESPONSE"}):
        assert page_faults("messenger", {**tagged, **wrong}), wrong
    named_by_us = fixture("messenger/send_text.json")
    assert page_faults("instagram", named_by_us)
