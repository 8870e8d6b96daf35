"""Both signature schemes, over the address as we know it and every field as it came."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from bot.errors import NotAuthentic
from bot.messages import Ignored
from channels.base import Request
from tests.contract.channels.case import MANIFEST, PUBLIC, cases, recorded
from tests.contract.channels.case_twilio import (
    ALGORITHM,
    ANN,
    NEXT_TOKEN,
    SHARED_KEY,
    SIGNED,
    TOKEN,
    with_headers,
)
from tests.providers.twilio_forms import NUMBER, called, inbound, signature

SMS = cases()["sms"]
IN_SMS = f"{PUBLIC}/in/sms"
FIXTURES = [
    entry
    for entry in MANIFEST["fixtures"]
    if entry["file"].startswith("twilio_") and entry["direction"] == "inbound"
]


@pytest.mark.parametrize("entry", FIXTURES, ids=lambda entry: entry["file"])
def test_our_own_reckoning_agrees_with_the_recorded_signatures(entry: dict[str, object]) -> None:
    """So that the tests' signatures are Twilio's, and not merely the library's."""
    request = recorded(str(entry["file"]))
    shared = ALGORITHM in request.headers
    secret, digest = (SHARED_KEY, "sha256") if shared else (TOKEN, "sha1")
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    right = request.header(SIGNED) == signature(request.url, form, secret, digest)
    forged = isinstance(entry["expect"], dict) and entry["expect"].get("status") == 403
    assert right is not forged


def test_takes_the_next_token_while_tokens_are_changed() -> None:
    form = inbound("SM1", ANN, NUMBER, "hello")
    request = called(IN_SMS, form, NEXT_TOKEN)
    SMS.build().verify(request)
    with pytest.raises(NotAuthentic):
        SMS.build(next_auth_token="").verify(request)


def test_takes_a_shared_key_only_if_there_is_one() -> None:
    request = recorded("twilio_sms/inbound_sharedkey_sha256.txt")
    SMS.build().verify(request)
    with pytest.raises(NotAuthentic):
        SMS.build(shared_key="").verify(request)


@pytest.mark.parametrize(
    ("known", "signed"),
    [
        (f"{PUBLIC}/in/sms", f"{PUBLIC}:443/in/sms"),
        (f"{PUBLIC}:443/in/sms", f"{PUBLIC}/in/sms"),
        (f"{PUBLIC}:8443/in/sms?a=1", f"{PUBLIC}/in/sms?a=1"),
        (f"{PUBLIC}/in/sms?a=%C3%A9&b=", f"{PUBLIC}/in/sms?a=%C3%A9&b="),
    ],
)
def test_takes_a_signature_with_and_without_the_port(known: str, signed: str) -> None:
    form = inbound("SM1", ANN, NUMBER, "hello")
    SMS.build().verify(replace(called(signed, form), url=known))


def test_knows_its_address_from_the_settings_and_never_from_the_caller() -> None:
    form = inbound("SM1", ANN, NUMBER, "hello")
    request = with_headers(
        called("https://evil.example/in/sms", form),
        host="evil.example",
        x_forwarded_host="evil.example",
    )
    with pytest.raises(NotAuthentic):
        SMS.build().verify(replace(request, url=IN_SMS))


def test_every_value_of_a_repeated_field_is_signed_once_in_order() -> None:
    body = "Body=x&MessageSid=SM1&Tag=b&Tag=a&Tag=b&Empty="
    signed = IN_SMS + "Bodyx" + "Empty" + "MessageSidSM1" + "TagaTagb"
    headers = {SIGNED: signature(signed, {}, TOKEN)}
    SMS.build().verify(Request("POST", IN_SMS, headers, body.encode()))


def test_takes_json_that_is_signed_by_its_hash_and_has_no_use_for_it() -> None:
    body = b'{"specversion": "1.0"}'
    url = f"{IN_SMS}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"content-type": "application/json; charset=utf-8", SIGNED: signature(url, {}, TOKEN)}
    request = Request("POST", url, headers, body)
    channel = SMS.build()
    channel.verify(request)
    assert [type(one) for one in channel.parse(request)] == [Ignored]
    with pytest.raises(NotAuthentic):
        channel.verify(replace(request, body=body + b" "))


def test_a_hash_in_the_address_does_not_excuse_a_form_from_its_fields() -> None:
    form = inbound("SM1", ANN, NUMBER, "hello")
    genuine = called(IN_SMS, form)
    url = f"{IN_SMS}?bodySHA256={hashlib.sha256(genuine.body).hexdigest()}"
    headers = {**genuine.headers, SIGNED: signature(url, {}, TOKEN)}
    with pytest.raises(NotAuthentic):
        SMS.build().verify(replace(genuine, url=url, headers=headers))


def test_answers_with_twiml_that_says_nothing() -> None:
    answer = SMS.build().answer(called(IN_SMS, {}))
    assert (answer.status, answer.content_type, answer.body) == (200, "text/xml", b"<Response/>")
