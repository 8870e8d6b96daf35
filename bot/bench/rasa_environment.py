"""The environment of the comparison: Rasa with its own pins and TensorFlow, made on demand.

Rasa 3.6.21 declares Python before 3.11; there it gets exactly what it pins. Without a Python 3.10
it is installed on 3.11 with one library lifted (bench/rasa_default/overrides.txt), and the report
says so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ConfigError
from bot.settings import PROJECT

FOLDER = PROJECT / "bench"
LOCK = FOLDER / "rasa_default" / "requirements.lock"
VENV = FOLDER / ".venv"
STAMP = VENV / ".installed"
VERSIONS = ("3.10", "3.11")


@dataclass(frozen=True)
class Environment:
    """A Python with Rasa's default libraries. ``note`` says how it differs from Rasa's own."""

    rasa: Path
    python: str

    @property
    def note(self) -> str:
        """What the report has to say about it."""
        if self.python == "3.10":
            return "Rasa 3.6.21 with its own pins and TensorFlow 2.12 on Python 3.10."
        return (
            "Rasa 3.6.21 with its own pins but a newer matplotlib, and TensorFlow 2.12 on Python "
            "3.11: no Python 3.10, the newest Rasa declares, was found."
        )

    def variables(self) -> dict[str, str]:
        """What Rasa's processes run with: nothing of our environment's Python reaches in."""
        return plain_variables(os.environ) | {"RASA_TELEMETRY_ENABLED": "false"}


def is_ready() -> bool:
    """Whether the environment is there and as the lock says."""
    return _installed() == _wanted()


def ensure() -> Environment:
    """Make the environment if it is not there. Raises ConfigError when it cannot be made."""
    if not is_ready():
        _make()
    version = (VENV / ".python").read_text().strip()
    return Environment(VENV / "bin" / "rasa", version)


def _make() -> None:
    uv = _uv()
    python, version = find_python()
    shutil.rmtree(VENV, ignore_errors=True)
    _run(uv, "venv", "--quiet", "--python", str(python), str(VENV))
    _run(uv, "pip", "sync", "--quiet", "--require-hashes", str(LOCK))
    (VENV / ".python").write_text(version)
    STAMP.write_text(_wanted())


def find_python(versions: Sequence[str] = VERSIONS) -> tuple[Path, str]:
    """A Python Rasa's default set-up runs on, and its version. Raises ConfigError."""
    for version in versions:
        for path in _candidates(version):
            if _is_version(path, version):
                return path, version
    raise ConfigError(
        "the comparison needs Python 3.10 (or 3.11) and none was found; "
        "install one, for instance with `uv python install 3.10`"
    )


def _candidates(version: str) -> Iterator[Path]:
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield Path(folder or ".") / f"python{version}"
    # Where version managers keep them; their names on PATH may be shims that lead nowhere.
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    yield from sorted(pyenv.glob(f"versions/{version}*/bin/python"))
    yield from sorted(home.glob(f".local/share/uv/python/cpython-{version}*/bin/python3"))
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        yield Path(sys.base_prefix) / "bin" / "python3"


def _is_version(path: Path, version: str) -> bool:
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        said = subprocess.run(
            [path, "-c", code], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.returncode == 0 and said.stdout.strip() == version


def plain_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """The environment variables without those that point into one Python's environment."""
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
    return {
        name: value
        for name, value in variables.items()
        if name not in ours and not name.startswith("ONECOUNTER_")
    }


def _uv() -> Path:
    own = PROJECT / ".tools" / "bin" / "uv"
    found = own if own.is_file() else shutil.which("uv")
    if found is None:
        raise ConfigError("the comparison needs uv to make its environment; run `make setup`")
    return Path(found)


def _run(uv: Path, *arguments: str) -> None:
    variables = plain_variables(os.environ) | {
        "VIRTUAL_ENV": str(VENV),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_CERTS": os.environ.get("UV_SYSTEM_CERTS", "true"),
    }
    done = subprocess.run(
        [uv, *arguments], env=variables, capture_output=True, text=True, check=False, cwd=FOLDER
    )
    if done.returncode:
        raise ConfigError(
            f"the comparison's environment was not made: {done.stderr.strip()[-1500:]}"
        )


def _wanted() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def _installed() -> str:
    try:
        return STAMP.read_text().strip()
    except OSError:
        return ""
