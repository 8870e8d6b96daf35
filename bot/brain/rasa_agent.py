"""The brain as Rasa 3.6 in this process: load a model, think about one message at a time."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet

from bot.brain import agenda
from bot.brain.actions_endpoint import InProcessActions
from bot.brain.base import Message, Thought
from bot.brain.processor import TurnProcessor, quiet_debug_copies, remember_event_types
from bot.brain.sentences import Sentences
from bot.brain.tracker import LiveTrackers, StagedTracker
from bot.brain.training import sentences_of
from bot.errors import BrainSilent, ConfigError
from bot.messages import Card, Choice, ConversationId, Fact, Reply

RANKING_KEPT = 5
MEMORY = "memory"
ACTION_PACKAGES = ("actions",)


class Collector(OutputChannel):
    """Where the replies of one turn arrive, as Rasa sends them."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.sent: list[dict[str, Any]] = []

    def name(self) -> str:
        """The customer's channel, so that Rasa picks ``channel:`` variants of a response."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep the message."""
        self.sent.append(message)


class RasaBrain:
    """Loads a trained model and thinks with it. One thread at a time."""

    def __init__(
        self, model: Path, domain: Path | None = None, packages: Sequence[str] = ACTION_PACKAGES
    ) -> None:
        """Load the model, and the sentences from ``domain`` (else those it was trained with).

        Raises ConfigError when there is no model at that path.
        """
        if not model.is_file():
            raise ConfigError(f"no model at {model}; run `onecounter train`")
        silence()
        quiet_debug_copies()
        remember_event_types()
        sentences = Sentences({})
        empty = Domain.empty()
        self._processor = TurnProcessor(
            model,
            InMemoryTrackerStore(empty),
            InMemoryLockStore(),
            sentences,
            action_endpoint=InProcessActions(packages),
        )
        sentences.responses = sentences_of(domain) if domain else self._processor.domain.responses
        self._sentences = sentences
        self._trackers = LiveTrackers(self._processor.domain)
        self._processor.tracker_store = self._trackers
        self.model = model.name.removesuffix(".tar.gz")

    async def think(self, message: Message) -> Thought:
        """Read, decide, act, speak. Raises BrainSilent when nothing would be said."""
        tracker = self._trackers.open(message)
        collector = Collector(message.channel)
        user = self._user_message(message, collector)
        wishes = await self._wishes(user, tracker)
        await self._work_off(wishes, user, tracker)
        if not collector.sent:
            raise BrainSilent("the turn ended without a reply")
        return Thought(
            replies=said_once([reply_of(sent) for sent in collector.sent]),
            intent=wishes[0]["intent"] or "",
            confidence=round(float(wishes[0]["confidence"] or 0.0), 4),
            entities=tuple(entity for wish in wishes for entity in wish["entities"]),
            events=tuple(stored(event) for event in tracker.staged),
            slots={name: slot.value for name, slot in tracker.slots.items() if _kept(name)},
        )

    async def _wishes(self, user: UserMessage, tracker: StagedTracker) -> list[agenda.Wish]:
        """What the message asks for, in order; at least one wish."""
        parsed = user.parse_data or await self._processor.parse_message(user, tracker)
        return agenda.wishes_in(parsed, remembered(tracker))

    async def _work_off(
        self, wishes: Sequence[agenda.Wish], user: UserMessage, tracker: StagedTracker
    ) -> None:
        """Answer the wishes in order, then those that waited from before.

        A question to the customer ends it: what is left waits in the memory until that is closed.
        """
        was_open = agenda.open_question(remembered(tracker))
        queue, waited = list(wishes), agenda.waiting(remembered(tracker))
        while queue:
            user.parse_data = agenda.parse_data(queue.pop(0))
            user.text = user.parse_data["text"]
            await self._processor.handle(user, tracker)
            asked = agenda.open_question(remembered(tracker))
            if asked is not None and (asked != was_open or not queue):
                break
            if not queue and waited:
                queue, was_open = [waited.pop(0)], None
        later = [*queue, *waited]
        memory = agenda.with_waiting(remembered(tracker), later)
        if memory != remembered(tracker):
            tracker.update(SlotSet(MEMORY, memory))

    def _user_message(self, message: Message, collector: Collector) -> UserMessage:
        parse_data = None if message.payload is None else parsed_payload(message.payload)
        text = message.text if message.payload is None else message.payload
        return UserMessage(
            text=plain(text) if message.payload is None else text,
            output_channel=collector,
            sender_id=message.conversation,
            parse_data=parse_data or (None if plain(text) else nothing_said()),
            input_channel=message.channel,
            message_id=message.message_id,
        )

    def settle(self, conversation: ConversationId, *, kept: bool) -> None:
        """Tell the brain whether the turn was committed."""
        self._trackers.settle(conversation, kept=kept)

    def sentence(self, utter: str, channel: str, **values: str) -> str:
        """A response of domain.yml. Raises ConfigError when the domain has none of that name."""
        response = self._sentences.speak(utter, channel, dict(values))
        if response is None or "text" not in response:
            raise ConfigError(f"domain.yml: there is no response {utter}")
        return str(response["text"])

    def tracker(self, message: Message) -> StagedTracker:
        """The conversation as Rasa holds it, for tests of the seams."""
        return self._trackers.open(message)


