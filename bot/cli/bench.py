"""``bench``: hands over to the measuring code, which an installation may lack."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import typer

from bot.errors import BadInput

PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True}


def bench(context: typer.Context) -> None:
    """Measure speed, growth and memory of the whole pipeline, and print a table.

    \b
    [dim]Examples:[/]
      onecounter bench
      onecounter bench --json
      onecounter bench --against rasa-default
    """
    if find_spec("bot.bench") is None:
        raise BadInput("this installation has no benchmark")
    code = import_module("bot.bench").main(context.args)
    raise typer.Exit(int(code or 0))
