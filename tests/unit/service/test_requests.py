"""Wishes to change something: judged by policy, carried out by a person, never said to be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.shop.asking import Answer, Handoff
from bot.shop.identity import ANYONE
from bot.shop.model import Order
from bot.shop.service import ANSWERS
from bot.shop.terms import ChangeTerms, ReturnTerms
from tests.spoken import facts, spoken, utters
from tests.unit.service.scenes import (
    NOW,
    TERMS,
    ask,
    cancelled,
    delivered,
    eur,
    order,
    shipment,
    shipped,
)

DONE = ("has been cancelled", "is now cancelled", "have cancelled", "has been changed", "is done")


def wish(intent: str, found: Order, **more) -> Answer:
    question = ask("please do that", intent, [found], **more)
    answer = ANSWERS[intent](question)
    text = spoken(question, answer)
    assert not any(words in text for words in DONE)
    return answer


@pytest.mark.parametrize(
    ("intent", "found", "utter"),
    [
        ("order_cancel", order(), "utter_may_cancel"),
        ("order_change", order(), "utter_may_change"),
        ("order_change_address", order(), "utter_may_change_address"),
        ("order_return", delivered(), "utter_may_return_until"),
        ("order_exchange", delivered(), "utter_may_exchange_until"),
        ("refund_request", delivered(), "utter_may_refund_until"),
        ("order_problem", delivered(), "utter_order_problem"),
    ],
)
def test_what_is_possible_goes_to_a_person_with_its_topic(
    intent: str, found: Order, utter: str
) -> None:
    answer = wish(intent, found)
    assert utters(answer) == [utter, "utter_person_within"]
    assert answer.handoff == Handoff("action", intent)
    assert answer.memory.order == found.id
    assert answer.memory.task is None


@pytest.mark.parametrize(
    ("intent", "found", "utter"),
    [
        ("order_cancel", shipped(), "utter_refused_cancel_too_late"),
        ("order_cancel", delivered(), "utter_refused_cancel_delivered"),
        ("order_cancel", cancelled(), "utter_refused_already_cancelled"),
        ("order_change", shipped(), "utter_refused_change_too_late"),
        ("order_change_address", shipped(), "utter_refused_address_too_late"),
        ("order_return", shipped(), "utter_refused_return_not_delivered"),
        ("order_exchange", order(), "utter_refused_exchange_not_delivered"),
    ],
)
def test_what_is_not_possible_is_said_with_the_reason(
    intent: str, found: Order, utter: str
) -> None:
    answer = wish(intent, found)
    assert utters(answer) == [utter]
    assert answer.handoff is None
    assert answer.says[0].choices, "a person is offered"
    assert ("allowed", False) in facts(answer)


def test_a_return_after_the_window_names_its_last_day() -> None:
    long_ago = delivered(shipments=(shipment(delivered_at=NOW - timedelta(days=60)),))
    answer = wish("order_return", long_ago)
    assert utters(answer) == ["utter_refused_return_window_over"]


def test_fees_are_named() -> None:
    terms = replace(
        TERMS,
        cancellation=ChangeTerms(fee=eur(500)),
        changes=ChangeTerms(fee=eur(300)),
        returns=ReturnTerms(cost=eur(490)),
    )
    for intent, found, utter in (
        ("order_cancel", order(), "utter_may_cancel_fee"),
        ("order_change", order(), "utter_may_change_fee"),
        ("order_change_address", order(), "utter_may_change_address_fee"),
        ("order_return", delivered(), "utter_may_return_fee"),
    ):
        assert utters(wish(intent, found, terms=terms))[0] == utter


@pytest.mark.parametrize("intent", ["payment_problem", "set_up_address", "complaint"])
def test_these_go_straight_to_a_person(intent: str) -> None:
    question = ask("it does not work", intent, who=ANYONE)
    answer = ANSWERS[intent](question)
    assert spoken(question, answer)
    assert answer.handoff is not None
    assert answer.handoff.topic == intent


def test_an_unknown_customer_proves_the_order_first_and_is_then_served() -> None:
    found = order()
    first = ANSWERS["order_cancel"](ask("cancel my order", "order_cancel", [found], who=ANYONE))
    assert first.memory.task == "order_cancel"
    assert first.handoff is None
    question = ask("#W1001 mia@example.com", "inform", [found], who=ANYONE, memory=first.memory)
    second = ANSWERS["inform"](question)
    assert second.handoff == Handoff("action", "order_cancel")
