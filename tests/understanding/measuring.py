"""The sets understanding is measured with, and a reader that asks the trained model."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.engine import loader
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.engine.storage.local_model_storage import LocalModelStorage
from ruamel.yaml import YAML

from bot.brain.graph_runner import OrderedGraphRunner
from tests.conftest import ROOT, SHARED

HERE = Path(__file__).parent
BITEXT = SHARED / "nlu" / "bitext_dev.csv"
QUESTIONS = SHARED / "retail" / "questions_dev.jsonl"
CONVERSATIONS = SHARED / "retail" / "conversations_dev.jsonl"


@dataclass(frozen=True)
class Utterance:
    """A text, and the intents that answer it; the first is the one meant."""

    text: str
    intents: tuple[str, ...]
    flags: str = ""


@dataclass(frozen=True)
class Reading:
    """What the model took a text for; ``intents`` are all its wishes, in order."""

    intent: str
    confidence: float
    intents: tuple[str, ...]
    in_scope: bool


class Reader:
    """The trained model's NLU, alone."""

    def __init__(self, model: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            metadata, self._runner = loader.load_predict_graph_runner(
                Path(folder), model, LocalModelStorage, OrderedGraphRunner
            )
        self._target = metadata.nlu_target

    def read(self, text: str) -> Reading:
        """The intent of a text, after the fall-back had its say."""
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text)]}
        message = self._runner.run(inputs=inputs, targets=[self._target])[self._target][0]
        intent = message.get("intent")
        wishes = tuple(wish["intent"] for wish in message.get("wishes"))
        alone = wishes if len(wishes) > 1 else (intent["name"],)
        return Reading(
            intent["name"], float(intent["confidence"]), alone, bool(message.get("in_scope"))
        )


def bitext() -> list[Utterance]:
    """Bitext's support utterances (CDLA-Sharing-1.0, © Bitext Innovations): never for training."""
    ours = load(HERE / "bitext_intents.yml")
    with BITEXT.open(newline="") as file:
        return [
            Utterance(r["utterance"], tuple(ours[r["intent"]]), r["flags"])
            for r in csv.DictReader(file)
        ]


def questions() -> list[Utterance]:
    """The retail questions with known answers."""
    ours = load(HERE / "question_intents.yml")
    rows = (json.loads(line) for line in QUESTIONS.read_text().splitlines())
    return [Utterance(row["text"], tuple(ours[row["kind"]])) for row in rows]


def other_wordings() -> list[Utterance]:
    """Our own wordings that stand in no example."""
    rows = load(HERE / "other_wordings.yml")
    return [Utterance(text, (intent,)) for intent, texts in rows.items() for text in texts]


def out_of_scope() -> list[str]:
    """Our own messages that no shop's assistant can answer."""
    return [text for texts in load(HERE / "out_of_scope.yml").values() for text in texts]


def conversation_turns() -> Iterator[str]:
    """What simulated customers wrote in whole conversations."""
    for line in CONVERSATIONS.read_text().splitlines():
        yield from (t["text"] for t in json.loads(line)["turns"] if t["role"] == "user")


def conversation_labels() -> Any:
    """What was labelled by hand of those conversations."""
    return load(HERE / "conversation_labels.yml")


def named_turns() -> dict[str, str]:
    """What those customers wrote, by ``conversation.turn``."""
    found = {}
    for line in CONVERSATIONS.read_text().splitlines():
        conversation = json.loads(line)
        said = [t["text"] for t in conversation["turns"] if t["role"] == "user"]
        found |= {f"{conversation['id']}.{place}": text for place, text in enumerate(said)}
    return found


def examples() -> Iterator[tuple[str, str]]:
    """(intent, example) of data/nlu."""
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in load(path)["nlu"]:
            for line in block["examples"].splitlines():
                yield block["intent"], line.removeprefix("- ").strip()


def same_words(text: str) -> str:
    """A text without case, punctuation and spacing, to tell whether two are the same."""
    return re.sub(r"[^\w#@]+", " ", text.lower()).strip()


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text("utf-8"))
