"""The command: what to measure, in which order, and where the figures go."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bot.bench import machine
from bot.bench.measuring import SECTIONS, Bench, Wanted
from bot.bench.report import as_json, print_report
from bot.bench.scratch import scratch
from bot.cli import preparing
from bot.cli.environment import read_settings
from bot.cli.logs import log_to
from bot.cli.steps import step
from bot.errors import BadInput

INTERRUPTED = 130


def parse(arguments: Sequence[str]) -> Wanted | None:
    """What the arguments ask for; None for help, which is printed. Raises BadInput."""
    try:
        asked: Any = command.main(list(arguments), "onecounter bench", standalone_mode=False)
    except click.ClickException as error:
        raise BadInput(f"{error.format_message()} (see `onecounter bench --help`)") from error
    return asked if isinstance(asked, Wanted) else None


def _sections(only: Sequence[str], against: Sequence[str]) -> Sequence[str]:
    named = [name for part in only for name in part.split(",") if name]
    for name in named:
        if name not in (*SECTIONS, "against"):
            raise click.BadParameter(
                f"{name!r} is none of {', '.join((*SECTIONS, 'against'))}", param_hint="--only"
            )
    if "against" in named and not against:
        raise click.UsageError("`--only against` needs to know whom: add --against rasa-default")
    chosen = named or SECTIONS
    return [name for name in SECTIONS if name in chosen] + (["against"] if against else [])


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    is_flag=False,
    flag_value="-",
    help="Also write the figures as JSON to this file; without a file, to standard output.",
)
@click.option(
    "--turns",
    type=click.IntRange(20, 100_000),
    default=300,
    show_default=True,
    help="Turns to measure.",
)
@click.option(
    "--against",
    multiple=True,
    type=click.Choice(("rasa-default", "rasa-default-sql")),
    help="Compare with Rasa's default pipeline, in memory or with its SQL tracker store. "
    "The first time this installs 2.5 GB below bench/ and trains for many minutes.",
)
@click.option("--only", multiple=True, metavar="PART", help="Measure this part only; repeatable.")
def command(
    json_file: Path | None, turns: int, against: tuple[str, ...], only: tuple[str, ...]
) -> Wanted:
    """Measure speed, growth and memory of the whole pipeline, on a database of its own.

    Parts: turn, stages, growth, webhook, reading, model; and against, with --against.

    Your data is not touched; what is made is removed afterwards. Takes some five minutes.
    """
    return Wanted(_sections(only, against), turns, tuple(dict.fromkeys(against)), json_file)


def run(arguments: Sequence[str]) -> int:
    """Measure, print, write. Returns the exit code."""
    wanted = parse(arguments)
    if wanted is None:
        return 0
    settings = read_settings()
    log_to(settings, "bench", terminal="ERROR")
    about = machine.described()
    model = preparing.ensure_model(settings)
    if model is None:
        return INTERRUPTED
    with ExitStack() as stack:
        with step("Starting a PostgreSQL for this run, with the demo shop"):
            place = stack.enter_context(scratch(settings))
        about |= place.durability()
        bench = Bench(wanted, place, settings, stack, model)
        for name in wanted.sections:
            getattr(bench, f"measure_{name}")()
        about["load_at_end"] = machine.load()
    to_stdout = wanted.json is not None and str(wanted.json) == "-"
    print_report(Console(stderr=to_stdout, highlight=False), bench.sections, about)
    if wanted.json is not None:
        _write(wanted.json, as_json(bench.sections, about, datetime.now(UTC)))
    return 0


def _write(file: Path, report: dict[str, object]) -> None:
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    if str(file) == "-":
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")
