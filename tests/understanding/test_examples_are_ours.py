"""What we measure with is never what we learn from."""

from __future__ import annotations

from collections import Counter, defaultdict

from tests.understanding.measuring import (
    bitext,
    conversation_turns,
    examples,
    other_wordings,
    out_of_scope,
    questions,
    same_words,
)

MOST = 60
COURTESY = 1
"""Texts of so few words ("thanks") are anybody's."""


def test_no_example_stands_word_for_word_in_a_measuring_set() -> None:
    measured = {same_words(u.text) for u in [*bitext(), *questions(), *other_wordings()]}
    measured |= {same_words(text) for text in (*conversation_turns(), *out_of_scope())}
    copied = [
        f"{intent}: {text}"
        for intent, text in examples()
        if same_words(text) in measured and len(text.split()) > COURTESY
    ]
    assert copied == []


def test_no_example_teaches_two_intents() -> None:
    intents = defaultdict(set)
    for intent, text in examples():
        intents[same_words(text) or text].add(intent)
    assert {text: found for text, found in intents.items() if len(found) > 1} == {}


def test_every_intent_has_enough_examples_and_no_more_than_sixty() -> None:
    counts = Counter(intent for intent, _ in examples())
    assert {intent: n for intent, n in counts.items() if not 30 <= n <= MOST} == {}
