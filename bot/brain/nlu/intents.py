"""A Rasa intent classifier: words and letter groups by TF-IDF, one linear decision per intent.

Rasa's own sparse pipeline counts n-grams without weighing them. This one weighs them, masks numbers
and addresses, and does without features per token: it is more often right, and quicker.
"""

from __future__ import annotations

import hashlib
import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sklearn
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
from threadpoolctl import threadpool_limits

from bot.brain.nlu.normal_form import normal_form, spans
from bot.shop.reading import read

WEIGHTS = "weights.npz"
NO_INTENT = {"name": None, "confidence": 0.0}
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ngrams:
    """One kind of n-gram: how a text is cut, and what each piece weighs for each intent.

    ``weights`` has a row per n-gram and a column per intent.
    """

    cut: Callable[[str], Sequence[str]]
    place: Mapping[str, int]
    rarity: Floats
    weights: Floats

    def evidence(self, text: str) -> Floats | float:
        """What the text's n-grams say for each intent; the same sum as scikit-learn's transform."""
        places = (self.place.get(piece) for piece in self.cut(text))
        counts = Counter(place for place in places if place is not None)
        if not counts:
            return 0.0
        found = np.fromiter(counts, dtype=np.intp)
        often = np.fromiter(counts.values(), dtype=np.float64)
        values = (1.0 + np.log(often)) * self.rarity[found]
        evidence: Floats = (values / np.linalg.norm(values)) @ self.weights[found]
        return evidence


@dataclass(frozen=True, slots=True)
class Learned:
    """What training leaves behind."""

    intents: Sequence[str]
    kinds: Sequence[Ngrams]
    intercepts: Floats

    def confidences(self, text: str) -> Floats:
        """How sure each intent is, in the order of ``intents``, for a text in normal form.

        The geometric mean of two answers: does this look like the intent at all, and does it look
        like no other. Unlike shares of one whole, it is low for a text that is like none.
        """
        decisions = self.intercepts + sum(kind.evidence(text) for kind in self.kinds)
        likeness = 1.0 / (1.0 + np.exp(-decisions))
        confidences: Floats = likeness / np.sqrt(likeness.sum())
        return confidences


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class PhrasingClassifier(GraphComponent, IntentClassifier):
    """Reads a message's intent from its wording. Put it after ``KnownEntities``."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``strictness``: the regression's C; ``min_df``: examples an n-gram must stand in."""
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

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """All code that training depends on: Rasa's own cache looks at this class alone."""
        files = (normal_form, read, learn)
        sources = "".join(inspect.getsource(inspect.getmodule(one) or cls) for one in files)
        return hashlib.sha256(f"{sources}{sklearn.__version__}".encode()).hexdigest()

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
                learned = recalled(stored, vectorizers(config))
        except ValueError:
            return cls(config, model_storage, resource)
        return cls(config, model_storage, resource, learned)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples and store what was learned."""
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        if len({example.get(INTENT) for example in examples}) > 1:
            texts = [masked(example.get(TEXT)) for example in examples]
            intents = [example.get(INTENT) for example in examples]
            stored = learn(texts, intents, vectorizers(self._config), self._config["strictness"])
            self._learned = recalled(stored, vectorizers(self._config))
            with self._model_storage.write_to(self._resource) as folder:
                np.savez_compressed(folder / WEIGHTS, **stored)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of each message, and the ranking of the likeliest."""
        for message in messages:
            ranking = self._ranking(message)
            message.set(INTENT, ranking[0] if ranking else NO_INTENT, add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        text = message.get(TEXT)
        if self._learned is None or not text:
            return []
        confidences = self._learned.confidences(masked(text, message.get(ENTITIES)))
        best = np.argsort(confidences)[::-1][: self._config["ranking_length"]]
        return [
            {"name": self._learned.intents[i], "confidence": float(confidences[i])} for i in best
        ]


def masked(text: str, entities: list[dict[str, Any]] | None = None) -> str:
    """The text in normal form; entities already found in it need not be read again."""
    return normal_form(text, spans(text, entities))


def vectorizers(config: Mapping[str, Any]) -> tuple[TfidfVectorizer, TfidfVectorizer]:
    """How texts are cut into words and into letters, as configured."""
    common = {"lowercase": False, "sublinear_tf": True, "min_df": config["min_df"]}
    words = {"analyzer": "word", "token_pattern": r"\w+"}
    letters = {"analyzer": "char_wb"}
    return (
        TfidfVectorizer(**common, **words, ngram_range=tuple(config["word_ngrams"])),
        TfidfVectorizer(**common, **letters, ngram_range=tuple(config["letter_ngrams"])),
    )


def learn(
    texts: Sequence[str],
    intents: Sequence[str],
    kinds: Sequence[TfidfVectorizer],
    strictness: float,
) -> dict[str, npt.NDArray[Any]]:
    """Fit one decision per intent; what is returned is stored as it is."""
    features = hstack([kind.fit_transform(texts) for kind in kinds])
    regression = LogisticRegression(
        C=strictness, solver="liblinear", dual=True, tol=1e-2, random_state=0
    )
    # Many tiny products: threads of the linear algebra library would only wait for each other.
    with threadpool_limits(limits=1):
        decide = OneVsRestClassifier(regression).fit(csr_matrix(features), intents)
    weights = np.vstack([one.coef_ for one in decide.estimators_]).T.astype(np.float32)
    stored: dict[str, npt.NDArray[Any]] = {
        "intents": np.array(decide.classes_, dtype=str),
        "intercepts": np.concatenate([one.intercept_ for one in decide.estimators_]),
    }
    ends = np.cumsum([len(kind.vocabulary_) for kind in kinds])
    for index, block in enumerate(np.split(weights, ends[:-1])):
        stored[f"ngrams_{index}"] = kinds[index].get_feature_names_out().astype(str)
        stored[f"rarity_{index}"] = kinds[index].idf_
        stored[f"weights_{index}"] = block
    return stored


def recalled(stored: Mapping[str, npt.NDArray[Any]], kinds: Sequence[TfidfVectorizer]) -> Learned:
    """What ``learn`` returned, ready to be asked."""
    return Learned(
        intents=[str(intent) for intent in stored["intents"]],
        kinds=[
            Ngrams(
                cut=kind.build_analyzer(),
                place={str(ngram): at for at, ngram in enumerate(stored[f"ngrams_{index}"])},
                rarity=stored[f"rarity_{index}"],
                weights=stored[f"weights_{index}"].astype(np.float64),
            )
            for index, kind in enumerate(kinds)
        ],
        intercepts=stored["intercepts"],
    )
