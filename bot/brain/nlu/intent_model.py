"""What is learned from the examples: how likely each intent is, and whether a text is ours at all.

Two opinions are multiplied: one linear decision over the meaning (dense vectors), one over words
and letters. Their certainty is calibrated, and the gate to what is out of scope is learned, on
examples held back in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier
from threadpoolctl import threadpool_limits

from bot.brain.embedding import Vectors
from bot.brain.nlu import ngrams
from bot.brain.nlu.kinds import OUT_OF_SCOPE
from bot.brain.nlu.ngrams import Floats, Ngrams, Stored, counted, vectorizers

_NEAREST = 3
_TINY = 1e-4
_FOLDS = 3


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a text was taken for: each intent's probability, and that it is ours to answer."""

    probabilities: Floats
    in_scope: float


@dataclass(frozen=True, slots=True)
class IntentModel:
    """Ready to read. ``outside`` marks the intents that are out of scope."""

    intents: Sequence[str]
    outside: npt.NDArray[np.bool_]
    meaning: Floats
    intercepts: Floats
    kinds: Sequence[Ngrams]
    ngram_intercepts: Floats
    temperature: float
    gate: Floats
    known: Vectors
    known_outside: npt.NDArray[np.bool_]

    def opinion(self, normal_form: str, vector: Vectors) -> Opinion:
        """Read one text by its normal form and its vector."""
        meant = vector.astype(np.float64) @ self.meaning + self.intercepts
        decisions = self.ngram_intercepts + sum(kind.evidence(normal_form) for kind in self.kinds)
        likeness = 1.0 / (1.0 + np.exp(-decisions))
        return _opinions(meant[None], likeness[None], (self.known @ vector)[None], self)[0]


def _opinions(
    meant: Floats, likeness: Floats, near: npt.NDArray[Any], model: IntentModel
) -> list[Opinion]:
    logs = _agreed(meant, likeness) / model.temperature
    shares = np.exp(_normalised(logs))
    features = _gate_features(shares, likeness, near, model.outside, model.known_outside)
    scores = 1.0 / (1.0 + np.exp(-(features @ model.gate[:-1] + model.gate[-1])))
    return [Opinion(row, float(score)) for row, score in zip(shares, scores, strict=True)]


def _agreed(meant: Floats, likeness: Floats) -> Floats:
    """Both opinions as one logarithm per intent: a row per text."""
    words = np.log(likeness / likeness.sum(axis=1, keepdims=True))
    return _normalised(meant) + words


def _normalised(logs: Floats) -> Floats:
    highest = logs.max(axis=1, keepdims=True)
    return logs - highest - np.log(np.exp(logs - highest).sum(axis=1, keepdims=True))


def _gate_features(
    shares: Floats,
    likeness: Floats,
    near: npt.NDArray[Any],
    outside: npt.NDArray[np.bool_],
    known_outside: npt.NDArray[np.bool_],
) -> Floats:
    """Eight numbers per text: how much it looks like ours, and how much like what is not."""
    columns = [
        np.log(shares[:, outside].sum(axis=1) + _TINY),
        np.log(shares[:, ~outside].max(axis=1) + _TINY),
        np.log(likeness[:, ~outside].max(axis=1) + _TINY),
        np.log(likeness[:, outside].max(axis=1) + _TINY),
    ]
    for some in (~known_outside, known_outside):
        few = min(_NEAREST, int(some.sum()))
        nearest = np.partition(near[:, some], -few, axis=1)[:, -few:] / 2
        columns += [nearest.max(axis=1), nearest.mean(axis=1)]
    return np.stack(columns, axis=1)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """One fit, before calibration."""

    meaning: LogisticRegression
    words: OneVsRestClassifier
    kinds: Sequence[Any]
    vectors: Vectors
    labels: npt.NDArray[np.str_]

    def read(
        self, texts: Sequence[str], vectors: Vectors
    ) -> tuple[Floats, Floats, npt.NDArray[Any]]:
        decisions = self.words.decision_function(counted(self.kinds, texts, fit=False))
        return (
            self.meaning.decision_function(vectors).astype(np.float64),
            1.0 / (1.0 + np.exp(-decisions)),
            vectors @ self.vectors.T,
        )


def _fit(
    texts: Sequence[str], vectors: Vectors, labels: npt.NDArray[np.str_], config: Mapping[str, Any]
) -> _Fitted:
    kinds = vectorizers(config)
    features = counted(kinds, texts, fit=True)
    words = LogisticRegression(
        C=config["strictness"], solver="liblinear", dual=True, tol=1e-2, random_state=0
    )
    meaning = LogisticRegression(C=config["meaning_strictness"], max_iter=200)
    # Many small products: threads of the linear algebra library would only wait for each other.
    with threadpool_limits(limits=1):
        decide = OneVsRestClassifier(words).fit(features, labels)
        meaning.fit(vectors, labels)
    return _Fitted(meaning, decide, kinds, vectors, labels)


