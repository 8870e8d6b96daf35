"""Words and letter groups by TF-IDF, without scikit-learn's matrices when a message is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

Floats = npt.NDArray[np.float64]
Stored = dict[str, npt.NDArray[Any]]


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


def vectorizers(config: Mapping[str, Any]) -> tuple[TfidfVectorizer, TfidfVectorizer]:
    """How texts are cut into words and into letters, as configured."""
    common = {"lowercase": False, "sublinear_tf": True, "min_df": config["min_df"]}
    words = {"analyzer": "word", "token_pattern": r"\w+"}
    letters = {"analyzer": "char_wb"}
    return (
        TfidfVectorizer(**common, **words, ngram_range=tuple(config["word_ngrams"])),
        TfidfVectorizer(**common, **letters, ngram_range=tuple(config["letter_ngrams"])),
    )


def counted(kinds: Sequence[TfidfVectorizer], texts: Sequence[str], *, fit: bool) -> csr_matrix:
    """The n-grams of texts in normal form, a row each."""
    return csr_matrix(
        hstack([k.fit_transform(texts) if fit else k.transform(texts) for k in kinds])
    )


def stored(kinds: Sequence[TfidfVectorizer], weights: npt.NDArray[np.float32]) -> Stored:
    """What is kept of fitted n-grams and of the weights learned for them (a row per n-gram)."""
    kept: Stored = {}
    ends = np.cumsum([len(kind.vocabulary_) for kind in kinds])
    for index, block in enumerate(np.split(weights, ends[:-1])):
        kept[f"ngrams_{index}"] = kinds[index].get_feature_names_out().astype(str)
        kept[f"rarity_{index}"] = kinds[index].idf_
        kept[f"weights_{index}"] = block
    return kept


def recalled(
    kept: Mapping[str, npt.NDArray[Any]], kinds: Sequence[TfidfVectorizer]
) -> list[Ngrams]:
    """What ``stored`` returned, ready to be asked."""
    return [
        Ngrams(
            cut=kind.build_analyzer(),
            place={str(ngram): at for at, ngram in enumerate(kept[f"ngrams_{index}"])},
            rarity=kept[f"rarity_{index}"],
            weights=kept[f"weights_{index}"].astype(np.float64),
        )
        for index, kind in enumerate(kinds)
    ]
