"""Files that customers send: fetched from Twilio, and its token stays there."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from bot.errors import (
    AccountRefused,
    BotError,
)
from bot.messages import Media
from tests.contract.channels.playing_twilio import (
    answering,
)
from tests.providers.twilio_forms import ACCOUNT

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
