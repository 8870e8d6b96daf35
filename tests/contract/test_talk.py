"""A conversation held by a program, through the whole pipeline on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from bot.engine.talk import Talk
from bot.engine.turn import Turn
from bot.engine.work import Worker
from bot.errors import BadInput
from bot.shop.terms import Terms, parse_terms
from bot.store.migrate import sqlalchemy_url
from tests.conftest import ROOT
from tests.scripted_brain import ScriptedBrain, offering


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = create_engine(sqlalchemy_url(database))
    yield engine
    engine.dispose()


@pytest.fixture
def terms() -> Terms:
    return parse_terms((ROOT / "shop.yml").read_text("utf-8"), "shop.yml")


def test_returns_what_was_answered(engine: Engine, terms: Terms) -> None:
    with Talk(engine, Turn(ScriptedBrain(), terms)) as talk:
        exchange = talk.say("web:ann", "hello")
    assert [reply.text for reply in exchange.replies] == ["heard: hello"]
    assert (exchange.state, exchange.intent, exchange.confidence) == ("bot", "echo", 1.0)
    assert exchange.ms > 0


def test_shows_choices_as_the_channel_does(engine: Engine, terms: Terms) -> None:
    with Talk(engine, Turn(ScriptedBrain(offering("kettle", "boots")), terms)) as talk:
        (on_web,) = talk.say("web:ann", "which").replies
        (on_sms,) = talk.say("sms:+12025550100", "which").replies
    assert (on_web.text, on_web.choices) == ("Which?", ("kettle", "boots"))
    assert on_sms.choices == ()
    assert "1. kettle\n2. boots" in on_sms.text


@pytest.mark.parametrize("sender", ["", "ann", "web:", ":ann", "pigeon:7"])
def test_refuses_an_address_of_no_channel(engine: Engine, terms: Terms, sender: str) -> None:
    with Talk(engine, Turn(ScriptedBrain(), terms)) as talk, pytest.raises(BadInput):
        talk.say(sender, "hello")


def test_waits_for_another_worker_that_has_the_message_in_hand(
    engine: Engine, terms: Terms
) -> None:
    stop = threading.Event()

    def work() -> None:
        with Worker(engine, Turn(ScriptedBrain(), terms)) as worker:
            worker.run(stop)

    other = threading.Thread(target=work)
    other.start()
    try:
        with Talk(engine, Turn(ScriptedBrain(), terms)) as talk:
            heard = [talk.say("web:ann", str(n)).replies[0].text for n in range(30)]
    finally:
        stop.set()
        other.join(10)
    assert heard == [f"heard: {n}" for n in range(30)]
