"""What Messenger's and Instagram's calls become where the shared suite cannot know it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.messages import Ignored, Inbound, Kind, Receipt, Status, Unread
from channels.base import Request
from tests.contract.channels import case_meta
from tests.contract.channels.case import Case
from tests.contract.channels.case_meta import (
    BASE,
    INSTAGRAM,
    MESSENGER,
    OBJECTS,
    echo,
    event,
    page,
)
from tests.contract.channels.reading import one, read
from tests.providers.meta import APP_ID

NOW = datetime.fromtimestamp(BASE, UTC)
OTHER_APP = 263902037430900


def sent_to(case: Case, **message: Any) -> Request:
    """A message of a customer's on Messenger or Instagram."""
    told = {"mid": "m_1", **message}
    return page(case.section, event(case.section, case.addresses[0], message=told))


PAGES = pytest.mark.parametrize("case", [MESSENGER, INSTAGRAM], ids=lambda case: case.section)


@PAGES
def test_a_page_vouches_for_nobody(case: Case) -> None:
    inbound = one(case, sent_to(case, text="hello"))
    assert (inbound.proven, inbound.vouched, inbound.aliases) == (False, None, ())


@PAGES
def test_an_ice_breaker_says_what_stands_on_it(case: Case) -> None:
    postback = {"mid": "m_7", "title": "Where is my order?", "payload": "ICE_TRACK"}
    inbound = one(case, page(case.section, event(case.section, "1", postback=postback)))
    assert (inbound.text, inbound.choice) == ("Where is my order?", "ICE_TRACK")
    assert inbound.envelope == {"message": "m_7"}


@PAGES
def test_an_event_without_an_id_has_the_same_one_whenever_it_comes(case: Case) -> None:
    postback = {"title": "Get started", "payload": "GET_STARTED"}
    first, other = (
        [page(case.section, event(case.section, "1", at, postback=postback)) for at in (1, 1, 2)][n]
        for n in (0, 2)
    )
    assert one(case, first).external_id == one(case, first).external_id
    assert one(case, first).external_id != one(case, other).external_id


@PAGES
def test_files_are_named_by_their_address_and_stickers_are_no_question(case: Case) -> None:
    attachments = [
        {"type": "image", "payload": {"url": "https://scontent.fbcdn.net/1.jpg"}},
        {"type": "image", "payload": {"url": "https://x.fbcdn.net/like.png", "sticker_id": 369}},
        {"type": "file", "payload": {"url": "https://cdn.fbsbx.com/a.pdf"}},
        {"type": "location", "payload": {"coordinates": {"lat": 47.5, "long": 19.0}}},
    ]
    inbound = one(case, sent_to(case, attachments=attachments))
    assert [media.ref for media in inbound.media] == [
        "https://scontent.fbcdn.net/1.jpg",
        "https://cdn.fbsbx.com/a.pdf",
        "location:47.5,19.0",
    ]


@PAGES
def test_the_preview_of_a_link_is_no_file_and_a_shared_post_is_kept(case: Case) -> None:
    shared = [{"type": "fallback", "payload": {"url": "https://shop.example/tent"}}]
    inbound = one(case, sent_to(case, text="https://shop.example/tent", attachments=shared))
    assert inbound.media == ()
    (media,) = one(case, sent_to(case, attachments=shared)).media
    assert media.data == b"https://shop.example/tent"


@PAGES
def test_a_message_meta_does_not_pass_on_is_answered(case: Case) -> None:
    for nothing in ({}, {"is_unsupported": True}, {"attachments": [{"type": "ephemeral"}]}):
        inbound = one(case, sent_to(case, **nothing))
        assert inbound.media


@PAGES
def test_an_edit_and_a_deletion_are_no_repeats_of_their_message(case: Case) -> None:
    edit = {"mid": "m_1", "text": "new", "num_edit": 1}
    edited = one(case, page(case.section, event(case.section, "1", message_edit=edit)))
    assert (edited.kind, edited.text, edited.envelope) == (Kind.EDITED, "new", {"of": "m_1"})
    deleted = one(case, sent_to(case, is_deleted=True))
    assert (deleted.kind, deleted.envelope) == (Kind.DELETED, {"of": "m_1"})
    assert len({edited.external_id, deleted.external_id, "m_1"}) == 3


@PAGES
@pytest.mark.parametrize("what", ["referral", "optin", "account_linking", "app_roles", "reaction"])
def test_ignores_events_nobody_asked_for(case: Case, what: str) -> None:
    told = event(case.section, "1", **{what: {"ref": "order-1042"}})
    (ignored,) = read(case, page(case.section, told))
    assert isinstance(ignored, Ignored)


@PAGES
def test_ignores_what_we_did_ourselves_and_what_stands_on_the_page(case: Case) -> None:
    ours = OBJECTS[case.section][1]
    said = event(case.section, ours, message={"mid": "m_1", "text": "hello"})
    comment = {"field": "comments", "value": {"text": "nice"}}
    no_words = event(case.section, "1", message_edit={"mid": "m_1", "num_edit": 0})
    for request in (
        page(case.section, said),
        page(case.section, comment, listed="changes"),
        page(case.section, no_words),
        page(case.section),
        echo(case.section, "1", {"mid": "m_9", "is_deleted": True}),
    ):
        (ignored,) = read(case, request)
        assert isinstance(ignored, Ignored)


