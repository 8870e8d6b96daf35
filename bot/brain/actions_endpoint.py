"""Runs custom actions inside this process, behind the door where Rasa expects an action server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rasa.core.actions import action as rasa_actions
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

EVENTS_SHOWN = 20
"""How many of the latest events an action is given; ours need none, a merchant's own may."""


class InProcessActions(EndpointConfig):
    """An EndpointConfig whose ``request`` calls rasa_sdk's executor instead of the network."""

    def __init__(self, packages: Sequence[str]) -> None:
        super().__init__(url="in-process", enable_selective_domain=True)
        self.executor = ActionExecutor()
        for package in packages:
            self.executor.register_package(package)

    async def request(
        self, method: str = "post", subpath: str | None = None, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Run the action the call names. Raises ClientResponseError with a server's codes."""
        call = kwargs["json"]
        try:
            return await self.executor.run(call)
        except ActionExecutionRejection as refusal:
            body = json.dumps({"error": refusal.message, "action_name": refusal.action_name})
            raise ClientResponseError(400, refusal.message, body) from refusal
        except ActionNotFoundException as missing:
            body = json.dumps({"error": missing.message, "action_name": missing.action_name})
            raise ClientResponseError(404, missing.message, body) from missing


class DirectAction(rasa_actions.RemoteAction):
    """Seam: a custom action called without copying the conversation into JSON and back.

    Rasa serialises every event for each call and checks each result against a JSON schema; both
    are for a server it does not know. Ours runs here and is typed.
    """

    async def run(
        self, output_channel: Any, nlg: Any, tracker: DialogueStateTracker, domain: Domain
    ) -> list[Event]:
        """Run the action; its messages become BotUttered events, as Rasa makes them."""
        endpoint = self.action_endpoint
        if endpoint is None:
            raise rasa_actions.ActionExecutionRejection(self.name(), "no actions are registered")
        try:
            response = await endpoint.request(json=self._call(tracker))
        except ClientResponseError as error:
            if error.status == 400:
                raise rasa_actions.ActionExecutionRejection(self.name(), error.text) from error
            raise
        said = await self._utter_responses(response["responses"], output_channel, nlg, tracker)
        return [*said, *deserialise_events(response["events"])]

    def _call(self, tracker: DialogueStateTracker) -> dict[str, Any]:
        recent = list(tracker.events)[-EVENTS_SHOWN:]
        state = {
            "sender_id": tracker.sender_id,
            "slots": tracker.current_slot_values(),
            "latest_message": tracker.latest_message.parse_data if tracker.latest_message else {},
            "events": _Lazily(recent),
            "paused": tracker.is_paused(),
            "followup_action": None,
            "active_loop": {},
            "latest_action_name": tracker.latest_action_name,
            "latest_input_channel": tracker.get_latest_input_channel(),
        }
        return {"next_action": self.name(), "sender_id": tracker.sender_id, "tracker": state}


class _Lazily(list[Any]):
    """Events that become dictionaries only when an action looks at them."""

    def __init__(self, events: list[Event]) -> None:
        super().__init__(events)
        self._raw = True

    def _thaw(self) -> None:
        if self._raw:
            self._raw = False
            self[:] = [event.as_dict() for event in list.__iter__(self)]

    def __iter__(self) -> Any:
        self._thaw()
        return super().__iter__()

    def __reversed__(self) -> Any:
        self._thaw()
        return super().__reversed__()

    def __getitem__(self, index: Any) -> Any:
        self._thaw()
        return super().__getitem__(index)
