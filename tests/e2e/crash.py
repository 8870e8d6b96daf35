"""Kills the gateway and the worker while messages flow, and counts what became of each message.

Random kills alone miss bugs whose window is a commit wide, so some kills happen while a table lock
holds the processes between two steps. The report is counts; every one of them has to be zero.
"""

from __future__ import annotations

import contextlib
import queue
import random
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("serve", "work")
STALLED_TABLES = ("inbox", "story", "message", "outbox", "turn")
"""Each is locked by some step of a turn."""
QUESTIONS = (
    "what does delivery to {place} cost?",
    "how long does delivery to {place} take?",
    "which payment methods do you accept in {place}?",
    "what is your return policy?",
    "when are you open?",
    "how can I contact you?",
)
PLACES = ("Germany", "Austria", "France", "Spain", "Denmark", "Italy", "Belgium")


@dataclass
class Report:
    """What was sent and what is wrong with it; ``faults`` names each kind with its count."""

    seed: int
    sent: int = 0
    kills: int = 0
    stalled_kills: int = 0
    faults: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        wrong = ", ".join(f"{name}: {count}" for name, count in self.faults.items() if count)
        return (
            f"seed {self.seed}: {self.sent} messages, {self.kills} kills, "
            f"{self.stalled_kills} of them stalled; {wrong or 'no faults'}"
        )

    @property
    def clean(self) -> bool:
        """Whether every message was answered exactly once, in order."""
        return not any(self.faults.values())


