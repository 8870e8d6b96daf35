"""Natural conversations, labelled by hand (conversation_labels.yml): all wishes of every turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.brain.understanding import Understanding
from bot.shop.reading import read
from tests.understanding.measuring import conversation_labels, named_turns

LABELS = conversation_labels()


@pytest.fixture(scope="module")
def reader(model_path: Path) -> Understanding:
    return Understanding(model_path)


def meant(label: dict[str, Any]) -> list[frozenset[str]]:
    """The sets of intents that are right, the first one meant."""
    return [frozenset(label["intents"]), *(frozenset(other) for other in label.get("or", ()))]


def test_every_turn_is_labelled() -> None:
    assert LABELS["turns"].keys() == named_turns().keys()


def test_reads_all_the_wishes_of_a_turn_and_no_others(reader: Understanding) -> None:
    wrong, other = [], 0
    for name, text in named_turns().items():
        found = reader.read(text)
        got = frozenset(guess.name for guess in found.intents) if found.sure else frozenset()
        right = meant(LABELS["turns"][name])
        other += got != right[0]
        if got not in right:
            wrong.append(f"{name} {text!r}: {sorted(got)}, not {sorted(right[0])}")
    share, first = 1 - len(wrong) / len(named_turns()), 1 - other / len(named_turns())
    print(f"{share:.1%} of {len(named_turns())} turns exactly right, {first:.1%} as first labelled")
    assert share >= 0.9, "\n".join(wrong)


def test_finds_what_has_a_fixed_shape() -> None:
    right = told = 0
    wrong = []
    for name, text in named_turns().items():
        expected = {
            (kind, words.lstrip("#")) for kind, words in LABELS["turns"][name].get("entities", ())
        }
        found = {(one.kind, text[one.start : one.end]) for one in read(text)}
        told += len(expected)
        right += len(expected & found)
        wrong += [f"{name}: {one} not found" for one in expected - found]
        wrong += [f"{name}: {one} is none" for one in found - expected if one[0] != "country"]
    print(f"{right} of {told} found")
    assert right >= 0.95 * told, "\n".join(wrong)
    assert len(wrong) <= 0.1 * told, "\n".join(wrong)