def learn(
    texts: Sequence[str], vectors: Vectors, intents: Sequence[str], config: Mapping[str, Any]
) -> Stored:
    """Fit, calibrate, and return what is stored.

    ``texts`` are in normal form; ``vectors`` have a row each. ``config``: see PhrasingClassifier.
    """
    labels = np.array(intents, dtype=str)
    temperature, gate = _calibrated(texts, vectors, labels, config)
    fitted = _fit(texts, vectors, labels, config)
    estimators = fitted.words.estimators_
    weights = np.vstack([one.coef_ for one in estimators]).T.astype(np.float32)
    meaning, intercepts = _per_class(fitted.meaning)
    return {
        "intents": np.array(fitted.words.classes_, dtype=str),
        "meaning": meaning.astype(np.float32),
        "intercepts": intercepts,
        "ngram_intercepts": np.concatenate([one.intercept_ for one in estimators]),
        "temperature": np.array(temperature),
        "gate": gate,
        "known": vectors.astype(np.float16),
        "known_outside": np.isin(labels, list(OUT_OF_SCOPE)),
        **ngrams.stored(fitted.kinds, weights),
    }


def _per_class(fitted: LogisticRegression) -> tuple[Floats, Floats]:
    """Weights (a column per class) and intercepts; scikit-learn keeps one row for two classes."""
    if len(fitted.classes_) > 2:
        return fitted.coef_.T, fitted.intercept_
    return np.vstack([-fitted.coef_[0], fitted.coef_[0]]).T / 2, np.array(
        [-fitted.intercept_[0] / 2, fitted.intercept_[0] / 2]
    )


def _calibrated(
    texts: Sequence[str],
    vectors: Vectors,
    labels: npt.NDArray[np.str_],
    config: Mapping[str, Any],
) -> tuple[float, Floats]:
    """The temperature of the probabilities and the gate, from examples held back in turn.

    The gate has to know what it was never shown, so kinds of text are held back as well.
    """
    kinds = sorted(OUT_OF_SCOPE & set(labels))
    fewest = min(np.unique(labels, return_counts=True)[1])
    if fewest < _FOLDS or not kinds:
        # too little to learn a gate from: everything is taken for ours
        return 1.0, np.append(np.zeros(8), 10.0)
    logs, features, right, ours = [], [], [], []
    for shown, held in _folds(labels, kinds):
        fitted = _fit([texts[i] for i in shown], vectors[shown], labels[shown], config)
        meant, likeness, near = fitted.read([texts[i] for i in held], vectors[held])
        classes = fitted.words.classes_
        agreed = _agreed(meant, likeness)
        features.append(
            _gate_features(
                np.exp(_normalised(agreed)),
                likeness,
                near,
                np.isin(classes, list(OUT_OF_SCOPE)),
                np.isin(fitted.labels, list(OUT_OF_SCOPE)),
            )
        )
        known = np.isin(labels[held], classes)
        logs.append(agreed[known])
        right.append(np.searchsorted(classes, labels[held][known]))
        ours.append(~np.isin(labels[held], list(OUT_OF_SCOPE)))
    temperature = _temperature(logs, right)
    return temperature, _gate(np.vstack(features), np.concatenate(ours))


def _folds(
    labels: npt.NDArray[np.str_], kinds: Sequence[str]
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """(shown, held back): with each part some kinds of out-of-scope text are held back whole."""
    parts = StratifiedKFold(_FOLDS, shuffle=True, random_state=0).split(labels, labels)
    for number, (shown, held) in enumerate(parts):
        unseen = kinds[number::_FOLDS] if len(kinds) > _FOLDS else ()
        strange = np.isin(labels, list(unseen))
        yield shown[~strange[shown]], np.union1d(held, np.flatnonzero(strange))


def _temperature(logs: Sequence[Floats], right: Sequence[npt.NDArray[np.intp]]) -> float:
    """The divisor under which the probabilities of the right intents are likeliest."""

    def surprise(temperature: float) -> float:
        total = 0.0
        for rows, places in zip(logs, right, strict=True):
            total -= _normalised(rows / temperature)[np.arange(len(rows)), places].sum()
        return total

    return float(minimize_scalar(surprise, bounds=(0.3, 5.0), method="bounded").x)


def _gate(features: Floats, ours: npt.NDArray[np.bool_]) -> Floats:
    """Weights and, last, the intercept of the decision whether a text is ours."""
    decide = LogisticRegression(C=1.0, class_weight="balanced", max_iter=500).fit(features, ours)
    return np.append(decide.coef_[0], decide.intercept_[0])


def recalled(kept: Mapping[str, npt.NDArray[Any]], config: Mapping[str, Any]) -> IntentModel:
    """What ``learn`` returned, ready to be asked."""
    intents = [str(intent) for intent in kept["intents"]]
    return IntentModel(
        intents=intents,
        outside=np.isin(intents, list(OUT_OF_SCOPE)),
        meaning=kept["meaning"].astype(np.float64),
        intercepts=kept["intercepts"].astype(np.float64),
        kinds=ngrams.recalled(kept, vectorizers(config)),
        ngram_intercepts=kept["ngram_intercepts"],
        temperature=float(kept["temperature"]),
        gate=kept["gate"],
        known=kept["known"].astype(np.float32),
        known_outside=kept["known_outside"].astype(bool),
    )
