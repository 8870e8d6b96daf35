"""Reads labelled messages with a model and notes what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.evaluation.figures import Figures, Outcome, figures, percentile, refused
from bot.evaluation.sets import Sample

if TYPE_CHECKING:
    from bot.brain.understanding import Understanding

KEPT = (1.0, 0.99, 0.98, 0.97, 0.95, 0.93, 0.9, 0.85, 0.8)


@dataclass(frozen=True, slots=True)
class Scope:
    """Out of scope: shares refused and kept as configured; the curve has (kept, refused)."""

    refused: float
    kept: float
    curve: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that was measured of one reader."""

    name: str
    count: int
    figures: Figures
    scope: Scope | None = None
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    model: str = ""
    outcomes: tuple[Outcome, ...] = ()


def evaluate(
    reader: Understanding, model: Path, ours: Sequence[Sample], strange: Sequence[Sample]
) -> Evaluation:
    """Read every sample once, each as it would be read in a turn."""
    outcomes = [_outcome(reader, sample) for sample in ours]
    return Evaluation(
        "Onecounter",
        len(outcomes),
        figures(outcomes),
        _scope(reader, outcomes, strange) if strange else None,
        percentile([o.ms for o in outcomes], 0.5),
        percentile([o.ms for o in outcomes], 0.95),
        model.name.removesuffix(".tar.gz"),
        tuple(outcomes),
    )


def _outcome(reader: Understanding, sample: Sample) -> Outcome:
    found = reader.read(sample.text)
    intents = tuple(guess.name for guess in found.intents) if found.sure else ()
    confidence = found.intents[0].confidence if found.intents else 0.0
    return Outcome(sample, intents, confidence, found.in_scope, found.ms)


def _scope(reader: Understanding, ours: Sequence[Outcome], strange: Sequence[Sample]) -> Scope:
    others = [_outcome(reader, sample) for sample in strange]
    inside = sorted(reader.scope(o.sample.text) for o in ours)
    outside = [reader.scope(sample.text) for sample in strange]
    curve = []
    for kept in KEPT:
        limit = inside[min(len(inside) - 1, round((1 - kept) * len(inside)))]
        curve.append((kept, sum(score < limit for score in outside) / len(outside)))
    return Scope(refused(others), 1 - refused(ours), tuple(curve))
