"""What WhatsApp's calls become where the shared suite and the recorded calls cannot know it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.messages import Ignored, Inbound, Kind, Receipt, Status, Unread
from channels.base import Request
from tests.contract.channels.case import recorded
from tests.contract.channels.case_meta import BASE, PHONE, USER_ID, WHATSAPP, change, whatsapp
from tests.contract.channels.reading import one, read

NOW = datetime.fromtimestamp(BASE, UTC)


def written(**message: Any) -> Request:
    """A WhatsApp message of Dana's, whose number and id are known."""
    contact = {"profile": {"name": "Dana"}, "wa_id": PHONE[1:], "user_id": USER_ID}
    told = {"from": PHONE[1:], "id": "wamid.1", "timestamp": str(BASE), **message}
    return whatsapp(change(contacts=[contact], messages=[told]))


# --- who has written ------------------------------------------------------------------------------


def test_the_user_id_is_the_address_and_the_phone_number_another_name_of_it() -> None:
    inbound = one(WHATSAPP, recorded("whatsapp_cloud/text.json"))
    assert inbound.address.value == USER_ID
    assert inbound.aliases == (PHONE,)
    assert (inbound.proven, inbound.vouched) == (True, ("phone", PHONE))


def test_a_phone_number_alone_is_the_address() -> None:
    inbound = one(WHATSAPP, recorded("whatsapp_cloud/text_no_user_id.json"))
    assert (inbound.address.value, inbound.aliases) == (PHONE, ())
    assert inbound.vouched == ("phone", PHONE)


@pytest.mark.parametrize("file", ["text_username_no_phone", "text_bsuid_in_from"])
def test_without_a_phone_number_nothing_is_vouched_for(file: str) -> None:
    inbound = one(WHATSAPP, recorded(f"whatsapp_cloud/{file}.json"))
    assert (inbound.address.value, inbound.aliases) == (USER_ID, ())
    assert (inbound.proven, inbound.vouched) == (False, None)


def test_what_the_message_leaves_out_of_the_pair_stands_with_the_contact() -> None:
    inbound = one(WHATSAPP, written(type="text", text={"body": "hello"}))
    assert (inbound.address.value, inbound.aliases) == (USER_ID, (PHONE,))


def test_somebody_elses_contact_is_not_taken_for_the_senders() -> None:
    contact = {"wa_id": "15005550199", "user_id": "US.999"}
    told = {"from": PHONE[1:], "id": "wamid.1", "timestamp": str(BASE), "type": "text"}
    told |= {"text": {"body": "hello"}}
    inbound = one(WHATSAPP, whatsapp(change(contacts=[contact], messages=[told])))
    assert (inbound.address.value, inbound.aliases) == (PHONE, ())


def test_the_id_of_a_parent_business_is_no_address() -> None:
    parent = "US.ENT.11815799212886844830"
    told = {"from": PHONE[1:], "from_user_id": parent, "id": "wamid.1", "type": "text"}
    inbound = one(WHATSAPP, whatsapp(change(messages=[told | {"text": {"body": "hi"}}])))
    assert inbound.address.value == PHONE


def test_a_message_from_nobody_is_kept_and_the_next_one_read() -> None:
    text = {"type": "text", "text": {"body": "hello"}, "timestamp": str(BASE)}
    nobody, dana = {"id": "wamid.1", **text}, {"id": "wamid.2", "from": PHONE[1:], **text}
    unread, inbound = read(WHATSAPP, whatsapp(change(messages=[nobody, dana])))
    assert isinstance(unread, Unread)
    assert isinstance(inbound, Inbound)


# --- when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("written_as", [str(BASE), BASE, str(BASE * 1000)])
def test_reads_metas_time_in_seconds_and_in_milliseconds(written_as: object) -> None:
    request = written(type="text", text={"body": "hello"}, timestamp=written_as)
    inbound = one(WHATSAPP, request)
    assert inbound.received_at == NOW
    assert inbound.sequence == BASE * 1000


@pytest.mark.parametrize("given", [None, "", "soon", -1, [1], "9" * 30])
def test_a_time_that_cannot_be_read_costs_no_message(given: object) -> None:
    inbound = one(WHATSAPP, written(type="text", text={"body": "hello"}, timestamp=given))
    assert abs(inbound.received_at - datetime.now(UTC)).total_seconds() < 3600


# --- WhatsApp: what was written -------------------------------------------------------------------


def test_a_place_a_contact_a_form_and_an_order_are_kept_in_words() -> None:
    kept = {
        "location": "37.44221496582,-122.16165924072\nCafe\n101 Forest Ave\nhttps://example.com/",
        "contacts": "Lucía Gómez +1 (500) 555-0199",
        "flow_nfm_reply": '{"flow_token":"t1","reason":"damaged"}',
        "order": "2 x sku-1: 30 USD",
    }
    for file, content in kept.items():
        (media,) = one(WHATSAPP, recorded(f"whatsapp_cloud/{file}.json")).media
        assert media.data is not None
        assert media.data.decode() == content


