"""Receive, turn and work on a real PostgreSQL: once, in order, all or nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import Engine, create_engine, text

from bot.brain.base import Message, Thought
from bot.engine.receive import receive
from bot.engine.turn import Turn
from bot.engine.work import MAX_ATTEMPTS, Worker
from bot.errors import BrainSilent, ShopUnavailable
from bot.messages import Address, ConversationId, Inbound, Reply
from bot.shop.asking import Handoff
from bot.shop.scene import current
from bot.shop.terms import Terms
from bot.store import conversations, transcript
from bot.store.migrate import sqlalchemy_url
from tests.scripted_brain import Script, ScriptedBrain, echo, offering

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ids = count()


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = create_engine(sqlalchemy_url(database))
    yield engine
    engine.dispose()


@pytest.fixture
def terms() -> Terms:
    from tests.conftest import ROOT

    return parse((ROOT / "shop.yml").read_text())


def parse(yaml: str) -> Terms:
    from bot.shop.terms import parse_terms

    return parse_terms(yaml, "shop.yml")


def inbound(
    words: str, who: str = "web:ann", ident: str = "", choice: str | None = None
) -> Inbound:
    return Inbound(Address.parse(who), ident or f"id-{next(ids)}", words, NOW, choice=choice)


def say(engine: Engine, *messages: Inbound) -> ConversationId:
    with engine.begin() as connection:
        return [receive(connection, message).conversation_id for message in messages][-1]


def work(engine: Engine, terms: Terms, script: Script = echo) -> ScriptedBrain:
    brain = ScriptedBrain(script)
    _drain(engine, Turn(brain, terms))
    return brain


def _drain(engine: Engine, turn: Turn) -> None:
    with Worker(engine, turn, lambda: NOW) as worker:
        while worker.step():
            pass


def lines(engine: Engine, conversation: ConversationId) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        return [(e.author, e.text) for e in transcript.after(connection, conversation, 0)]


def count_rows(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_answers_each_message_once_and_in_order(engine: Engine, terms: Terms) -> None:
    conversation = say(engine, inbound("one"), inbound("two"))
    work(engine, terms)
    assert lines(engine, conversation) == [
        ("customer", "one"),
        ("bot", "heard: one"),
        ("customer", "two"),
        ("bot", "heard: two"),
    ]
    work(engine, terms)
    assert count_rows(engine, "turn") == 2


def test_stores_a_repeated_message_once(engine: Engine, terms: Terms) -> None:
    with engine.begin() as connection:
        first = receive(connection, inbound("hello", ident="same"))
        again = receive(connection, inbound("hello", ident="same"))
    assert (first.duplicate, again.duplicate) == (False, True)
    assert first.conversation_id == again.conversation_id
    work(engine, terms)
    assert count_rows(engine, "turn") == 1


def test_keeps_equal_ids_of_two_channels_apart(engine: Engine, terms: Terms) -> None:
    one = say(engine, inbound("a", "web:7", "x"))
    other = say(engine, inbound("b", "sms:7", "x"))
    assert one != other
    work(engine, terms)
    assert count_rows(engine, "turn") == 2


def test_stores_a_message_while_a_turn_of_the_same_conversation_runs(
    engine: Engine, terms: Terms
) -> None:
    say(engine, inbound("first"))
    stored = threading.Event()

    def think(message: Message) -> Thought:
        if message.text == "first":
            storing = threading.Thread(target=lambda: (say(engine, inbound("more")), stored.set()))
            storing.start()
            storing.join(10)
            assert stored.is_set(), "receiving waited for the turn"
        return echo(message)

    assert work(engine, terms, think).heard == ["first", "more"]


def test_hands_a_locked_conversation_to_nobody_else(engine: Engine, terms: Terms) -> None:
    say(engine, inbound("ann", "web:ann"))
    say(engine, inbound("bob", "web:bob"))
    second = ScriptedBrain()

    def think(message: Message) -> Thought:
        if message.text == "ann":
            other = threading.Thread(target=lambda: _drain(engine, Turn(second, terms)))
            other.start()
            other.join(10)
        return echo(message)

    work(engine, terms, think)
    assert second.heard == ["bob"]


def test_keeps_nothing_of_a_turn_that_fails_and_answers_it_the_next_time(
    engine: Engine, terms: Terms
) -> None:
    conversation = say(engine, inbound("hello"))
    tries = count(1)

    def think(message: Message) -> Thought:
        if next(tries) == 1:
            raise BrainSilent("nothing to say")
        return echo(message)

    brain = work(engine, terms, think)
    assert brain.settled == [False, True]
    assert lines(engine, conversation) == [("customer", "hello"), ("bot", "heard: hello")]
    assert count_rows(engine, "story") == 1


def test_parks_a_message_that_keeps_failing_and_goes_on_with_the_next(
    engine: Engine, terms: Terms
) -> None:
    conversation = say(engine, inbound("poison"), inbound("fine", "web:bob"))

    def think(message: Message) -> Thought:
        if message.text == "poison":
            raise ShopUnavailable("away")
        return echo(message)

    brain = work(engine, terms, think)
    assert brain.heard.count("poison") == MAX_ATTEMPTS
    assert "fine" in brain.heard
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT state, attempts, error FROM inbox WHERE text = 'poison'")
        ).one()
        poisoned = connection.execute(
            text("SELECT id FROM conversation WHERE address = 'ann'")
        ).scalar_one()
        assert conversations.load(connection, poisoned).owner == "waiting"  # type: ignore[union-attr]
    assert tuple(row) == ("parked", MAX_ATTEMPTS, "shop_unavailable")
    assert lines(engine, poisoned) == [
        ("customer", "poison"),
        ("bot", "utter_disclosure"),
        ("bot", "utter_apology"),
    ]
    assert conversation


def test_reads_a_typed_number_as_the_choice_just_offered(engine: Engine, terms: Terms) -> None:
    conversation = say(engine, inbound("which", "sms:+1"), inbound("2", "sms:+1"))
    work(engine, terms, offering("kettle", "boots"))
    said = lines(engine, conversation)
    assert said[1][1].splitlines()[-2:] == ["2. boots", "utter_numbering_hint"]
    assert said[3] == ("bot", 'heard: /pick{"title": "boots"}')


def test_takes_a_tap_once_offered_and_refuses_a_stale_one(engine: Engine, terms: Terms) -> None:
    conversation = say(engine, inbound("which"))
    work(engine, terms, offering("kettle", "boots"))
    with engine.connect() as connection:
        offered = connection.execute(text("SELECT id FROM choice ORDER BY number")).scalars().all()
    say(engine, inbound("", choice=offered[0]), inbound("", choice=offered[1]))
    work(engine, terms, offering("kettle", "boots"))
    assert lines(engine, conversation)[2:] == [
        ("customer", "kettle"),
        ("bot", 'heard: /pick{"title": "kettle"}'),
        ("customer", ""),
        ("bot", "utter_choice_expired"),
    ]


def test_refuses_a_button_of_another_conversation(engine: Engine, terms: Terms) -> None:
    say(engine, inbound("which", "web:ann"))
    work(engine, terms, offering("kettle"))
    with engine.connect() as connection:
        foreign = connection.execute(text("SELECT id FROM choice")).scalar_one()
    conversation = say(engine, inbound("which", "web:eve"), inbound("", "web:eve", "", foreign))
    work(engine, terms, offering("boots"))
    assert lines(engine, conversation)[-1] == ("bot", "utter_choice_expired")


def test_hands_over_once_and_keeps_quiet_until_sent_back(engine: Engine, terms: Terms) -> None:
    def think(message: Message) -> Thought:
        scene = current()
        assert scene is not None
        if message.text == "a person please":
            scene.handoff = Handoff("asked", "delivery")
        return echo(message)

    words = ("a person please", "are you there?", "hello?")
    conversation = say(engine, *(inbound(w, "sms:+1") for w in words))
    work(engine, terms, think)
    said = [author for author, _ in lines(engine, conversation)]
    assert said == ["customer", "bot", "customer", "bot", "customer"]
    with engine.connect() as connection:
        row = conversations.load(connection, conversation)
    assert row is not None
    assert (row.owner, row.topic, row.handoff_reason, row.owner_epoch) == (
        "waiting", "delivery", "asked", 1,
    )  # fmt: skip


def test_goes_back_to_the_bot_by_the_choice_offered(engine: Engine, terms: Terms) -> None:
    def think(message: Message) -> Thought:
        scene = current()
        assert scene is not None
        if message.text == "person":
            scene.handoff = Handoff("asked", "x")
        return echo(message)

    words = ("person", "hello?", "1", "and now?")
    conversation = say(engine, *(inbound(w, "sms:+1") for w in words))
    work(engine, terms, think)
    assert [text for author, text in lines(engine, conversation) if author == "bot"][2:] == [
        "utter_back_to_bot",
        "heard: and now?",
    ]


def test_says_it_is_automated_only_on_first_contact(engine: Engine, terms: Terms) -> None:
    firsts: list[bool] = []

    def think(message: Message) -> Thought:
        scene = current()
        assert scene is not None
        firsts.append(scene.first_contact)
        return echo(message)

    say(engine, inbound("one"), inbound("two"))
    work(engine, terms, think)
    assert firsts == [True, False]


def test_remembers_a_conversation_in_another_worker(engine: Engine, terms: Terms) -> None:
    for words in ("one", "two", "three"):
        say(engine, inbound(words))
        work(engine, terms)  # a new brain each time: nothing is kept in memory
    with engine.connect() as connection:
        slots = connection.execute(text("SELECT slots FROM conversation")).scalar_one()
    assert slots == {"count": 3}


@pytest.mark.parametrize("words", ["", "\x00", "\ud800", "🎉" * 4000, "a" * 100_000, "{name}"])
def test_keeps_any_text(engine: Engine, terms: Terms, words: str) -> None:
    say(engine, inbound(words))
    assert work(engine, terms).settled == [True]


def test_counts_attempts_to_prove_an_order_and_stops(engine: Engine, terms: Terms) -> None:
    seen: list[bool] = []

    def think(message: Message) -> Thought:
        scene = current()
        assert scene is not None
        seen.append(scene.proofs.allowed())
        scene.proofs.failed()
        return echo(message)

    say(engine, *(inbound(str(n)) for n in range(7)))
    work(engine, terms, think)
    assert seen == [True] * 5 + [False] * 2


def test_allows_attempts_again_after_an_hour(engine: Engine, terms: Terms) -> None:
    say(engine, *(inbound(str(n)) for n in range(6)))
    clock = iter([NOW] * 5 + [NOW + timedelta(hours=2)])
    seen: list[bool] = []

    def think(message: Message) -> Thought:
        scene = current()
        assert scene is not None
        seen.append(scene.proofs.allowed())
        scene.proofs.failed()
        return echo(message)

    with Worker(engine, Turn(ScriptedBrain(think), terms), lambda: next(clock)) as worker:
        for _ in range(6):
            worker.step()
    assert seen == [True] * 6


def test_ends_a_turn_that_takes_too_long_and_parks_its_message(
    engine: Engine, terms: Terms
) -> None:
    def think(message: Message) -> Thought:
        while message.text == "endless":
            pass
        return echo(message)

    conversation = say(engine, inbound("endless"), inbound("fine", "web:bob"))
    brain = ScriptedBrain(think)
    limit = timedelta(milliseconds=200)
    with Worker(engine, Turn(brain, terms), lambda: NOW, limit) as worker:
        while worker.step():
            pass
    assert brain.heard.count("endless") == MAX_ATTEMPTS
    assert lines(engine, conversation)[-1] == ("bot", "heard: fine")
    with engine.connect() as connection:
        error = connection.execute(text("SELECT error FROM inbox WHERE state = 'parked'")).scalar()
    assert error == "brain_timeout"


def test_never_answers_a_message_with_silence(engine: Engine, terms: Terms) -> None:
    def mute(message: Message) -> Thought:
        return Thought((Reply("utter_nothing", ""),), "x", 1.0, (), (), {})

    conversation = say(engine, inbound("hello"))
    work(engine, terms, mute)
    assert lines(engine, conversation)[-1] == ("bot", "utter_apology")
