"""A Rasa intent classifier that reads every clause of a message, by meaning and by wording.

Besides Rasa's ``intent`` and ``intent_ranking`` (of the first wish) a message gets ``wishes``, in
order, and ``in_scope``. ``bot/brain/rasa_agent.py`` works the wishes off.
"""

from __future__ import annotations

import hashlib
import inspect
from typing import Any

import numpy as np
import sklearn
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.brain import embedding
from bot.brain.nlu import intent_model, kinds, ngrams, normal_form
from bot.brain.nlu.reader import MessageReader, Reading, within
from bot.brain.nlu.wishes import Wish
from bot.shop import reading

WEIGHTS = "weights.npz"
WISHES = "wishes"
NO_INTENT = {"name": None, "confidence": 0.0}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class PhrasingClassifier(GraphComponent, IntentClassifier):
    """Reads a message's intents. Put it after ``KnownEntities``; it does its own fall-back."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``strictness`` and ``meaning_strictness``: the regressions' C; ``min_df``: examples an
        n-gram must stand in. ``sure_enough``, ``ours_enough``: the least probability of an intent
        and of being in scope; ``close``: how near a second intent makes a reading doubtful.
        """
        return {
            "word_ngrams": [1, 2],
            "letter_ngrams": [2, 4],
            "min_df": 2,
            "strictness": 20.0,
            "meaning_strictness": 10.0,
            "sure_enough": 0.35,
            "close": 0.05,
            "ours_enough": 0.25,
            "ranking_length": 5,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        reader: MessageReader | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._reader = reader

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PhrasingClassifier:
        """Make an untrained component (Rasa calls this)."""
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """All code that training depends on: Rasa's own cache looks at this class alone."""
        modules = (normal_form, reading, ngrams, intent_model, kinds, embedding)
        sources = "".join(inspect.getsource(module) for module in modules)
        versions = [sklearn.__version__, *embedding.model_versions()]
        return hashlib.sha256(f"{sources}{versions}".encode()).hexdigest()

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> PhrasingClassifier:
        """Make the component as it was trained; untrained when there was nothing to learn."""
        try:
            with (
                model_storage.read_from(resource) as folder,
                np.load(folder / WEIGHTS, allow_pickle=False) as stored,
            ):
                model = intent_model.recalled(stored, config)
        except ValueError:
            return cls(config, model_storage, resource)
        return cls(config, model_storage, resource, MessageReader(model, config))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples and store what was learned."""
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        if len({example.get(INTENT) for example in examples}) > 1:
            texts = [example.get(TEXT) for example in examples]
            stored = intent_model.learn(
                [normal_form.masked(text) for text in texts],
                embedding.embedding().all([normal_form.exemplified(text) for text in texts]),
                [example.get(INTENT) for example in examples],
                self._config,
            )
            self._reader = MessageReader(intent_model.recalled(stored, self._config), self._config)
            with self._model_storage.write_to(self._resource) as folder:
                np.savez_compressed(folder / WEIGHTS, **stored)
        return self._resource

    @property
    def reader(self) -> MessageReader | None:
        """What reads; None when nothing was learned."""
        return self._reader

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking, wishes and scope of each message."""
        for message in messages:
            text = message.get(TEXT)
            found = Reading([], [], in_scope=False)
            entities = message.get(ENTITIES) or []
            if self._reader is not None and text:
                found = self._reader.read(text, entities)
            message.set(INTENT, (found.ranking or [NO_INTENT])[0], add_to_output=True)
            message.set("intent_ranking", found.ranking, add_to_output=True)
            message.set("in_scope", found.in_scope, add_to_output=True)
            message.set(
                WISHES, [_stated(wish, text or "", entities) for wish in found.wishes], True
            )
        return messages


def _stated(wish: Wish, text: str, entities: list[dict[str, Any]]) -> dict[str, Any]:
    """A wish as a message carries it: its words, its intent, the entities in it."""
    said = text[wish.start : wish.end]
    start = wish.start + len(said) - len(said.lstrip())
    return {
        "text": said.strip(),
        "start": start,
        "end": wish.end,
        "intent": wish.intent,
        "confidence": wish.confidence,
        "entities": within(start, wish.end, entities),
    }
