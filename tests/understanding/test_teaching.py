"""What harms is not taught: a model is trained on a copy, measured, and thrown away."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.evaluation import sets
from bot.evaluation.teaching import REVIEWED, teach
from tests.conftest import ROOT

WRONG = (
    "where is my parcel now",
    "where has my order got to",
    "when does my order get here",
    "is my parcel on the way",
    "track the parcel for me",
    "did my order ship yet",
)


@pytest.mark.timeout(300)
def test_examples_that_make_it_worse_are_not_taken(model_path: Path, tmp_path: Path) -> None:
    project, models = tmp_path / "project", tmp_path / "models"
    models.mkdir()
    for part in ("config.yml", "domain.yml"):
        project.mkdir(exist_ok=True)
        shutil.copy(ROOT / part, project)
    shutil.copytree(ROOT / "data" / "nlu", project / "data" / "nlu")
    shutil.copy(ROOT / "data" / "rules.yml", project / "data")
    measured = (
        sets.read_labelled(sets.OWN_WORDINGS),
        sets.read_out_of_scope(sets.OWN_OUT_OF_SCOPE),
    )
    taught = teach(project, models, model_path, {"order_help": [*WRONG]}, measured)
    assert taught.worse
    assert not (project / REVIEWED).exists()
    assert list(models.glob("*.tar.gz")) == []