def remembered(tracker: StagedTracker) -> dict[str, Any]:
    """The conversation's memory as its slot holds it."""
    return dict(tracker.get_slot(MEMORY) or {})


def said_once(replies: Sequence[Reply]) -> tuple[Reply, ...]:
    """The replies in order, without one that says again what was just said."""
    found: list[Reply] = []
    for reply in replies:
        if all((reply.text, reply.cards) != (before.text, before.cards) for before in found):
            found.append(reply)
    return tuple(found)


def silence() -> None:
    """Keep Rasa's structured log at the level of ours: by default it prints customer text."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        cache_logger_on_first_use=True,
    )
    for name in ("rasa", "rasa_sdk", "matplotlib"):
        logging.getLogger(name).setLevel(logging.WARNING)


def plain(text: str) -> str:
    """Customer text that can never be Rasa's ``/intent{..}`` form: leading slashes are dropped."""
    return (
        text.lstrip().lstrip("/ \t\r\n").strip() if text.lstrip().startswith("/") else text.strip()
    )


def nothing_said() -> dict[str, Any]:
    """How a message without words is read: as one that was not understood."""
    return {"text": "", "intent": {"name": "nlu_fallback", "confidence": 1.0}, "entities": []}


def parsed_payload(payload: str) -> dict[str, Any]:
    """Our own ``/intent{"entity": "value"}``, read without the model."""
    name, brace, rest = payload.lstrip("/").partition("{")
    values: Mapping[str, Any] = json.loads(brace + rest) if brace else {}
    return {
        "text": payload,
        "intent": {"name": name, "confidence": 1.0},
        "entities": [{"entity": kind, "value": value} for kind, value in values.items()],
    }


def reply_of(sent: Mapping[str, Any]) -> Reply:
    """One message of Rasa's as a Reply; facts and cards travel in its ``custom`` part."""
    custom = sent.get("custom") or {}
    metadata = sent.get("metadata") or {}
    return Reply(
        utter=str(metadata.get("utter_action") or sent.get("utter_action") or ""),
        text=str(sent.get("text") or ""),
        facts=tuple(Fact(**fact) for fact in custom.get("facts", ())),
        choices=tuple(Choice(b["title"], b["payload"]) for b in sent.get("buttons") or ()),
        cards=tuple(Card.read(card) for card in custom.get("cards", ())),
    )


def stored(event: Event) -> dict[str, Any]:
    """An event as it is kept: without the long tails nobody reads again."""
    data: dict[str, Any] = event.as_dict()
    parse = data.get("parse_data")
    if parse:
        data["parse_data"] = {
            key: parse[key][:RANKING_KEPT] if key == "intent_ranking" else parse[key]
            for key in ("text", "intent", "entities", "intent_ranking")
            if key in parse
        }
    if data.get("event") == "bot" and (data.get("data") or {}).get("custom"):
        data["data"] = {**data["data"], "custom": None}
    return data


def _kept(slot: str) -> bool:
    return slot != "session_started_metadata"
