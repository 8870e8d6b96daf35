"""``onecounter bench``: measures the product as it runs, and against Rasa's default set-up."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Measure and print what ``arguments`` (those of ``onecounter bench``) ask for."""
    from bot.bench.command import run

    return run(arguments)
