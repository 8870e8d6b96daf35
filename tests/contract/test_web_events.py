"""The event stream brings every line once, in order, and at once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from bot.hosts.chat_events import chat_events
from bot.hosts.hub import Hub
from bot.wiring import Services
from tests.contract.web import (
    Page,
    answer_all,
    lines,
    transcript_of,
)


async def test_resumes_after_the_last_line_seen_each_once_and_in_order(
    page: Page, services: Services
) -> None:
    for n in range(4):
        await page.say(f"message {n}")
    await answer_all(services)
    everything = [data["seq"] for name, data, _ in await transcript_of(services, page)
                  if name == "message"]  # fmt: skip
    assert everything == list(range(1, 9))
    events = await transcript_of(services, page, after=5)
    assert [(data["seq"], id) for name, data, id in events if name == "message"] == [
        (6, "6"),
        (7, "7"),
        (8, "8"),
    ]
    assert events[-1][0] == "state"


async def test_a_long_conversation_is_replayed_from_its_recent_end(
    page: Page, services: Services
) -> None:
    for n in range(130):
        await page.say(f"message {n}")
    await answer_all(services)
    recent = lines(await transcript_of(services, page))
    assert len(recent) == 200
    assert recent[-1] == ("bot", "heard: message 129")
    assert len(lines(await transcript_of(services, page, after=0))) == 260


async def test_shows_that_an_answer_is_being_written(page: Page, services: Services) -> None:
    await page.say("hello")
    assert (await transcript_of(services, page))[-1][1] == {"owner": "bot", "typing": True}
    await answer_all(services)
    assert (await transcript_of(services, page))[-1][1] == {"owner": "bot", "typing": False}


async def test_a_note_of_the_desk_is_never_shown(page: Page, services: Services) -> None:
    await page.say("hello")
    await answer_all(services)
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE message SET author = 'note' WHERE author = 'bot'"))
    assert lines(await transcript_of(services, page)) == [("customer", "hello")]


async def test_an_open_stream_gets_what_is_said_at_once(page: Page, services: Services) -> None:
    hub = Hub(services.engine)
    async with hub.running():
        stream = chat_events(services.engine, hub, page.session, None)
        assert (await anext(stream)).startswith(":")
        assert (await anext(stream)).startswith("event: state")
        await page.say("hello")
        async with asyncio.timeout(2):
            assert '"typing": true' in await anext(stream)
        await answer_all(services)
        async with asyncio.timeout(2):
            assert '"text": "hello"' in await anext(stream)
            assert "heard: hello" in await anext(stream)
        await stream.aclose()


async def test_listens_again_after_the_line_to_the_database_was_cut(
    page: Page, services: Services
) -> None:
    hub = Hub(services.engine)
    async with hub.running():
        stream = chat_events(services.engine, hub, page.session, None)
        await anext(stream)
        await anext(stream)
        with services.engine.begin() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE query LIKE 'LISTEN%' OR query = 'SELECT 1'"
                )
            )
        await page.say("hello")
        await answer_all(services)
        async with asyncio.timeout(10):
            blocks = [await anext(stream)]
            while "heard: hello" not in blocks[-1]:
                blocks.append(await anext(stream))
        assert sum('"text": "hello"' in block for block in blocks) == 1
        await stream.aclose()


async def test_streams_end_when_the_server_stops(page: Page, services: Services) -> None:
    hub = Hub(services.engine)
    async with hub.running():
        stream = chat_events(services.engine, hub, page.session, None)
        await anext(stream)
        await anext(stream)
        hub.close()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