def test_a_files_name_is_only_a_name() -> None:
    inbound = one(WHATSAPP, recorded("whatsapp_cloud/document.json"))
    assert inbound.media[0].name == 'invoice "1042".pdf'
    hostile = {"id": "1", "filename": "../../etc/passwd\x00"}
    inbound = one(WHATSAPP, written(type="document", document=hostile))
    assert inbound.media[0].name == "passwd"


def test_a_kind_nobody_knows_is_answered_all_the_same() -> None:
    inbound = one(WHATSAPP, written(type="hologram", hologram={"id": "1"}))
    assert inbound.kind is Kind.MESSAGE
    assert inbound.media[0].ref == "unsupported:hologram"


def test_a_tap_on_a_templates_button_says_what_stands_on_it() -> None:
    inbound = one(WHATSAPP, recorded("whatsapp_cloud/template_quick_reply_button.json"))
    assert (inbound.text, inbound.choice) == ("Stop promotions", "btn_stop_promos")


@pytest.mark.parametrize(
    "message",
    [
        {"type": "sticker", "sticker": {"id": "1"}},
        {"type": "reaction", "reaction": {"emoji": "👍", "message_id": "wamid.0"}},
        {"type": "text", "text": {"body": "all of you"}, "group_id": "g1"},
        {"type": "text", "text": {"body": "  "}},
        {"type": "system", "system": {"type": "customer_identity_changed", "body": "x"}},
    ],
    ids=["sticker", "reaction", "group", "empty", "system"],
)
def test_ignores_what_is_no_question(message: dict[str, Any]) -> None:
    (ignored,) = read(WHATSAPP, written(**message))
    assert isinstance(ignored, Ignored)


def test_whoever_opens_the_chat_is_greeted() -> None:
    inbound = one(WHATSAPP, written(type="request_welcome"))
    assert (inbound.kind, inbound.text) == (Kind.START, "")


def test_an_edit_and_a_deletion_name_the_message_they_are_of() -> None:
    """Both come from businesses that use the WhatsApp Business app beside this."""
    edit = {"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "new"}}}
    edited = one(WHATSAPP, written(type="edit", edit=edit))
    assert (edited.kind, edited.text, edited.envelope) == (Kind.EDITED, "new", {"of": "wamid.0"})
    deleted = one(WHATSAPP, written(type="revoke", revoke={"original_message_id": "wamid.0"}))
    assert (deleted.kind, deleted.envelope) == (Kind.DELETED, {"of": "wamid.0"})


def test_what_the_shop_writes_on_its_own_phone_is_a_person_taking_over() -> None:
    told = {"from": "15005550100", "to": PHONE[1:], "id": "wamid.9", "timestamp": str(BASE)}
    told |= {"type": "text", "text": {"body": "Eva here"}}
    inbound = one(WHATSAPP, whatsapp(change("smb_message_echoes", message_echoes=[told])))
    assert (inbound.kind, inbound.text, inbound.address.value) == (Kind.TAKEN, "Eva here", PHONE)
    assert not inbound.proven


def test_a_changed_number_is_told_of_the_old_one() -> None:
    changed = one(WHATSAPP, recorded("whatsapp_cloud/system_user_changed_number.json"))
    assert (changed.address.value, changed.envelope) == (PHONE, {"was": PHONE})
    assert (changed.proven, changed.vouched, changed.aliases) == (False, None, ())


def test_a_changed_user_id_is_told_of_the_old_one() -> None:
    body = f"User Dana changed from {USER_ID} to US.777"
    system = {"type": "user_changed_user_id", "user_id": "US.777", "body": body}
    told = {"id": "wamid.8", "timestamp": str(BASE), "type": "system", "system": system}
    changed = one(WHATSAPP, whatsapp(change(messages=[told])))
    assert (changed.kind, changed.address.value) == (Kind.NUMBER_CHANGED, USER_ID)


# --- WhatsApp: how far a message came -------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (131047, "outside_window"),
        (131026, "undeliverable"),
        (131056, "throttled"),
        (190, "account_refused"),
        (999999, "undeliverable"),
    ],
)
def test_a_failure_is_named_by_its_code(code: int, error: str) -> None:
    told = {"id": "wamid.1", "status": "failed", "timestamp": str(BASE), "errors": [{"code": code}]}
    (receipt,) = read(WHATSAPP, whatsapp(change(statuses=[told])))
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.code, receipt.error) == (Status.FAILED, str(code), error)


def test_a_failure_without_a_code_is_one_all_the_same() -> None:
    told = {"id": "wamid.1", "status": "failed", "timestamp": str(BASE)}
    (receipt,) = read(WHATSAPP, whatsapp(change(statuses=[told])))
    assert isinstance(receipt, Receipt)
    assert (receipt.code, receipt.error) == (None, "undeliverable")


def test_a_status_nobody_knows_is_ignored_and_a_voice_message_that_was_heard_is_read() -> None:
    told = [{"id": "wamid.1", "status": status} for status in ("deleted", "played")]
    ignored, receipt = read(WHATSAPP, whatsapp(change(statuses=told)))
    assert isinstance(ignored, Ignored)
    assert isinstance(receipt, Receipt)
    assert receipt.status is Status.READ
