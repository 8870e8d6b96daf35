"""What we build on: every library is accounted for, none has a licence we cannot live with."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DIRECT = sorted(
    {
        re.split(r"[\s\[<>=;!]", line)[0]
        for line in PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]
    }
)
# A "GPL" that is not the Lesser one. Long texts are whole licences, which name others in passing.
COPYLEFT = re.compile(r"\bA?GPL|(?<!Lesser )General Public License(?! \(LGPL)|Affero", re.I)


def licences(distribution: metadata.Distribution) -> str:
    known = distribution.metadata
    stated = [known.get("License-Expression"), known.get("License")]
    stated += [line for line in known.get_all("Classifier") or [] if line.startswith("License")]
    return " / ".join(line for line in stated if line and len(line) < 200)


@pytest.mark.parametrize("name", DIRECT)
def test_every_library_we_name_is_explained(name: str) -> None:
    assert re.search(rf"(\| |, ){re.escape(name)}[ ,]", PAGE), f"no line for {name}"


def test_no_library_is_under_the_gpl_or_agpl() -> None:
    found = {d.metadata["Name"]: licences(d) for d in metadata.distributions()}
    assert {name: text for name, text in found.items() if COPYLEFT.search(text)} == {}


def test_the_lock_has_a_hash_for_everything_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-tools.lock"):
        lock = (ROOT / name).read_text("utf-8")
        assert "://" not in lock
        for entry in re.split(r"\n(?=\S)", lock.strip()):
            if "'never'" not in entry:  # what is never installed needs none
                assert "--hash=sha256:" in entry, entry


def test_rasa_starts_without_tensorflow_and_with_telemetry_off() -> None:
    # A plain Python of this environment, as the stock `rasa` command is one.
    code = (
        "import sys, rasa.telemetry, rasa.engine.recipes.default_components\n"
        "from rasa.utils import train_utils\n"
        "print(rasa.telemetry.is_telemetry_enabled(), 'tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
    )
    assert done.stdout.split() == ["False", "False"], done.stderr
