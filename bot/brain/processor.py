"""Seam: Rasa's message processor without its copies, and without its silence about errors."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import rasa.core.policies.memoization
import rasa.core.policies.rule_policy
import rasa.core.processor
from rasa.core.actions import action as rasa_actions
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine import loader
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, SESSION_START_METADATA_SLOT
from rasa.shared.core.events import ActionExecutionRejected, BotUttered, Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.common import TempDirectoryPath, get_temp_dir_name

from bot.brain.actions_endpoint import DirectAction
from bot.brain.graph_runner import OrderedGraphRunner
from bot.brain.rules import index_rules
from bot.errors import BrainError

__all__ = ["TurnProcessor", "quiet_debug_copies", "remember_event_types"]


def quiet_debug_copies() -> None:
    """Rasa deep-copies states for debug lines nobody reads; hand them over uncopied instead."""
    uncopied = SimpleNamespace(deepcopy=lambda value: value, copy=lambda value: value)
    for module in (
        rasa.core.processor,
        rasa.core.policies.rule_policy,
        rasa.core.policies.memoization,
    ):
        if not hasattr(module, "copy"):
            raise BrainError(
                f"{module.__name__} no longer imports copy; review bot.brain.processor"
            )
        module.copy = uncopied


def remember_event_types() -> None:
    """Rasa walks all classes of events for each event it reads; what it found once is kept."""
    if not hasattr(Event.resolve_by_type, "cache_info"):
        Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))


class TurnProcessor(MessageProcessor):
    """Handles one message on a tracker it is given; an error in an action is raised, not swallowed.

    Rasa logs an action's exception and ends the turn in silence, which would be stored as if the
    customer had been answered. Here it reaches the turn, which rolls back.
    """

    @staticmethod
    def _load_model(model_path: str | Path) -> tuple[str, Any, Any]:
        with TempDirectoryPath(get_temp_dir_name()) as folder:
            metadata, runner = loader.load_predict_graph_runner(
                Path(folder), Path(model_path), LocalModelStorage, OrderedGraphRunner
            )
        index_rules(runner)
        return Path(model_path).name, metadata, runner

    def _check_for_unseen_features(self, parse_data: dict[str, Any]) -> None:
        """Nothing to check: model and domain were trained together. Rasa builds a domain for it."""

    def extracts_slots(self) -> bool:
        """Whether any slot is filled from messages; ours are all set by actions."""
        return any(not _set_by_actions(slot) for slot in self.domain.slots)

    async def handle(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        """Read the message and run actions until the bot listens again."""
        tracker.model_id = self.model_metadata.model_id
        tracker.assistant_id = self.model_metadata.assistant_id
        await self._update_tracker_session(tracker, message.output_channel)
        await self._handle_message_with_tracker(message, tracker)
        if self.extracts_slots():
            await self.run_action_extract_slots(message.output_channel, tracker)
        await self._run_prediction_loop(message.output_channel, tracker)

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> Any:
        """As Rasa's, with custom actions called directly."""
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        if type(action) is rasa_actions.RemoteAction:
            action = DirectAction(action.name(), self.action_endpoint)
        return action, prediction

    async def _run_action(
        self, action: Any, tracker: Any, output_channel: Any, nlg: Any, prediction: Any
    ) -> bool:
        if action.name() == ACTION_LISTEN_NAME:
            self._log_action_on_tracker(tracker, action, [], prediction)
            return False
        try:
            events = await action.run(output_channel, nlg, tracker, self.domain)
        except rasa_actions.ActionExecutionRejection:
            tracker.update(
                ActionExecutionRejected(
                    action.name(), prediction.policy_name, prediction.max_confidence
                )
            )
            return self.should_predict_another_action(action.name())
        self._log_action_on_tracker(tracker, action, events, prediction)
        for event in events:
            if isinstance(event, BotUttered):
                await output_channel.send_response(tracker.sender_id, event.message())
        return self.should_predict_another_action(action.name())


def _set_by_actions(slot: Slot) -> bool:
    return slot.name == SESSION_START_METADATA_SLOT or all(
        mapping.get("type") == "custom" for mapping in slot.mappings
    )
