"""A Rasa intent classifier: words and letter groups by TF-IDF, one linear decision per intent.

Rasa's own sparse pipeline counts n-grams without weighing them. This one weighs them, masks numbers
and addresses, and does without features per token: it is more often right, and quicker.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from bot.brain.nlu.normal_form import normal_form
from bot.shop.reading import read

WEIGHTS = "weights.npz"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Learned:
    """What training leaves behind: the n-grams with their rarity, and a decision per intent."""

    intents: npt.NDArray[np.str_]
    vectorizers: tuple[TfidfVectorizer, ...]
    coefficients: Floats
    intercepts: Floats

    def confidences(self, text: str) -> Floats:
        """How sure each intent is, in the order of ``intents``, for a text in normal form.

        The geometric mean of two doubts: does this look like the intent at all, and does it look
        like any other as well. Unlike shares of one whole, it is low for a text like none.
        """
        features = hstack([vectorizer.transform([text]) for vectorizer in self.vectorizers])
        decisions = (features @ self.coefficients.T)[0] + self.intercepts
        likeness = 1.0 / (1.0 + np.exp(-decisions))
        confidences: Floats = likeness / np.sqrt(likeness.sum())
        return confidences


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class PhrasingClassifier(GraphComponent, IntentClassifier):
    """Reads a message's intent from its wording. Put it after ``KnownEntities``."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``strictness`` is the regression's C; n-grams of fewer than ``min_df`` examples are dropped."""
        return {
            "word_ngrams": [1, 2],
            "letter_ngrams": [2, 4],
            "min_df": 2,
            "strictness": 20.0,
            "ranking_length": 5,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        learned: Learned | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._learned = learned

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

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples and store what was learned."""
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        if len({example.get(INTENT) for example in examples}) < 2:
            return self._resource
        texts = [_masked(example.get(TEXT)) for example in examples]
        vectorizers = self._vectorizers()
        features = hstack([vectorizer.fit_transform(texts) for vectorizer in vectorizers])
        decide = OneVsRestClassifier(
            LogisticRegression(C=self._config["strictness"], solver="liblinear", tol=1e-3)
        )
        decide.fit(csr_matrix(features), [example.get(INTENT) for example in examples])
        self._learned = Learned(
            intents=np.array(decide.classes_),
            vectorizers=vectorizers,
            coefficients=np.vstack([one.coef_ for one in decide.estimators_]),
            intercepts=np.concatenate([one.intercept_ for one in decide.estimators_]),
        )
        self._store(self._learned)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of each message, and the ranking of the likeliest."""
        for message in messages:
            ranking = self._ranking(message)
            message.set(INTENT, ranking[0] if ranking else {}, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        text = message.get(TEXT)
        if self._learned is None or not text:
            return []
        confidences = self._learned.confidences(_masked(text, message.get(ENTITIES)))
        best = np.argsort(confidences)[::-1][: self._config["ranking_length"]]
        return [
            {"name": str(self._learned.intents[i]), "confidence": float(confidences[i])}
            for i in best
        ]

    def _vectorizers(self) -> tuple[TfidfVectorizer, ...]:
        common = {"lowercase": False, "sublinear_tf": True, "min_df": self._config["min_df"]}
        words = {"analyzer": "word", "token_pattern": r"\w+"}
        letters = {"analyzer": "char_wb"}
        return (
            TfidfVectorizer(**common, **words, ngram_range=tuple(self._config["word_ngrams"])),
            TfidfVectorizer(**common, **letters, ngram_range=tuple(self._config["letter_ngrams"])),
        )

    def _store(self, learned: Learned) -> None:
        blocks = {}
        for index, vectorizer in enumerate(learned.vectorizers):
            blocks[f"ngrams_{index}"] = vectorizer.get_feature_names_out().astype(str)
            blocks[f"rarity_{index}"] = vectorizer.idf_
        with self._model_storage.write_to(self._resource) as folder:
            np.savez_compressed(
                folder / WEIGHTS,
                intents=learned.intents.astype(str),
                coefficients=learned.coefficients.astype(np.float32),
                intercepts=learned.intercepts,
                **blocks,
            )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> PhrasingClassifier:
        """Make the component as it was trained; untrained when nothing was stored."""
        component = cls(config, model_storage, resource)
        try:
            with (
                model_storage.read_from(resource) as folder,
                np.load(folder / WEIGHTS, allow_pickle=False) as stored,
            ):
                component._learned = component._recalled(stored)
        except ValueError:
            return component
        return component

    def _recalled(self, stored: Any) -> Learned:
        vectorizers = self._vectorizers()
        for index, vectorizer in enumerate(vectorizers):
            ngrams = stored[f"ngrams_{index}"]
            vectorizer.set_params(vocabulary={str(ngram): i for i, ngram in enumerate(ngrams)})
            vectorizer.idf_ = stored[f"rarity_{index}"]
        return Learned(
            intents=stored["intents"],
            vectorizers=vectorizers,
            coefficients=stored["coefficients"].astype(np.float64),
            intercepts=stored["intercepts"],
        )


def _masked(text: str, entities: list[dict[str, Any]] | None = None) -> str:
    """The text in normal form; entities already found in it need not be read again."""
    if entities is None:
        return normal_form(text, [(found.start, found.end, found.kind) for found in read(text)])
    return normal_form(text, [(e["start"], e["end"], e["entity"]) for e in entities])
