"""The figures of an evaluation, from what was expected and what was read. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.evaluation.sets import Sample

NONE = "(not understood)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A sample and what it was read as: all wishes, how sure, whether in scope, and the time."""

    sample: Sample
    intents: tuple[str, ...]
    confidence: float
    in_scope: bool
    ms: float = 0.0

    @property
    def read(self) -> str:
        """The one intent read; several are none of the labels of a single wish."""
        return "+".join(self.intents) or NONE

    @property
    def right(self) -> bool:
        """Whether it was read as one wish, and as one of those that are right."""
        return self.read in self.sample.intents

    @property
    def first(self) -> bool:
        """Whether it was read as the very intent meant."""
        return self.read == self.sample.intents[0]


@dataclass(frozen=True, slots=True)
class Score:
    """How well one intent, or one kind of message, is read. Shares are between 0 and 1."""

    name: str
    count: int
    accuracy: float
    precision: float = 0.0
    f1: float = 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything an evaluation says about one reader."""

    accuracy: float
    first: float
    macro_f1: float
    intents: tuple[Score, ...]
    flags: tuple[Score, ...]
    confusions: tuple[tuple[str, str, int], ...]


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """The figures of labelled samples. Raises ValueError when there are none."""
    if not outcomes:
        raise ValueError("nothing to measure")
    intents = _by_intent(outcomes)
    wrong = Counter((o.sample.intents[0], o.read) for o in outcomes if not o.right)
    return Figures(
        accuracy=_share([o.right for o in outcomes]),
        first=_share([o.first for o in outcomes]),
        macro_f1=sum(score.f1 for score in intents) / len(intents),
        intents=intents,
        flags=_by_flag(outcomes),
        confusions=tuple((meant, read, n) for (meant, read), n in wrong.most_common(20)),
    )


def _by_intent(outcomes: Sequence[Outcome]) -> tuple[Score, ...]:
    """Per intent meant; a reading that is right too counts as the one meant."""
    meant: defaultdict[str, list[bool]] = defaultdict(list)
    taken: Counter[str] = Counter()
    for outcome in outcomes:
        name = outcome.sample.intents[0]
        meant[name].append(outcome.right)
        taken[name if outcome.right else outcome.read] += 1
    scores = []
    for name, rights in sorted(meant.items()):
        recall = _share(rights)
        precision = sum(rights) / taken[name] if taken[name] else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        scores.append(Score(name, len(rights), recall, precision, f1))
    return tuple(scores)


def _by_flag(outcomes: Sequence[Outcome]) -> tuple[Score, ...]:
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        for flag in outcome.sample.flags:
            found[flag].append(outcome.right)
    return tuple(Score(flag, len(r), _share(r)) for flag, r in sorted(found.items()))


def refused(outcomes: Sequence[Outcome]) -> float:
    """The share of messages that were said to be out of scope."""
    return _share([not outcome.in_scope for outcome in outcomes])


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _share(rights: Sequence[bool]) -> float:
    return sum(rights) / len(rights) if rights else 0.0
