"""A brain whose thoughts are written down beforehand, for tests of what happens around thinking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.brain.base import Message, Thought
from bot.messages import Choice, ConversationId, Reply

Script = Callable[[Message], Thought]


def echo(message: Message) -> Thought:
    """Say back what was heard; remember how often."""
    count = int(dict(message.story().slots).get("count", 0)) + 1
    heard = message.payload or message.text
    return Thought(
        replies=(Reply("utter_echo", f"heard: {heard}"),),
        intent="echo",
        confidence=1.0,
        entities=(),
        events=({"event": "user", "text": heard, "message_id": message.message_id},),
        slots={"count": count},
    )


def offering(*titles: str) -> Script:
    """Offer choices whose payload is ``/pick{"title": ...}``."""

    def think(message: Message) -> Thought:
        if message.payload:
            return echo(message)
        choices = tuple(Choice(title, f'/pick{{"title": "{title}"}}') for title in titles)
        return Thought((Reply("utter_which", "Which?", choices=choices),), "ask", 1.0, (), (), {})

    return think


@dataclass
class ScriptedBrain:
    """Plays a script and keeps count of what was settled."""

    script: Script = echo
    model: str = "scripted"
    heard: list[str] = field(default_factory=list)
    settled: list[bool] = field(default_factory=list)

    async def think(self, message: Message) -> Thought:
        self.heard.append(message.text)
        return self.script(message)

    def settle(self, conversation: ConversationId, *, kept: bool) -> None:
        self.settled.append(kept)

    def sentence(self, utter: str, channel: str, **values: str) -> str:
        return utter
