"""How parts become Meta's messages: files, lists and cards, and what is left after the window."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bot.errors import MaybeSent, OutsideWindow, Undeliverable
from bot.messages import Address, Card, Choice, Media, Part
from channels.meta_bodies import by_a_person
from tests.contract.channels.case import FIXTURES, Case
from tests.contract.channels.case_meta import CASES, INSTAGRAM, MESSENGER, PHONE, WHATSAPP
from tests.providers.meta import PlayedMeta, Refusal

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

# --- parts ----------------------------------------------------------------------------------------


def test_whatsapp_writes_a_text_under_its_file() -> None:
    jpeg = Media("https://shop.example/a.jpg", "image/jpeg")
    pdf = Media("https://shop.example/label.pdf", "application/pdf", "label.pdf")
    played = sent(WHATSAPP, Part("Your label", media=(jpeg, pdf)))
    image, document = played.bodies
    assert image["image"] == {"link": jpeg.ref}
    assert "biz_opaque_callback_data" not in image
    assert document["document"] == {
        "link": pdf.ref,
        "filename": "label.pdf",
        "caption": "Your label",
    }
    assert document["biz_opaque_callback_data"] == KEY


@pytest.mark.parametrize(
    "part",
    [
        Part("x" * 1025, media=(Media("https://shop.example/a.jpg", "image/jpeg"),)),
        Part("hello", media=(Media("https://shop.example/a.ogg", "audio/ogg"),)),
        Part("hello", choices=YES_NO, media=(Media("https://shop.example/a.jpg", "image/jpeg"),)),
    ],
    ids=["long", "audio", "buttons"],
)
def test_whatsapp_sends_words_that_do_not_go_with_a_file_after_it(part: Part) -> None:
    file, words = sent(WHATSAPP, part).bodies
    assert file["type"] in ("image", "audio")
    assert words["type"] in ("text", "interactive")


@PAGES
def test_a_page_sends_files_before_words(case: Case) -> None:
    files = (
        Media("https://shop.example/a.jpg", "image/jpeg"),
        Media("https://shop.example/label.pdf", "application/pdf", "label.pdf"),
    )
    *sent_files, words = sent(case, Part("Your label", media=files)).bodies
    kinds = [body["message"]["attachment"]["type"] for body in sent_files]
    assert kinds == ["image", "file"]
    assert words["message"]["text"] == "Your label"


def test_only_messenger_takes_our_key_along() -> None:
    assert sent(MESSENGER, ON_ITS_WAY).taken[0].key == KEY
    assert sent(WHATSAPP, ON_ITS_WAY).taken[0].key == KEY
    assert sent(INSTAGRAM, ON_ITS_WAY).taken[0].key == ""


def test_a_list_without_a_sentence_on_its_button_counts_its_rows() -> None:
    ten = choices(*((f"row_{n}", f"Order {n}") for n in range(10)))
    (body,) = sent(WHATSAPP, Part("Which?", choices=ten, as_list=True)).bodies
    assert body["interactive"]["action"]["button"] == "1–10"


def test_a_picture_nobody_can_load_is_told_in_words() -> None:
    part = Part("", cards=(CARD,), plain="Order 1042\nhttps://shop.example/o/1042")
    for case in (MESSENGER, INSTAGRAM):
        played = played_by(case)
        played.refusals.append(Refusal(100))
        channel = case.build(played)
        to = Address(case.channel.name, case.addresses[0])
        asyncio.run(channel.send(to, part, key="1"))
        (taken,) = played.taken
        assert taken.shown == part.plain
        assert taken.choices == ()


def test_what_is_in_doubt_is_not_told_in_words_as_well() -> None:
    part = Part("", cards=(CARD,), plain="Order 1042")
    played = played_by(MESSENGER)
    played.refusals.append(Refusal(2, 500))
    with pytest.raises(MaybeSent):
        asyncio.run(MESSENGER.build(played).send(Address("messenger", DANA), part, key="1"))
    assert len(played.bodies) == 1


@ALL
def test_nothing_is_not_sent(case: Case) -> None:
    with pytest.raises(Undeliverable):
        sent(case, Part(""))


def test_a_customer_who_left_their_address_is_not_written_to() -> None:
    with pytest.raises(Undeliverable):
        sent(WHATSAPP, ON_ITS_WAY, to="former:0123")


# --- the window -----------------------------------------------------------------------------------

LATE = Part("Yes.\n\n1.  one\t2. two", plain="Yes.\n\n1.  one\t2. two", window_open=False)


def test_a_templates_variable_is_one_line() -> None:
    (body,) = sent(WHATSAPP, LATE, template_name="answer").bodies
    (component,) = body["template"]["components"]
    assert component["parameters"] == [{"type": "text", "text": "Yes. 1. one 2. two"}]
    assert body["template"]["language"] == {"code": "en"}


@pytest.mark.parametrize(
    ("part", "settings"),
    [
        (LATE, {}),
        (Part("x" * 1025, window_open=False), {"template_name": "answer"}),
        (Part("", window_open=False), {"template_name": "answer"}),
    ],
    ids=["no template", "too long", "nothing"],
)
def test_without_a_template_that_takes_it_nothing_is_sent(
    part: Part, settings: dict[str, str]
) -> None:
    channel = WHATSAPP.build(None, **settings)
    with pytest.raises(OutsideWindow):
        asyncio.run(channel.send(Address("whatsapp", PHONE), part, key="1"))


def test_a_window_that_closed_earlier_than_we_thought_is_answered_by_template_at_once() -> None:
    played = played_by(WHATSAPP)
    played.closed.add(PHONE[1:])
    channel = WHATSAPP.build(played, template_name="answer")
    asyncio.run(channel.send(Address("whatsapp", PHONE), ON_ITS_WAY, key="1"))
    assert [body["type"] for body in played.bodies] == ["text", "template"]


@PAGES
def test_a_person_writes_as_one_when_the_window_closed_earlier_than_we_thought(case: Case) -> None:
    played = played_by(case)
    played.closed.add(case.addresses[0])
    to = Address(case.channel.name, case.addresses[0])
    part = Part("Eva here", by_person=True)
    asyncio.run(case.build(played, human_agent="yes").send(to, part, key="1"))
    assert [body.get("tag") for body in played.bodies] == [None, "HUMAN_AGENT"]


@PAGES
@pytest.mark.parametrize("open_", [True, False], ids=["open", "closed"])
def test_the_bot_never_uses_the_tag_for_people(case: Case, open_: bool) -> None:
    played = played_by(case)
    played.closed.add(case.addresses[0])
    to = Address(case.channel.name, case.addresses[0])
    channel = case.build(played, human_agent="yes")
    with pytest.raises(OutsideWindow):
        asyncio.run(channel.send(to, Part("hello", window_open=open_), key="1"))
    assert not any("tag" in body for body in played.bodies)
    with pytest.raises(AssertionError):
        by_a_person(Part("hello", window_open=False))
