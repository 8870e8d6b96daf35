"""Reading without answering: the trained model's NLU alone, for ``understand`` and ``evaluate``."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.engine import loader
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.brain.graph_runner import OrderedGraphRunner
from bot.brain.nlu.intents import PhrasingClassifier
from bot.brain.nlu.kinds import NOT_UNDERSTOOD
from bot.brain.nlu.language import language_of
from bot.brain.rasa_agent import plain, silence


@dataclass(frozen=True, slots=True)
class Guess:
    """An intent and how probable it is."""

    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Datum:
    """Something with a fixed shape in the text; ``value`` is its normal form."""

    kind: str
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message was taken for.

    ``intents`` are all its wishes, the surest first; where it was not understood, the best guess
    with its small probability. ``ranking`` are the likeliest readings of the first wish. ``sure``
    is False when the bot would ask instead of answering.
    """

    intents: tuple[Guess, ...]
    entities: tuple[Datum, ...]
    in_scope: bool
    sure: bool
    language: str
    ms: float
    ranking: tuple[Guess, ...] = ()


class Understanding:
    """Reads messages with a trained model. One thread at a time."""

    def __init__(self, model: Path) -> None:
        """Load the NLU part of a model file."""
        silence()
        with tempfile.TemporaryDirectory() as folder:
            metadata, self._runner = loader.load_predict_graph_runner(
                Path(folder), model, LocalModelStorage, OrderedGraphRunner
            )
        self._target = metadata.nlu_target
        self.read("hello")  # the first reading loads what the others find loaded

    def read(self, text: str) -> Understood:
        """Read one text; never raises, whatever is in it. ``ms`` is the wall time it took."""
        begun = time.perf_counter()
        said = plain(text).encode("utf-8", "replace").decode()
        parsed = self._parsed(said) if said else {}
        return Understood(
            intents=_intents(parsed),
            entities=tuple(
                Datum(e["entity"], said[e["start"] : e["end"]], str(e["value"]))
                for e in parsed.get("entities") or ()
            ),
            in_scope=bool(parsed.get("in_scope")),
            sure=(parsed.get("intent") or {}).get("name") not in (None, NOT_UNDERSTOOD),
            language=language_of(said),
            ms=round((time.perf_counter() - begun) * 1000, 2),
            ranking=tuple(
                Guess(str(r["name"]), round(float(r["confidence"]), 4))
                for r in parsed.get("intent_ranking") or ()
            ),
        )

    def scope(self, text: str) -> float:
        """How probably a text is in scope, before any threshold: for curves, not for answers."""
        for node in self._runner._instantiated_nodes.values():
            component = getattr(node, "_component", None)
            if isinstance(component, PhrasingClassifier) and component.reader is not None:
                return component.reader.scope(plain(text))
        return 1.0

    def _parsed(self, said: str) -> Mapping[str, Any]:
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(said)]}
        message = self._runner.run(inputs=inputs, targets=[self._target])[self._target][0]
        parsed: Mapping[str, Any] = message.as_dict(only_output_properties=True)
        return parsed


def _intents(parsed: Mapping[str, Any]) -> tuple[Guess, ...]:
    wishes = [(w["intent"], w["confidence"]) for w in parsed.get("wishes") or ()]
    if any(name == NOT_UNDERSTOOD for name, _ in wishes):
        ranking = parsed.get("intent_ranking") or ()
        guesses = [(r["name"], r["confidence"]) for r in ranking if r["name"] != NOT_UNDERSTOOD]
        wishes = guesses[:1]
    found = [Guess(str(name), round(float(confidence), 4)) for name, confidence in wishes]
    return tuple(sorted(found, key=lambda guess: -guess.confidence))
