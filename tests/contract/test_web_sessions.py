"""Who may open a chat, how often, and what leaving means."""

from __future__ import annotations

import json

import httpx
import pytest
from sqlalchemy import Engine, text

from bot.hosts.chat import Limits
from bot.wiring import Services
from tests.contract.web import (
    REFUSED,
    SHOP,
    WIDGET,
    Page,
    answer_all,
    gateway,
    lines,
    number,
    recorded,
    transcript_of,
)


async def test_opens_a_session_with_a_secret_of_256_bits_that_is_stored_hashed(
    http: httpx.AsyncClient, engine: Engine
) -> None:
    fixture = WIDGET["session_open.json"]
    answer = await http.post(
        "/w/session", content=json.dumps(recorded("session_open.json")), headers=fixture["headers"]
    )
    assert answer.status_code == fixture["expect"]["status"]
    secret = answer.json()["token"]
    assert len(secret) >= 43
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM web_session")).all()
    assert secret not in str(rows)


@pytest.mark.parametrize(
    "origin",
    [
        WIDGET["session_open_foreign_origin.json"]["headers"]["Origin"],
        "null",
        "",
        "http://www.shop.example",
        "https://www.shop.example:8443",
        "https://www.shop.example.evil.example",
        "https://shop.example",
        "HTTPS://WWW.SHOP.EXAMPLE",
    ],
)
async def test_refuses_a_page_that_is_not_exactly_an_allowed_one(
    services: Services, origin: str
) -> None:
    async with gateway(services, origin=origin) as http:
        body = recorded("session_open_foreign_origin.json")
        answer = await http.post("/w/session", json=body)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
        assert number(services.engine, "SELECT count(*) FROM web_session") == 0


async def test_tells_other_origins_what_they_may_read(http: httpx.AsyncClient) -> None:
    answer = await http.options("/w/message", headers={"Access-Control-Request-Method": "POST"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]


async def test_opens_at_most_thirty_sessions_a_minute_for_one_network(services: Services) -> None:
    async with gateway(services, Limits()) as http:
        answers = [await http.post("/w/session", json={}) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [201] * 30 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


async def test_the_stream_needs_the_secret_and_no_foreign_page(page: Page) -> None:
    assert (await page.http.get("/w/events")).status_code == 401
    answer = await page.http.get(
        "/w/events",
        headers={"Authorization": f"Bearer {page.token}", "Origin": "https://evil.example"},
    )
    assert answer.status_code == 403


async def test_after_signing_out_the_conversation_cannot_be_reached(
    page: Page, services: Services
) -> None:
    await page.say("hello")
    await answer_all(services)
    assert (await page.post("logout", recorded("logout.json"))).status_code == 204
    assert (await page.say("again")).status_code == 401
    assert await transcript_of(services, page) == [("closed", {}, None)]
    before = page.session
    await page.open()
    assert page.session != before
    assert lines(await transcript_of(services, page)) == []


def test_every_recorded_payload_of_the_widget_has_a_test() -> None:
    covered = {
        "session_open.json",
        "session_open_foreign_origin.json",
        "identify_jwt.json",
        "message.json",
        "message_xss.json",
        "choice.json",
        "resume.json",  # test_resumes_after_the_last_line_seen_each_once_and_in_order
        "logout.json",
        *REFUSED,
    }
    assert covered == set(WIDGET)
