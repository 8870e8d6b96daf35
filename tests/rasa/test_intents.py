"""The intent classifier as such: what is stored is what was learned, and doubt shows."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest
from rasa.shared.nlu.training_data.message import Message
from scipy.special import expit

from bot.brain.nlu.intents import Learned, PhrasingClassifier, learn, masked, recalled, vectorizers

CONFIG = PhrasingClassifier.get_default_config()
EXAMPLES = {
    "order_status": ["where is my order", "where is #W12345", "track my parcel", "has it shipped"],
    "delivery_cost": ["how much is shipping", "shipping costs to Austria", "price of delivery"],
    "greet": ["hello", "hello there", "hi", "hi there"],
}
TEXTS = [masked(text) for texts in EXAMPLES.values() for text in texts]
INTENTS = [intent for intent, texts in EXAMPLES.items() for _ in texts]


@pytest.fixture(scope="module")
def stored() -> dict[str, np.ndarray]:
    return learn(TEXTS, INTENTS, vectorizers(CONFIG), CONFIG["strictness"])


@pytest.fixture(scope="module")
def learned(stored: dict[str, np.ndarray]) -> Learned:
    return recalled(stored, vectorizers(CONFIG))


def test_weighs_a_text_as_scikit_learn_does(stored: dict[str, np.ndarray]) -> None:
    kinds = vectorizers(CONFIG)
    matrices = [kind.fit_transform(TEXTS) for kind in kinds]
    ours = recalled(stored, vectorizers(CONFIG))
    for index, kind in enumerate(ours.kinds):
        theirs = matrices[index] @ stored[f"weights_{index}"].astype(np.float64)
        for row, text in enumerate(TEXTS):
            np.testing.assert_allclose(kind.evidence(text), theirs[row], atol=1e-9)


def test_reads_what_it_was_taught(learned: Learned) -> None:
    read = [learned.intents[int(np.argmax(learned.confidences(text)))] for text in TEXTS]
    assert read == INTENTS


def test_is_sure_of_nothing_when_a_text_is_like_no_example(learned: Learned) -> None:
    unknown = learned.confidences("qqq zzz")
    assert unknown.max() < learned.confidences("hello").max()
    np.testing.assert_allclose(
        unknown, expit(learned.intercepts) / np.sqrt(expit(learned.intercepts).sum())
    )


def test_a_confidence_is_between_none_and_certain(learned: Learned) -> None:
    for text in [*TEXTS, "", "qqq"]:
        confidences = learned.confidences(text)
        assert (confidences >= 0).all()
        assert (confidences <= 1).all()


def test_a_model_is_not_taken_from_the_cache_when_the_code_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = PhrasingClassifier.fingerprint_addon(CONFIG)
    assert before == PhrasingClassifier.fingerprint_addon(CONFIG)
    real = inspect.getsource
    monkeypatch.setattr(inspect, "getsource", lambda one: real(one) + "# changed")
    assert before != PhrasingClassifier.fingerprint_addon(CONFIG)


def test_a_text_without_words_has_no_intent(learned: Learned) -> None:
    message = Message.build("")
    PhrasingClassifier(CONFIG, None, None, learned).process([message])
    assert message.get("intent") == {"name": None, "confidence": 0.0}
    assert message.get("intent_ranking") == []


def test_what_is_stored_needs_no_pickle(stored: dict[str, np.ndarray], tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "weights.npz", **stored)
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as again:
        assert recalled(again, vectorizers(CONFIG)).intents == sorted(EXAMPLES)
