"""What counts as picking one of the offered choices."""

from __future__ import annotations

import pytest

from bot.engine.chosen import Chosen, chosen

OFFERED = [
    ("btn_a", 1, "#W123 · Tea Kettle", '/choose{"order": "#W123"}'),
    ("btn_b", 2, "#W456 · Boots", '/choose{"order": "#W456"}'),
]


@pytest.mark.parametrize("text", ["2", " 2 ", "2.", "2)", "#w456 · boots", "#W456 · Boots"])
def test_reads_a_number_or_a_title_as_the_choice(text: str) -> None:
    assert chosen(None, text, OFFERED) == Chosen(OFFERED[1][3], OFFERED[1][2])


def test_reads_a_tap_on_an_offered_button() -> None:
    assert chosen("btn_a", "", OFFERED).payload == OFFERED[0][3]


@pytest.mark.parametrize("ident", ["btn_old", '/choose{"order": "#W999"}', "2"])
def test_refuses_a_tap_on_what_was_not_offered(ident: str) -> None:
    assert chosen(ident, "", OFFERED) == Chosen(expired=True)


@pytest.mark.parametrize("text", ["3", "where is it?", "", "12", '/choose{"order": "#W456"}'])
def test_leaves_other_text_to_the_brain(text: str) -> None:
    assert chosen(None, text, OFFERED) == Chosen()


def test_reads_nothing_as_a_choice_when_nothing_was_offered() -> None:
    assert chosen(None, "1", []) == Chosen()
