"""Clauses that were read become an ordered list of wishes, each said once."""

from __future__ import annotations

import pytest

from bot.brain.nlu.clauses import Clause
from bot.brain.nlu.phrases import asks
from bot.brain.nlu.wishes import Read, wishes_of


def intents(*clauses: tuple[str, str], sure: bool = True) -> list[str]:
    """The wishes of a message made of (words, intent as read)."""
    text, reads = "", []
    for words, intent in clauses:
        start = len(text)
        text += words + " "
        reads.append(
            Read(
                Clause(start, start + len(words), words),
                intent,
                0.9,
                sure=sure,
                in_scope=True,
                asks=asks(words),
            )
        )
    return [wish.intent for wish in wishes_of(text, reads)]


def test_keeps_the_order_of_wishes() -> None:
    found = intents(("cancel it.", "order_cancel"), ("what did I pay?", "order_total"))
    assert found == ["order_cancel", "order_total"]


def test_greetings_and_thanks_beside_a_wish_are_none() -> None:
    found = intents(("Hi!", "greet"), ("where is my order?", "order_status"), ("Thanks.", "thanks"))
    assert found == ["order_status"]


def test_of_courtesies_alone_thanks_count_most() -> None:
    assert intents(("Hi!", "greet"), ("thanks!", "thanks"), ("bye.", "goodbye")) == ["thanks"]


def test_the_same_wish_twice_is_one() -> None:
    found = intents(("cancel it.", "order_cancel"), ("please cancel it.", "order_cancel"))
    assert found == ["order_cancel"]


def test_a_wish_said_more_exactly_goes_before_the_general_one() -> None:
    found = intents(
        ("I want to change my order.", "order_change"),
        ("make the lamp black.", "order_change_item"),
    )
    assert found == ["order_change_item"]


def test_background_is_no_wish() -> None:
    found = intents(("I bought a lamp,", "place_order"), ("can I return it?", "order_return"))
    assert found == ["order_return"]


def test_what_is_denied_is_not_wanted() -> None:
    found = intents(
        ("I don't want to cancel,", "order_cancel"),
        ("just change the address.", "order_change_address"),
    )
    assert found == ["order_change_address"]
    assert intents(("I don't want to cancel.", "order_cancel")) == ["never_mind"]


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        (("Yes, please go ahead.", "affirm"), ("cancel it.", "order_cancel")),
        (("Yes, please cancel both.", "order_cancel"), ("Thank you.", "thanks")),
    ],
)
def test_a_yes_that_restates_the_proposal_is_a_yes(
    first: tuple[str, str], rest: tuple[str, str]
) -> None:
    assert intents(first, rest) == ["affirm"]


def test_a_new_wish_after_a_yes_is_kept() -> None:
    found = intents(
        ("Yes, go ahead.", "affirm"), ("And could you also send the invoice?", "order_invoice")
    )
    assert found == ["affirm", "order_invoice"]


def test_a_mere_sure_before_a_name_is_no_yes() -> None:
    assert intents(("Sure!", "affirm"), ("my name is Nina Wolf.", "inform")) == ["inform"]


def test_praise_with_thanks_is_no_yes() -> None:
    assert intents(("That's perfect.", "affirm"), ("Thank you!", "thanks")) == ["thanks"]


def test_a_change_of_mind_comes_before_the_next_wish() -> None:
    found = intents(
        ("I'll keep it then.", "never_mind"), ("How much did I get back?", "order_refund")
    )
    assert found == ["never_mind", "order_refund"]


def test_nothing_clear_is_nothing() -> None:
    assert intents(("blorp.", "order_status"), ("zzz.", "greet"), sure=False) == []


def test_each_wish_has_its_own_words() -> None:
    text = "It broke. I want my money back. And where is my other order?"
    reads = [
        Read(Clause(0, 8, "It broke"), "order_problem", 0.5, True, True, asks=False),
        Read(Clause(10, 31, "I want my money back"), "refund_request", 0.9, True, True),
        Read(Clause(36, 60, "where is my other order?"), "order_status", 0.9, True, True),
    ]
    found = wishes_of(text, reads)
    assert [text[w.start : w.end].strip() for w in found] == [
        "It broke. I want my money back.",
        "And where is my other order?",
    ]
