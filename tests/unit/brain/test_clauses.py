"""Messages are cut where a new wish may begin, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brain.nlu.clauses import MOST, clauses
from bot.brain.nlu.negation import refused
from bot.brain.nlu.phrases import asks, bare, core, only_data, points_back, says_who


def said(text: str) -> list[str]:
    return [clause.said for clause in clauses(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("where is my order", ["where is my order"]),
        ("Cancel it. What did I pay?", ["Cancel it", "What did I pay?"]),
        (
            "cancel my order and what did I pay",
            ["cancel my order", "what did I pay"],
        ),
        (
            "I want to return the lamp, the mugs, and the rug",
            ["I want to return the lamp, the mugs, and the rug"],
        ),
        (
            "cancel or return some orders",
            ["cancel some orders", "return some orders"],
        ),
        (
            "If that's not possible, can I cancel it?",
            ["If that's not possible, can I cancel it?"],
        ),
        ("is it 12.50 euros", ["is it 12.50 euros"]),
        ("a lamp in black, please", ["a lamp in black, please"]),
        ("...", []),
        ("", []),
    ],
)
def test_cuts_a_message_into_clauses(text: str, parts: list[str]) -> None:
    assert said(text) == parts


def test_a_long_message_has_a_bounded_number_of_clauses() -> None:
    assert len(clauses("where is it? " * 400)) == MOST


@given(st.text(max_size=300))
def test_clauses_lie_in_order_inside_the_text(text: str) -> None:
    at = 0
    for clause in clauses(text):
        assert 0 <= clause.start < clause.end <= len(text)
        assert clause.start >= at or clause.said != text[clause.start : clause.end]
        at = clause.start
        assert any(character.isalnum() for character in clause.said)


@pytest.mark.parametrize(
    ("clause", "intent"),
    [
        ("I don't want to cancel", "order_cancel"),
        ("I do not want to return it", "order_return"),
        ("please don't cancel my order", "order_cancel"),
        ("instead of returning it", "order_return"),
        ("there is no need to refund me", "refund_request"),
        ("I'd prefer not to cancel the entire order", "order_cancel"),
        ("I'm not asking for a refund", "refund_request"),
    ],
)
def test_hears_what_is_not_wanted(clause: str, intent: str) -> None:
    assert intent in refused(clause)


@pytest.mark.parametrize(
    "clause",
    [
        "why can't I cancel my order",
        "can I not return it",
        "I don't know how to cancel",
        "I don't want my order anymore",
        "cancel it",
        "it has not been returned to me",
    ],
)
def test_does_not_hear_a_refusal_where_there_is_none(clause: str) -> None:
    assert "order_cancel" not in refused(clause)


def test_comes_to_the_point() -> None:
    assert core("Hi there, um, sorry, but I need to return a lamp") == "I need to return a lamp"
    assert core("Thanks for your help") == "Thanks for your help"
    assert core("hello") == "hello"


def test_tells_a_statement_from_a_request() -> None:
    assert asks("could you send the invoice")
    assert asks("unsubscribe me")
    assert asks("is it in stock")
    assert not asks("I ordered a lamp last week")
    assert not asks("Sure, my name is Nina Wolf")


def test_knows_data_from_a_question() -> None:
    assert says_who("my name is Nina Wolf and my zip code is 10115")
    assert not says_who("what is my zip code?")
    assert only_data("it's #W1234567", [(6, 14)])
    assert not only_data("cancel #W1234567", [(8, 16)])


def test_a_bare_answer_names_a_thing_only() -> None:
    assert bare("the boots")
    assert bare("to Spain please")
    assert not bare("where is it")
    assert not bare("cancel the order")


def test_knows_what_points_back() -> None:
    assert points_back("I want to get it back")
    assert not points_back("cancel it")
    assert not points_back("return the lamp")
