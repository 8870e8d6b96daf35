"""Labelled messages become training examples, but only when nothing gets worse by it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.brain import versions
from bot.brain.training import train
from bot.brain.understanding import Understanding
from bot.errors import BadInput
from bot.evaluation.measuring import Evaluation, evaluate
from bot.evaluation.sets import Sample

MOST_EXAMPLES = 60
REVIEWED = Path("data") / "nlu" / "reviewed.yml"
_HEAD = '# Messages of customers, labelled with `onecounter review`.\n\nversion: "3.1"\n\nnlu:\n'
_NOISE = 0.002
"""A share by which a figure may fall without meaning anything: one message in 500."""


@dataclass(frozen=True, slots=True)
class Taught:
    """What came of it: the figures before and after, and what speaks against it (if anything)."""

    before: Evaluation
    after: Evaluation
    worse: tuple[str, ...]
    model: Path


def check(project: Path, labels: Mapping[str, Sequence[str]]) -> None:
    """Raises BadInput when an intent is unknown or would have too many examples."""
    counts = versions.example_counts(project)
    for intent, texts in labels.items():
        if intent not in counts:
            raise BadInput(f"{intent!r} is no intent; the intents are: {', '.join(sorted(counts))}")
        if counts[intent] + len(texts) > MOST_EXAMPLES:
            raise BadInput(
                f"{intent} has {counts[intent]} examples and may have {MOST_EXAMPLES}; "
                f"take {counts[intent] + len(texts) - MOST_EXAMPLES} out of data/nlu first"
            )


def teach(
    project: Path,
    models: Path,
    current: Path,
    labels: Mapping[str, Sequence[str]],
    sets: tuple[Sequence[Sample], Sequence[Sample]],
) -> Taught:
    """Train with the labels on a copy, measure both, and keep the new examples if it is no worse.

    Raises BadInput as ``check`` does. The project is changed only when nothing speaks against it.
    """
    check(project, labels)
    before = evaluate(Understanding(current), current, *sets)
    with tempfile.TemporaryDirectory(dir=models) as folder:
        copy = Path(folder)
        for part in versions.LEARNED_FROM:
            source = project / part
            if source.is_dir():
                shutil.copytree(source, copy / part)
            elif source.exists():
                (copy / part).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, copy / part)
        write_examples(copy, labels)
        model = train(copy, models)
        after = evaluate(Understanding(model), model, *sets)
        worse = worse_in(before, after)
        if worse:
            versions.forget(model)
        else:
            shutil.copy(copy / REVIEWED, project / REVIEWED)
    return Taught(before, after, worse, model)


def worse_in(before: Evaluation, after: Evaluation) -> tuple[str, ...]:
    """The figures that fell, in words."""
    pairs = [
        ("right", before.figures.accuracy, after.figures.accuracy),
        ("macro F1", before.figures.macro_f1, after.figures.macro_f1),
    ]
    if before.scope is not None and after.scope is not None:
        pairs += [
            ("refused of what is out of scope", before.scope.refused, after.scope.refused),
            ("kept of ours", before.scope.kept, after.scope.kept),
        ]
    return tuple(
        f"{name}: {was:.1%} before, {now:.1%} after"
        for name, was, now in pairs
        if now < was - _NOISE
    )


def write_examples(project: Path, labels: Mapping[str, Sequence[str]]) -> None:
    """Add examples to ``data/nlu/reviewed.yml``, each once."""
    file = project / REVIEWED
    known = _examples(file)
    for intent, texts in labels.items():
        kept = known.setdefault(intent, [])
        kept += [text for text in dict.fromkeys(map(_one_line, texts)) if text not in kept]
    blocks = [
        f"  - intent: {intent}\n    examples: |\n" + "".join(f"      - {t}\n" for t in texts)
        for intent, texts in sorted(known.items())
    ]
    file.write_text(_HEAD + "\n".join(blocks), "utf-8")


def _examples(file: Path) -> dict[str, list[str]]:
    if not file.is_file():
        return {}
    from ruamel.yaml import YAML

    blocks = YAML(typ="safe").load(file.read_text("utf-8"))["nlu"]
    return {
        b["intent"]: [line.removeprefix("- ").strip() for line in b["examples"].splitlines()]
        for b in blocks
    }


def _one_line(text: str) -> str:
    """A text as an example: on one line, and with nothing Rasa would read as markup."""
    return " ".join(text.translate(str.maketrans("[](){}", "      ")).split())
