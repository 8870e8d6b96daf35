"""Where providers call, as the gateway serves it: the right status, and everything stored once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text

from bot.wiring import Services
from channels.base import Request
from tests.contract.channels import case_meta
from tests.contract.channels.case import Said
from tests.contract.channels.case_meta import MESSENGER, PHONE, WHATSAPP, subscribing
from tests.contract.web import gateway, services_on


@pytest.fixture
def with_channels(database: str) -> Services:
    """Services with two of Meta's channels; nobody is to be called."""
    channels = {case.channel.name: case.build() for case in (WHATSAPP, MESSENGER)}
    return replace(services_on(database), channels=channels)


@pytest.fixture
async def meta(with_channels: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(with_channels, origin="") as client:
        yield client


async def called(client: httpx.AsyncClient, request: Request) -> httpx.Response:
    path = request.url.partition("/in/")[2]
    return await client.request(
        request.method, f"/in/{path}", content=request.body, headers=dict(request.headers)
    )


def counted(services: Services, table: str) -> int:
    with services.engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
        return int(found)


def says(*numbers: int) -> Request:
    said = [Said(PHONE, f"number {n}", WHATSAPP.idents(n)) for n in numbers]
    return case_meta.whatsapp_says(said)


async def test_proves_that_the_address_is_ours(meta: httpx.AsyncClient) -> None:
    answer = await called(meta, subscribing("whatsapp"))
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    answer = await called(meta, subscribing("whatsapp", verify_token="another-word"))
    assert (answer.status_code, answer.text) == (403, "")


async def test_stores_what_is_signed_once_and_answers_with_nothing(
    meta: httpx.AsyncClient, with_channels: Services
) -> None:
    for _ in range(5):
        answer = await called(meta, says(1, 2, 3))
        assert (answer.status_code, answer.content) == (200, b"")
    assert counted(with_channels, "inbox") == 3


async def test_stores_nothing_of_what_is_not(
    meta: httpx.AsyncClient, with_channels: Services
) -> None:
    forged = replace(says(1), headers={"x-hub-signature-256": "sha256=" + "0" * 64})
    assert (await called(meta, forged)).status_code == 401
    assert (await called(meta, replace(says(1), headers={}))).status_code == 401
    assert counted(with_channels, "inbox") == counted(with_channels, "unread_call") == 0


async def test_keeps_a_call_of_which_only_a_part_can_be_read_and_takes_that_part(
    meta: httpx.AsyncClient, with_channels: Services
) -> None:
    body = json.loads(says(1, 2).body)
    body["entry"].insert(1, {"id": "1", "changes": "of another shape"})
    request = case_meta.call("whatsapp", body)
    assert (await called(meta, request)).status_code == 200
    assert counted(with_channels, "inbox") == 2
    with with_channels.engine.connect() as connection:
        kept = connection.execute(text("SELECT channel, body, error, headers FROM unread_call"))
        channel, raw, error, headers = kept.one()
    assert (channel, bytes(raw)) == ("whatsapp", request.body)
    assert "no list" in error
    assert "x-hub-signature-256" not in headers


@pytest.mark.parametrize("raw", [b"", b"not JSON", b"[]", b'{"entry": 7}', b"{" * 5000])
async def test_keeps_a_signed_call_that_nobody_can_read(
    meta: httpx.AsyncClient, with_channels: Services, raw: bytes
) -> None:
    headers = {"x-hub-signature-256": case_meta.signed(raw)}
    request = Request("POST", "https://x/in/whatsapp", headers, raw)
    assert (await called(meta, request)).status_code == 200
    assert counted(with_channels, "unread_call") == 1


async def test_a_call_of_a_size_meta_never_sends_is_refused(
    meta: httpx.AsyncClient, with_channels: Services
) -> None:
    large = b" " * (3 * 1024 * 1024 + 1)
    headers = {"x-hub-signature-256": case_meta.signed(large)}
    request = Request("POST", "https://x/in/messenger", headers, large)
    assert (await called(meta, request)).status_code == 413
    assert counted(with_channels, "unread_call") == 0


async def test_a_channel_without_an_account_is_not_there(meta: httpx.AsyncClient) -> None:
    assert (await meta.post("/in/instagram")).status_code == 404
    assert (await meta.post("/in/whatsapp/more")).status_code == 404
    assert (await meta.put("/in/whatsapp")).status_code == 405
