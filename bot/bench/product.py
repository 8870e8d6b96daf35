"""The product beside the benchmark: ``serve`` and ``work`` as an operator runs them; a browser."""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import psycopg
from sqlalchemy import Engine

from bot.bench.children import Child, answers, child, free_port
from bot.bench.scratch import Scratch
from bot.bench.script import Talking
from bot.engine.receive import receive
from bot.engine.work import utc_now
from bot.messages import Address, Inbound
from bot.settings import PROJECT, Settings
from bot.store import sessions

STARTS_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True)
class Product:
    """Our own processes on one database, as an operator runs them."""

    settings: Settings
    base: str
    serve: Child


@contextmanager
def serving(place: Scratch, settings: Settings) -> Iterator[Product]:
    """``onecounter serve`` on a free port."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    own = replace(settings, port=port, public_url=base)
    command = [sys.executable, "-W", "ignore", "-m", "bot.cli", "serve"]
    log = place.folder / "serve.log"
    with child("serve", command, env=environment(own), cwd=PROJECT, log=log) as process:
        process.wait_for(answers(f"{base}/readyz"), STARTS_WITHIN)
        yield Product(own, base, process)


@contextmanager
def working(place: Scratch, product: Product) -> Iterator[Child]:
    """``onecounter work`` beside it. Something has to wait for it: it is ready once it answers."""
    command = [sys.executable, "-W", "ignore", "-m", "bot.cli", "work"]
    log = place.folder / "work.log"
    env = environment(product.settings)
    with child("work", command, env=env, cwd=PROJECT, log=log) as process:
        done = answered(product.settings)
        process.wait_for(lambda: answered(product.settings) > done, STARTS_WITHIN)
        yield process


def environment(settings: Settings) -> dict[str, str]:
    """The environment that makes our programs use these settings and nothing of the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ONECOUNTER_")}
    return kept | {
        "ONECOUNTER_HOME": str(settings.home),
        "ONECOUNTER_DATABASE_URL": settings.database,
        "ONECOUNTER_PORT": str(settings.port),
        "ONECOUNTER_SHOP_FILE": str(settings.shop_file),
        "ONECOUNTER_MODEL_DIR": str(settings.model_dir),
    }


def open_session(engine: Engine, origin: str) -> str:
    """A web chat's session, opened past the gateway's limit per network; its secret."""
    with engine.begin() as connection:
        opened = sessions.open_session(connection, origin=origin, context={}, now=utc_now())
    return opened.token


def fill(engine: Engine, talkings: Iterator[Talking], messages: int) -> None:
    """Store so many messages for the brain to find."""
    with engine.begin() as connection:
        stored = 0
        while stored < messages:
            talking = next(talkings)
            for words in talking.messages:
                inbound = Inbound(
                    address=Address.parse(talking.sender),
                    external_id=f"bench:{uuid.uuid4().hex}",
                    text=words,
                    received_at=utc_now(),
                    proven=talking.sender.startswith("sms:"),
                )
                receive(connection, inbound)
                stored += 1


class Browser:
    """An open web chat: says something and waits until the answer is there, over real HTTP."""

    def __init__(self, http: httpx.Client, base: str, secret: str) -> None:
        self._http = http
        self._headers = {"Origin": base, "Authorization": f"Bearer {secret}"}
        self._lines: Iterator[dict[str, object]] = iter(())

    @contextmanager
    def listening(self) -> Iterator[None]:
        """With the chat's event stream open."""
        with self._http.stream("GET", "/w/events?after=0", headers=self._headers) as response:
            response.raise_for_status()
            self._lines = _lines(response)
            yield

    def say(self, words: str) -> float:
        """Milliseconds from sending to the first line of the answer."""
        begun = time.perf_counter()
        cid = uuid.uuid4().hex
        sent = self._http.post(
            "/w/message", json={"cid": cid, "text": words}, headers=self._headers
        )
        sent.raise_for_status()
        asked = False
        for line in self._lines:
            asked = asked or line.get("cid") == cid
            if asked and line.get("author") == "bot":
                break
        return (time.perf_counter() - begun) * 1000


def _lines(response: httpx.Response) -> Iterator[dict[str, object]]:
    kind = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: ") and kind == "message":
            yield json.loads(line.removeprefix("data: "))


def answered(settings: Settings) -> int:
    """How many messages were answered so far."""
    return _count(settings, "done")


def waiting(settings: Settings) -> int:
    """How many messages wait for the brain."""
    return _count(settings, "new")


def _count(settings: Settings, state: str) -> int:
    with psycopg.connect(settings.database) as connection:
        query = "SELECT count(*) FROM inbox WHERE state = %s"
        row = connection.execute(query, (state,)).fetchone()
    assert row is not None
    return int(row[0])
