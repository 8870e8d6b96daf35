"""What only Twilio brings: the carriers' words, forms of many kinds, receipts with codes."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadPayload
from bot.messages import Address, Arrival, Ignored, Inbound, Kind, Receipt, Status
from channels.base import Provider
from channels.twilio_errors import CODES
from channels.twilio_reading import HELP, OPT_IN, OPT_OUT, STATUSES
from tests.contract.channels.case import PUBLIC, SECRETS, Said, cases
from tests.contract.channels.case_twilio import (
    ANN,
    TOKEN,
)
from tests.contract.channels.conftest import Shop
from tests.providers.twilio_forms import ACCOUNT, NUMBER, called, inbound, receipt
from tests.scripted_brain import offering

SMS, WHATSAPP = cases()["sms"], cases()["whatsapp_twilio"]
IN_SMS, IN_WHATSAPP = f"{PUBLIC}/in/sms", f"{PUBLIC}/in/whatsapp"
BSUID = "US.13491208655302741918"


def read(channel: Provider, url: str, form: dict[str, str]) -> Arrival:
    request = called(url, form)
    channel.verify(request)
    (arrival,) = channel.parse(request)
    return arrival


def texted(text: str = "hello", **form: str) -> Arrival:
    given = inbound("SM1", ANN, NUMBER, text) | form
    return read(SMS.build(), IN_SMS, given)


def messaged(text: str = "hello", **form: str) -> Arrival:
    given = inbound("SM1", f"whatsapp:{ANN}", f"whatsapp:{NUMBER}", text) | form
    return read(WHATSAPP.build(), IN_WHATSAPP, given)


def message(arrival: Arrival) -> Inbound:
    assert isinstance(arrival, Inbound)
    return arrival


# --- the carriers' words --------------------------------------------------------------------------


@pytest.mark.parametrize("word", sorted(OPT_OUT | OPT_IN | HELP))
@pytest.mark.parametrize("shape", [str.upper, str.lower, lambda w: f" {w.title()}\n"])
def test_a_carriers_word_alone_is_no_message(word: str, shape: object) -> None:
    arrival = message(texted(shape(word)))  # type: ignore[operator]
    assert arrival.kind is Kind.CONSENT
    wanted = "out" if word in OPT_OUT else "in" if word in OPT_IN else None
    assert arrival.consent == wanted


@given(st.sampled_from(sorted(OPT_OUT | OPT_IN | HELP)), st.sampled_from(["my order", "1042", "?"]))
def test_a_carriers_word_among_others_is_a_message(word: str, rest: str) -> None:
    for text in (f"{word} {rest}", f"{rest} {word}", f"{word}{rest}"):
        arrival = message(texted(text))
        assert (arrival.kind, arrival.consent, arrival.text) == (Kind.MESSAGE, None, text)


def test_what_the_shop_chose_as_its_words_counts_by_what_twilio_says_of_it() -> None:
    for said, consent in (("STOP", "out"), ("START", "in"), ("HELP", None)):
        arrival = message(texted("ARRET", OptOutType=said))
        assert (arrival.kind, arrival.consent) == (Kind.CONSENT, consent)


def test_yes_opts_in_and_is_an_answer_as_well() -> None:
    for form in ({}, {"OptOutType": "START"}):
        arrival = message(texted("Yes", **form))
        assert (arrival.kind, arrival.consent, arrival.text) == (Kind.MESSAGE, "in", "Yes")


@pytest.mark.parametrize("word", ["STOP", "CANCEL", "YES", "HELP", "START"])
def test_on_whatsapp_they_are_words_like_others(word: str) -> None:
    arrival = message(messaged(word))
    assert (arrival.kind, arrival.consent, arrival.text) == (Kind.MESSAGE, None, word)


def test_yes_reaches_the_question_it_answers_and_start_does_not(shop: Shop) -> None:
    played = shop.open(SMS)
    shop.hear(SMS, Said(ANN, "cancel it", "SM1"))
    shop.answer(offering("Yes", "No"))
    shop.deliver()
    shop.hear(SMS, Said(ANN, "YES", "SM2"), Said(ANN, "START", "SM3"))
    brain = shop.answer(offering("Yes", "No"))
    shop.deliver()
    assert brain.heard == ["YES"]
    assert [taken.shown for taken in played.taken[1:]] == ['heard: /pick{"title": "Yes"}']
    assert shop.all("SELECT given, reason FROM consent") == [(True, "word")]


def test_after_stop_nothing_goes_out_until_the_customer_starts_again(shop: Shop) -> None:
    played = shop.open(SMS)
    shop.hear(SMS, Said(ANN, "where is my parcel", "SM1"))
    shop.answer()
    shop.hear(SMS, Said(ANN, "STOP", "SM2"), Said(ANN, "sorry, where is it", "SM3"))
    shop.answer()
    shop.deliver()
    assert played.taken == []
    assert shop.all("SELECT DISTINCT state, error FROM outbox") == [("dropped", "opted_out")]
    shop.hear(SMS, Said(ANN, "Start", "SM4"), Said(ANN, "and now", "SM5"))
    shop.answer()
    shop.deliver()
    assert ["heard: and now" in taken.shown for taken in played.taken] == [True]


# --- other messages -------------------------------------------------------------------------------


def test_a_message_says_what_its_answer_needs() -> None:
    arrival = message(messaged(OriginalRepliedMessageSid="MM9"))
    assert arrival.envelope == {"sid": "SM1", "to": NUMBER, "reply_to": "MM9"}
    assert (arrival.proven, arrival.vouched, arrival.aliases) == (True, None, ())


def test_a_customer_with_an_id_and_a_number_is_known_by_both() -> None:
    arrival = message(messaged(ExternalUserId=BSUID))
    assert arrival.address == Address("whatsapp", BSUID)
    assert (arrival.aliases, arrival.vouched, arrival.proven) == ((ANN,), ("phone", ANN), True)


def test_a_customer_without_a_number_proves_none() -> None:
    arrival = message(messaged(From=f"whatsapp:{BSUID}", ExternalUserId=BSUID))
    assert arrival.address == Address("whatsapp", BSUID)
    assert (arrival.aliases, arrival.vouched, arrival.proven) == ((), None, False)


def test_a_number_and_the_id_that_comes_later_are_one_conversation(shop: Shop) -> None:
    shop.open(WHATSAPP)
    form = inbound("SM1", f"whatsapp:{ANN}", f"whatsapp:{NUMBER}", "hello")
    shop.call(WHATSAPP, called(IN_WHATSAPP, form))
    shop.call(WHATSAPP, called(IN_WHATSAPP, form | {"MessageSid": "SM2", "ExternalUserId": BSUID}))
    shop.call(
        WHATSAPP,
        called(IN_WHATSAPP, form | {"MessageSid": "SM3", "From": f"whatsapp:{BSUID}"}),
    )
    assert shop.one("SELECT count(*) FROM conversation") == 1


@pytest.mark.parametrize("sender", ["INFO", "72975", "+1", "", "Onecounter", NUMBER])
def test_ignores_who_cannot_be_answered(sender: str) -> None:
    assert isinstance(texted(From=sender), Ignored)


@pytest.mark.parametrize("kind", ["sticker", "reaction"])
def test_a_sticker_or_a_thumb_is_no_message(kind: str) -> None:
    assert isinstance(messaged("👍", MessageType=kind), Ignored)


def test_what_came_for_another_account_is_not_ours() -> None:
    assert isinstance(texted(AccountSid="AC" + "9" * 32), Ignored)


@pytest.mark.parametrize("sender", [f"whatsapp:{ANN}", "messenger:1234567", "rcs:+15005550188"])
def test_another_channels_message_at_the_wrong_address_is_kept_and_not_lost(sender: str) -> None:
    with pytest.raises(BadPayload, match="From is not an address of sms"):
        texted(From=sender)


def test_an_sms_at_whatsapps_address_is_kept_and_not_lost() -> None:
    with pytest.raises(BadPayload, match="From is not an address of whatsapp"):
        messaged(From=ANN)


@pytest.mark.parametrize("kind", ["", "order", "unsupported"])
def test_a_message_of_which_nothing_can_be_shown_is_answered_all_the_same(kind: str) -> None:
    arrival = message(messaged("", **({"MessageType": kind} if kind else {})))
    assert arrival.kind is Kind.MESSAGE
    assert [media.name for media in arrival.media] == ["unsupported.txt"]


def test_a_place_is_kept_with_its_name() -> None:
    where = {"Latitude": "47.4979", "Longitude": "19.0402", "Label": "Office", "Address": "Fő tér"}
    (place,) = message(messaged("", **where)).media
    assert place.data == "47.4979,19.0402\nOffice\nFő tér".encode()


def test_a_button_that_is_not_ours_brings_its_words() -> None:
    arrival = message(messaged("Track", ButtonText="Track", ButtonPayload="promo_7"))
    assert (arrival.choice, arrival.text) == ("promo_7", "Track")


def test_reads_a_long_text_that_a_carrier_brought_in_base64() -> None:
    text = "Hol van a csomagom? Őszi kabát, két darab. Köszönöm a segítséget!"
    assert message(texted(base64.b64encode(text.encode()).decode())).text == text


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(b"Where is my parcel?").decode(),  # short: may be a code of the customer's
        base64.b64encode(bytes(range(256))).decode(),
        base64.b64encode("á".encode("latin-1") * 60).decode(),
        "A" * 64,
        base64.b64encode(b"Where is my parcel? I have waited for a whole week now.").decode() + "!",
    ],
)
def test_leaves_what_only_looks_like_base64(text: str) -> None:
    assert message(texted(text)).text == text


# --- receipts -------------------------------------------------------------------------------------


def test_a_receipt_has_our_own_id_and_twilios() -> None:
    url = f"{IN_SMS}/status?mid=42"
    found = read(SMS.build(), url, receipt("SM9", "undelivered", ANN, "30003"))
    assert isinstance(found, Receipt)
    assert (found.key, found.provider_id, found.code) == ("42", "SM9", "30003")
    assert (found.status, found.error) == (Status.FAILED, "undeliverable")


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_reads_every_status_there_is(status: str) -> None:
    found = read(SMS.build(), f"{IN_SMS}/status?mid=42", receipt("SM9", status, ANN))
    assert isinstance(found, Receipt)
    assert found.status is STATUSES[status]
    assert bool(found.error) is (found.status is Status.FAILED)


def test_a_status_nobody_has_heard_of_is_ignored() -> None:
    found = read(SMS.build(), f"{IN_SMS}/status?mid=42", receipt("SM9", "pondering", ANN))
    assert isinstance(found, Ignored)


MEANINGS = {
    "21610": "opted_out",
    "30001": "throttled",
    "30002": "account_refused",
    "30003": "undeliverable",
    "30004": "undeliverable",
    "30005": "undeliverable",
    "30006": "undeliverable",
    "30007": "undeliverable",
    "30008": "undeliverable",
    "30034": "undeliverable",
    "63003": "undeliverable",
    "63014": "undeliverable",
    "63016": "outside_window",
    "63018": "throttled",
    "63024": "undeliverable",
    "63032": "undeliverable",
    "63041": "undeliverable",
    "63049": "undeliverable",
}


@pytest.mark.parametrize(("code", "error"), MEANINGS.items())
def test_a_receipts_code_means_one_of_our_errors(code: str, error: str) -> None:
    found = read(SMS.build(), f"{IN_SMS}/status?mid=42", receipt("SM9", "failed", ANN, code))
    assert isinstance(found, Receipt)
    assert (found.code, found.error) == (code, error)


def test_every_code_is_one_of_twilios() -> None:
    assert all(code.isdecimal() and len(code) == 5 for code in CODES)
    assert SMS.settings["account_sid"] == ACCOUNT
    assert SECRETS["twilio_auth_token"] == TOKEN
