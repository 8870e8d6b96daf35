"""Trains the brain's model and finds it again by the fingerprint of what it was trained from."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from bot.brain import versions
from bot.brain.embedding import model_versions
from bot.errors import BrainError, ConfigError

RASA_VERSION = "3.6.21"
SOURCES = Path(__file__).parent / "nlu"
READING = Path(__file__).parent.parent / "shop" / "reading.py"
EMBEDDING = Path(__file__).parent / "embedding.py"


def fingerprint(project: Path) -> str:
    """Sixteen hex digits over everything that decides what is learned.

    The sentences of domain.yml are left out: they are read at start, so that editing one needs a
    restart and no training. Raises ConfigError when a file of the project is missing.
    """
    digest = hashlib.sha256(f"{RASA_VERSION} {[*model_versions()]}".encode())
    for name in ("config.yml", "domain.yml"):
        if not (project / name).is_file():
            raise ConfigError(f"{project / name} is missing; it belongs to the project's top level")
    digest.update((project / "config.yml").read_bytes())
    digest.update(json.dumps(_learned_from_domain(project / "domain.yml"), sort_keys=True).encode())
    data = sorted((project / "data").rglob("*.yml"))
    files = [*(f for f in data if "demo" not in f.parts), *sorted(SOURCES.glob("*.py"))]
    for file in (*files, READING, EMBEDDING):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _learned_from_domain(path: Path) -> dict[str, object]:
    domain = YAML(typ="safe").load(path.read_text("utf-8")) or {}
    responses = domain.pop("responses", None) or {}
    return {**domain, "responses": sorted(responses)}


def model_path(project: Path, models: Path) -> Path:
    """Where the model of the project's present training data is, or will be."""
    return models / f"{fingerprint(project)}.tar.gz"


def find_model(project: Path, models: Path) -> Path | None:
    """The model to use: the one chosen, or that of the training data if it was trained already."""
    if (model := versions.chosen(models)) is not None:
        return model
    path = model_path(project, models)
    return path if path.is_file() else None


def train(project: Path, models: Path) -> Path:
    """Train and return the model's path; takes some 40 s. The finished file appears at once.

    Raises BrainError with Rasa's own words when training fails.
    """
    target = model_path(project, models)
    models.mkdir(parents=True, exist_ok=True)
    os.environ["RASA_CACHE_DIRECTORY"] = str(models / "cache")
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    import rasa.model_training

    data = project / "data"
    sources = (data / "nlu", data / "rules.yml", data / "stories")
    with tempfile.TemporaryDirectory(dir=models) as folder:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            result = rasa.model_training.train(
                domain=str(project / "domain.yml"),
                config=str(project / "config.yml"),
                training_files=[str(path) for path in sources if path.exists()],
                output=folder,
                fixed_model_name=target.name.removesuffix(".tar.gz"),
            )
        if result.code != 0 or result.model is None:
            raise BrainError("training failed: " + said.getvalue().strip()[-2000:])
        os.replace(result.model, target)
    versions.note_training(project, target)
    return target


def sentences_of(domain: Path) -> dict[str, list[dict[str, object]]]:
    """The responses of domain.yml as the merchant last saved it. Raises ConfigError."""
    try:
        responses = (YAML(typ="safe").load(domain.read_text("utf-8")) or {}).get("responses") or {}
    except Exception as error:
        raise ConfigError(f"{domain.name}: {error}") from error
    return {name: [dict(variation) for variation in said] for name, said in responses.items()}
