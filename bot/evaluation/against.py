"""Rasa's default reader (DIET) on the same examples: trained in its own environment, asked once."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bot.bench import rasa_environment
from bot.bench.rasa_default import CONFIG
from bot.bench.rasa_environment import Environment
from bot.cli.steps import step
from bot.errors import BrainError
from bot.evaluation.figures import Outcome, figures, percentile, refused
from bot.evaluation.measuring import Evaluation, Scope
from bot.evaluation.sets import Sample
from bot.settings import PROJECT, Settings

WITHIN = timedelta(minutes=60)
REFUSALS = frozenset({"nlu_fallback", "out_of_scope", "other_business", "chitchat", "abuse",
                      "manipulation"})  # fmt: skip
_READER = """
import asyncio, json, sys, time
from rasa.core.agent import Agent
agent = Agent.load(sys.argv[1])
for line in sys.stdin:
    begun = time.perf_counter()
    parsed = asyncio.run(agent.parse_message(json.loads(line)))
    print("read " + json.dumps([parsed["intent"]["name"], float(parsed["intent"]["confidence"]),
          (time.perf_counter() - begun) * 1000]))
"""


def measure_default(
    settings: Settings, ours: Sequence[Sample], strange: Sequence[Sample]
) -> Evaluation:
    """DIET's figures. Raises ConfigError or BrainError when it cannot be had."""
    with step("Getting Rasa's default libraries", hint="the first time 2.5 GB"):
        rasa = rasa_environment.ensure()
    model = _model(rasa, settings.model_dir)
    with step("Reading the messages with Rasa's default"):
        read = _read(rasa, model, [sample.text for sample in (*ours, *strange)])
    outcomes = [
        Outcome(sample, () if name == "nlu_fallback" else (name,), sure, name not in REFUSALS, ms)
        for sample, (name, sure, ms) in zip((*ours, *strange), read, strict=True)
    ]
    mine, others = outcomes[: len(ours)], outcomes[len(ours) :]
    return Evaluation(
        "Rasa's default (DIET)",
        len(mine),
        figures(mine),
        Scope(refused(others), 1 - refused(mine), ()) if others else None,
        percentile([o.ms for o in mine], 0.5),
        percentile([o.ms for o in mine], 0.95),
        model.name.removesuffix(".tar.gz"),
    )


def _model(rasa: Environment, models: Path) -> Path:
    """The trained model; kept as long as examples and pipeline stay the same."""
    digest = hashlib.sha256(CONFIG.read_bytes())
    for file in sorted((PROJECT / "data" / "nlu").glob("*.yml")):
        digest.update(file.read_bytes())
    model = models / f"diet-{digest.hexdigest()[:16]}.tar.gz"
    if model.is_file():
        return model
    models.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [rasa.rasa, "train", "nlu", "--config", CONFIG]
    command += ["--nlu", PROJECT / "data" / "nlu", "--out", models]
    command += ["--fixed-model-name", model.name.removesuffix(".tar.gz")]
    with step("Training Rasa's default", hint="many minutes"):
        _run(command, rasa)
    if not model.is_file():
        raise BrainError("Rasa's default left no model")
    return model


def _read(rasa: Environment, model: Path, texts: Sequence[str]) -> list[tuple[str, float, float]]:
    """(intent, confidence, milliseconds) of each text."""
    said = _run(
        [rasa.rasa.with_name("python"), "-c", _READER, model],
        rasa,
        "".join(json.dumps(text) + "\n" for text in texts),
    )
    lines = [line[5:] for line in said.split("\n") if line.startswith("read [")]
    if len(lines) != len(texts):
        raise BrainError(f"Rasa's default read {len(lines)} of {len(texts)} messages")
    return [(str(name), float(sure), float(ms)) for name, sure, ms in map(json.loads, lines)]


def _run(command: Sequence[str | Path], rasa: Environment, given: str = "") -> str:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        done = subprocess.run(
            command,
            input=given,
            env=rasa.variables(),
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
            timeout=WITHIN.total_seconds(),
        )
        if done.returncode:
            errors.seek(0)
            raise BrainError(f"Rasa's default failed: {errors.read()[-1500:]}")
    return done.stdout