@PAGES
def test_a_tap_without_words_is_a_tap(case: Case) -> None:
    inbound = one(case, sent_to(case, quick_reply={"payload": "btn_1"}))
    assert (inbound.choice, inbound.media) == ("btn_1", ())


@PAGES
def test_ignores_what_is_said_while_another_has_the_conversation(case: Case) -> None:
    told = event(case.section, "1", message={"mid": "m_1", "text": "are you there?"})
    (ignored,) = read(case, page(case.section, told, listed="standby"))
    assert isinstance(ignored, Ignored)


@PAGES
@pytest.mark.parametrize(
    ("event_name", "owner", "kind"),
    [
        ("pass_thread_control", APP_ID, Kind.RETURNED),
        ("pass_thread_control", str(OTHER_APP), Kind.TAKEN),
        ("pass_thread_control", int(APP_ID), Kind.RETURNED),
        ("pass_thread_control", None, Kind.RETURNED),
        ("take_thread_control", str(OTHER_APP), Kind.TAKEN),
        ("take_thread_control", None, Kind.TAKEN),
        ("take_thread_control", APP_ID, Kind.RETURNED),
    ],
)
def test_whoever_gets_the_conversation_answers(
    case: Case, event_name: str, owner: object, kind: Kind
) -> None:
    told = event(case.section, "1", **{event_name: {"new_owner_app_id": owner}})
    inbound = one(case, page(case.section, told))
    assert (inbound.kind, inbound.address.value) == (kind, "1")


@PAGES
def test_our_own_apps_echo_is_a_receipt_with_our_key(case: Case) -> None:
    message = {"mid": "m_9", "app_id": int(APP_ID), "metadata": "42", "text": "hello"}
    (receipt,) = read(case, echo(case.section, "1", message))
    assert isinstance(receipt, Receipt)
    assert (receipt.provider_id, receipt.key, receipt.status) == ("m_9", "42", Status.SENT)


@PAGES
def test_another_apps_echo_is_a_person(case: Case) -> None:
    message = {"mid": "m_9", "app_id": OTHER_APP, "text": "Eva here"}
    inbound = one(case, echo(case.section, "1", message))
    assert (inbound.kind, inbound.text, inbound.address.value) == (Kind.TAKEN, "Eva here", "1")


def test_an_echo_without_an_app_is_a_person_on_messenger_and_an_echo_on_instagram() -> None:
    message = {"mid": "m_9", "text": "hello"}
    assert one(MESSENGER, echo("messenger", "1", message)).kind is Kind.TAKEN
    inbound = one(INSTAGRAM, echo("instagram", "1", message))
    assert (inbound.kind, inbound.envelope) == (Kind.ECHO, {"id": "m_9"})


def test_a_delivery_is_of_its_messages_and_a_reading_of_all_up_to_then() -> None:
    delivery = {"mids": ["m_1", "m_2"], "watermark": BASE * 1000}
    receipts = read(MESSENGER, page("messenger", event("messenger", "1", delivery=delivery)))
    assert [one.provider_id for one in receipts if isinstance(one, Receipt)] == ["m_1", "m_2"]
    for told in ({"delivery": {"watermark": BASE * 1000}}, {"read": {"watermark": BASE * 1000}}):
        (receipt,) = read(MESSENGER, page("messenger", event("messenger", "1", **told)))
        assert isinstance(receipt, Receipt)
        assert (receipt.provider_id, receipt.key, receipt.address) == ("", "", "1")
        assert receipt.at == NOW


# --- all three ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", case_meta.CASES, ids=lambda case: case.section)
def test_one_that_cannot_be_read_takes_no_other_with_it(case: Case) -> None:
    """Meta sends a call again as a whole, for days; the others of it must not wait for a mender."""
    good = case.says([case_said(case, 1), case_said(case, 2)])
    body = json.loads(good.body)
    (entry,) = body["entry"]
    things = entry["changes"] if "changes" in entry else entry["messaging"]
    things.insert(1, {"field": "messages", "value": 7, "message": 7})
    entries = [7, *body["entry"], {"id": None}]
    arrivals = read(case, case_meta.call(case.section, {**body, "entry": entries}))
    assert [one.text for one in arrivals if isinstance(one, Inbound)] == ["number 1", "number 2"]
    assert sum(isinstance(one, Unread) for one in arrivals) == 3


@pytest.mark.parametrize("case", case_meta.CASES, ids=lambda case: case.section)
def test_a_call_about_another_product_is_ignored(case: Case) -> None:
    body = json.loads(case.says([case_said(case, 1)]).body)
    (ignored,) = read(case, case_meta.call(case.section, {**body, "object": "user"}))
    assert isinstance(ignored, Ignored)


def case_said(case: Case, number: int) -> case_meta.Said:
    return case_meta.Said(case.addresses[0], f"number {number}", case.idents(number))
