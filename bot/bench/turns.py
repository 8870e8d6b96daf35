"""How long a turn takes, from the message that comes in to its stored answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from sqlalchemy import Engine

from bot.bench.machine import on_one_core, own_peak_mb
from bot.bench.report import Line, Section
from bot.bench.samples import spread
from bot.bench.scratch import Scratch
from bot.bench.script import Talking
from bot.engine.talk import Talk
from bot.engine.turn import Turn

Progress = Callable[[int], None]
WARM_UP = 40
ONE_CORE_FOR = timedelta(seconds=10)


def timed(talk: Talk, sender: str, words: str) -> tuple[float, str]:
    """Say one thing; how long it took in milliseconds, and who owns the conversation then."""
    begun = time.perf_counter()
    exchange = talk.say(sender, words)
    return (time.perf_counter() - begun) * 1000, exchange.state


def hold(talk: Talk, talking: Talking) -> list[float]:
    """Hold a conversation until its end, or until a person is to answer: milliseconds per turn."""
    taken = []
    for words in talking.messages:
        ms, owner = timed(talk, talking.sender, words)
        taken.append(ms)
        if owner != "bot":
            break
    return taken


def turn_times(
    talk: Talk, talkings: Iterator[Talking], turns: int, progress: Progress = lambda _: None
) -> list[float]:
    """Milliseconds of at least ``turns`` turns."""
    taken: list[float] = []
    while len(taken) < turns:
        taken += hold(talk, next(talkings))
        progress(min(len(taken), turns))
    return taken


def turns_per_second(talk: Talk, talkings: Iterator[Talking], length: timedelta) -> float:
    """Turns done one after the other in that time, as a rate."""
    begun = time.perf_counter()
    done = 0
    while time.perf_counter() - begun < length.total_seconds():
        done += len(hold(talk, next(talkings)))
    return done / (time.perf_counter() - begun)


def turn_section(
    place: Scratch,
    engine: Engine,
    turn: Turn,
    talkings: Iterator[Talking],
    turns: int,
    *,
    progress: Progress = lambda _: None,
) -> Section:
    """Turns one after the other: each alone, and as many as one core can do."""
    with Talk(engine, turn) as talk:
        turn_times(talk, talkings, WARM_UP)
        taken = turn_times(talk, talkings, turns, progress)
        with on_one_core(place.server.pid) as pinned:
            engine.dispose()  # connections made from here on are born on that core
            turn_times(talk, talkings, 5)
            rate = turns_per_second(talk, talkings, ONE_CORE_FOR)
    return Section(
        "turn",
        "A turn through the whole pipeline, every step committed",
        (
            Line("turn", "receive → turn → outbox", spread(taken)),
            Line("throughput", "on one core", {"per_second": round(rate, 1)}),
            Line("memory", "memory of that process", {"peak_mb": own_peak_mb()}),
        ),
        (
            "One core for everything, PostgreSQL included."
            if pinned
            else "Cores cannot be pinned on this system: the rate is of all of them.",
            f"PostgreSQL: {', '.join(f'{k} {v}' for k, v in place.durability().items())}.",
        ),
    )
