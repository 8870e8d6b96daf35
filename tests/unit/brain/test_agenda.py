"""What is worked off in a turn, what is shared between wishes, and what waits."""

from __future__ import annotations

import json

from bot.brain import agenda


def wish(text: str, intent: str, **entities: str) -> dict[str, object]:
    found = [{"entity": kind, "value": value} for kind, value in entities.items()]
    return {"text": text, "intent": intent, "confidence": 0.9, "entities": found}


def test_a_message_of_one_wish_is_the_whole_message() -> None:
    parsed = {
        "text": "where is #W1234567?",
        "intent": {"name": "order_status", "confidence": 0.8},
        "entities": [{"entity": "order_number", "value": "W1234567"}],
        "intent_ranking": [],
        "wishes": [wish("where is", "order_status")],
    }
    (found,) = agenda.wishes_in(parsed, {})
    assert found["text"] == "where is #W1234567?"
    assert found["entities"][0]["value"] == "W1234567"


def test_an_order_named_once_is_meant_by_every_wish() -> None:
    parsed = {
        "text": "...",
        "wishes": [
            wish("cancel W1", "order_cancel", order_number="W1"),
            wish("what did I pay", "order_total"),
            wish("and where is my other order", "order_status"),
        ],
    }
    numbers = [[e["value"] for e in found["entities"]] for found in agenda.wishes_in(parsed, {})]
    assert numbers == [["W1"], ["W1"], []]


def test_a_bare_answer_to_an_open_question_is_read_as_one() -> None:
    parsed = {"text": "the boots", "intent": {"name": "product_info", "confidence": 0.9}}
    (asked,) = agenda.wishes_in(parsed, {"task": "order_status", "wants": "order"})
    assert asked["intent"] == "inform"
    (free,) = agenda.wishes_in(parsed, {})
    assert free["intent"] == "product_info"


def test_a_question_in_the_middle_of_another_stays_one() -> None:
    parsed = {"text": "when are you open", "intent": {"name": "opening_hours", "confidence": 0.9}}
    (found,) = agenda.wishes_in(parsed, {"task": "order_status", "wants": "order"})
    assert found["intent"] == "opening_hours"


def test_never_mind_and_thanks_are_never_taken_for_an_answer() -> None:
    for intent in ("never_mind", "deny", "affirm", "thanks", "human_handoff"):
        parsed = {"text": "no", "intent": {"name": intent, "confidence": 0.9}}
        (found,) = agenda.wishes_in(parsed, {"task": "order_status", "wants": "order"})
        assert found["intent"] == intent


def test_what_waits_is_plain_json_and_bounded() -> None:
    many = [wish("x" * 2_000, "order_status", order_number="W1")] * 20
    memory = agenda.with_waiting({"task": "order_cancel", "wants": "order"}, many)
    assert json.loads(json.dumps(memory)) == memory
    assert len(memory["later"]) == agenda.MOST_WAITING
    assert all(len(one["text"]) == agenda.LONGEST_WAITING for one in agenda.waiting(memory))
    assert "later" not in agenda.with_waiting(memory, [])
