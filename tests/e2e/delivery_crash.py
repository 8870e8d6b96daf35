"""Kills gateway, worker and deliverer while a provider calls and is called, and counts.

The provider is played on loopback: it calls again until it hears 2xx, as real ones do, and
remembers all it was given. What it was given is compared with what was to be sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import uvicorn

from tests.contract.channels.case import PUBLIC, Case, Said
from tests.e2e.crash import Processes, free_port, shares_of, stalled
from tests.providers.base import PlayedProvider, Taken

ROLES = ("serve", "work", "deliver")


@dataclass
class Report:
    """What became of it. ``doubled`` parts are no fault where nobody can know."""

    seed: int
    sent: int = 0
    kills: int = 0
    stalled_kills: int = 0
    doubled: int = 0
    faults: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        wrong = ", ".join(f"{name}: {count}" for name, count in self.faults.items() if count)
        return (
            f"seed {self.seed}: {self.sent} messages, {self.kills} kills, {self.stalled_kills} of "
            f"them stalled, {self.doubled} parts doubled; {wrong or 'no faults'}"
        )


@contextlib.contextmanager
def on_loopback(played: PlayedProvider) -> Iterator[str]:
    """Serve the played provider over real HTTP; gives its address."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            piece = await receive()
            body += piece.get("body", b"")
            if not piece.get("more_body"):
                break
        query = scope["query_string"].decode()
        url = f"http://provider.example{scope['path']}" + (f"?{query}" if query else "")
        request = httpx.Request(scope["method"], url, headers=scope["headers"], content=body)
        answer = await played.handle(request)
        headers = [(b"content-type", answer.headers.get("content-type", "").encode())]
        start = {"type": "http.response.start", "status": answer.status_code, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": answer.content})

    port = free_port()
    config = uvicorn.Config(app, "127.0.0.1", port, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


class Calls(threading.Thread):
    """The provider's calls for one customer: in order, each until it was taken."""

    def __init__(self, base: str, case: Case, who: str) -> None:
        super().__init__(daemon=True)
        self._base, self._case, self.who = base, case, who
        self.waiting: queue.Queue[Said | None] = queue.Queue()
        self.sent: list[Said] = []

    def run(self) -> None:
        """Call with whatever is put into ``waiting`` until None comes."""
        with httpx.Client(timeout=5.0) as http:
            while (said := self.waiting.get()) is not None:
                self._until_taken(http, said)
                self.sent.append(said)

    def _until_taken(self, http: httpx.Client, said: Said) -> None:
        request = self._case.says([said])
        url = self._base + request.url.removeprefix(PUBLIC)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                answer = http.post(url, content=request.body, headers=dict(request.headers))
                if answer.status_code == 200:
                    return
                if 400 <= answer.status_code < 500:
                    raise RuntimeError(f"{self.who}: {answer.status_code} {answer.text}")
            time.sleep(0.02)
        raise RuntimeError(f"{self.who}: gave up")


def storm(
    database: str,
    env: dict[str, str],
    case: Case,
    people: list[str],
    *,
    messages: int,
    random_kills: int,
    stalled_kills: int,
    seed: int,
    mutant: str | None = None,
) -> Report:
    """Let calls and deliveries flow while processes are killed; return what became of them."""
    dice, report, played = random.Random(seed), Report(seed), case.played()
    with on_loopback(played) as address:
        settings = {**case.settings, "api": address}
        prefix = f"ONECOUNTER_{case.section}".upper()
        env = env | {f"{prefix}_{name.upper()}": value for name, value in settings.items()}
        processes = Processes(env | {"ONECOUNTER_PUBLIC_URL": PUBLIC}, mutant, ROLES)
        callers = [Calls(f"http://127.0.0.1:{processes.port}", case, who) for who in people]
        try:
            for caller in callers:
                caller.start()
            rounds = ["random"] * random_kills + ["stalled"] * stalled_kills
            dice.shuffle(rounds)
            number = 0
            for kind, share in zip(rounds, shares_of(messages, len(rounds), dice), strict=True):
                processes.wait_served()
                stall = stalled(database, dice) if kind == "stalled" else contextlib.nullcontext()
                with stall as standing:
                    for _ in range(share):
                        number += 1
                        caller = dice.choice(callers)
                        said = Said(caller.who, f"what is question {number}", case.idents(number))
                        caller.waiting.put(said)
                    stood = standing is not None and standing()
                    time.sleep(dice.uniform(0, 0.12))
                    roles = dice.sample(ROLES, dice.choice((1, 1, 2)))
                    for role in roles:
                        processes.kill(role)
                report.kills += len(roles)
                report.stalled_kills += len(roles) if stood else 0
                for role in roles:
                    processes.start(role)
            for caller in callers:
                caller.waiting.put(None)
            for caller in callers:
                caller.join(timeout=120)
                assert not caller.is_alive(), "a provider is still calling"
            _drained(database)
            report.sent = sum(len(caller.sent) for caller in callers)
            _judge(database, callers, played, report)
        finally:
            processes.close()
    return report


def _drained(database: str, within: float = 120.0) -> None:
    """Wait until nothing is left to be answered or sent."""
    deadline = time.monotonic() + within
    with psycopg.connect(database, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM inbox WHERE state = 'new'), "
                "(SELECT count(*) FROM outbox WHERE state IN ('new', 'sending'))"
            ).fetchone()
            if row == (0, 0):
                return
            time.sleep(0.05)


def _judge(database: str, callers: list[Calls], played: PlayedProvider, report: Report) -> None:
    """Count all that would be wrong, from a call to what the provider was given."""
    found = dict.fromkeys(("lost", "turns", "unsent", "missing", "out_of_order", "wrong"), 0)
    given: dict[str, list[Taken]] = defaultdict(list)
    for taken in played.taken:
        given[taken.to.lstrip("+")].append(taken)
    with psycopg.connect(database) as connection:
        for caller in callers:
            rows = connection.execute(
                "SELECT i.external_id, (SELECT count(*) FROM turn t WHERE t.inbox_id = i.id) "
                "FROM inbox i JOIN conversation c ON c.id = i.conversation_id "
                "WHERE c.address = %s ORDER BY i.id",
                [caller.who],
            ).fetchall()
            wanted = [said.ident for said in caller.sent]
            found["lost"] += len(set(wanted) - {row[0] for row in rows})
            found["turns"] += sum(1 for row in rows if row[1] != 1)
            found["out_of_order"] += int([row[0] for row in rows] != wanted)
            parts = connection.execute(
                "SELECT o.state, o.provider_id, o.part ->> 'text' FROM outbox o "
                "JOIN conversation c ON c.id = o.conversation_id WHERE c.address = %s "
                "ORDER BY o.seq",
                [caller.who],
            ).fetchall()
            found["unsent"] += sum(1 for part in parts if part[0] != "sent")
            report.doubled += _compare(parts, given[caller.who.lstrip("+")], found)
    found["wrong"] = len(played.wrong)
    report.faults = found


def _compare(parts: list[Any], given: list[Taken], found: dict[str, int]) -> int:
    """Each part was given under the id we know, in order; returns how many were given twice.

    What was given and is not known by its id is a first copy, whose sender died before it could
    write that down: it says what the next known one says.
    """
    places = {taken.id: place for place, taken in enumerate(given)}
    found["missing"] += sum(1 for part in parts if part[1] not in places)
    known = [places[part[1]] for part in parts if part[1] in places]
    found["out_of_order"] += int(known != sorted(known))
    doubled = 0
    for place in sorted(set(range(len(given))) - set(known)):
        after = next((one for one in known if one > place), None)
        doubled += 1
        if after is None or given[after].shown != given[place].shown:
            found["out_of_order"] += 1
    return doubled
