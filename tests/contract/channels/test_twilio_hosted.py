"""Twilio's channels as an operator has them: from settings to the address that Twilio calls."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.accounts import how
from bot.cli import doctor
from bot.errors import ConfigError, Unreachable
from bot.wiring import Services, channels_of, read_settings
from channels.base import Provider, Request
from channels.twilio import Sms, TwilioWhatsApp
from tests.conftest import ROOT
from tests.contract.channels.case_twilio import ANN, NEXT_TOKEN, SHARED_KEY, TOKEN
from tests.contract.web import gateway, number, services_on
from tests.providers.twilio import LATE
from tests.providers.twilio_forms import ACCOUNT, NUMBER, called, inbound, receipt

PUBLIC = "https://chat.shop.example"
SECTION = {
    "ACCOUNT_SID": ACCOUNT,
    "AUTH_TOKEN": TOKEN,
    "NEXT_AUTH_TOKEN": NEXT_TOKEN,
    "SHARED_KEY": SHARED_KEY,
    "FROM": NUMBER,
}


def environment(section: str, **changed: str) -> dict[str, str]:
    values = SECTION | changed
    named = {f"ONECOUNTER_{section}_{name}": value for name, value in values.items()}
    return named | {"ONECOUNTER_PUBLIC_URL": f"{PUBLIC}/"}


def test_both_channels_are_made_of_the_environment(tmp_path: Path) -> None:
    env = environment("SMS") | environment("WHATSAPP_TWILIO", TEMPLATE=LATE)
    settings = read_settings(env, home=tmp_path)
    channels = channels_of(settings, "Fernhill")
    assert {name: type(one) for name, one in channels.items()} == {
        "sms": Sms,
        "whatsapp": TwilioWhatsApp,
    }
    assert channels["whatsapp"]._account.url == f"{PUBLIC}/in/whatsapp"
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACCOUNT_SID", "AC123"),
        ("FROM", "my number"),
        ("FROM", ""),
        ("MESSAGING_SERVICE", "HX00000000000000000000000000000000"),
        ("API", "api.twilio.com"),
        ("SHARED_KEY", "short"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"ONECOUNTER_SMS_{name}") as wrong:
        read_settings(environment("SMS", **{name: value}), home=tmp_path)
    assert TOKEN not in str(wrong.value)


def test_the_simulator_plays_an_account_for_both(tmp_path: Path) -> None:
    env = {"ONECOUNTER_SIMULATOR": "true", "ONECOUNTER_PORT": "8123"}
    channels = channels_of(read_settings(env, home=tmp_path), "Fernhill")
    sms = channels["sms"]
    assert sms._account.text("api") == "http://127.0.0.1:8123/simulator/twilio"
    form = inbound("SM1", ANN, sms._account.text("from"), "hello")
    form["AccountSid"] = sms._account.text("account_sid")
    request = called(sms._account.url, form, sms._account.secret("auth_token"))
    sms.verify(request)
    assert len(sms.parse(request)) == 1


def test_doctor_asks_the_provider_of_each_channel_that_has_an_account(tmp_path: Path) -> None:
    env = environment("SMS", API="http://127.0.0.1:9") | {"ONECOUNTER_SIMULATOR": "true"}
    (title, check), *others = doctor._channels(read_settings(env, home=tmp_path)).items()
    assert (title, others) == ("SMS", [])
    with pytest.raises(Unreachable, match="twilio cannot be reached"):
        check()
    found = doctor._finding(title, check, "see its page")
    assert (found.detail.partition(":")[0], found.mend) == (
        "twilio cannot be reached",
        "see its page",
    )


@pytest.mark.parametrize(("page", "channel"), [("sms", Sms), ("whatsapp-twilio", TwilioWhatsApp)])
def test_every_setting_stands_on_the_channels_page(page: str, channel: type[Provider]) -> None:
    words = (ROOT / "docs" / "channels" / f"{page}.md").read_text("utf-8")
    named = {how(channel.section(), key) for key in channel.keys}
    assert named == {
        name for name in re.findall(r"`(ONECOUNTER_\w+)`", words) if "_URL" not in name
    }


@pytest.fixture
def services(database: str, tmp_path: Path) -> Services:
    channels = channels_of(read_settings(environment("SMS"), home=tmp_path), "Fernhill")
    return replace(services_on(database), channels=channels)


@pytest.fixture
async def http(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(services, origin="") as client:
        yield client


async def post(http: httpx.AsyncClient, request: Request) -> httpx.Response:
    path = request.url.removeprefix(PUBLIC)
    return await http.post(path, content=request.body, headers=dict(request.headers))


async def test_takes_messages_and_receipts_and_says_nothing(
    http: httpx.AsyncClient, services: Services
) -> None:
    form = inbound("SM1", ANN, NUMBER, "Where is my parcel? Köszönöm + & =")
    for request in (
        called(f"{PUBLIC}/in/sms", form),
        called(f"{PUBLIC}/in/sms", form),
        called(f"{PUBLIC}/in/sms/status?mid=42", receipt("SM9", "sent", ANN)),
    ):
        answer = await post(http, request)
        assert (answer.status_code, answer.content) == (200, b"<Response/>")
        assert answer.headers["content-type"].partition(";")[0] == "text/xml"
    assert number(services.engine, "SELECT count(*) FROM inbox") == 1
    assert number(services.engine, "SELECT count(*) FROM receipt WHERE key = '42'") == 1


async def test_refuses_what_was_signed_for_another_address(
    http: httpx.AsyncClient, services: Services
) -> None:
    form = inbound("SM1", ANN, NUMBER, "hello")
    request = called(f"{PUBLIC}/in/sms", form)
    for url in (f"{PUBLIC}/in/sms?mid=1", f"{PUBLIC}/in/sms/status"):
        answer = await post(http, replace(request, url=url))
        assert answer.status_code == 403
    assert number(services.engine, "SELECT count(*) FROM inbox") == 0


async def test_keeps_whole_what_came_to_the_wrong_channel(
    http: httpx.AsyncClient, services: Services
) -> None:
    form = inbound("SM1", f"whatsapp:{ANN}", f"whatsapp:{NUMBER}", "hello")
    answer = await post(http, called(f"{PUBLIC}/in/sms", form))
    assert answer.status_code == 200
    assert number(services.engine, "SELECT count(*) FROM unread_call") == 1
