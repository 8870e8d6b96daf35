"""What Meta's answers mean, and what we ask it beside sending: files, and whether all is set up."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.errors import (
    AccountRefused,
    BadPayload,
    ConfigError,
    DeliveryError,
    MaybeSent,
    OutsideWindow,
    Throttled,
    Undeliverable,
    Unreachable,
)
from bot.messages import Address, Media, Part
from channels.base import Provider
from tests.contract.channels.case import FIXTURES, MANIFEST, Case, unreachable
from tests.contract.channels.case_meta import CASES, INSTAGRAM, MESSENGER, WHATSAPP
from tests.providers.meta import APP_ID, IMAGE, PAGE_ID, PHONE_NUMBER_ID, SUBSCRIBED, PlayedMeta

ALL = pytest.mark.parametrize("case", CASES, ids=lambda case: case.section)
PAGES = pytest.mark.parametrize("case", [MESSENGER, INSTAGRAM], ids=lambda case: case.section)


def played_by(case: Case) -> PlayedMeta:
    played = case.played()
    assert isinstance(played, PlayedMeta)
    return played


# --- the recorded answers -------------------------------------------------------------------------

ANSWERS: dict[str, type[DeliveryError] | str] = {
    "whatsapp_cloud/response_ok.json": "wamid.T1VUMDAwMDAx",
    "whatsapp_cloud/response_error_131047.json": OutsideWindow,
    "whatsapp_cloud/response_error_130429.json": Throttled,
    "whatsapp_cloud/response_error_131056.json": Throttled,
    "whatsapp_cloud/response_error_131026.json": Undeliverable,
    "whatsapp_cloud/response_error_190.json": AccountRefused,
    "whatsapp_cloud/response_error_100.json": Undeliverable,
    "messenger/response_ok.json": "m_TESTOUT1",
    "messenger/response_error_outside_window.json": OutsideWindow,
}


def answered(case: Case, response: httpx.Response) -> str:
    """What sending comes to when Meta answers like this."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: response))
    channel = case.channel(case.build()._account, client)
    to = Address(case.channel.name, case.addresses[0])
    return asyncio.run(channel.send(to, Part("hello"), key="1"))


def test_every_recorded_answer_has_a_test() -> None:
    answers = {
        one["file"]
        for one in MANIFEST["fixtures"]
        if one["direction"] == "provider response"
        and one["file"].startswith(("whatsapp_cloud", "messenger", "instagram"))
    }
    assert answers == set(ANSWERS)


@pytest.mark.parametrize("file", sorted(ANSWERS))
def test_an_answer_means_what_its_manifest_says(file: str) -> None:
    entry = next(one for one in MANIFEST["fixtures"] if one["file"] == file)
    case = WHATSAPP if file.startswith("whatsapp") else MESSENGER
    response = httpx.Response(entry["status"], content=(FIXTURES / file).read_bytes())
    wanted = ANSWERS[file]
    if isinstance(wanted, str):
        assert answered(case, response) == wanted
        return
    with pytest.raises(DeliveryError) as raised:
        answered(case, response)
    assert type(raised.value) is wanted
    code = json.loads(response.content)["error"]["code"]
    assert raised.value.provider_code.partition("/")[0] == str(code)
    assert "Rate limit" not in str(raised.value)


CODES = [
    (4, None, 400, Throttled),
    (613, None, 400, Throttled),
    (80007, None, 400, Throttled),
    (131048, None, 400, Throttled),
    (133016, None, 400, Throttled),
    (131016, None, 500, Unreachable),
    (131053, None, 400, Unreachable),
    (131047, None, 400, OutsideWindow),
    (10, 2018278, 400, OutsideWindow),
    (10, 2534022, 403, OutsideWindow),
    (10, 2018300, 403, Undeliverable),
    (200, 1545041, 400, Undeliverable),
    (551, 1545041, 400, Undeliverable),
    (551, None, 400, Undeliverable),
    (131026, None, 400, Undeliverable),
    (131030, None, 400, Undeliverable),
    (131050, None, 400, Undeliverable),
    (132000, None, 400, Undeliverable),
    (132015, None, 400, Undeliverable),
    (131008, None, 400, Undeliverable),
    (131051, None, 400, Undeliverable),
    (100, None, 400, Undeliverable),
    (100, 33, 400, AccountRefused),
    (0, None, 401, AccountRefused),
    (3, None, 400, AccountRefused),
    (10, None, 403, AccountRefused),
    (10, 1893063, 400, AccountRefused),
    (190, 463, 401, AccountRefused),
    (200, None, 403, AccountRefused),
    (299, None, 403, AccountRefused),
    (368, None, 403, AccountRefused),
    (131031, None, 403, AccountRefused),
    (131042, None, 400, AccountRefused),
    (1, None, 500, MaybeSent),
    (2, None, 503, MaybeSent),
    (131000, None, 500, MaybeSent),
    (999999, None, 500, MaybeSent),
    (999999, None, 400, Undeliverable),
]


@pytest.mark.parametrize(("code", "subcode", "status", "error"), CODES)
def test_decides_on_the_code(
    code: int, subcode: int | None, status: int, error: type[DeliveryError]
) -> None:
    told = {"code": code, "message": "words"} | ({"error_subcode": subcode} if subcode else {})
    for case in CASES:
        with pytest.raises(DeliveryError) as raised:
            answered(case, httpx.Response(status, json={"error": told}))
        assert type(raised.value) is error
        assert "words" not in str(raised.value)


BY_STATUS = {
    429: Throttled,
    500: MaybeSent,
    502: MaybeSent,
    400: Undeliverable,
    401: AccountRefused,
    403: AccountRefused,
    302: Unreachable,
}


