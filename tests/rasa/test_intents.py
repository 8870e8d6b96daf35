"""The intent classifier as such: what is stored is what was learned, and doubt shows."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.brain.embedding import embedding
from bot.brain.nlu.intent_model import IntentModel, learn, recalled
from bot.brain.nlu.intents import PhrasingClassifier
from bot.brain.nlu.ngrams import counted, vectorizers
from bot.brain.nlu.normal_form import exemplified, masked
from bot.brain.nlu.reader import MessageReader

CONFIG = PhrasingClassifier.get_default_config()
EXAMPLES = {
    "order_status": ["where is my order", "where is #W12345", "track my parcel", "has it shipped"],
    "delivery_cost": ["how much is shipping", "shipping costs to Austria", "price of delivery"],
    "greet": ["hello", "hello there", "hi", "hi there"],
    "out_of_scope": ["will it rain", "what's the weather", "who won the match", "write a poem"],
}
TEXTS = [text for texts in EXAMPLES.values() for text in texts]
INTENTS = [intent for intent, texts in EXAMPLES.items() for _ in texts]
FORMS = [masked(text) for text in TEXTS]


@pytest.fixture(scope="module")
def stored() -> dict[str, np.ndarray]:
    vectors = embedding().all([exemplified(text) for text in TEXTS])
    return learn(FORMS, vectors, INTENTS, CONFIG)


@pytest.fixture(scope="module")
def model(stored: dict[str, np.ndarray]) -> IntentModel:
    return recalled(stored, CONFIG)


def shares(model: IntentModel, text: str) -> np.ndarray:
    return model.opinion(masked(text), embedding().of(exemplified(text))).probabilities


def test_weighs_a_text_as_scikit_learn_does(stored: dict[str, np.ndarray]) -> None:
    kinds = vectorizers(CONFIG)
    counted(kinds, FORMS, fit=True)
    ours = recalled(stored, CONFIG)
    for index, kind in enumerate(ours.kinds):
        theirs = kinds[index].transform(FORMS) @ stored[f"weights_{index}"].astype(np.float64)
        for row, text in enumerate(FORMS):
            np.testing.assert_allclose(kind.evidence(text), theirs[row], atol=1e-9)


def test_reads_what_it_was_taught(model: IntentModel) -> None:
    read = [model.intents[int(np.argmax(shares(model, text)))] for text in TEXTS]
    assert read == INTENTS


def test_the_probabilities_are_shares_of_one(model: IntentModel) -> None:
    for text in [*TEXTS, "", "qqq"]:
        found = shares(model, text)
        assert (found >= 0).all()
        assert abs(found.sum() - 1) < 1e-9


def test_is_less_sure_when_a_text_is_like_no_example(model: IntentModel) -> None:
    assert shares(model, "qqq zzz").max() < shares(model, "hello").max()


def test_a_text_like_no_example_is_less_likely_ours(model: IntentModel) -> None:
    def ours(text: str) -> float:
        return model.opinion(masked(text), embedding().of(text)).in_scope

    assert ours("is it going to rain tomorrow") < ours("where is my parcel")


def test_a_model_is_not_taken_from_the_cache_when_the_code_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = PhrasingClassifier.fingerprint_addon(CONFIG)
    assert before == PhrasingClassifier.fingerprint_addon(CONFIG)
    real = inspect.getsource
    monkeypatch.setattr(inspect, "getsource", lambda one: real(one) + "# changed")
    assert before != PhrasingClassifier.fingerprint_addon(CONFIG)


def test_a_text_without_words_has_no_intent(model: IntentModel) -> None:
    message = Message.build("")
    PhrasingClassifier(CONFIG, None, None, MessageReader(model, CONFIG)).process([message])
    assert message.get("intent") == {"name": None, "confidence": 0.0}
    assert message.get("intent_ranking") == []
    assert message.get("wishes") == []


def test_what_is_stored_needs_no_pickle(stored: dict[str, np.ndarray], tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "weights.npz", **stored)
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as again:
        assert recalled(again, CONFIG).intents == sorted(EXAMPLES)
