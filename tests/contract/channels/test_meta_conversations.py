"""When may be written, and who it is: Meta's windows and identities through the pipeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.brain.base import Message, Thought
from bot.messages import Reply
from bot.shop.scene import current
from channels.base import Request
from tests.contract.channels.case import Case, Said, recorded
from tests.contract.channels.case_meta import (
    BASE,
    INSTAGRAM,
    MESSENGER,
    PHONE,
    USER_ID,
    WHATSAPP,
    change,
    event,
    page,
    whatsapp,
    whatsapp_receipt,
)
from tests.contract.channels.conftest import NOW, Shop
from tests.providers.meta import PlayedMeta

LATER = timedelta(seconds=BASE - NOW.timestamp() + 10)
"""When even what is held back a few seconds has its turn."""
PAGES = pytest.mark.parametrize("case", [MESSENGER, INSTAGRAM], ids=lambda case: case.section)


def opened(shop: Shop, case: Case) -> PlayedMeta:
    played = shop.open(case)
    assert isinstance(played, PlayedMeta)
    return played


def hear(shop: Shop, case: Case, words: str = "hello", number: int = 1) -> None:
    shop.hear(case, Said(case.addresses[0], words, case.idents(number)))


def owner(shop: Shop) -> object:
    return shop.one("SELECT owner FROM conversation")


def both_names(number: int, words: str) -> Request:
    """A WhatsApp message that names phone number and user id."""
    told = {"from": PHONE[1:], "from_user_id": USER_ID, "id": f"wamid.B{number}", "type": "text"}
    told |= {"timestamp": str(BASE + number), "text": {"body": words}}
    return whatsapp(change(messages=[told]))


# --- the window -----------------------------------------------------------------------------------


def with_template(case: Case, **changed: str) -> Case:
    return replace(case, settings={**case.settings, **changed})


def test_a_closed_window_is_answered_with_the_template(shop: Shop) -> None:
    """Meta says by a status that the window was closed; the answer then goes by template."""
    case = with_template(WHATSAPP, template_name="answer", template_language="de")
    played = opened(shop, case)
    hear(shop, case)
    shop.answer()
    shop.deliver()
    (first,) = played.taken
    told = {"id": first.id, "status": "failed", "timestamp": str(BASE), "recipient_id": "1"}
    told |= {"errors": [{"code": 131047}], "biz_opaque_callback_data": first.key}
    shop.call(case, whatsapp(change(statuses=[told])))
    played.closed.add(PHONE[1:])
    shop.deliver(LATER)
    template = played.bodies[-1]["template"]
    assert (template["name"], template["language"]) == ("answer", {"code": "de"})
    assert played.taken[-1].shown == "heard: hello"
    assert shop.all("SELECT state FROM outbox") == [("sent",)]
    # a template that fails as well is not tried for ever
    shop.call(case, whatsapp_receipt(played.taken[-1].id, first.key, "failed"))
    shop.deliver(timedelta(days=1))
    assert shop.all("SELECT state, provider_code FROM outbox") == [("failed", "131026")]


@pytest.mark.parametrize("case", [WHATSAPP, MESSENGER, INSTAGRAM], ids=lambda case: case.section)
def test_a_day_later_the_bot_says_no_more_and_the_desk_hears_why(case: Case, shop: Shop) -> None:
    played = opened(shop, case)
    hear(shop, case)
    shop.answer()
    shop.now += timedelta(hours=25)
    shop.deliver()
    assert played.taken == []
    assert played.calls == [call for call in played.calls if not played.is_message(call)]
    assert shop.all("SELECT state, error FROM outbox") == [("failed", "outside_window")]
    assert shop.one("SELECT body ->> 'error' FROM message WHERE author = 'note'") == (
        "outside_window"
    )


@PAGES
@pytest.mark.parametrize("approved", ["yes", "no"])
def test_a_person_may_answer_later_where_meta_has_approved_that(
    case: Case, shop: Shop, approved: str
) -> None:
    played = opened(shop, with_template(case, human_agent=approved))
    hear(shop, case)
    shop.answer()
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET author = 'person'"))
    played.closed.add(case.addresses[0])
    shop.now += timedelta(hours=25)
    shop.deliver()
    wanted = [("sent", None)] if approved == "yes" else [("failed", "outside_window")]
    assert shop.all("SELECT state, error FROM outbox") == wanted
    assert [body.get("tag") for body in played.bodies] == ["HUMAN_AGENT"] * len(played.taken)


# --- who it is ------------------------------------------------------------------------------------


def add_customer(shop: Shop) -> None:
    with shop.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO customer (id, first_name, last_name) VALUES ('c1', 'Dana', 'Berg')")
        )
        connection.execute(
            text("INSERT INTO customer_phone (customer_id, phone, position) VALUES ('c1', :p, 0)"),
            {"p": PHONE},
        )


def knows(message: Message) -> Thought:
    """Says back whether the writer is known."""
    scene = current()
    assert scene is not None
    reply = Reply("utter_x", f"customer: {scene.who.customer_id}")
    return Thought((reply,), "x", 1.0, (), (), {})


def test_a_phone_number_on_file_is_a_customer_and_a_user_id_alone_is_nobody(shop: Shop) -> None:
    played = opened(shop, WHATSAPP)
    add_customer(shop)
    for number, who in enumerate((PHONE, USER_ID), start=1):
        shop.hear(WHATSAPP, Said(who, "who am I", WHATSAPP.idents(number)))
    shop.answer(knows)
    shop.deliver()
    assert {taken.to: taken.shown for taken in played.taken} == {
        PHONE[1:]: "customer: c1",
        USER_ID: "customer: None",
    }


def test_a_picture_without_words_is_kept_and_is_no_shared_phone_number(shop: Shop) -> None:
    played = opened(shop, WHATSAPP)
    add_customer(shop)
    told = {"from": PHONE[1:], "id": "wamid.1", "timestamp": str(BASE), "type": "image"}
    told |= {"image": {"id": "77", "mime_type": "image/jpeg"}}
    shop.call(WHATSAPP, whatsapp(change(messages=[told])))
    shop.answer()
    shop.deliver()
    assert "utter_media_received" in played.taken[-1].shown


def test_whoever_opens_the_chat_is_greeted_and_asks_nothing_yet(shop: Shop) -> None:
    """Also when their number is vouched for: nobody has shared one."""
    opened(shop, WHATSAPP)
    told = {"from": PHONE[1:], "id": "wamid.1", "timestamp": str(BASE), "type": "request_welcome"}
    shop.call(WHATSAPP, whatsapp(change(messages=[told])))
    payloads: list[str | None] = []

    def think(message: Message) -> Thought:
        payloads.append(message.payload)
        return Thought((Reply("utter_greet", "Hello"),), "greet", 1.0, (), (), {})

    shop.answer(think)
    assert payloads == ["/greet"]


def test_a_call_with_both_names_links_them_and_either_finds_the_conversation(shop: Shop) -> None:
    opened(shop, WHATSAPP)
    shop.hear(WHATSAPP, Said(PHONE, "one", WHATSAPP.idents(1)))
    shop.call(WHATSAPP, both_names(2, "two"))
    shop.hear(WHATSAPP, Said(USER_ID, "three", WHATSAPP.idents(3)))
    assert shop.all("SELECT count(*) FROM conversation") == [(1,)]
    assert shop.answer().heard == ["one", "two", "three"]


@pytest.mark.parametrize("known_by", ["phone", "both"])
def test_a_changed_number_proves_nothing_any_more(shop: Shop, known_by: str) -> None:
    opened(shop, WHATSAPP)
    if known_by == "phone":
        shop.hear(WHATSAPP, Said(PHONE, "hello", WHATSAPP.idents(1)))
    else:
        shop.call(WHATSAPP, both_names(1, "hello"))
    shop.answer()
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE conversation SET customer_id = 'c1', level = 2"))
    shop.call(WHATSAPP, recorded("whatsapp_cloud/system_user_changed_number.json"))
    shop.answer()
    assert shop.all("SELECT customer_id, level FROM conversation") == [(None, 0)]
    # whoever has the number next is somebody else
    shop.hear(WHATSAPP, Said(PHONE, "new here", WHATSAPP.idents(9)))
    shop.answer()
    assert shop.one("SELECT count(*) FROM conversation") == 2


def test_a_message_taken_back_is_blanked_and_an_edit_is_no_turn(shop: Shop) -> None:
    opened(shop, INSTAGRAM)
    shop.call(INSTAGRAM, recorded("instagram/text.json"))
    shop.answer()
    edit = {"mid": "aWdfZAG1f1", "text": "in L?", "num_edit": 1}
    who = "5678901234567890"
    shop.call(INSTAGRAM, page("instagram", event("instagram", who, message_edit=edit)))
    shop.answer()
    customer = "SELECT text FROM message WHERE author = 'customer'"
    assert shop.all(customer) == [("in L?",)]
    shop.call(INSTAGRAM, recorded("instagram/deleted_unsent.json"))
    shop.answer()
    assert shop.all(customer) == [("",)]
    assert shop.one("SELECT count(*) FROM turn") == 1
    assert shop.one("SELECT string_agg(text, '') FROM inbox WHERE kind = 'message'") == ""


# --- hostile and strange --------------------------------------------------------------------------


@pytest.mark.parametrize("strange", ["a\x00b", "\ud800", "\u202e\u200b", "x" * 5000])
def test_strange_characters_anywhere_are_stored_and_never_break(shop: Shop, strange: str) -> None:
    opened(shop, WHATSAPP)
    opened(shop, MESSENGER)
    message: dict[str, Any] = {"mid": "m_1", "text": strange}
    message |= {"quick_reply": {"payload": strange}, "reply_to": {"mid": strange}}
    message |= {"attachments": [{"type": "image", "payload": {"url": f"https://x/{strange}"}}]}
    shop.call(MESSENGER, page("messenger", event("messenger", "1", message=message)))
    contact = {"name": {"formatted_name": strange}, "phones": [{"phone": strange}]}
    told = {"from": PHONE[1:], "id": "wamid.1", "timestamp": str(BASE), "type": "contacts"}
    status = {"id": strange, "status": "sent", "biz_opaque_callback_data": strange}
    call = change(messages=[told | {"contacts": [contact]}], statuses=[status])
    shop.call(WHATSAPP, whatsapp(call))
    shop.answer()
    assert shop.one("SELECT count(*) FROM turn") == 2
    assert shop.one("SELECT count(*) FROM media") == 2
