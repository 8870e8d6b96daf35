"""Who sends, what a message is made of, and where Twilio tells us what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from bot.accounts import account_of
from bot.errors import (
    BotError,
    OutsideWindow,
    Undeliverable,
)
from bot.messages import Address, Part
from channels.twilio import Sms
from tests.contract.channels.case import Said
from tests.contract.channels.case_twilio import ANN, NEXT_TOKEN, SETTINGS
from tests.contract.channels.conftest import Shop
from tests.contract.channels.playing_twilio import (
    ASKED,
    BSUID,
    PICTURE,
    SMS,
    WHATSAPP,
    forms,
    pictures,
    played,
    send,
)
from tests.providers.twilio import BUTTONS, LATE, PlayedTwilio
from tests.providers.twilio_forms import NUMBER
from tests.scripted_brain import offering


def test_answers_from_the_number_that_was_written_to() -> None:
    there = played(SMS)
    two = f"+15005550101, {NUMBER}"
    send(SMS, there, Part("hello", envelope={"to": NUMBER}), **{"from": two})
    assert forms(there)[0]["From"] == [NUMBER]


def test_writes_to_a_customer_without_a_number() -> None:
    there = played(WHATSAPP)
    send(WHATSAPP, there, Part("hello"), to=BSUID)
    assert forms(there)[0]["To"] == [f"whatsapp:{BSUID}"]
    assert there.wrong == []


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8000/in/sms", "http://localhost/in/sms"])
def test_names_no_address_that_twilio_cannot_reach(url: str) -> None:
    there = played(SMS)
    channel = Sms(replace(account_of("sms", Sms.keys, SETTINGS), url=url), there.client())
    asyncio.run(channel.send(Address("sms", ANN), Part("hello"), key="7"))
    assert "StatusCallback" not in forms(there)[0]


def test_names_this_machine_to_a_provider_that_is_played_on_it() -> None:
    there = played(SMS)
    settings = {**SETTINGS, "api": "http://127.0.0.1:8000/simulator/twilio"}
    url = "http://127.0.0.1:8000/in/sms"
    channel = Sms(replace(account_of("sms", Sms.keys, settings), url=url), there.client())
    with pytest.raises(Undeliverable):  # this player knows no such path
        asyncio.run(channel.send(Address("sms", ANN), Part("hello"), key="7"))
    (request,) = there.calls
    assert str(request.url).startswith("http://127.0.0.1:8000/simulator/twilio/2010-04-01/")
    assert parse_qs(request.content.decode())["StatusCallback"] == [f"{url}/status?mid=7"]


def test_reaches_a_regions_own_hosts() -> None:
    there = played(WHATSAPP)
    channel = WHATSAPP.build(there, api="https://api.dublin.ie1.twilio.com")
    with pytest.raises(BotError):
        asyncio.run(channel.seen(Address("whatsapp", ANN), {"sid": "SM1"}))
    assert there.calls[0].url.host == "messaging.dublin.ie1.twilio.com"


def test_reads_nothing_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("EDGE", "sydney"), ("REGION", "au1"), ("AUTH_TOKEN", "x" * 32)):
        monkeypatch.setenv(f"TWILIO_{name}", value)
    there = played(SMS)
    send(SMS, there, Part("hello"))
    assert there.calls[0].url.host == "api.twilio.com"


def test_goes_on_sending_while_tokens_are_changed() -> None:
    there = played(SMS)
    there.token = NEXT_TOKEN  # it was promoted, and our settings do not know yet
    send(SMS, there, Part("hello"))
    assert len(there.taken) == 1
    assert len(there.calls) == 2


def test_a_receipt_of_twilios_own_making_finds_its_part(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    shop.hear(SMS, Said(ANN, "hello", "SM1"))
    shop.answer()
    shop.deliver()
    for status in ("queued", "sent", "delivered", "sent"):
        shop.call(SMS, there.told(there.taken[0].id, status))
    assert shop.all("SELECT state, status FROM outbox") == [("sent", "delivered")]


def test_an_undelivered_part_says_why(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    shop.hear(SMS, Said(ANN, "hello", "SM1"))
    shop.answer()
    shop.deliver()
    shop.call(SMS, there.told(there.taken[0].id, "undelivered", "30003"))
    assert shop.all("SELECT state, error, provider_code FROM outbox") == [
        ("failed", "undeliverable", "30003")
    ]


def test_whom_twilio_knows_as_opted_out_is_written_to_no_more(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    there.opted_out.add(ANN)
    shop.hear(SMS, Said(ANN, "hello", "SM1"), Said(ANN, "hello?", "SM2"))
    shop.answer()
    shop.deliver()
    assert shop.all("SELECT state, error, provider_code FROM outbox ORDER BY id") == [
        ("failed", "opted_out", "21610"),
        ("dropped", "opted_out", None),
    ]
    assert shop.all("SELECT address, given, reason FROM consent") == [(ANN, False, "provider")]
    there.opted_out.clear()
    shop.hear(SMS, Said(ANN, "START", "SM3"), Said(ANN, "hello again", "SM4"))
    shop.answer()
    shop.deliver()
    assert len(there.taken) == 1


def test_an_opt_out_that_a_receipt_tells_of_counts_as_well(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    shop.hear(SMS, Said(ANN, "hello", "SM1"))
    shop.answer()
    shop.deliver()
    shop.call(SMS, there.told(there.taken[0].id, "failed", "21610"))
    assert shop.all("SELECT address, given, reason FROM consent") == [(ANN, False, "provider")]


def test_a_customer_who_lets_us_in_again_is_answered(shop: Shop) -> None:
    there = shop.open(WHATSAPP)
    assert isinstance(there, PlayedTwilio)
    shop.hear(WHATSAPP, Said(ANN, "hello", "SM1"))
    shop.answer()
    shop.deliver()
    shop.call(WHATSAPP, there.told(there.taken[0].id, "failed", "63014"))
    shop.hear(WHATSAPP, Said(ANN, "hello again", "SM2"))
    shop.answer()
    shop.deliver()
    assert len(there.taken) == 2
    assert shop.one("SELECT count(*) FROM consent") == 0


# --- files, buttons and templates -----------------------------------------------------------------


def test_sends_files_with_the_text_and_no_more_than_one_message_holds() -> None:
    there = played(SMS)
    send(SMS, there, Part("Here they are.", media=pictures(12)))
    assert [len(form["MediaUrl"]) for form in forms(there)] == [10, 2]
    assert [form.get("Body") for form in forms(there)] == [None, ["Here they are."]]
    assert there.wrong == []
    there = played(WHATSAPP)
    send(WHATSAPP, there, Part("", media=pictures(2)))
    assert [form["MediaUrl"] for form in forms(there)] == [[PICTURE.format(n)] for n in (0, 1)]
    assert there.wrong == []


def test_there_is_no_empty_message() -> None:
    for case in (SMS, WHATSAPP):
        with pytest.raises(Undeliverable, match="nothing to send"):
            send(case, played(case), Part(""))


def test_shows_buttons_by_the_template_for_that_many() -> None:
    there = played(WHATSAPP)
    send(WHATSAPP, there, ASKED)
    (form,) = forms(there)
    assert form["ContentSid"] == [BUTTONS[1]]
    assert there.taken[0].choices == (("btn_1", "Yes, cancel"), ("btn_2", "Keep it"))
    assert there.wrong == []


@pytest.mark.parametrize("buttons", ["", BUTTONS[0]])
def test_numbers_choices_where_there_is_no_template_for_so_many(buttons: str) -> None:
    there = played(WHATSAPP)
    send(WHATSAPP, there, ASKED, buttons=buttons)
    assert forms(there)[0]["Body"] == [ASKED.plain]


def test_numbers_choices_when_twilio_refuses_the_template() -> None:
    there = played(WHATSAPP)
    there.templates_refused = True
    send(WHATSAPP, there, ASKED)
    assert [form.get("Body") for form in forms(there)] == [None, [ASKED.plain]]


def test_a_picture_and_buttons_are_two_messages() -> None:
    there = played(WHATSAPP)
    send(WHATSAPP, there, replace(ASKED, media=pictures(1)))
    assert [sorted(form.keys() & {"MediaUrl", "ContentSid"}) for form in forms(there)] == [
        ["MediaUrl"],
        ["ContentSid"],
    ]


def test_a_number_typed_without_templates_means_the_choice(shop: Shop) -> None:
    there = WHATSAPP.played()
    channel = WHATSAPP.build(there, buttons="")
    shop.channels["whatsapp"], shop.played["whatsapp"] = channel, there
    shop.hear(WHATSAPP, Said(ANN, "which", "SM1"))
    shop.answer(offering("kettle", "boots"))
    shop.deliver()
    assert "2. boots" in there.taken[-1].shown
    shop.hear(WHATSAPP, Said(ANN, "2", "SM2"))
    shop.answer(offering("kettle", "boots"))
    shop.deliver()
    assert there.taken[-1].shown == 'heard: /pick{"title": "boots"}'


def test_after_a_day_only_a_template_goes_out_with_the_answer_on_one_line() -> None:
    there = played(WHATSAPP)
    part = Part("It left.\n\nIt comes\ttomorrow.", window_open=False)
    send(WHATSAPP, there, part)
    assert "It left. It comes tomorrow." in there.taken[0].shown
    assert there.wrong == []


@pytest.mark.parametrize(
    ("part", "template"),
    [
        (Part("hello", window_open=False), ""),
        (Part("word " * 300, window_open=False), LATE),
        (Part("hello", window_open=False, media=pictures(1)), LATE),
        (Part(" ", window_open=False), LATE),
    ],
)
def test_what_no_template_can_say_stays_and_a_person_is_told(part: Part, template: str) -> None:
    there = played(WHATSAPP)
    with pytest.raises(OutsideWindow):
        send(WHATSAPP, there, part, template=template)
    assert there.calls == []


def test_what_was_too_late_goes_out_by_template(shop: Shop) -> None:
    there = shop.open(WHATSAPP)
    assert isinstance(there, PlayedTwilio)
    shop.hear(WHATSAPP, Said(ANN, "hello", "SM1"))
    shop.answer()
    shop.deliver()
    shop.call(WHATSAPP, there.told(there.taken[0].id, "failed", "63016"))
    shop.now = datetime.now(UTC) + timedelta(minutes=1)  # a receipt counts from when it came
    shop.deliver()
    assert [form.get("ContentSid") for form in forms(there)] == [None, [LATE]]
    assert "heard: hello" in there.taken[1].shown
    assert shop.all("SELECT state FROM outbox") == [("sent",)]


def test_an_answer_that_waited_a_day_goes_out_by_template(shop: Shop) -> None:
    there = shop.open(WHATSAPP)
    shop.hear(WHATSAPP, Said(ANN, "hello", "SM1"))
    shop.answer()
    heard = shop.one("SELECT heard_at FROM conversation")
    assert isinstance(heard, datetime)
    shop.now = heard + timedelta(hours=23, minutes=56)
    shop.deliver()
    assert [form.get("ContentSid") for form in forms(there)] == [[LATE]]  # type: ignore[arg-type]
