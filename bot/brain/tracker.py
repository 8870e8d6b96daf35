"""Trackers that live in the worker between turns, hold a bounded past, and stage what is new."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, deserialise_events
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.brain.base import Message
from bot.messages import ConversationId

PAST_EVENTS = 40
"""Events a live tracker keeps, about six turns: a turn costs the same after ten or a thousand."""

KEPT_TRACKERS = 2_000


class StagedTracker(DialogueStateTracker):
    """A tracker that also collects the events of the running turn, for its transaction."""

    def __init__(self, sender_id: str, slots: Iterable[Slot] | None) -> None:
        super().__init__(sender_id, slots, max_event_history=PAST_EVENTS)
        self.staged: list[Event] = []
        self.position = 0

    def update(self, event: Event, domain: Domain | None = None) -> None:
        """Apply the event and stage it."""
        super().update(event, domain)
        self.staged.append(event)


class LiveTrackers(InMemoryTrackerStore):
    """The tracker store Rasa sees. It never writes: the turn does, with everything else it decides.

    A tracker kept here is used only while the conversation's stored position is the one it had
    when this worker last committed; otherwise another worker has been there and it is reloaded.
    """

    def __init__(self, domain: Domain) -> None:
        super().__init__(domain)
        self._live: OrderedDict[str, StagedTracker] = OrderedDict()

    def open(self, message: Message) -> StagedTracker:
        """The conversation's tracker, with nothing staged."""
        tracker = self._live.pop(message.conversation, None)
        if tracker is None or tracker.position != message.position:
            tracker = self._load(message)
        tracker.staged = []
        self._live[message.conversation] = tracker
        while len(self._live) > KEPT_TRACKERS:
            self._live.popitem(last=False)
        return tracker

    def settle(self, conversation: ConversationId, *, kept: bool) -> None:
        """Keep the tracker for the next turn, or forget it after a roll-back."""
        if not kept:
            self._live.pop(conversation, None)
        elif tracker := self._live.get(conversation):
            tracker.position += 1
            tracker.staged = []

    def _load(self, message: Message) -> StagedTracker:
        story = message.story()
        tracker = StagedTracker(message.conversation, self.domain.slots)
        slots: list[Event] = [SlotSet(name, value) for name, value in story.slots.items()]
        for event in [*slots, *deserialise_events([dict(e) for e in story.events])]:
            tracker.update(event, self.domain)
        tracker.position = message.position
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Nothing to do: the turn's transaction stores the staged events."""

    async def retrieve(self, sender_id: str) -> Any:
        """The live tracker (Rasa's own helpers ask for it)."""
        return self._live.get(sender_id)
