"""The same conversations through us and through Rasa's default set-up, turn by turn alternately."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx
from sqlalchemy import Engine

from bot.bench import product, rasa_default
from bot.bench.rasa_default import Server, Trained
from bot.bench.rasa_environment import Environment
from bot.bench.report import Line, Section, Value
from bot.bench.samples import percentile, spread
from bot.bench.scratch import Scratch
from bot.bench.script import Talking
from bot.bench.turns import Progress, timed
from bot.engine.talk import Talk
from bot.engine.turn import Turn
from bot.wiring import engine_for

KINDS = ("rasa-default", "rasa-default-sql")
LABELS = {
    "onecounter": "Onecounter",
    "onecounter-http": "Onecounter, over HTTP",
    "rasa-default": "Rasa's default",
    "rasa-default-sql": "Rasa's default, SQL",
}
WARM_UP = 3
"""Conversations."""


@dataclass(frozen=True)
class Rasa:
    """Rasa's side: where it is installed, what it trained, and in which of KINDS it is run."""

    environment: Environment
    trained: Trained
    kinds: Sequence[str]


@dataclass(frozen=True)
class Rivals:
    """Everybody who is going to be measured, running."""

    talk: Talk
    http: httpx.Client
    chat_engine: Engine
    open_chat: product.Product
    servers: dict[str, Server]


def against_section(
    place: Scratch,
    turn: Turn,
    rasa: Rasa,
    talkings: Iterator[Talking],
    turns: int,
    *,
    progress: Progress = lambda _: None,
) -> Section:
    """Drive all of them through the same conversations. ``talkings`` are of the web chat only."""
    taken: defaultdict[str, list[float]] = defaultdict(list)
    silent: defaultdict[str, int] = defaultdict(int)
    with _running(place, turn, rasa) as rivals:
        for talking in itertools.islice(talkings, WARM_UP):
            _hold(rivals, talking)
        while len(taken["onecounter"]) < turns:
            for name, ms, answered in _hold(rivals, next(talkings)):
                taken[name].append(ms)
                silent[name] += not answered
            progress(min(len(taken["onecounter"]), turns))
        memory = _memory(rivals)
        loads = {name: server.load_seconds for name, server in rivals.servers.items()}
    lines = [
        _line(name, taken, memory.get(name), loads, rasa.trained) for name in LABELS if taken[name]
    ]
    return Section(
        "against", "The same conversations", lines, (rasa.environment.note, *_notes(silent))
    )


@contextmanager
def _running(place: Scratch, turn: Turn, rasa: Rasa) -> Iterator[Rivals]:
    ours, chat = place.database("ours"), place.database("ours_http")
    with ExitStack() as stack:
        engine = engine_for(ours)
        stack.callback(engine.dispose)
        open_chat = stack.enter_context(product.serving(place, chat))
        servers = {}
        for kind in rasa.kinds:
            shop = place.database(kind.replace("-", "_"))
            store = None
            if kind == "rasa-default-sql":
                store = place.database("rasa_conversations", like="template0").database
            servers[kind] = stack.enter_context(
                rasa_default.serving(
                    place, rasa.environment, rasa.trained.model, shop, tracker_store=store
                )
            )
        chat_engine = engine_for(chat)
        stack.callback(chat_engine.dispose)
        product.fill(chat_engine, iter([Talking("web:warm-up", ("Hello",))]), 1)
        http = stack.enter_context(httpx.Client(base_url=open_chat.base, timeout=60.0))
        stack.enter_context(product.working(place, open_chat))
        talk = stack.enter_context(Talk(engine, turn))
        yield Rivals(talk, http, chat_engine, open_chat, servers)


def _hold(rivals: Rivals, talking: Talking) -> list[tuple[str, float, bool]]:
    """One conversation with everybody, each message with all of them before the next."""
    held: list[tuple[str, float, bool]] = []
    secret = product.open_session(rivals.chat_engine, rivals.open_chat.base)
    browser = product.Browser(rivals.http, rivals.open_chat.base, secret)
    with browser.listening():
        for words in talking.messages:
            ms, owner = timed(rivals.talk, talking.sender, words)
            held.append(("onecounter", ms, True))
            held.append(("onecounter-http", browser.say(words), True))
            for name, server in rivals.servers.items():
                held.append((name, *server.say(talking.sender, words)))
            if owner != "bot":
                break
    return held


def _memory(rivals: Rivals) -> dict[str, float]:
    memory = {"onecounter-http": rivals.open_chat.serve.peak_mb()}
    for name, server in rivals.servers.items():
        memory[name] = sum(server.peak_mb())
    return memory


def _line(
    name: str,
    taken: dict[str, list[float]],
    memory: float | None,
    loads: dict[str, float],
    trained: Trained,
) -> Line:
    values: dict[str, Value] = dict(spread(taken[name]))
    ours = percentile(taken["onecounter"], 0.5)
    values["ratio"] = round(percentile(taken[name], 0.5) / ours, 2)
    if name in loads:
        values |= {"load_s": loads[name], "train_s": trained.seconds}
    if memory is not None:
        values["peak_mb"] = round(memory, 1)
    return Line(name, LABELS[name], values)


def _notes(silent: dict[str, int]) -> list[str]:
    notes = [
        "Onecounter: receive → turn → outbox, each committed. Over HTTP: posted to `serve`, "
        "answered by `work`, read from the web chat's event stream.",
        "Rasa: `rasa run` with the REST channel and a separate action server; SQL: with its own "
        "tracker store on the same PostgreSQL instead of memory.",
        "Rasa's answers are of an anonymous visitor and nothing of them is stored by the default; "
        "ours are stored, and personal once an order is proven.",
    ]
    notes += [
        f"{name} left {count} messages without an answer."
        for name, count in silent.items()
        if count
    ]
    return notes
