"""``evaluate``: how well messages are understood, on labelled ones that were not trained on."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli import preparing
from bot.cli.environment import read_settings
from bot.cli.logs import log_to
from bot.cli.steps import step


class Other(StrEnum):
    """Whom to compare with."""

    rasa_default = "rasa-default"


def evaluate(  # noqa: PLR0917
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="Labelled messages: CSV with the columns utterance, intent and maybe flags, "
            "or YAML with texts under each intent. Default: our own other wordings.",
        ),
    ] = None,
    names: Annotated[
        Path | None,
        typer.Option("--map", help="YAML: the file's names of intents, and ours for each."),
    ] = None,
    strange: Annotated[
        Path | None,
        typer.Option("--out-of-scope", help="Messages nobody should answer: YAML or one a line."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write a report with plots to this file.")
    ] = None,
    figures: Annotated[
        Path | None, typer.Option("--json", help="Also write the figures to this file.")
    ] = None,
    against: Annotated[
        Other | None,
        typer.Option(
            help="Train Rasa's default (DIET) on the same examples and measure it beside us. "
            "The first time this installs 2.5 GB below bench/ and trains for many minutes."
        ),
    ] = None,
) -> None:
    """Measure how well messages are understood.

    \b
    [dim]Examples:[/]
      onecounter evaluate
      onecounter evaluate messages.csv --map names.yml --html report.html
      onecounter evaluate messages.csv --map names.yml --against rasa-default
    """
    from bot.evaluation import sets

    ours = sets.read_labelled(file or sets.OWN_WORDINGS, names)
    others = sets.read_out_of_scope(strange or sets.OWN_OUT_OF_SCOPE)
    settings = read_settings()
    log_to(settings, "evaluate", terminal="ERROR")
    model = preparing.ensure_model(settings)
    if model is None:
        return
    from bot.brain import versions
    from bot.brain.understanding import Understanding
    from bot.evaluation.measuring import evaluate as measure
    from bot.evaluation.report import print_report, write_html

    with step(f"Reading {len(ours) + len(others)} messages"):
        found = [measure(Understanding(model), model, ours, others)]
        kept = {"accuracy": found[0].figures.accuracy, "macro_f1": found[0].figures.macro_f1}
        if (scope := found[0].scope) is not None:
            kept |= {"refused": scope.refused, "kept": scope.kept}
        versions.note_figures(model, (file or sets.OWN_WORDINGS).name, kept)
    if against is not None:
        from bot.evaluation.against import measure_default

        found.append(measure_default(settings, ours, others))
    print_report(Console(highlight=False), found)
    at = datetime.now(UTC)
    if html is not None:
        write_html(html, found, at)
    if figures is not None:
        stated = [dataclasses.asdict(dataclasses.replace(one, outcomes=())) for one in found]
        figures.write_text(json.dumps({"at": at.isoformat(), "readers": stated}, indent=2) + "\n")
