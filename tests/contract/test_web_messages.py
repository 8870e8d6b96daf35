"""A message is stored once, as it is, where it belongs; or refused with a reason."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import Engine, text

from bot.hosts.limits import Limit
from bot.wiring import Services
from tests.contract.web import (
    Page,
    answer_all,
    gateway,
    generous,
    lines,
    number,
    recorded,
    services_on,
    transcript_of,
)
from tests.scripted_brain import offering


async def test_stores_a_message_once_however_often_it_is_sent(
    page: Page, engine: Engine, services: Services
) -> None:
    frame = recorded("message.json")
    answers = await asyncio.gather(*(page.post("message", frame) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["cid"] for answer in answers} == {frame["cid"]}
    assert sorted(a.json()["duplicate"] for a in answers) == [False, True, True, True, True]
    await answer_all(services)
    events = await transcript_of(services, page)
    assert lines(events) == [
        ("customer", frame["text"]),
        ("bot", f"heard: {frame['text']}"),
    ]
    assert events[0][1]["cid"] == frame["cid"]


async def test_the_same_cid_of_two_sessions_is_two_messages(
    http: httpx.AsyncClient, engine: Engine
) -> None:
    for _ in range(2):
        await (await Page(http).open()).post("message", recorded("message.json"))
    assert number(engine, "SELECT count(*) FROM inbox") == 2


async def test_markup_arrives_as_the_text_it_is(page: Page, services: Services) -> None:
    frame = recorded("message_xss.json")
    await page.post("message", frame)
    await answer_all(services)
    said = lines(await transcript_of(services, page))
    assert said[0] == ("customer", frame["text"])


async def test_a_choice_counts_only_where_it_was_offered(
    http: httpx.AsyncClient, services: Services
) -> None:
    mine, other = await Page(http).open(), await Page(http).open()
    for page in (mine, other):
        await page.say("which?")
    await answer_all(services, offering("boots", "lamp"))
    offered = next(
        data["choices"]
        for name, data, _ in await transcript_of(services, mine)
        if name == "message" and data.get("choices")
    )
    assert [set(choice) for choice in offered] == [{"id", "title"}] * 2
    picked = {**recorded("choice.json"), "choice": offered[1]["id"]}
    for page in (mine, other):
        assert (await page.post("message", picked)).status_code == 202
    await answer_all(services, offering())
    assert lines(await transcript_of(services, mine))[-2:] == [
        ("customer", "lamp"),
        ("bot", 'heard: /pick{"title": "lamp"}'),
    ]
    assert lines(await transcript_of(services, other))[-1] == ("bot", "utter_choice_expired")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{not json", 400),
        (b'{"cid": "0123456789"}', 400),
        (b'{"cid": "0123456789", "text": "a", "choice": "btn_12345678"}', 400),
        (b'{"cid": "0123456789", "choice": "/affirm"}', 400),
        (b'{"cid": "0123456789", "text": {"a": 1}}', 400),
        (b'{"cid": "x", "text": "a"}', 400),
        (b'{"text": "a"}', 400),
        (b"[" * 10_000, 400),
        (json.dumps({"cid": "0123456789", "text": "a" * 4001}).encode(), 400),
        (b'{"text": "' + b"a" * 17_000 + b'"}', 413),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_refuses_what_is_no_message(
    page: Page, engine: Engine, body: bytes, status: int
) -> None:
    bearer = {"Authorization": f"Bearer {page.token}"}
    answer = await page.http.post("/w/message", content=body, headers=bearer)
    assert answer.status_code == status
    assert number(engine, "SELECT count(*) FROM inbox") == 0


@pytest.mark.parametrize("secret", ["", "x", "v_guess", "a" * 5000])
async def test_refuses_a_message_without_the_sessions_secret(page: Page, secret: str) -> None:
    page.token = secret
    assert (await page.say("hello")).status_code == 401


async def test_ten_messages_in_ten_seconds_are_enough(services: Services) -> None:
    limits = generous()
    limits.messages = Limit(10, timedelta(seconds=10))
    async with gateway(services, limits) as http:
        page = await Page(http).open()
        answers = [await page.say(f"message {n}") for n in range(11)]
    assert [answer.status_code for answer in answers] == [202] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) <= 10


async def test_keeps_what_the_page_says_of_the_visit_and_nothing_else(
    page: Page, engine: Engine
) -> None:
    context = {
        "country": "DE",
        "product": "tent-2",
        "basket": [{"variant": "v1", "quantity": 2}, {"variant": 3}, "x"],
        "network": "10.0.0.1",
        "customer_id": "cust_77",
        "locale": "<script>",
    }
    await page.say("hello", context=context)
    with engine.connect() as connection:
        stored = connection.execute(text("SELECT context FROM inbox")).scalar_one()
    assert stored == {
        "country": "DE",
        "product": "tent-2",
        "basket": [{"variant": "v1", "quantity": 2}],
        "network": "127.0.0.1",
    }


async def test_says_come_again_when_the_database_is_away(services: Services) -> None:
    away = services_on("postgresql://nobody@127.0.0.1:9/none?connect_timeout=1")
    async with gateway(away) as http:
        for answer in (
            await http.post("/w/session", json={}),
            await http.post(
                "/w/message",
                json={"cid": "0123456789", "text": "a"},
                headers={"Authorization": "Bearer abc"},
            ),
            await http.get("/readyz"),
        ):
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
        assert (await http.get("/healthz")).status_code == 200
