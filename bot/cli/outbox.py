"""``outbox``: what waits to be sent, what was not delivered and why, and sending it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from bot.cli.environment import read_settings, require_migrated
from bot.cli.logs import log_to
from bot.errors import BadInput
from bot.store.letters import STATES, Letter

app = typer.Typer(
    help="What waits to be sent, what was not delivered and why.",
    no_args_is_help=False,
    rich_markup_mode="rich",
)
WAITING, FAILED = ("new", "sending"), ("failed",)

State = Annotated[
    str | None,
    typer.Option("--state", metavar="STATE", help=f"Only these: {', '.join(STATES)} or all."),
]
Only = Annotated[str, typer.Option("--channel", metavar="CHANNEL", help="Only this channel.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, whole texts.")]
Numbers = Annotated[list[int], typer.Argument(metavar="NUMBER...", help="As `outbox list` says.")]


@app.callback(invoke_without_command=True)
def outbox(context: typer.Context) -> None:
    """What waits to be sent, what was not delivered and why.

    \\b
    [dim]Examples:[/]
      onecounter outbox                    counts by channel and state
      onecounter outbox list               what was not delivered, newest first
      onecounter outbox list --state all --channel sms
      onecounter outbox resend 118 119
    """
    if context.invoked_subcommand is not None:
        return
    from bot.store import letters

    with _engine() as engine, engine.connect() as connection:
        counts = letters.counts(connection)
    table = Table("Channel", *STATES, box=None, header_style="bold")
    for channel in sorted({channel for channel, _, _ in counts}):
        row = {state: number for name, state, number in counts if name == channel}
        table.add_row(channel, *(f"{row[state]:,}" if state in row else "" for state in STATES))
    console = Console(highlight=False)
    console.print(table if counts else "Nothing was ever to be sent.")
    if any(state == "failed" for _, state, _ in counts):
        console.print("`onecounter outbox list` shows what failed, and why.")


@app.command("list")
def list_(
    state: State = None, channel: Only = "", limit: Limit = 50, as_json: AsJson = False
) -> None:
    """Parts that were not delivered (or those in another state), newest first."""
    from bot.store import letters

    wanted = STATES if state == "all" else (state,) if state else FAILED
    if not set(wanted) <= set(STATES):
        raise BadInput(f"{state!r} is no state; use one of {', '.join(STATES)} or all")
    with _engine() as engine, engine.connect() as connection:
        found = letters.listed(connection, wanted, channel, limit)
    if as_json:
        for letter in found:
            print(json.dumps(asdict(letter), default=str, ensure_ascii=False))
        return
    console = Console(highlight=False)
    if not found:
        console.print("Nothing was left undelivered." if wanted == FAILED else "None.")
        return
    table = Table("Number", "To", "State", "Why", "Tries", "When", "Text", box=None)
    for letter in found:
        table.add_row(*_row(letter))
    console.print(table)


@app.command("resend")
def resend(numbers: Numbers) -> None:
    """Send parts again that failed or were dropped. Consent is asked about again as always."""
    from bot.engine.work import utc_now
    from bot.store import letters

    with _engine() as engine, engine.begin() as connection:
        for number in numbers:
            if not letters.resend(connection, number, utc_now()):
                raise BadInput(_not_so(letters.one(connection, number), number, "failed"))
    print(f"{len(numbers)} to be sent again.")


@app.command("drop")
def drop(numbers: Numbers) -> None:
    """Take failed parts off the list, for good."""
    from bot.store import letters

    with _engine() as engine, engine.begin() as connection:
        for number in numbers:
            if not letters.drop(connection, number):
                raise BadInput(_not_so(letters.one(connection, number), number, "failed"))
    print(f"{len(numbers)} dropped.")


def _row(letter: Letter) -> list[str]:
    why = " ".join(filter(None, (letter.error, letter.provider_code)))
    when: datetime = letter.sent_at or letter.created_at
    state = (
        letter.state
        if letter.status in (None, letter.state)
        else f"{letter.state}, {letter.status}"
    )
    shown = " ".join((letter.text or "").split())
    return [
        str(letter.id),
        f"{letter.channel}:{letter.address}",
        state,
        why,
        str(letter.attempts),
        f"{when:%Y-%m-%d %H:%M}",
        shown if len(shown) <= 40 else f"{shown[:39]}…",
    ]


def _not_so(letter: Letter | None, number: int, wanted: str) -> str:
    if letter is None:
        return f"there is no part {number} in the outbox; nothing was changed"
    return f"part {number} is {letter.state}, not {wanted}; nothing was changed"


@contextmanager
def _engine() -> Iterator[Engine]:
    settings = read_settings()
    log_to(settings, "outbox", terminal="ERROR")
    from bot.wiring import database_of, engine_for

    with database_of(settings) as ready:
        require_migrated(ready)
        engine = engine_for(ready)
        try:
            yield engine
        finally:
            engine.dispose()
