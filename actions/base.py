"""What every action of ours shares: reads the turn, runs ``act``, says the answer.

An action translates and nothing more. What it may say is decided in ``bot/shop/service``, how it is
worded in ``domain.yml``; an error of the shop becomes an apology and a person, never silence.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.errors import BotError
from bot.shop.asking import Answer, Ask, Entity, Handoff, Memory, Say
from bot.shop.scene import Scene, current
from bot.shop.service.conversation import with_disclosure
from bot.shop.wording import Wording

log = logging.getLogger(__name__)

MEMORY = "memory"
LIKELY_ENOUGH = 0.05
"""Intents below this are not offered when a message was not understood."""


class BotAction(Action, ABC):
    """Base of all actions. Subclasses name their ``intent`` and implement ``act``."""

    intent: ClassVar[str] = ""

    def name(self) -> str:
        """``action_`` and the intent it answers."""
        return f"action_{self.intent}"

    @abstractmethod
    def act(self, ask: Ask) -> Answer:
        """Answer one question."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Answer the tracker's latest message; Rasa calls this."""
        scene = current()
        if scene is not None:
            return self._answer(scene, dispatcher, tracker)
        from bot.wiring import standalone_scene

        with standalone_scene() as alone:
            return self._answer(alone, dispatcher, tracker)

    def _answer(
        self, scene: Scene, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> list[dict[str, Any]]:
        ask = ask_of(scene, tracker)
        try:
            answer = with_disclosure(ask, self.act(ask))
        except BotError as error:
            log.warning("%s could not answer: %s", self.name(), error.code)
            answer = apology(ask)
        if answer.handoff is not None:
            # of several wishes in a message the first names the topic
            scene.handoff = scene.handoff or answer.handoff
        wording = Wording(scene.locale, scene.terms.timezone, now=scene.now)
        for say in answer.says:
            utter(dispatcher, say, wording)
        return [SlotSet(MEMORY, remembered(answer.memory))]


def ask_of(scene: Scene, tracker: Tracker) -> Ask:
    """The question a tracker's latest message asks in this scene."""
    latest = tracker.latest_message or {}
    intent = (latest.get("intent") or {}).get("name") or ""
    text = latest.get("text") or ""
    entities = tuple(
        Entity(str(e["entity"]), str(e["value"]), text[e.get("start", 0) : e.get("end", 0)])
        for e in latest.get("entities") or ()
    )
    ask = scene.ask(text, intent, entities, recalled(tracker.get_slot(MEMORY)))
    ranking = latest.get("intent_ranking") or ()
    likely = tuple(str(r["name"]) for r in ranking if r["confidence"] >= LIKELY_ENOUGH)
    return replace(ask, likely=likely)


def recalled(slot: Mapping[str, Any] | None) -> Memory:
    """The memory in a slot; unknown keys of an older release are dropped."""
    known = {k: v for k, v in (slot or {}).items() if k in Memory.__dataclass_fields__}
    return Memory(**known)


def remembered(memory: Memory) -> dict[str, Any]:
    """The memory as a slot keeps it: only what is set."""
    return {key: value for key, value in asdict(memory).items() if value}


def apology(ask: Ask) -> Answer:
    """What is said when the shop's records could not be asked: sorry, and a person."""
    topic = ask.memory.task or ask.intent
    return Answer(
        says=(Say("utter_apology"),),
        memory=replace(ask.memory, misses=0),
        handoff=Handoff(reason="failed", topic=topic),
    )


def utter(dispatcher: CollectingDispatcher, say: Say, wording: Wording) -> None:
    """Hand one utterance to Rasa, its values worded for the customer's locale."""
    extra = {
        "facts": [asdict(fact) for fact in say.facts],
        "cards": [asdict(card) for card in say.cards],
    }
    dispatcher.utter_message(
        response=say.utter,
        buttons=[{"title": c.title, "payload": c.payload} for c in say.choices],
        json_message={key: value for key, value in extra.items() if value},
        **{name: wording.text(value) for name, value in say.values.items()},
    )
