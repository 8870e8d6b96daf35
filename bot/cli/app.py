"""The command line: its commands, their help, and the one place where errors become a line."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.cli import (
    bench,
    doctor,
    evaluate,
    models,
    outbox,
    prepare_commands,
    review,
    run,
    serving,
    shop,
    talk,
    understand,
)
from bot.errors import BotError

EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="onecounter",
    help="Answers a shop's customers from the shop's own records, on every channel.",
    epilog="Start with [bold]onecounter run[/]. Each command explains itself: "
    "[bold]onecounter talk --help[/].",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    home: Annotated[
        Path | None,
        typer.Option(help="Where data, models and logs live (ONECOUNTER_HOME; default: var/)."),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks and detailed logs.")
    ] = False,
) -> None:
    """Answers a shop's customers from the shop's own records, on every channel."""
    # Into the environment, because our child processes have to see the same.
    if home is not None:
        os.environ["ONECOUNTER_HOME"] = str(home.expanduser().absolute())
    if debug:
        os.environ["ONECOUNTER_LOG_LEVEL"] = "DEBUG"


app.command("run")(run.run)
app.command("talk")(talk.talk)
app.add_typer(shop.app, name="shop")
app.add_typer(outbox.app, name="outbox")
app.command("understand")(understand.understand)
app.command("evaluate")(evaluate.evaluate)
app.command("review")(review.review)
app.command("models")(models.models)
app.command("train")(prepare_commands.train)
app.command("doctor")(doctor.doctor)
app.command("bench", context_settings=bench.PASS_THROUGH, add_help_option=False)(bench.bench)
app.command("migrate", rich_help_panel="Running the parts one by one")(prepare_commands.migrate)
app.command("serve", rich_help_panel="Running the parts one by one")(serving.serve)
app.command("work", rich_help_panel="Running the parts one by one")(serving.work)
app.command("deliver", rich_help_panel="Running the parts one by one")(serving.deliver)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0: done; 1: a bug of ours; 2: something for the operator to mend; 130: Ctrl-C.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        app(given, prog_name="onecounter")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BotError as error:
        if debug:
            raise
        _say(str(error))
        return 2
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output is gone (`| head`); Python must not complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        logging.getLogger("bot.cli").debug("unexpected", exc_info=True)
        _say(f"{type(error).__name__}: {error}\nThis is a bug of ours. "
             "`onecounter --debug ...` shows where it happened.")  # fmt: skip
        return 1
    return 0


def _say(message: str) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print("[bold red]onecounter:[/]", end=" ")
    console.print(message, markup=False)
