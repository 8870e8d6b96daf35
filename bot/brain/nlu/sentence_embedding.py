"""A Rasa featurizer: what a message means, as one dense vector beside its words and letters."""

from __future__ import annotations

import hashlib
import inspect
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import ENTITIES, FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.brain import embedding
from bot.brain.nlu import normal_form

NAME = "sentence_embedding"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbedding(DenseFeaturizer, GraphComponent):
    """Adds a sentence feature of shape (1, 896). Any Rasa classifier of dense features can use it.

    Numbers and addresses are replaced by one example of their kind first, so that no vector depends
    on which order was meant. Needs no tokens and no training.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``alias``: the name its features are known by."""
        return {"alias": NAME}

    @staticmethod
    def required_packages() -> list[str]:
        """Libraries of one name for pip and Python; the weights are looked for at start."""
        return ["onnxruntime", "tokenizers"]

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self.validate_config(config)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbedding:
        """Make the component for a graph (Rasa calls this)."""
        return cls(config, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Any configuration will do."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """The models and the code that vectors depend on, for Rasa's own cache."""
        sources = "".join(inspect.getsource(module) for module in (embedding, normal_form))
        return hashlib.sha256(f"{sources}{[*embedding.model_versions()]}".encode()).hexdigest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the feature to every example that has a text."""
        self.process([e for e in training_data.training_examples if e.get(TEXT)])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the feature to each message."""
        texts = [normal_form.exemplified(m.get(TEXT) or "", m.get(ENTITIES)) for m in messages]
        for message, vector in zip(messages, embedding.embedding().all(texts), strict=True):
            message.add_features(
                Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self._config["alias"])
            )
        return messages
