"""Whether a webhook is answered at once while the brain has more to do than it can."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta

import httpx

from bot.bench.product import answered, fill, open_session, serving, waiting, working
from bot.bench.report import Line, Section
from bot.bench.samples import spread
from bot.bench.scratch import Scratch
from bot.bench.script import Talking
from bot.settings import Settings
from bot.wiring import engine_for

RATE = 25
"""Messages per second; each is sent when it is due, whether or not earlier ones are answered."""
IDLE_FOR = timedelta(seconds=8)
SATURATED_FOR = timedelta(seconds=20)
SESSIONS = 60
QUEUE = 6_000
QUESTION = "What are your opening hours?"


def webhook_section(place: Scratch, settings: Settings, talkings: Iterator[Talking]) -> Section:
    """Answers of ``POST /w/message``: with nothing else to do, and under a long queue."""
    engine = engine_for(settings)
    try:
        with serving(place, settings) as product:
            opened = [open_session(engine, product.base) for _ in range(SESSIONS)]
            idle = asyncio.run(open_loop(product.base, opened, IDLE_FOR))
            fill(engine, talkings, QUEUE)
            with working(place, product) as worker:
                before, begun = answered(settings), time.perf_counter()
                busy = asyncio.run(open_loop(product.base, opened, SATURATED_FOR))
                took = time.perf_counter() - begun
                rate = round((answered(settings) - before) / took, 1)
                left, worker_mb = waiting(settings), worker.peak_mb()
            serve_mb = product.serve.peak_mb()
    finally:
        engine.dispose()
    notes = (
        f"{RATE} messages per second, each timed from the moment it was due; "
        f"{left:,} messages were still waiting for the brain at the end.",
    )
    lines = (
        Line("idle", "POST /w/message, brain off", spread(idle)),
        Line("saturated", "POST /w/message, saturated", spread(busy)),
        Line("worker", "`work` meanwhile: turns", {"per_second": rate, "peak_mb": worker_mb}),
        Line("serve", "`serve`", {"peak_mb": serve_mb}),
    )  # fmt: skip
    return Section("webhook", "A webhook's answer while the brain is busy", lines, notes)


async def open_loop(base: str, secrets: list[str], length: timedelta) -> list[float]:
    """Post at a fixed rate for so long; milliseconds from when each post was due to its answer."""
    count = int(RATE * length.total_seconds())
    async with httpx.AsyncClient(base_url=base, timeout=30.0) as http:
        start = time.perf_counter() + 0.2

        async def post(number: int) -> float:
            due = start + number / RATE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await post_message(http, base, secrets[number % len(secrets)], QUESTION)
            return (time.perf_counter() - due) * 1000

        return list(await asyncio.gather(*(post(number) for number in range(count))))


async def post_message(http: httpx.AsyncClient, origin: str, secret: str, words: str) -> str:
    """Send one message as the widget does; its cid."""
    cid = uuid.uuid4().hex
    answer = await http.post(
        "/w/message",
        json={"cid": cid, "text": words},
        headers={"Origin": origin, "Authorization": f"Bearer {secret}"},
    )
    answer.raise_for_status()
    return cid
