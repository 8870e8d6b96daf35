"""Sends by a channel of Twilio's to a played Twilio, for the tests beside this file."""

from __future__ import annotations

import asyncio
from datetime import datetime
from urllib.parse import parse_qs

import httpx

from bot.accounts import account_of
from bot.messages import Address, Choice, Media, Part
from channels.base import Provider
from channels.twilio import Sms
from tests.contract.channels.case import Case, cases
from tests.contract.channels.case_twilio import ANN, SETTINGS
from tests.providers.twilio import PlayedTwilio

SMS, WHATSAPP = cases()["sms"], cases()["whatsapp_twilio"]
BSUID = "US.13491208655302741918"
YES, NO = Choice("Yes, cancel", "/a", "btn_1"), Choice("Keep it", "/b", "btn_2")
ASKED = Part("Cancel it?", choices=(YES, NO), plain="Cancel it?\n\n1. Yes, cancel\n2. Keep it")
PICTURE = "https://shop.example/pictures/kettle-{}.jpg"


def pictures(number: int) -> tuple[Media, ...]:
    return tuple(Media(PICTURE.format(n), "image/jpeg") for n in range(number))


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
