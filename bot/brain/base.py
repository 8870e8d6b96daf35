"""What the engine asks of a brain: read one message, decide, speak. Rasa is one way to do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.messages import ConversationId, Reply, Story


class StoryLoader(Protocol):
    """Loads the story when the brain has no valid copy of its own."""

    def __call__(self) -> Story: ...


@dataclass(frozen=True, slots=True)
class Message:
    """One message to think about. Exactly one of ``text`` and ``payload`` counts.

    ``payload`` (``/choose{"order": "#W1"}``) is ours: a choice the engine offered and resolved.
    ``text`` is the customer's and is never read as a command.
    """

    conversation: ConversationId
    channel: str
    text: str
    position: int
    story: StoryLoader
    payload: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Thought:
    """What came of a message. ``events`` and ``slots`` are to be stored with the turn."""

    replies: tuple[Reply, ...]
    intent: str
    confidence: float
    entities: tuple[Mapping[str, Any], ...]
    events: tuple[Mapping[str, Any], ...]
    slots: Mapping[str, Any]


class Brain(Protocol):
    """Understanding and dialogue behind one door."""

    model: str
    """Name of the loaded model, recorded with each turn."""

    async def think(self, message: Message) -> Thought:
        """Read, decide, act and speak. Raises BrainSilent when nothing would be said.

        What the brain keeps in memory is provisional until ``settle`` is called.
        """

    def settle(self, conversation: ConversationId, *, kept: bool) -> None:
        """The turn was committed (``kept``) or rolled back, in which case it is forgotten."""

    def sentence(self, utter: str, channel: str, **values: str) -> str:
        """One of the shop's sentences, for what the engine itself has to say."""
