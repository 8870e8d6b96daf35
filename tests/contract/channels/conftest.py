"""Fixtures of the channels' shared suite: every case, and a database with a worker beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, create_engine, text

from bot.engine.deliver import Deliverer
from bot.engine.receive import receive_all
from bot.engine.turn import Turn
from bot.engine.work import Worker
from bot.shop.terms import Terms, parse_terms
from bot.store.migrate import sqlalchemy_url
from channels.base import Capabilities, Provider
from tests.conftest import ROOT
from tests.contract.channels.case import Case, Said, cases
from tests.providers.base import PlayedProvider
from tests.scripted_brain import Script, ScriptedBrain, echo

NEXT_DUE = (
    "SELECT min(due_at) FROM outbox o WHERE state IN ('new', 'sending') AND NOT EXISTS (SELECT 1 "
    "FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.seq < o.seq "
    "AND e.state IN ('new', 'sending'))"
)
NOW = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)


@pytest.fixture(params=sorted(cases()))
def case(request: pytest.FixtureRequest) -> Case:
    """Each way to reach customers in turn."""
    return cases()[request.param]


@pytest.fixture(scope="session")
def terms() -> Terms:
    """The terms of the shop that comes with the product."""
    return parse_terms((ROOT / "shop.yml").read_text("utf-8"), "shop.yml")


@dataclass
class Shop:
    """One database with everything but the web server around it, and a clock that is set."""

    engine: Engine
    terms: Terms
    channels: dict[str, Provider] = field(default_factory=dict)
    played: dict[str, PlayedProvider] = field(default_factory=dict)
    now: datetime = NOW
    most_answers: tuple[tuple[int, timedelta], ...] = ()

    def open(self, case: Case) -> PlayedProvider:
        """Have this channel, ending at a played provider."""
        played = case.played()
        played.clock = lambda: self.now
        channel = case.build(played)
        self.channels[channel.name] = channel
        self.played[channel.name] = played
        return played

    def hear(self, case: Case, *said: Said) -> None:
        """Store what customers say, each by a genuine call of its own."""
        for one in said:
            self.call(case, case.says([one]))

    def call(self, case: Case, request: object) -> None:
        """Store everything one call brings."""
        channel = self.channels[case.channel.name]
        channel.verify(request)  # type: ignore[arg-type]
        with self.engine.begin() as connection:
            receive_all(connection, channel.parse(request))  # type: ignore[arg-type]

    def answer(self, script: Script = echo) -> ScriptedBrain:
        """Run every waiting turn."""
        brain = ScriptedBrain(script)
        turn = Turn(brain, self.terms, self.shows)
        with Worker(self.engine, turn, lambda: self.now) as worker:
            while worker.step():
                pass
        return brain

    def shows(self, channel: str) -> Capabilities:
        """What a channel can show; here customers may ask as often as a test wants."""
        return replace(self.channels[channel].capabilities, most_answers=self.most_answers)

    @property
    def deliverer(self) -> Deliverer:
        """A deliverer with this shop's clock."""
        return Deliverer(self.engine, self.channels, clock=lambda: self.now)

    def deliver(self, patience: timedelta = timedelta()) -> None:
        """Send what is due; with ``patience`` also what becomes due until then."""
        asyncio.run(self._deliver(self.now + patience))

    async def _deliver(self, until: datetime) -> None:
        deliverer = self.deliverer
        while True:
            while await deliverer.step():
                pass
            due = self.one(NEXT_DUE)
            if not isinstance(due, datetime) or max(due, self.now) > until:
                return
            # a channel that stands still has parts that are due already
            self.now = max(self.now + timedelta(seconds=1), due)

    def one(self, query: str) -> object:
        """The one value a query gives."""
        with self.engine.connect() as connection:
            return connection.execute(text(query)).scalar()

    def all(self, query: str) -> list[tuple[object, ...]]:
        """The rows a query gives."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]


@pytest.fixture
def shop(database: str, terms: Terms) -> Iterator[Shop]:
    """A shop whose channels a test opens."""
    engine = create_engine(sqlalchemy_url(database), pool_size=20)
    yield Shop(engine, terms)
    engine.dispose()
