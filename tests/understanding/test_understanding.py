"""How often the trained model is right. The floors are below what was measured."""

from __future__ import annotations

import statistics
import time
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
    questions,
)

NONSENSE = (
    "asdf qwer",
    "lorem ipsum dolor sit amet",
    "purple monkey dishwasher",
    "the teacher gave us homework",
    "I saw a strange bird",
    "photosynthesis in winter",
    "my landlord raised the rent",
    "seven green bottles",
    "mein Hund hat Hunger",
    "grmpf brzl",
)


@pytest.fixture(scope="module")
def reader(model_path: Path) -> Reader:
    silence()
    return Reader(model_path)


def misread(reader: Reader, utterances: Iterable[Utterance]) -> list[str]:
    wrong = []
    for utterance in utterances:
        reading = reader.read(utterance.text)
        if reading.intent not in utterance.intents:
            wrong.append(f"{utterance.text!r}: {reading.intent}, not {utterance.intents[0]}")
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


def test_answers_nothing_when_it_does_not_understand(reader: Reader) -> None:
    # A bare answer that names nothing ("inform") is not understood either, says the conversation.
    unanswered = {"nlu_fallback", "inform", "out_of_scope"}
    taken = [text for text in NONSENSE if reader.read(text).intent not in unanswered]
    assert len(taken) <= 1, taken


def test_understands_most_of_what_people_write_in_conversations(reader: Reader) -> None:
    readings = [reader.read(text).intent for text in conversation_turns()]
    assert readings.count("nlu_fallback") <= 0.2 * len(readings)


def test_reads_a_message_within_milliseconds(reader: Reader) -> None:
    spent = []
    for utterance in questions():
        start = time.perf_counter()
        reader.read(utterance.text)
        spent.append(time.perf_counter() - start)
    assert statistics.median(spent) < 0.003
