"""What goes to Twilio: forms, templates, files; what it says to them; and what is looked up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from bot.accounts import account_of
from bot.engine.errands import Errands
from bot.errors import (
    AccountRefused,
    BotError,
    ConfigError,
    DeliveryError,
    MaybeSent,
    OptedOut,
    OutsideWindow,
    Throttled,
    Undeliverable,
    Unreachable,
)
from bot.messages import Address, Choice, Media, Part
from channels.base import Provider
from channels.twilio import Sms, Twilio
from tests.contract.channels.case import FIXTURES, MANIFEST, Case, Said, cases
from tests.contract.channels.case_twilio import ANN, BOB, NEXT_TOKEN, SETTINGS, TOKEN
from tests.contract.channels.conftest import Shop
from tests.providers.base import Fault, Trouble
from tests.providers.twilio import (
    ACCOUNT,
    BUTTONS,
    LATE,
    NUMBER,
    SERVICE,
    PlayedTwilio,
    called,
    faults_of,
)
from tests.scripted_brain import offering

SMS, WHATSAPP = cases()["sms"], cases()["whatsapp_twilio"]
YES, NO = Choice("Yes, cancel", "/a", "btn_1"), Choice("Keep it", "/b", "btn_2")
ASKED = Part("Cancel it?", choices=(YES, NO), plain="Cancel it?\n\n1. Yes, cancel\n2. Keep it")
BSUID = "US.13491208655302741918"
OUTBOUND = [
    entry["file"]
    for entry in MANIFEST["fixtures"]
    if entry["file"].startswith("twilio_") and entry["direction"] != "inbound"
]


def fixture(file: str) -> str:
    return (FIXTURES / file).read_text("utf-8")


def played(case: Case) -> PlayedTwilio:
    made = case.played()
    assert isinstance(made, PlayedTwilio)
    return made


def send(
    case: Case, there: PlayedTwilio, part: Part, to: str = ANN, key: str = "7", **changed: str
) -> str:
    channel = case.build(there, **changed)
    return asyncio.run(channel.send(Address(channel.name, to), part, key=key))


def forms(there: PlayedTwilio) -> list[dict[str, list[str]]]:
    return [
        parse_qs(request.content.decode(), keep_blank_values=True)
        for request in there.calls
        if there.is_message(request)
    ]


def answering(*answers: httpx.Response) -> tuple[Provider, list[httpx.Request]]:
    """A channel whose calls get these answers, in their order."""
    waiting, calls = list(answers), []

    def handle(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return waiting.pop(0)

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return Sms(account_of("sms", Sms.keys, SETTINGS), client), calls


def find(case: Case, there: PlayedTwilio, part: Part, since: datetime) -> str | None:
    channel = case.build(there)
    return asyncio.run(channel.find(Address(channel.name, ANN), part, key="7", since=since))


# --- recorded requests and answers ----------------------------------------------------------------


def test_every_recorded_request_and_answer_has_its_test_here() -> None:
    tested = {
        "twilio_sms/rest_create_request.txt",
        "twilio_whatsapp/rest_template_request.txt",
        "twilio_whatsapp/rest_typing_request.json",
        "twilio_sms/rest_create_201.json",
        *(f"twilio_sms/rest_error_{code}.json" for code in ANSWERS),
    }
    assert set(OUTBOUND) == tested


def test_sends_the_recorded_request_byte_for_byte_in_meaning() -> None:
    there = played(SMS)
    account = account_of("sms", Sms.keys, {**SETTINGS, "messaging_service": SERVICE})
    url = "https://hooks.shop.example/t/twilio/acme"
    channel = Sms(replace(account, url=url), there.client())
    key = "018f2b6e-0001-7000-8000-000000000001"
    part = Part("Order 1042: out for delivery today.")
    asyncio.run(channel.send(Address("sms", ANN), part, key=key))
    (request,) = there.calls
    wanted = parse_qs(fixture("twilio_sms/rest_create_request.txt"))
    assert forms(there) == [wanted]
    assert str(request.url) == (
        f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    )
    assert request.method == "POST"
    assert there.wrong == []


def test_sends_a_template_as_the_recorded_request_does() -> None:
    wanted = parse_qs(fixture("twilio_whatsapp/rest_template_request.txt"))
    assert faults_of(wanted) == []
    there = played(WHATSAPP)
    send(WHATSAPP, there, Part("It comes tomorrow.", window_open=False))
    (form,) = forms(there)
    assert form.keys() == wanted.keys()
    for name in ("To", "From", "ContentSid"):
        assert form[name] == wanted[name]
    assert set(json.loads(form["ContentVariables"][0])) <= {"1", "2"}


def test_shows_that_it_is_answering_as_the_recorded_request_does() -> None:
    wanted = json.loads(fixture("twilio_whatsapp/rest_typing_request.json"))
    there = played(WHATSAPP)
    channel = WHATSAPP.build(there)
    asyncio.run(channel.seen(Address("whatsapp", ANN), {"sid": wanted["messageId"]}))
    (request,) = there.calls
    assert str(request.url) == "https://messaging.twilio.com/v3/Indicators/Typing.json"
    assert there.typing == [wanted]
    asyncio.run(channel.seen(Address("whatsapp", ANN), {}))
    assert len(there.calls) == 1


def test_reads_the_recorded_acceptance() -> None:
    channel, _ = answering(httpx.Response(201, text=fixture("twilio_sms/rest_create_201.json")))
    sid = asyncio.run(channel.send(Address("sms", ANN), Part("hello"), key="7"))
    assert sid == "SM" + "5e" * 16


ANSWERS: dict[str, type[DeliveryError]] = {
    "20003": AccountRefused,
    "20429": Throttled,
    "21211": Undeliverable,
    "21610": OptedOut,
    "21617": Undeliverable,
}


@pytest.mark.parametrize(("code", "error"), ANSWERS.items())
def test_a_recorded_refusal_means_one_of_our_errors(code: str, error: type[DeliveryError]) -> None:
    file = f"twilio_sms/rest_error_{code}.json"
    status = next(e["status"] for e in MANIFEST["fixtures"] if e["file"] == file)
    answer = httpx.Response(status, text=fixture(file))
    channel, calls = answering(answer, answer)
    with pytest.raises(error) as raised:
        asyncio.run(channel.send(Address("sms", ANN), Part("hello"), key="7"))
    assert type(raised.value) is error
    assert raised.value.provider_code == code
    assert ANN not in str(raised.value)
    assert len(calls) == (2 if code == "20003" else 1)  # the next token is tried as well


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (429, "", Throttled),
        (500, "", MaybeSent),
        (503, '{"code": 20503}', MaybeSent),
        (200, "[1]", MaybeSent),
        (201, "", MaybeSent),
        (201, '{"sid": 7}', MaybeSent),
        (201, '{"sid": null}', MaybeSent),
        (302, "", Undeliverable),
        (400, "not json", Undeliverable),
        (400, '{"code": 21606}', AccountRefused),
        (400, '{"code": 63007}', AccountRefused),
        (400, '{"code": 21408}', Undeliverable),
        (400, '{"code": {"a": 1}}', Undeliverable),
    ],
)
def test_any_other_answer_means_one_too(status: int, text: str, error: type[DeliveryError]) -> None:
    channel, _ = answering(httpx.Response(status, text=text))
    with pytest.raises(error) as raised:
        asyncio.run(channel.send(Address("sms", ANN), Part("hello"), key="7"))
    assert type(raised.value) is error


def test_the_played_provider_refuses_what_twilio_does_not_describe() -> None:
    good = {"To": [ANN], "From": [NUMBER], "Body": ["hello"]}
    assert faults_of(good) == []
    for bad in (
        {"Text": ["x"]},
        {"ContentSid": ["HX1"]},
        {"MessagingServiceSid": ["MGx" + "0" * 31]},
        {"ValidityPeriod": ["soon"]} | {"ShortenUrls": ["maybe"]},
        {"ScheduleType": ["later"]},
        {"Body": ["one", "two"]},
    ):
        try:
            assert faults_of(good | bad), bad
        except ValueError:  # no number where there has to be one
            assert "ValidityPeriod" in bad
    assert faults_of({"Body": ["hello"]})


# --- who sends, and where Twilio tells us what became of it ---------------------------------------


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

PICTURE = "https://shop.example/pictures/kettle-{}.jpg"


def pictures(number: int) -> tuple[Media, ...]:
    return tuple(Media(PICTURE.format(n), "image/jpeg") for n in range(number))


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


# --- what may have been sent ----------------------------------------------------------------------


def test_finds_a_message_that_still_waits_in_twilios_queue() -> None:
    there = played(SMS)
    sid = send(SMS, there, Part("Your parcel comes tomorrow."))
    assert there.messages[0]["date_sent"] is None
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert find(SMS, there, Part("Your parcel comes tomorrow."), since) == sid
    assert find(SMS, there, Part("Your parcel comes on Friday."), since) is None


def test_finds_nothing_that_was_sent_long_before() -> None:
    there = played(SMS)
    there.clock = lambda: datetime.now(UTC) - timedelta(minutes=30)
    send(SMS, there, Part("hello"))
    assert find(SMS, there, Part("hello"), datetime.now(UTC) - timedelta(minutes=2)) is None


def test_takes_no_customers_words_for_ours() -> None:
    there = played(SMS)
    there.received(ANN, "hello")
    there.messages[0]["to"] = ANN
    assert find(SMS, there, Part("hello"), datetime.now(UTC) - timedelta(minutes=2)) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("It\u2019s here \u2013 enjoy!", "It's here - enjoy!"),
        ("Two\n\nlines ", "Two\n\nlines"),
        ("hello", "Sent from your Twilio trial account - hello"),
    ],
)
def test_finds_it_whatever_twilio_makes_of_its_marks(ours: str, theirs: str) -> None:
    there = played(SMS)
    sid = send(SMS, there, Part(ours))
    there.messages[0]["body"] = theirs
    assert find(SMS, there, Part(ours), datetime.now(UTC) - timedelta(minutes=2)) == sid


@pytest.mark.parametrize(
    "part",
    [ASKED, Part("It comes tomorrow.", window_open=False), Part("", media=pictures(1))],
    ids=["buttons", "template", "file"],
)
def test_finds_what_went_out_in_another_form(part: Part) -> None:
    there = played(WHATSAPP)
    sid = send(WHATSAPP, there, part)
    assert find(WHATSAPP, there, part, datetime.now(UTC) - timedelta(minutes=2)) == sid


def test_of_two_that_say_the_same_finds_the_later() -> None:
    there = played(SMS)
    send(SMS, there, Part("hello"))
    later = send(SMS, there, Part("hello"))
    assert find(SMS, there, Part("hello"), datetime.now(UTC) - timedelta(minutes=2)) == later


def test_sends_nothing_twice_that_it_can_look_up(shop: Shop) -> None:
    """The line breaks after Twilio took the message, and no receipt ever comes."""
    there = shop.open(SMS)
    there.fail([Trouble(Fault.RESET, accepted=True), None, Trouble(Fault.RESET, accepted=False)])
    for number in (1, 2, 3):
        shop.hear(SMS, Said(ANN, "hello", f"SM{number}"))
    shop.answer()
    shop.deliver(timedelta(hours=1))
    assert len(there.taken) == 3
    ids = [taken.id for taken in there.taken]
    assert shop.all("SELECT state, provider_id FROM outbox ORDER BY id") == [
        ("sent", ident) for ident in ids
    ]


def test_does_not_send_again_while_twilio_cannot_be_asked(shop: Shop) -> None:
    there = shop.open(SMS)
    there.fail([Trouble(Fault.RESET, accepted=True)])
    shop.hear(SMS, Said(ANN, "hello", "SM1"))
    shop.answer()
    listed: Callable[[httpx.Request], httpx.Response] = there.other
    there.other = lambda request: httpx.Response(503)  # type: ignore[method-assign]
    shop.deliver(timedelta(minutes=20))
    assert len(there.taken) == 1
    assert shop.all("SELECT state FROM outbox") == [("sending",)]
    there.other = listed  # type: ignore[method-assign]
    shop.deliver(timedelta(hours=1))
    assert len(there.taken) == 1
    assert shop.all("SELECT state FROM outbox") == [("sent",)]


# --- what may have been missed --------------------------------------------------------------------


def catch_up(shop: Shop) -> int:
    errands = Errands(shop.engine, shop.channels, clock=lambda: shop.now)
    return asyncio.run(errands.catch_up(shop.channels["sms"]))


def test_catches_up_with_everything_that_was_never_brought(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    there.largest_page = 7
    told = there.received(ANN, "told and listed", "SM" + "f" * 32)
    shop.call(SMS, called("https://hooks.shop.example/in/sms", told))
    for number in range(40):
        shop.now += timedelta(seconds=4)
        there.received((ANN, BOB)[number % 2], f"missed {number}")
    shop.now += timedelta(seconds=10)
    assert catch_up(shop) == 41
    texts = [text for (text,) in shop.all("SELECT text FROM inbox ORDER BY id")]
    assert texts == ["told and listed", *[f"missed {number}" for number in range(40)]]
    shop.now += timedelta(minutes=6)
    catch_up(shop)
    assert shop.one("SELECT count(*) FROM inbox") == 41
    shop.answer()
    shop.deliver()
    assert len(there.taken) == 41


def test_asks_only_for_what_came_lately_and_to_us(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    there.received(ANN, "an old one")
    there.messages[0]["to"] = "+15005550111"
    shop.now += timedelta(hours=5)
    there.received(ANN, "a new one")
    there.received(BOB, "for somebody else")
    there.messages[2]["to"] = "+15005550111"
    assert catch_up(shop) == 1
    assert shop.all("SELECT text FROM inbox") == [("a new one",)]
    assert there.wrong == []


def test_a_missed_stop_is_kept_and_a_missed_picture_comes_with_its_address(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    sid = "MM" + "a" * 32
    there.received(ANN, "", sid)
    there.messages[0]["num_media"] = "1"
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media/ME1"
    there.files[sid] = [{"uri": f"{path}.json", "content_type": "image/png"}]
    there.received(BOB, "Stop")
    assert catch_up(shop) == 2
    assert shop.all("SELECT address, given FROM consent") == [(BOB, False)]
    assert shop.all("SELECT ref, content_type FROM media") == [
        (f"https://api.twilio.com{path}", "image/png")
    ]


def test_a_missed_message_is_dated_when_it_was_sent_and_closes_no_window(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    shop.now = datetime.now(UTC) - timedelta(minutes=20)
    sent_at = shop.now.replace(microsecond=0)
    there.received(ANN, "missed")
    shop.now += timedelta(minutes=20)
    shop.hear(SMS, Said(ANN, "a later one", "SM" + "e" * 32))
    assert catch_up(shop) == 1
    found = dict(shop.all("SELECT text, received_at FROM inbox"))
    assert found["missed"] == sent_at
    shop.answer()
    assert shop.one("SELECT heard_at FROM conversation") == found["a later one"]


def test_whatsapp_is_asked_for_as_well() -> None:
    there = played(WHATSAPP)
    there.received(BSUID, "hello")
    there.received(ANN, "STOP")
    channel = WHATSAPP.build(there)
    found = asyncio.run(channel.missed(datetime.now(UTC) - timedelta(minutes=5)))
    assert [(one.address.value, one.consent) for one in found] == [(BSUID, None), (ANN, None)]


def test_a_provider_that_cannot_be_asked_is_asked_again() -> None:
    there = played(SMS)
    there.revoke()
    with pytest.raises(AccountRefused):
        asyncio.run(SMS.build(there).missed(datetime.now(UTC)))
    channel, _ = answering(httpx.Response(503))
    with pytest.raises(Unreachable) as raised:
        asyncio.run(channel.missed(datetime.now(UTC)))
    assert not isinstance(raised.value, MaybeSent)


# --- files that customers send --------------------------------------------------------------------

FILE = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 40
ELSEWHERE = "https://mms.twiliocdn.com/a/b"


def fetched(url: str, *answers: httpx.Response) -> tuple[Any, list[httpx.Request]]:
    channel, calls = answering(*answers)
    try:
        return asyncio.run(channel.fetch(Media(url), 1000)), calls
    except BotError as error:
        return error, calls


@pytest.fixture
def public_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.fetching._public_address", lambda host: "93.184.216.34")


def test_fetches_a_file_with_the_accounts_token(public_names: None) -> None:
    file, calls = fetched(FILE, httpx.Response(200, content=PNG))
    assert (file.data, file.content_type) == (PNG, "image/png")
    assert calls[0].headers["authorization"].startswith("Basic ")


def test_the_token_stays_with_twilios_api(public_names: None) -> None:
    sent_on = httpx.Response(307, headers={"location": ELSEWHERE})
    file, calls = fetched(FILE, sent_on, httpx.Response(200, content=PNG))
    assert file.data == PNG
    assert calls[1].headers["host"] == "mms.twiliocdn.com"
    assert ["authorization" in call.headers for call in calls] == [True, False]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/file",
        "https://api.twilio.com.evil.example/file",
        "https://api.twilio.com@evil.example/file",
        "http://mms.twiliocdn.com/file",
        "https://169.254.169.254/latest",
    ],
)
def test_fetches_from_nowhere_else(url: str, public_names: None) -> None:
    for address, answers in (
        (url, ()),
        (FILE, (httpx.Response(302, headers={"location": url}),)),
    ):
        error, calls = fetched(address, *answers)
        assert isinstance(error, BotError)
        assert error.code == "bad_payload"
        assert len(calls) == len(answers)


def test_a_file_comes_later_when_the_account_is_refused(public_names: None) -> None:
    error, _ = fetched(FILE, httpx.Response(401))
    assert isinstance(error, AccountRefused)
    assert error.retryable


# --- doctor ---------------------------------------------------------------------------------------


def resources(case: Case, **changed: Any) -> PlayedTwilio:
    """An account where all is well, but for what a test changes: (host, path) to a resource."""
    there = played(case)
    account = f"api.twilio.com/2010-04-01/Accounts/{ACCOUNT}"
    url = f"https://hooks.shop.example/in/{case.channel.name}"
    hooks = f"{url}#rc=5&rp=all"
    number = {
        "phone_number": NUMBER,
        "capabilities": {"sms": True, "mms": True, "voice": False},
        "sms_url": hooks,
        "sms_fallback_url": hooks,
        "sms_application_sid": "",
    } | changed.get("number", {})
    sender = {
        "sender_id": f"whatsapp:{NUMBER}",
        "status": "ONLINE",
        "webhook": {"callback_url": hooks, "fallback_url": hooks},
    } | changed.get("sender", {})
    there.resources = {
        f"{account}.json": {"friendly_name": "Shop", "status": "active", "type": "Full"}
        | changed.get("account", {}),
        f"{account}/IncomingPhoneNumbers.json": {
            "incoming_phone_numbers": changed.get("numbers", [number]),
            "next_page_uri": None,
        },
        "messaging.twilio.com/v2/Channels/Senders": {
            "senders": changed.get("senders", [sender]),
            "meta": {"key": "senders", "next_page_url": None},
        },
        f"messaging.twilio.com/v1/Services/{SERVICE}": {
            "friendly_name": "Pool",
            "use_inbound_webhook_on_number": False,
            "inbound_request_url": hooks,
            "fallback_url": hooks,
        }
        | changed.get("service", {}),
        f"content.twilio.com/v1/Content/{LATE}/ApprovalRequests": {
            "whatsapp": {"status": changed.get("approval", "approved")}
        },
    }
    for count, sid in enumerate(BUTTONS, start=1):
        actions = [{"title": "{{2}}", "id": "{{3}}"}] * (count + changed.get("more_buttons", 0))
        there.resources[f"content.twilio.com/v1/Content/{sid}"] = {
            "sid": sid,
            "types": {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}},
        }
    return there


def check(case: Case, there: PlayedTwilio, **settings: str) -> str:
    return asyncio.run(case.build(there, **settings).check())


def test_says_that_all_is_well() -> None:
    assert check(SMS, resources(SMS)) == f"account Shop; {NUMBER} calls us"
    assert check(SMS, resources(SMS), messaging_service=SERVICE).endswith("Service Pool calls us")
    said = check(WHATSAPP, resources(WHATSAPP))
    assert said == f"account Shop; {NUMBER} calls us; 3 templates for buttons; template approved"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"account": {"type": "Trial"}}, "on trial"),
        ({"number": {"sms_url": "https://hooks.shop.example/in/sms"}}, "only once: add #rc=5"),
        ({"number": {"sms_fallback_url": ""}}, "no fallback address"),
        ({"number": {"sms_application_sid": "AP1"}}, "TwiML app"),
    ],
)
def test_says_what_could_be_better(changed: dict[str, Any], said: str) -> None:
    assert said in check(SMS, resources(SMS, **changed))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"account": {"status": "suspended"}}, "suspended"),
        ({"numbers": []}, "no number of this account"),
        ({"number": {"sms_url": "https://demo.twilio.com/welcome"}}, "set it to https://hooks"),
        ({"number": {"sms_url": ""}}, "calls nobody"),
        ({"number": {"capabilities": {"voice": True}}}, "cannot send or receive SMS"),
    ],
)
def test_says_what_is_wrong_and_how_to_mend_it(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BotError, match=said):
        check(SMS, resources(SMS, **changed))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sender": {"status": "OFFLINE"}}, "OFFLINE"),
        ({"sender": {"webhook": {"callback_url": ""}}}, "calls nobody"),
        ({"more_buttons": 1}, "no quick-reply template of 1 buttons"),
        ({"approval": "pending"}, "pending, not yet approved"),
    ],
)
def test_says_what_is_wrong_with_whatsapp(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check(WHATSAPP, resources(WHATSAPP, **changed))
    assert "sandbox" in check(WHATSAPP, resources(WHATSAPP, senders=[]))


def test_says_so_when_twilio_cannot_call() -> None:
    there = resources(SMS)
    local = replace(account_of("sms", Sms.keys, SETTINGS), url="http://127.0.0.1:8000/in/sms")
    with pytest.raises(ConfigError, match="ONECOUNTER_PUBLIC_URL"):
        asyncio.run(Sms(local, there.client()).check())
    there.revoke()
    with pytest.raises(AccountRefused):
        check(SMS, there)


def test_a_short_code_is_a_number_of_ours_too() -> None:
    assert "short code" in check(SMS, resources(SMS), **{"from": "72975"})
    assert isinstance(SMS.build(), Twilio)
    assert TOKEN not in repr(vars(SMS.build()))
