"""How often the trained model is right. The floors are those of docs/understanding.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.brain.rasa_agent import silence
from tests.understanding.measuring import (
    Reader,
    Utterance,
    bitext,
    conversation_turns,
    other_wordings,
    out_of_scope,
    questions,
)


@pytest.fixture(scope="module")
def reader(model_path: Path) -> Reader:
    silence()
    return Reader(model_path)


def misread(reader: Reader, utterances: Iterable[Utterance]) -> list[str]:
    """What was not read as one wish of the right kind."""
    wrong = []
    for utterance in utterances:
        found = reader.read(utterance.text).intents
        if len(found) > 1 or found[0] not in utterance.intents:
            wrong.append(f"{utterance.text!r}: {'+'.join(found)}, not {utterance.intents[0]}")
    return wrong


def test_reads_every_retail_question(reader: Reader) -> None:
    assert misread(reader, questions()) == []


def test_reads_other_wordings_of_the_same_questions(reader: Reader) -> None:
    asked = other_wordings()
    wrong = misread(reader, asked)
    assert len(wrong) <= 0.03 * len(asked), "\n".join(wrong)


def test_reads_support_utterances_it_was_never_shown(reader: Reader) -> None:
    asked = bitext()
    wrong = misread(reader, asked)
    assert len(wrong) <= 0.04 * len(asked), Counter(line.split(": ")[1] for line in wrong)


def test_reads_support_utterances_with_typing_errors(reader: Reader) -> None:
    asked = [utterance for utterance in bitext() if "Z" in utterance.flags]
    wrong = misread(reader, asked)
    assert len(wrong) <= 0.08 * len(asked), "\n".join(wrong)


def test_refuses_what_is_not_a_shops_business_and_keeps_what_is(reader: Reader) -> None:
    strange = out_of_scope()
    taken = [text for text in strange if reader.read(text).in_scope]
    assert len(taken) <= 0.1 * len(strange), "\n".join(taken)
    ours = [u.text for u in (*bitext(), *questions(), *other_wordings())]
    refused = [text for text in ours if not reader.read(text).in_scope]
    assert len(refused) <= 0.05 * len(ours), "\n".join(refused)


def test_understands_most_of_what_people_write_in_conversations(reader: Reader) -> None:
    readings = [reader.read(text).intent for text in conversation_turns()]
    assert readings.count("nlu_fallback") <= 0.05 * len(readings)