def test_a_pair_rate_waits_six_seconds_unless_told_otherwise() -> None:
    told = {"error": {"code": 131056}}
    for headers, wait in (({}, 6), ({"Retry-After": "20"}, 20)):
        with pytest.raises(Throttled) as raised:
            answered(WHATSAPP, httpx.Response(429, json=told, headers=headers))
        assert raised.value.retry_after == timedelta(seconds=wait)


@pytest.mark.parametrize("body", ['{"error": 7}', '{"error": {"code": "x"}}', "[]", "", "<html>"])
def test_an_error_of_no_known_shape_goes_by_its_status(body: str) -> None:
    for status, error in BY_STATUS.items():
        with pytest.raises(error):
            answered(WHATSAPP, httpx.Response(status, text=body))


@ALL
def test_an_answer_of_200_with_an_error_in_it_is_an_error(case: Case) -> None:
    with pytest.raises(AccountRefused):
        answered(case, httpx.Response(200, json={"error": {"code": 190}}))


# --- files in -------------------------------------------------------------------------------------


def fetched(channel: Provider, ref: str) -> Media:
    return asyncio.run(channel.fetch(Media(ref, "image/jpeg", "a.jpg"), 1000))


def test_whatsapps_files_are_fetched_in_two_steps_with_the_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    public = [(2, 1, 6, "", ("93.184.215.14", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: public)
    played = played_by(WHATSAPP)
    url = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=77"
    played.asked["77"] = {"url": url, "mime_type": "image/jpeg", "file_size": 32, "id": "77"}

    def answer(request: httpx.Request) -> httpx.Response:
        played.calls.append(request)
        if request.headers.get("host") == "lookaside.fbsbx.com":
            return httpx.Response(200, content=IMAGE)
        return played.other(request)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    media = fetched(WHATSAPP.channel(WHATSAPP.build()._account, client), "77")
    assert (media.ref, media.data, media.content_type) == ("77", IMAGE, "image/png")
    tokens = [request.headers.get("authorization") for request in played.calls]
    assert tokens == [f"Bearer {WHATSAPP.settings['access_token']}"] * 2


@pytest.mark.parametrize("url", ["https://evil.example/x", "http://lookaside.fbsbx.com/x", "", 7])
def test_whatsapps_files_are_fetched_from_meta_alone(url: object) -> None:
    played = played_by(WHATSAPP)
    played.asked["77"] = {"url": url}
    with pytest.raises(BadPayload):
        fetched(WHATSAPP.build(played), "77")
    assert len(played.calls) == 1


@pytest.mark.parametrize("ref", ["../me", "77?fields=x", "", "form:{}"])
def test_what_is_no_id_of_a_file_is_asked_of_nobody(ref: str) -> None:
    with pytest.raises(BadPayload):
        fetched(WHATSAPP.channel(WHATSAPP.build()._account, unreachable()), ref)


@PAGES
def test_a_pages_files_are_fetched_without_the_token(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = [(2, 1, 6, "", ("93.184.215.14", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: public)
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=IMAGE)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    channel = case.channel(case.build()._account, client)
    for host in ("scontent.xx.fbcdn.net", "lookaside.fbsbx.com", "scontent.cdninstagram.com"):
        assert fetched(channel, f"https://{host}/1.jpg").data == IMAGE
    assert not any("authorization" in request.headers for request in asked)
    with pytest.raises(BadPayload):
        fetched(channel, "https://scontent.example/1.jpg")


# --- is it set up? --------------------------------------------------------------------------------


def checked(case: Case, asked: dict[str, Any], **settings: str) -> str:
    played = played_by(case)
    played.asked = asked
    return asyncio.run(case.build(played, **settings).check())


def test_whatsapp_says_whose_number_it_is() -> None:
    told = {"display_phone_number": "+1 500-555-0100", "verified_name": "Shop"}
    asked = {PHONE_NUMBER_ID: told | {"quality_rating": "GREEN"}}
    said = checked(WHATSAPP, asked)
    assert "+1 500-555-0100 (Shop), quality GREEN" in said
    assert "no template" in said
    assert "template answer" in checked(WHATSAPP, asked, template_name="answer")


@ALL
def test_a_wrong_account_is_told_of(case: Case) -> None:
    with pytest.raises(AccountRefused):
        checked(case, {})


def test_messenger_says_whether_the_page_tells_us_enough() -> None:
    me = {"id": PAGE_ID, "name": "Shop"}
    path = f"{PAGE_ID}/subscribed_apps"

    def subscribed(app: str, fields: tuple[str, ...]) -> dict[str, Any]:
        return {"me": me, path: {"data": [{"id": app, "subscribed_fields": list(fields)}]}}

    assert "page Shop" in checked(MESSENGER, subscribed(APP_ID, SUBSCRIBED))
    with pytest.raises(ConfigError, match="message_echoes, message_reads"):
        checked(MESSENGER, subscribed(APP_ID, ("messages", "messaging_postbacks",
                "message_deliveries", "messaging_handovers")))  # fmt: skip
    with pytest.raises(ConfigError, match="not subscribed"):
        checked(MESSENGER, subscribed("1", SUBSCRIBED))
    with pytest.raises(ConfigError, match="'Another'"):
        checked(MESSENGER, {"me": {"id": "7", "name": "Another"}})


def test_instagram_says_which_account_it_is() -> None:
    linked = {"id": INSTAGRAM.settings["account_id"], "username": "shop"}
    me = {"id": PAGE_ID, "name": "Shop", "instagram_business_account": linked}
    assert checked(INSTAGRAM, {"me": me}) == "@shop, by the page Shop"
    with pytest.raises(ConfigError, match="not linked"):
        checked(INSTAGRAM, {"me": me | {"instagram_business_account": {"id": "7"}}})
