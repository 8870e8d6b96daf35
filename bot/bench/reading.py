"""What reading a message costs: every text for the first time, on one core; and its size."""

from __future__ import annotations

import time
from importlib.metadata import files
from pathlib import Path

from bot.bench.report import Line, Section
from bot.bench.samples import spread
from bot.brain.embedding import PACKAGES
from bot.evaluation.sets import OWN_OUT_OF_SCOPE, OWN_WORDINGS, read_labelled, read_out_of_scope

MEGABYTE = 1e6


def reading_section(model: Path) -> Section:
    """Our own wordings, alone and two in a message, and what is out of scope; none read before."""
    from bot.brain.understanding import Understanding

    reader = Understanding(model)
    one = [sample.text for sample in read_labelled(OWN_WORDINGS)]
    two = [f"{a}. {b}" for a, b in zip(one[::2], one[-1::-2], strict=True)]
    strange = [sample.text for sample in read_out_of_scope(OWN_OUT_OF_SCOPE)]
    lines = []
    for name, label, texts in (
        ("one", "one wish", one),
        ("two", "two wishes", [f"Hi! {text}" for text in two]),
        ("strange", "out of scope", strange),
    ):
        begun = time.process_time()
        spent = [reader.read(text).ms for text in texts]
        cpu = (time.process_time() - begun) * 1000 / len(texts)
        lines.append(Line(name, label, {**spread(spent), "cpu_ms": round(cpu, 2)}))
    size = {"weights_mb": _weights_mb(), "model_mb": round(model.stat().st_size / MEGABYTE, 1)}
    lines.append(Line("disk", "on disk: weights, trained model", size))
    note = "Each text is read for the first time: nothing is remembered from an earlier one."
    return Section("reading", "Reading a message", lines, (note,))


def _weights_mb() -> float:
    """All files of the packages that carry the weights."""
    found = [Path(str(file.locate())) for package in PACKAGES for file in files(package) or ()]
    return round(sum(file.stat().st_size for file in found if file.is_file()) / MEGABYTE, 1)
