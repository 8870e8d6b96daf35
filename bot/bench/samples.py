"""Arithmetic of measuring: percentiles, and ratios that survive a busy machine. No I/O."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of the values do not exceed.

    Nearest rank, so it is always a value that was measured. Raises ValueError without values.
    """
    if not values:
        raise ValueError("nothing was measured")
    if not 0 <= share <= 1:
        raise ValueError(f"a share is from 0 to 1, not {share}")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the number of values, as a line of the report shows them (milliseconds)."""
    return {
        "p50_ms": round(percentile(values, 0.50), 2),
        "p95_ms": round(percentile(values, 0.95), 2),
        "p99_ms": round(percentile(values, 0.99), 2),
        "count": len(values),
    }


def paired_ratio(blocks: Sequence[Sequence[float]], base: Sequence[Sequence[float]]) -> float:
    """How much slower ``blocks`` are than ``base``, measured alternately: a median of medians.

    Each block is compared with the one measured right beside it, so that what slowed both down
    cancels; a block that was disturbed by itself is outvoted by the others.
    """
    pairs = zip(blocks, base, strict=True)
    ratios = [statistics.median(block) / statistics.median(beside) for block, beside in pairs]
    return round(statistics.median(ratios), 2)


def flat(blocks: Sequence[Sequence[float]]) -> list[float]:
    """All values of all blocks."""
    return [value for block in blocks for value in block]
