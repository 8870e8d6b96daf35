"""``onecounter understand --jsonl``: every line is answered, whatever is in it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brain.understanding import Understanding
from bot.cli.understand import answer_lines, stated

KEYS = {"intents", "entities", "in_scope", "language", "ms"}
STRANGE = (
    "",
    " ",
    "\x00\x01\x02",
    "\ud800",
    "😀🍕🚀",
    "<script>alert(1)</script>",
    "/restart",
    '/choose{"order": "#W1"}',
    "{{7*7}} ${x} %s %(name)s {0}",
    "ſ" * 10_000,
    "where is my order? " * 600,
    "a," * 5_000,
    "cancel and " * 1_000,
    "ا لسلام \u202e reversed",
    "\n".join(["#W1234567"] * 500),
    "1" * 10_000,
    "." * 10_000,
)


@pytest.fixture(scope="module")
def reader(model_path: Path) -> Understanding:
    return Understanding(model_path)


def answers(reader: Understanding, *lines: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    answer_lines(reader, [line.encode() for line in lines], out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_answers_in_the_agreed_form(reader: Understanding) -> None:
    (found,) = answers(reader, '{"text": "where is my order #W1234567?"}')
    assert found.keys() == KEYS
    assert found["intents"][0]["name"] == "order_status"
    assert 0 < found["intents"][0]["confidence"] <= 1
    assert found["entities"] == [{"kind": "order_number", "text": "W1234567", "value": "W1234567"}]
    assert found["in_scope"] is True
    assert found["language"] == "en"
    assert found["ms"] > 0


def test_names_every_wish_the_surest_first(reader: Understanding) -> None:
    (found,) = answers(reader, '{"text": "cancel my order, and when are you open?"}')
    names = [intent["name"] for intent in found["intents"]]
    assert sorted(names) == ["opening_hours", "order_cancel"]
    confidences = [intent["confidence"] for intent in found["intents"]]
    assert confidences == sorted(confidences, reverse=True)


def test_goes_on_after_lines_that_cannot_be_read(reader: Understanding) -> None:
    found = answers(reader, "not json", "[]", '{"text": 7}', "{}", '{"text": "hello"}')
    assert [("error" in answer) for answer in found] == [True] * 4 + [False]


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_no_strange_text_breaks_the_reading(reader: Understanding, text: str) -> None:
    found = stated(reader, text)
    assert found.keys() == KEYS
    json.dumps(found, ensure_ascii=False).encode()


@settings(max_examples=150)
@given(st.text(max_size=400))
def test_no_text_breaks_the_reading(reader: Understanding, text: str) -> None:
    found = stated(reader, text)
    assert found.keys() == KEYS
    assert all(0 <= intent["confidence"] <= 1 for intent in found["intents"])
    json.dumps(found, ensure_ascii=False).encode()
