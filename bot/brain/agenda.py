"""One message's wishes as a list to work off, and what of it waits for the customer.

A wish is plain JSON (``text``, ``intent``, ``confidence``, ``entities``), so that one that has to
wait is kept in the conversation's memory. Pure; ``bot/brain/rasa_agent.py`` does the work.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.brain.nlu.kinds import ANSWERS, COURTESY, OUT_OF_SCOPE
from bot.brain.nlu.phrases import bare

Wish = dict[str, Any]

MOST_WAITING = 5
LONGEST_WAITING = 500
_CARRIED = ("order_number", "email", "country", "postcode")
_ANOTHER = re.compile(r"\b(?:other|another|different|second|all|both|every|new)\b", re.I)
_OWN_ANSWERS = {*ANSWERS, *COURTESY, *OUT_OF_SCOPE, "human_handoff", "order_help"} - {"inform"}


def wishes_in(parsed: Mapping[str, Any], memory: Mapping[str, Any]) -> list[Wish]:
    """What a parsed message asks for, in order, each wish with the details it shares.

    While a question is open, a message that is nothing but a bare answer is read as one.
    """
    found = [dict(wish) for wish in parsed.get("wishes") or ()]
    if len(found) < 2:
        whole = {**parsed}
        if _answers_open_question(parsed, memory):
            whole["intent"] = {"name": "inform", "confidence": 1.0}
        return [_as_wish(whole)]
    return [_with_shared(found, place) for place in range(len(found))]


def _as_wish(parsed: Mapping[str, Any]) -> Wish:
    intent = parsed.get("intent") or {}
    return {
        "text": parsed.get("text") or "",
        "intent": intent.get("name"),
        "confidence": intent.get("confidence", 0.0),
        "entities": list(parsed.get("entities") or ()),
        "intent_ranking": list(parsed.get("intent_ranking") or ()),
    }


def _answers_open_question(parsed: Mapping[str, Any], memory: Mapping[str, Any]) -> bool:
    if not memory.get("wants") or str(parsed.get("text") or "").startswith("/"):
        return False
    name = (parsed.get("intent") or {}).get("name")
    return name not in _OWN_ANSWERS and bare(str(parsed.get("text") or ""))


def _with_shared(wishes: Sequence[Wish], place: int) -> Wish:
    """The wish with the numbers and places of its neighbours, where it names none of its own."""
    wish = wishes[place]
    own = {entity["entity"] for entity in wish["entities"]}
    shared = []
    for kind in _CARRIED:
        if kind in own or (kind == "order_number" and _ANOTHER.search(wish["text"])):
            continue
        before = [e for other in reversed(wishes[:place]) for e in other["entities"]]
        after = [e for other in wishes[place + 1 :] for e in other["entities"]]
        if value := next((e["value"] for e in (*before, *after) if e["entity"] == kind), None):
            shared.append({"entity": kind, "value": value})
    return {**wish, "entities": [*wish["entities"], *shared]}


def parse_data(wish: Wish) -> dict[str, Any]:
    """A wish as Rasa hands a parsed message on."""
    intent = {"name": wish["intent"], "confidence": wish.get("confidence", 1.0)}
    return {
        "text": wish["text"],
        "intent": intent,
        "entities": wish["entities"],
        "intent_ranking": wish.get("intent_ranking") or [intent],
    }


def open_question(memory: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """What a memory waits for from the customer, if for anything."""
    task, wants = memory.get("task"), memory.get("wants")
    return (task, wants) if task and wants else None


def waiting(memory: Mapping[str, Any]) -> list[Wish]:
    """The wishes that wait, first come first."""
    return [dict(wish) for wish in memory.get("later") or ()]


def with_waiting(memory: Mapping[str, Any], wishes: Sequence[Wish]) -> dict[str, Any]:
    """The memory with these wishes waiting, of which the first few are kept."""
    kept = {key: value for key, value in memory.items() if key != "later"}
    later = [
        {
            "text": str(wish["text"])[:LONGEST_WAITING],
            "intent": wish["intent"],
            "entities": [
                {"entity": e["entity"], "value": e["value"]} for e in wish.get("entities") or ()
            ],
        }
        for wish in wishes[:MOST_WAITING]
    ]
    return {**kept, "later": later} if later else kept
