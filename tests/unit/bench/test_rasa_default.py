from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.bench import rasa_default, rasa_environment
from bot.errors import ConfigError


def listed(part: str) -> list[str]:
    config = YAML(typ="safe").load(rasa_default.CONFIG.read_text("utf-8"))
    return [entry["name"] for entry in config[part]]


def test_the_pipeline_is_the_one_rasa_takes_when_none_is_given():
    assert listed("pipeline") == [
        "WhitespaceTokenizer",
        "RegexFeaturizer",
        "LexicalSyntacticFeaturizer",
        "CountVectorsFeaturizer",
        "CountVectorsFeaturizer",
        "DIETClassifier",
        "EntitySynonymMapper",
        "ResponseSelector",
        "FallbackClassifier",
    ]
    assert listed("policies") == [
        "MemoizationPolicy",
        "RulePolicy",
        "UnexpecTEDIntentPolicy",
        "TEDPolicy",
    ]


def test_the_lock_has_hashes_and_names_no_place_to_get_it_from():
    lock = rasa_environment.LOCK.read_text("utf-8")
    assert "rasa==3.6.21" in lock
    assert "tensorflow==2.12.0" in lock
    assert "--hash=sha256:" in lock
    assert "://" not in lock
    assert "--index" not in lock
    assert "--find-links" not in lock


def test_the_comparison_learns_from_the_same_files_and_nothing_else(tmp_path: Path):
    project = tmp_path / "project"
    rasa_default.write_project(project)
    assert (project / "domain.yml").is_file()
    assert (project / "data" / "rules.yml").is_file()
    assert list((project / "data" / "nlu").glob("*.yml"))
    assert not (project / "data" / "demo").exists()
    assert (project / "config.yml").read_text() == rasa_default.CONFIG.read_text()


def test_nothing_of_our_environment_reaches_into_the_comparison():
    variables = {
        "PATH": "/bin",
        "VIRTUAL_ENV": "/ours",
        "PYTHONPATH": "/ours",
        "ONECOUNTER_HOME": "/ours",
    }
    assert rasa_environment.plain_variables(variables) == {"PATH": "/bin"}


def test_says_how_to_get_a_python_when_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("PATH", "HOME", "PYENV_ROOT"):
        monkeypatch.setenv(name, str(tmp_path))
    with pytest.raises(ConfigError, match="uv python install"):
        rasa_environment.find_python(["3.10"])


def test_says_when_it_is_not_on_the_python_rasa_declares():
    assert "3.10" in rasa_environment.Environment(Path("rasa"), "3.10").note
    assert "matplotlib" in rasa_environment.Environment(Path("rasa"), "3.11").note
