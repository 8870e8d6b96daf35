"""The address providers call: what is stored before it answers, and when it refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import Engine, text

from bot.accounts import account_of
from bot.messages import Kind
from bot.store.inbox import storable
from bot.wiring import Services
from channels.base import MEGABYTE, Request
from channels.telegram import Telegram
from tests.contract.channels.case import Said, cases, unreachable
from tests.contract.channels.case_telegram import ANN, SECRET, call
from tests.contract.web import gateway, number, services_on

TELEGRAM = cases()["telegram"]
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}


def with_telegram(database: str) -> Services:
    account = account_of("telegram", Telegram.keys, TELEGRAM.settings)
    channels = {"telegram": Telegram(account, unreachable())}
    return replace(services_on(database), channels=channels)


@pytest.fixture
def services(database: str) -> Services:
    return with_telegram(database)


@pytest.fixture
def engine(services: Services) -> Engine:
    return services.engine


@pytest.fixture
async def http(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(services, origin="") as client:
        yield client


async def post(http: httpx.AsyncClient, request: Request) -> httpx.Response:
    return await http.post("/in/telegram", content=request.body, headers=dict(request.headers))


def message(words: str = "hello", ident: str = "1") -> Request:
    return TELEGRAM.says([Said(ANN, words, ident)])


async def test_answers_once_all_is_stored(http: httpx.AsyncClient, engine: Engine) -> None:
    answers = await asyncio.gather(*(post(http, message()) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in answers} == {b""}
    assert number(engine, "SELECT count(*) FROM inbox") == 1


async def test_stores_nothing_that_was_not_signed(http: httpx.AsyncClient, engine: Engine) -> None:
    for forgery in TELEGRAM.forgeries():
        headers = {k: v.encode("utf-8", "replace") for k, v in forgery.request.headers.items()}
        answer = await http.post("/in/telegram", content=forgery.request.body, headers=headers)
        assert answer.status_code == forgery.status, forgery.name
        assert answer.content == b""
    assert number(engine, "SELECT count(*) FROM inbox") == 0


async def test_keeps_whole_what_is_authentic_and_cannot_be_read(
    http: httpx.AsyncClient, engine: Engine
) -> None:
    for body in (b"", b"not json", b"[]", b'{"update_id": 7, "message": {"chat": 1}}', b"\xff\x00"):
        answer = await http.post("/in/telegram", content=body, headers=HEADERS)
        assert answer.status_code == 200
    assert number(engine, "SELECT count(*) FROM unread_call") == 5
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT body, headers, error FROM unread_call")).all()
    assert {bytes(row.body) for row in kept} >= {b"not json", b"\xff\x00"}
    assert not any(SECRET in json.dumps(row.headers) + row.error for row in kept)


async def test_knows_no_channel_without_an_account(http: httpx.AsyncClient) -> None:
    for path in ("/in/sms", "/in/pigeon", "/in/telegram/elsewhere", "/in/"):
        assert (await http.post(path, content=b"{}")).status_code == 404
    assert (await http.get("/in/telegram")).status_code == 405


async def test_refuses_what_is_too_large(http: httpx.AsyncClient, engine: Engine) -> None:
    big = await http.post("/in/telegram", content=b"x" * (MEGABYTE + 1), headers=HEADERS)
    assert big.status_code == 413

    async def dribble() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * (MEGABYTE // 10)

    unannounced = await http.post("/in/telegram", content=dribble(), headers=HEADERS)
    assert unannounced.status_code == 413
    assert number(engine, "SELECT count(*) FROM inbox") == 0


async def test_gives_up_on_whoever_dribbles(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.hosts.webhooks.READ_WITHIN", 0.05)

    async def never_ends() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    answer = await http.post("/in/telegram", content=never_ends(), headers=HEADERS)
    assert answer.status_code == 408


async def test_says_come_again_when_the_database_is_away(database: str) -> None:
    services = with_telegram(database.replace("/test_", "/gone_"))
    async with gateway(services, origin="") as http:
        answer = await post(http, message())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_never_answers_with_a_redirect_or_a_failure_to_hostile_input(
    http: httpx.AsyncClient,
) -> None:
    hostile = [
        call({"update_id": 2**63, "message": {}}),
        call({"update_id": -1}),
        call(
            {"update_id": 1, "message": {"chat": {"id": 1, "type": "private"}, "from": {"id": 1}}}
        ),
        call({"update_id": 5, "callback_query": {"id": "x", "from": {"id": 1}, "data": "\u0000"}}),
    ]
    nested = b'{"update_id":1,"message":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    for request in (*hostile, replace(hostile[0], body=nested)):
        answer = await post(http, request)
        assert answer.status_code == 200, answer.text


def test_cleaning_changes_nothing_but_what_cannot_be_kept() -> None:
    given = {"a\x00": ["\ud800x", Kind.ECHO, 7, None], "b": ("ok",)}
    assert storable(given) == {"a": ["?x", Kind.ECHO, 7, None], "b": ("ok",)}
    assert type(storable(Kind.ECHO)) is Kind
