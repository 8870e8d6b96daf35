"""``models``: the trained models, their figures, and which one is used."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli.environment import read_settings
from bot.cli.steps import console
from bot.settings import PROJECT

LATEST = "latest"


def models(
    use: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Use this model from the next start on (a beginning of its name is enough); "
            f"{LATEST!r}: the one that fits the training data.",
        ),
    ] = None,
) -> None:
    """List the trained models, or go back to an earlier one.

    \b
    [dim]Examples:[/]
      onecounter models
      onecounter models --use 8766c7b0
      onecounter models --use latest
    """
    settings = read_settings()
    from bot.brain import versions
    from bot.brain.training import find_model

    if use == LATEST:
        versions.choose_latest(settings.model_dir)
    elif use is not None:
        versions.choose(settings.model_dir, use)
    used = find_model(PROJECT, settings.model_dir)
    table = Table("", "model", "trained", "examples", "figures", box=None)
    for version in versions.known(settings.model_dir):
        mark = "→" if used and used.name == f"{version.name}.tar.gz" else ""
        figures = "; ".join(
            f"{name}: " + ", ".join(f"{key} {value:.3f}" for key, value in found.items())
            for name, found in version.figures.items()
        )
        examples = str(version.examples or "")
        table.add_row(mark, version.name, version.trained_at, examples, figures)
    Console(highlight=False).print(table)
    if use is not None:
        console.print("Restart `run` or `work` to use it.")
