"""``migrate`` and ``train``: the steps of set-up, one by one."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli import preparing
from bot.cli.environment import read_settings
from bot.cli.logs import log_to
from bot.cli.steps import console, step
from bot.settings import PROJECT


def migrate() -> None:
    """Bring the database to the schema of this version. Does nothing when it is there.

    \b
    [dim]Examples:[/]
      ONECOUNTER_DATABASE_URL=postgresql://shop@db/shop onecounter migrate
    """
    settings = read_settings()
    log_to(settings, "onecounter", terminal="WARNING")
    from bot.wiring import database_of

    with database_of(settings) as ready:
        if not preparing.ensure_schema(ready):
            console.print("[green]✓[/] The database was up to date already")


def train(
    force: Annotated[
        bool, typer.Option("--force", help="Train even if the model matches the training data.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing unless it fails.")] = False,
) -> None:
    """Train the model, unless one already matches the training data.

    What is learned from: config.yml, domain.yml (but for its sentences) and data/. Restart `run`
    or `work` afterwards to use it.

    \b
    [dim]Examples:[/]
      onecounter train
      onecounter train --force
    """
    settings = read_settings()
    log_to(settings, "train", terminal="ERROR")
    from bot.brain import training

    model = None if force else training.find_model(PROJECT, settings.model_dir)
    if model is None and quiet:
        model = training.train(PROJECT, settings.model_dir)
    elif model is None:
        with step("Training the model", hint="about half a minute") as current:
            model = training.train(PROJECT, settings.model_dir)
            current.done = "Model is trained"
    elif not quiet:
        console.print("[green]✓[/] The model matches the training data already; nothing to do")
    if not quiet:
        console.print(f"  {model}")
