"""Models have versions; an earlier one can be taken again."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from bot.brain import versions
from bot.errors import BadInput


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "data" / "nlu").mkdir(parents=True)
    (root / "config.yml").write_text("recipe: default.v1\n")
    (root / "domain.yml").write_text("intents: []\n")
    (root / "data" / "nlu" / "a.yml").write_text(
        "nlu:\n  - intent: greet\n    examples: |\n      - hi\n      - hello\n"
    )
    return root


def model(models: Path, name: str) -> Path:
    models.mkdir(exist_ok=True)
    path = models / f"{name}.tar.gz"
    path.write_bytes(b"weights")
    return path


def test_says_what_a_model_was_trained_on(project: Path, tmp_path: Path) -> None:
    one = model(tmp_path / "models", "abc123")
    versions.note_training(project, one)
    (version,) = versions.known(tmp_path / "models")
    assert (version.name, version.examples, version.intents) == ("abc123", 2, 1)
    with tarfile.open(tmp_path / "models" / "abc123.data.tar.gz") as archive:
        assert "data/nlu/a.yml" in archive.getnames()


def test_keeps_the_latest_figures_of_each_set(project: Path, tmp_path: Path) -> None:
    one = model(tmp_path / "models", "abc123")
    versions.note_training(project, one)
    versions.note_figures(one, "a.csv", {"accuracy": 0.5})
    versions.note_figures(one, "b.csv", {"accuracy": 0.7})
    versions.note_figures(one, "a.csv", {"accuracy": 0.6})
    (version,) = versions.known(tmp_path / "models")
    assert version.figures == {"a.csv": {"accuracy": 0.6}, "b.csv": {"accuracy": 0.7}}
    assert version.examples == 2


def test_goes_back_to_an_earlier_model_and_forward_again(tmp_path: Path) -> None:
    models = tmp_path / "models"
    old, _ = model(models, "old1"), model(models, "new1")
    assert versions.chosen(models) is None
    assert versions.choose(models, "old") == old
    assert versions.chosen(models) == old
    versions.choose_latest(models)
    assert versions.chosen(models) is None


def test_names_the_models_there_are_when_none_is_meant(tmp_path: Path) -> None:
    model(tmp_path / "models", "one1")
    with pytest.raises(BadInput, match="'two' names 0 models; there are: one1"):
        versions.choose(tmp_path / "models", "two")


def test_a_chosen_model_that_is_gone_is_no_choice(tmp_path: Path) -> None:
    models = tmp_path / "models"
    versions.choose(models, model(models, "one1").name.removesuffix(".tar.gz"))
    (models / "one1.tar.gz").unlink()
    assert versions.chosen(models) is None
