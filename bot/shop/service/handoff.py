"""Fetching a person: with which topic, and when somebody answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.shop.asking import Answer, Ask, Handoff, Memory, Say
from bot.shop.calendar import OpenNow, opening


def fetch_person(
    ask: Ask, reason: str, topic: str, before: Sequence[Say] = (), memory: Memory | None = None
) -> Answer:
    """Say ``before``, then that a person takes over and when; an open question ends here."""
    kept = replace(memory or ask.memory, task=None, wants=None, held={}, misses=0)
    return Answer((*before, when(ask)), kept, Handoff(reason, topic))


def when(ask: Ask) -> Say:
    """When a person answers, by the shop's hours; no time is named that the shop does not name."""
    support = ask.terms.support
    state = opening(support, ask.terms.zone, ask.now)
    if isinstance(state, OpenNow):
        if support.answer_within is None:
            return Say("utter_person_soon")
        return Say("utter_person_within", {"within": support.answer_within})
    if state.opens_at is None:
        return Say("utter_person_sometime")
    return Say("utter_person_from", {"opens": state.opens_at})


def human_handoff(ask: Ask) -> Answer:
    """The customer asked for a person; the topic is what was talked about."""
    return fetch_person(ask, "asked", ask.memory.task or ask.memory.answered or ask.intent)


def complaint(ask: Ask) -> Answer:
    """A complaint is heard by a person, always."""
    return fetch_person(ask, "asked", "complaint", (Say("utter_complaint"),))


ANSWERS = {"human_handoff": human_handoff, "complaint": complaint}
