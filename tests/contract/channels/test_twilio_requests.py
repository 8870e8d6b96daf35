"""Every request and answer that was recorded, and whatever else Twilio may answer."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from urllib.parse import parse_qs

import httpx
import pytest

from bot.accounts import account_of
from bot.errors import (
    AccountRefused,
    DeliveryError,
    MaybeSent,
    OptedOut,
    Throttled,
    Undeliverable,
)
from bot.messages import Address, Part
from channels.twilio import Sms
from tests.contract.channels.case import FIXTURES, MANIFEST
from tests.contract.channels.case_twilio import ANN, SETTINGS
from tests.contract.channels.playing_twilio import (
    SMS,
    WHATSAPP,
    answering,
    forms,
    played,
    send,
)
from tests.providers.twilio import SERVICE, faults_of
from tests.providers.twilio_forms import ACCOUNT, NUMBER

OUTBOUND = [
    entry["file"]
    for entry in MANIFEST["fixtures"]
    if entry["file"].startswith("twilio_") and entry["direction"] != "inbound"
]


def fixture(file: str) -> str:
    return (FIXTURES / file).read_text("utf-8")


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
