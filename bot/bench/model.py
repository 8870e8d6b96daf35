"""How long the model takes to train and to load, and what memory that needs: in fresh processes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from bot.bench.machine import own_peak_mb
from bot.bench.report import Line, Section
from bot.bench.scratch import Scratch
from bot.errors import BrainError
from bot.settings import PROJECT

LOADS = 3


def model_section(place: Scratch, model: Path) -> Section:
    """Train once from nothing, load several times; the middle one of the loads counts."""
    trained = _in_a_process("train", place.folder / "trained")
    loads = sorted((_in_a_process("load", model) for _ in range(LOADS)), key=lambda one: one["s"])
    loaded = loads[LOADS // 2]
    return Section(
        "model",
        "The model, each time in a process of its own",
        (
            Line("train", "train from nothing", {"seconds": trained["s"], **_memory(trained)}),
            Line("import", "import Rasa (part of loading)", {"seconds": loaded["import_s"]}),
            Line("load", "load, ready to answer", {"seconds": loaded["s"], **_memory(loaded)}),
        ),
    )


def _memory(measured: dict[str, float]) -> dict[str, float]:
    return {"peak_mb": measured["peak_mb"]}


def _in_a_process(what: str, path: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot.bench.model", what, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
    )
    if done.returncode:
        raise BrainError(f"to {what} the model did not work: {done.stderr.strip()[-1500:]}")
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _measure(what: str, path: Path) -> dict[str, float]:
    begun = time.perf_counter()
    measured = {}
    if what == "train":
        from bot.brain.training import train

        train(PROJECT, path)
    else:
        from bot.brain.rasa_agent import RasaBrain

        measured["import_s"] = round(time.perf_counter() - begun, 1)
        RasaBrain(path, PROJECT / "domain.yml")
    return {"s": round(time.perf_counter() - begun, 1), "peak_mb": own_peak_mb(), **measured}


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], Path(sys.argv[2]))))  # noqa: T201
