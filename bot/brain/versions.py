"""Every model has a version: what it was trained on, its figures; an older one can be taken again.

Beside ``NAME.tar.gz`` lie ``NAME.json`` (what is known of it) and ``NAME.data.tar.gz`` (what it
learned from). A file ``chosen`` names the model to use instead of the one that fits the data.
"""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.brain.embedding import model_versions
from bot.errors import BadInput

LEARNED_FROM = ("config.yml", "domain.yml", "data/nlu", "data/rules.yml", "data/stories")
_CHOSEN = "chosen"
_ENDING = ".tar.gz"


@dataclass(frozen=True, slots=True)
class Version:
    """One trained model. ``figures``: by the name of the set measured, the latest each."""

    name: str
    trained_at: str
    examples: int = 0
    intents: int = 0
    libraries: tuple[str, ...] = ()
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def note_training(project: Path, model: Path) -> None:
    """Write down what a model was trained on, and keep a copy of it. Idempotent."""
    counts = example_counts(project)
    version = Version(
        _name(model),
        datetime.now(UTC).isoformat(timespec="seconds"),
        sum(counts.values()),
        len(counts),
        tuple(model_versions()),
    )
    _write(model, version)
    with tarfile.open(_beside(model, ".data.tar.gz"), "w:gz") as archive:
        for part in LEARNED_FROM:
            if (project / part).exists():
                archive.add(project / part, part)


def note_figures(model: Path, measured: str, figures: Mapping[str, float]) -> None:
    """Keep the figures of a model on one set, in the place of earlier ones."""
    version = _read(model)
    _write(model, Version(**{**asdict(version), "figures": {**version.figures, measured: figures}}))


def known(models: Path) -> list[Version]:
    """The trained models that are there, newest first."""
    found = [_read(path) for path in models.glob(f"*{_ENDING}") if _is_model(path)]
    return sorted(found, key=lambda version: version.trained_at, reverse=True)


def chosen(models: Path) -> Path | None:
    """The model that was chosen; None when the one that fits the data is to be used."""
    note = models / _CHOSEN
    if not note.is_file():
        return None
    model = models / f"{note.read_text('utf-8').strip()}{_ENDING}"
    return model if model.is_file() else None


def choose(models: Path, name: str) -> Path:
    """Use this model from the next start on, whatever the data says. Raises BadInput."""
    names = [version.name for version in known(models)]
    matching = [one for one in names if one.startswith(name)]
    if len(matching) != 1:
        there = ", ".join(names) or "none"
        raise BadInput(f"{name!r} names {len(matching)} models; there are: {there}")
    (models / _CHOSEN).write_text(matching[0] + "\n", "utf-8")
    return models / f"{matching[0]}{_ENDING}"


def choose_latest(models: Path) -> None:
    """Use the model that fits the training data again."""
    (models / _CHOSEN).unlink(missing_ok=True)


def forget(model: Path) -> None:
    """Remove a model and what is kept beside it."""
    for path in (model, _beside(model, ".json"), _beside(model, ".data.tar.gz")):
        path.unlink(missing_ok=True)


def example_counts(project: Path) -> Counter[str]:
    """How many examples each intent has in a project's ``data/nlu``."""
    counts: Counter[str] = Counter()
    for file in sorted((project / "data" / "nlu").glob("*.yml")):
        for block in (YAML(typ="safe").load(file.read_text("utf-8")) or {}).get("nlu") or ():
            counts[block["intent"]] += len(block["examples"].strip().splitlines())
    return counts


def _is_model(path: Path) -> bool:
    other = path.name.endswith(".data.tar.gz") or path.name.startswith(("diet-", "rasa-default-"))
    return not other


def _name(model: Path) -> str:
    return model.name.removesuffix(_ENDING)


def _beside(model: Path, ending: str) -> Path:
    return model.with_name(_name(model) + ending)


def _read(model: Path) -> Version:
    note = _beside(model, ".json")
    if not note.is_file():
        at = datetime.fromtimestamp(model.stat().st_mtime, UTC)
        return Version(_name(model), at.isoformat(timespec="seconds"))
    stored: dict[str, Any] = json.loads(note.read_text("utf-8"))
    return Version(**{**stored, "libraries": tuple(stored.get("libraries", ()))})


def _write(model: Path, version: Version) -> None:
    text = json.dumps(asdict(version), indent=2) + "\n"
    _beside(model, ".json").write_text(text, "utf-8")
