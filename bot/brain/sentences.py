"""Speaks the sentences of ``domain.yml``: the same one for the same question, on every channel."""

from __future__ import annotations

from typing import Any

from rasa.core.nlg import interpolator
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker

INTERPOLATED = ("text", "image", "custom", "buttons", "attachment", "quick_replies")


class Sentences(TemplatedNaturalLanguageGenerator):
    """Rasa's template generator without its dice: the first fitting variation is always taken.

    A ``channel:`` variant comes before the general one, as in Rasa. Values are filled in once and
    never read again as templates, so braces in a customer's name stay braces.
    """

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The response of that name with its values, or None when there is none."""
        return self.speak(utter_action, output_channel, kwargs)

    def speak(self, utter: str, channel: str, values: dict[str, Any]) -> dict[str, Any] | None:
        """As ``generate``, without a tracker: sentences never fill in slots."""
        response = self._fitting(utter, channel)
        if response is None:
            return None
        filled = dict(response)
        for key in INTERPOLATED:
            if key in filled and values:
                filled[key] = interpolator.interpolate(filled[key], values)
        return filled

    def _fitting(self, utter: str, channel: str) -> dict[str, Any] | None:
        variations = self.responses.get(utter) or []
        own = [v for v in variations if v.get("channel") == channel]
        general = [v for v in variations if not v.get("channel")]
        return next(iter(own or general), None)
