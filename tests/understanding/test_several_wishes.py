"""Several wishes in one message: all answered in one turn, in order; none that waits is lost."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from bot.brain.base import Message, Thought
from bot.brain.rasa_agent import RasaBrain
from bot.messages import ConversationId, Story
from bot.shop.identity import Level, Who
from bot.shop.model import CustomerId, Order
from bot.shop.scene import Scene, opened
from bot.shop.terms import parse_terms
from tests.conftest import ROOT
from tests.retail_shop import retail_shop

TERMS = parse_terms((ROOT / "tests" / "retail" / "shop.yml").read_text(), "shop.yml")
NOW = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
_count = itertools.count()


class Talk:
    """One customer's conversation with the real brain."""

    def __init__(self, brain: RasaBrain, customer: CustomerId | None) -> None:
        self._brain = brain
        self._who = Who(Level.CHANNEL, customer) if customer else Who()
        self._id = ConversationId(f"wishes-{next(_count)}")
        self._position = 0
        self.handed_over: str | None = None

    def say(self, text: str) -> Thought:
        scene = Scene(
            NOW, retail_shop(), TERMS, self._who, "en_US", "sms", first_contact=not self._position
        )
        message = Message(self._id, "sms", text, self._position, Story)

        async def think() -> Thought:
            with opened(scene):
                return await self._brain.think(message)

        thought = asyncio.run(think())
        self._brain.settle(self._id, kept=True)
        self._position += 1
        self.handed_over = scene.handoff.topic if scene.handoff else None
        return thought


def customer_with(count: int) -> tuple[CustomerId, Sequence[Order]]:
    """A customer with that many orders."""
    shop = retail_shop()
    for customer in shop._customers:
        orders = shop.orders_of(customer)
        if len(orders) == count:
            return customer, orders
    raise AssertionError(f"nobody has {count} orders")


@pytest.fixture
def talk(brain: RasaBrain) -> Talk:
    return Talk(brain, None)


def utters(thought: Thought) -> list[str]:
    return [reply.utter for reply in thought.replies]


def facts(thought: Thought, name: str) -> list[Any]:
    return [fact.value for reply in thought.replies for fact in reply.facts if fact.name == name]


def test_two_questions_are_answered_in_one_reply_in_order(talk: Talk) -> None:
    said = utters(talk.say("Hi! What does delivery cost, and what is your return policy?"))
    assert said[0] == "utter_disclosure"
    cost = next(i for i, u in enumerate(said) if u.startswith("utter_delivery_cost"))
    returns = next(i for i, u in enumerate(said) if u.startswith("utter_return_policy"))
    assert cost < returns
    assert not {"utter_greet", "utter_welcome"} & set(said)


def test_nothing_is_said_twice(talk: Talk) -> None:
    said = utters(talk.say("How can I pay? And when do I have to pay? And what do you sell?"))
    assert len(said) == len(set(said))
    assert said.count("utter_disclosure") == 1


def test_an_order_named_once_is_meant_by_both_wishes(brain: RasaBrain) -> None:
    customer, orders = customer_with(3)
    order = orders[1]
    said = Talk(brain, customer).say(f"order {order.id}: what did I pay, and where was it sent?")
    assert set(facts(said, "order")) == {order.id}
    assert facts(said, "order_total") or facts(said, "total")


def test_what_follows_an_open_question_waits_and_is_taken_up_when_it_is_closed(
    brain: RasaBrain,
) -> None:
    customer, orders = customer_with(3)
    talk = Talk(brain, customer)
    asked = talk.say("What did I pay for my order, and what are your opening hours?")
    assert "utter_which_order" in utters(asked)
    assert not any(u.startswith("utter_hours") for u in utters(asked))
    assert [w["intent"] for w in asked.slots["memory"]["later"]] == ["opening_hours"]
    closed = talk.say(str(orders[0].id))
    said = utters(closed)
    assert facts(closed, "order") == [orders[0].id]
    assert any(u.startswith("utter_hours") for u in said[1:])
    assert not closed.slots["memory"].get("later")


def test_a_question_in_between_does_not_lose_what_waits(brain: RasaBrain) -> None:
    customer, orders = customer_with(3)
    talk = Talk(brain, customer)
    talk.say("What did I pay for my order, and what are your opening hours?")
    between = talk.say("how can I pay?")
    assert any(u.startswith("utter_payment") for u in utters(between))
    assert between.slots["memory"]["later"]
    assert any(u.startswith("utter_hours") for u in utters(talk.say(str(orders[0].id))))


def test_a_dropped_question_lets_the_next_one_in(brain: RasaBrain) -> None:
    customer, _ = customer_with(3)
    talk = Talk(brain, customer)
    talk.say("What did I pay for my order, and what are your opening hours?")
    said = utters(talk.say("never mind"))
    assert said[0] == "utter_dropped"
    assert any(u.startswith("utter_hours") for u in said)


def test_what_is_denied_is_not_done(brain: RasaBrain) -> None:
    customer, _ = customer_with(1)
    talk = Talk(brain, customer)
    talk.say("I don't want to cancel my order, just tell me what I paid")
    assert talk.handed_over is None


def test_a_wish_for_a_person_does_not_swallow_the_question_before_it(talk: Talk) -> None:
    said = utters(talk.say("What are your opening hours? And please let me talk to a human."))
    assert any(u.startswith("utter_hours") for u in said)
    assert talk.handed_over is not None
