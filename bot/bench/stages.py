"""Where a turn's time goes: the same pipeline, with a note taken whenever a stage is passed."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import Engine, event

from bot.bench.report import Line, Section
from bot.bench.samples import percentile, spread
from bot.bench.script import Talking
from bot.brain.base import Brain, Message, Thought
from bot.engine.talk import Talk
from bot.engine.turn import Turn
from bot.messages import ConversationId

LABELS = {
    "receive": "receive: store, commit",
    "claim": "claim: lock, load",
    "read": "read: intent, entities",
    "act": "act: records, answer",
    "dialogue": "dialogue: policies, tracker",
    "write": "write: all of the turn",
    "commit": "commit",
    "deliver": "deliver: take parts, commit",
}


class Stages:
    """A brain that notes when it began and ended, and what a turn's transactions did around it."""

    def __init__(self, brain: Brain) -> None:
        self.model = brain.model
        self.times: defaultdict[str, list[float]] = defaultdict(list)
        self.statements: list[int] = []
        self._brain = brain
        self._begins: list[float] = []
        self._commits: list[float] = []
        self._think = (0.0, 0.0)
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._executed = 0

    async def think(self, message: Message) -> Thought:
        """As the brain does, noting when it began and ended."""
        begun = time.perf_counter()
        thought = await self._brain.think(message)
        self._think = begun, time.perf_counter()
        return thought

    def settle(self, conversation: ConversationId, *, kept: bool) -> None:
        """As the brain does."""
        self._brain.settle(conversation, kept=kept)

    def sentence(self, utter: str, channel: str, **values: str) -> str:
        """As the brain does."""
        return self._brain.sentence(utter, channel, **values)

    @contextmanager
    def watching(self, engine: Engine) -> Iterator[None]:
        """Note the transactions of this engine, and what Rasa spends on reading and acting."""
        # The processor is the brain's own affair; measuring it from outside is the price of a
        # brain that carries no stop-watch.
        processor: Any = vars(self._brain)["_processor"]
        listeners: dict[str, Callable[..., None]] = {
            "begin": lambda _: self._begins.append(time.perf_counter()),
            "commit": lambda _: self._commits.append(time.perf_counter()),
            "after_cursor_execute": self._count,
        }
        with ExitStack() as stack:
            for name, listener in listeners.items():
                event.listen(engine, name, listener)
                stack.callback(event.remove, engine, name, listener)
            stack.callback(self._clock(processor, "parse_message", "read"))
            stack.callback(self._clock(processor.action_endpoint, "request", "act"))
            yield

    def _count(self, *_: object) -> None:
        self._executed += 1

    def _clock(self, owner: Any, method: str, stage: str) -> Callable[[], None]:
        """Add what the method takes to the stage; returns what undoes it."""
        original = getattr(owner, method)

        async def clocked(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return await original(*args, **kwargs)
            finally:
                self._spent[stage] += time.perf_counter() - begun

        setattr(owner, method, clocked)
        return lambda: delattr(owner, method)

    def say(self, talk: Talk, sender: str, words: str) -> str:
        """One turn, taken apart; returns who owns the conversation then."""
        self._begins, self._commits, self._executed = [], [], 0
        self._think = 0.0, 0.0
        self._spent.clear()
        begun = time.perf_counter()
        state = talk.say(sender, words).state
        ended = time.perf_counter()
        if self._think[0]:
            self._note(begun, ended)
        return state

    def _note(self, begun: float, ended: float) -> None:
        # Transactions of one `say`: receive, the turn, deliver.
        _, turn, deliver, *_ = self._begins
        think, thought = self._think
        read, act = self._spent["read"], self._spent["act"]
        stages = {
            "receive": turn - begun,
            "claim": think - turn,
            "read": read,
            "act": act,
            "dialogue": thought - think - read - act,
            "write": self._commits[1] - thought,
            "commit": deliver - self._commits[1],
            "deliver": ended - deliver,
        }
        for stage, seconds in stages.items():
            self.times[stage].append(seconds * 1000)
        self.statements.append(self._executed)


def stage_section(engine: Engine, turn: Turn, talkings: Iterator[Talking], turns: int) -> Section:
    """Turns taken apart. Watching costs a little, so the stages do not add up to the turn."""
    stages = Stages(turn.brain)
    with stages.watching(engine), Talk(engine, Turn(stages, turn.terms)) as talk:
        while len(stages.statements) < turns:
            talking = next(talkings)
            for words in talking.messages:
                if stages.say(talk, talking.sender, words) != "bot":
                    break
    lines = [Line(name, label, _middle(stages.times[name])) for name, label in LABELS.items()]
    count = percentile(stages.statements, 0.5)
    note = f"{count:.0f} SQL statements in the median turn; watching them costs a little."
    return Section("stages", "Where a turn's time goes", lines, (note,))


def _middle(values: list[float]) -> dict[str, float]:
    return {key: value for key, value in spread(values).items() if key in ("p50_ms", "p95_ms")}
