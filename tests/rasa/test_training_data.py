"""The stock ``rasa`` commands on this tree: the data is sound, and every journey is predicted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

from tests.conftest import ROOT

RASA = Path(sys.executable).parent / "rasa"
STORIES = ROOT / "tests" / "rasa" / "test_stories.yml"

EXPECTED = (
    # said by actions, which rules do not show
    r"The utterance 'utter_\w+' is not used in any story or rule",
    # only a tapped choice carries it: no text may be read as one
    r"The intent 'choose' is listed in the domain file, but is not found in the NLU training data",
    r"pkg_resources is deprecated",
)


def command(*arguments: str) -> str:
    """What the command printed; its end must be a good one."""
    result = subprocess.run(
        [RASA, *arguments],
        cwd=ROOT,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    said = result.stdout + result.stderr
    assert result.returncode == 0, said[-4000:]
    return said


def test_the_training_data_is_sound() -> None:
    said = command("data", "validate", "--max-history", "3")
    warnings = re.findall(r"UserWarning: (.+)", said)
    assert [w for w in warnings if not any(re.match(known, w) for known in EXPECTED)] == []
    assert "No story structure conflicts found" in said


def test_every_journey_is_predicted(model_path: Path, tmp_path: Path) -> None:
    said = command(
        "test", "core", "--model", str(model_path), "--stories", str(STORIES),
        "--out", str(tmp_path), "--no-plot", "--fail-on-prediction-errors",
    )  # fmt: skip
    stories = len(YAML(typ="safe").load(STORIES.read_text())["stories"])
    assert f"{stories} / {stories}" in said


def test_rasa_test_looks_for_stories_in_our_tests_alone() -> None:
    # By default it takes Rasa's own example out of .venv as well.
    import rasa.cli.test

    assert rasa.cli.test.DEFAULT_E2E_TESTS_PATH == "tests"


def test_every_intent_has_a_rule_an_action_and_a_story() -> None:
    domain = YAML(typ="safe").load((ROOT / "domain.yml").read_text())
    intents = {next(iter(intent)) for intent in domain["intents"]} | {"nlu_fallback"}
    rules = YAML(typ="safe").load((ROOT / "data" / "rules.yml").read_text())["rules"]
    ruled = {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules}
    assert set(ruled) == intents
    assert set(ruled.values()) == set(domain["actions"])
    told = {
        step["intent"]
        for story in YAML(typ="safe").load(STORIES.read_text())["stories"]
        for step in story["steps"]
        if "intent" in step
    }
    assert told == intents