class Processes:
    """The processes under test, forked from one loaded parent."""

    def __init__(
        self, env: dict[str, str], mutant: str | None, roles: Sequence[str] = ROLES
    ) -> None:
        self.roles = roles
        self.port = free_port()
        command = [sys.executable, "-W", "ignore", "-m", "tests.e2e.zygote"]
        self._parent = subprocess.Popen(
            command + (["--mutant", mutant] if mutant else []),
            env={"ONECOUNTER_PUBLIC_URL": f"http://127.0.0.1:{self.port}", **env},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._parent.stdout is not None
        if self._parent.stdout.readline().strip() != "ready":
            raise RuntimeError("the processes under test did not start")
        for role in roles:
            self.start(role)
        self.wait_served()

    def start(self, role: str) -> None:
        """Start a role that is not running."""
        self._told(f"{role} {self.port}")

    def kill(self, role: str) -> None:
        """kill -9; returns when it is dead."""
        self._told(f"kill {role}")

    def _told(self, command: str) -> str:
        stdin, stdout = self._parent.stdin, self._parent.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(command + "\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            raise RuntimeError(f"no answer to {command!r}")
        return answer

    def wait_served(self) -> None:
        """Until the gateway takes connections; at most 30 s."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.01)
        raise RuntimeError("the gateway did not come up")

    def close(self) -> None:
        """End all of them."""
        for role in self.roles:
            with contextlib.suppress(RuntimeError, OSError):
                self.kill(role)
        self._parent.kill()
        self._parent.wait()


class Visitor(threading.Thread):
    """A browser: sends its messages in order, each with one cid, until the gateway took it."""

    def __init__(self, base: str, name: str, chances: queue.Queue[str | None]) -> None:
        super().__init__(daemon=True)
        self._base = base
        self._name = name
        self.chances = chances
        self.sent: list[str] = []
        self.session: dict[str, str] = {}

    def run(self) -> None:
        """Send whatever is put into ``chances`` until None comes."""
        with httpx.Client(base_url=self._base, timeout=5.0, headers={"Origin": self._base}) as http:
            self.session = self._until(lambda: http.post("/w/session", json={}), 201)
            token = {"Authorization": f"Bearer {self.session['token']}"}
            while (words := self.chances.get()) is not None:
                cid = str(uuid.uuid4())
                body = {"cid": cid, "text": words}
                self._until(lambda b=body: http.post("/w/message", json=b, headers=token), 202)
                self.sent.append(cid)

    def _until(self, call: object, status: int) -> dict[str, str]:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                answer = call()  # type: ignore[operator]
                if answer.status_code == status:
                    return dict(answer.json())
                if 400 <= answer.status_code < 500:
                    raise RuntimeError(f"{self._name}: {answer.status_code} {answer.text}")
            time.sleep(0.02)
        raise RuntimeError(f"{self._name}: gave up")


def storm(
    database: str,
    env: dict[str, str],
    *,
    messages: int,
    random_kills: int,
    stalled_kills: int,
    seed: int,
    mutant: str | None = None,
    visitors: int = 20,
) -> Report:
    """Let messages flow while processes are killed; return what became of them."""
    dice = random.Random(seed)
    report = Report(seed)
    processes = Processes(env, mutant)
    base = f"http://127.0.0.1:{processes.port}"
    people = [Visitor(base, f"visitor {n}", queue.Queue()) for n in range(visitors)]
    try:
        for person in people:
            person.start()
        rounds = ["random"] * random_kills + ["stalled"] * stalled_kills
        dice.shuffle(rounds)
        shares = shares_of(messages, len(rounds), dice)
        for kind, share in zip(rounds, shares, strict=True):
            processes.wait_served()
            stall = stalled(database, dice) if kind == "stalled" else contextlib.nullcontext()
            with stall as standing:
                for _ in range(share):
                    words = dice.choice(QUESTIONS).format(place=dice.choice(PLACES))
                    dice.choice(people).chances.put(words)
                stood = standing is not None and standing()
                time.sleep(dice.uniform(0, 0.12))
                roles = dice.choice((["serve"], ["work"], ["serve", "work"]))
                for role in roles:
                    processes.kill(role)
            report.kills += len(roles)
            report.stalled_kills += len(roles) if stood else 0
            for role in roles:
                processes.start(role)
        for person in people:
            person.chances.put(None)
        for person in people:
            person.join(timeout=120)
            assert not person.is_alive(), "a visitor is still sending"
        _drained(database)
        report.sent = sum(len(person.sent) for person in people)
        report.faults = faults(database, people)
    finally:
        processes.close()
    return report


def shares_of(messages: int, rounds: int, dice: random.Random) -> list[int]:
    shares = [messages // rounds] * rounds
    for index in dice.sample(range(rounds), messages % rounds):
        shares[index] += 1
    return shares


@contextlib.contextmanager
def stalled(database: str, dice: random.Random) -> Iterator[Callable[[], bool]]:
    """Hold an exclusive lock on one table, so that whoever needs it stands still before it.

    Gives a function that waits until somebody does (at most 3 s) and says whether that happened.
    """
    table = dice.choice(STALLED_TABLES)
    with psycopg.connect(database) as connection:
        connection.execute("SET lock_timeout = '3s'")
        try:
            connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")  # type: ignore[arg-type]
        except psycopg.errors.LockNotAvailable:
            connection.rollback()  # nobody is stalled this time; the connection is asked further

        def standing() -> bool:
            deadline = time.monotonic() + 3
            while time.monotonic() < deadline:
                row = connection.execute(
                    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass",
                    [table],
                ).fetchone()
                if row and row[0]:
                    return True
                time.sleep(0.01)
            return False

        yield standing
        connection.rollback()


def _drained(database: str, within: float = 90.0) -> None:
    """Wait until nothing is left to be answered."""
    deadline = time.monotonic() + within
    with psycopg.connect(database, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute("SELECT count(*) FROM inbox WHERE state = 'new'").fetchone()
            if row == (0,):
                return
            time.sleep(0.05)


def faults(database: str, people: list[Visitor]) -> dict[str, int]:
    """Count all that would be wrong: lost, doubled, unanswered, out of order, half-written."""
    found = dict.fromkeys(
        ("lost", "doubled", "unanswered", "parked", "out_of_order", "story", "gaps"), 0
    )
    with psycopg.connect(database) as connection:
        for person in people:
            sent = person.sent
            stored = connection.execute(
                "SELECT i.external_id, i.state, i.conversation_id, "
                "(SELECT count(*) FROM turn t WHERE t.inbox_id = i.id), "
                "(SELECT count(*) FROM message m JOIN turn t ON t.id = m.turn_id "
                " WHERE t.inbox_id = i.id AND m.author = 'bot'), "
                "(SELECT count(*) FROM message m WHERE m.inbox_id = i.id) "
                "FROM inbox i WHERE i.external_id LIKE ANY(%s) ORDER BY i.id",
                [[f"%{cid}" for cid in sent]],
            ).fetchall()
            order = [row[0].rsplit(":", 1)[-1] for row in stored]
            found["lost"] += len(set(sent) - set(order))
            found["doubled"] += len(order) - len(set(order))
            found["unanswered"] += sum(1 for row in stored if row[3] != 1 or row[4] < 1)
            found["doubled"] += sum(1 for row in stored if row[5] > 1)
            found["parked"] += sum(1 for row in stored if row[1] != "done")
            found["out_of_order"] += int(order != [cid for cid in sent if cid in set(order)])
            for conversation in {row[2] for row in stored}:
                _check_conversation(connection, conversation, order, found)
    return found


def _check_conversation(
    connection: psycopg.Connection, conversation: str, order: list[str], found: dict[str, int]
) -> None:
    lines = connection.execute(
        "SELECT seq, author, body ->> 'id' FROM message WHERE conversation_id = %s ORDER BY seq",
        [conversation],
    ).fetchall()
    found["gaps"] += int([line[0] for line in lines] != list(range(1, len(lines) + 1)))
    said = [line[2].rsplit(":", 1)[-1] for line in lines if line[1] == "customer"]
    found["out_of_order"] += int(said != order)
    for line, following in zip(lines, [*lines, (0, "customer", None)][1:], strict=True):
        if line[1] == "customer" and following[1] != "bot":
            found["unanswered"] += 1
    heard = [
        event["message_id"].rsplit(":", 1)[-1]
        for (events,) in connection.execute(
            "SELECT events FROM story WHERE conversation_id = %s ORDER BY position", [conversation]
        )
        for event in events
        if event["event"] == "user"
    ]
    found["story"] += int(heard != order)
    row = connection.execute(
        "SELECT position, (SELECT count(*) FROM story s WHERE s.conversation_id = c.id), "
        "(SELECT count(*) FROM turn t WHERE t.conversation_id = c.id) "
        "FROM conversation c WHERE id = %s",
        [conversation],
    ).fetchone()
    assert row is not None
    found["story"] += int(len(set(row)) != 1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
