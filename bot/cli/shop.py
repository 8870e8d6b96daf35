"""``shop``: put a shop's records into the database, and show what is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli import preparing
from bot.cli.environment import read_settings
from bot.cli.logs import log_to
from bot.cli.steps import console, counting, step
from bot.errors import BadInput
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.backends.exchange import Counts
    from bot.backends.exchange_format import Exchange

STALE = timedelta(hours=12)
"""After this the demo shop's "arrives tomorrow" begins to be wrong."""

app = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")


@app.callback()
def show(context: typer.Context) -> None:
    """Put your shop's records in, or (without a further word) show what is there.

    \b
    [dim]Examples:[/]
      onecounter shop
      onecounter shop import shop.json --dry-run
    """
    if context.invoked_subcommand is not None:
        return
    settings = read_settings()
    log_to(settings, "onecounter", terminal="WARNING")
    from bot.wiring import database_of, load_terms

    with database_of(settings) as ready:
        preparing.ensure_schema(ready)
        state = preparing.shop_state(ready)
        table = Table.grid(padding=(0, 2))
        table.add_row("Shop", load_terms(settings.shop_file).name)
        table.add_row("Terms", str(settings.shop_file))
        table.add_row("Loaded from", state.loaded_from if state else "nothing loaded yet")
        for kind, number in preparing.counts(ready).items():
            table.add_row(kind.capitalize(), f"{number:,}")
        Console(highlight=False).print(table)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A shop-exchange/1 file (JSON).")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything and say what would change.")
    ] = False,
) -> None:
    """Load the records of your shop: products, customers, orders and what belongs to them.

    The file is the whole shop: afterwards the database says what it says. Loading it again changes
    nothing; a file with a mistake is not loaded at all, and each mistake is named by record and
    field. The format is described in docs/shop-exchange.schema.json.

    \b
    [dim]Examples:[/]
      onecounter shop import shop.json --dry-run
    """
    settings = read_settings()
    log_to(settings, "onecounter", terminal="WARNING")
    from bot.backends.exchange import read_exchange
    from bot.wiring import database_of

    with step(f"Reading {file.name}") as current:
        exchange = read_exchange(file)
        current.done = f"{file.name} is valid"
    with database_of(settings) as ready:
        preparing.ensure_schema(ready)
        _tell(_load(ready, exchange, source=str(file), dry_run=dry_run), dry_run)


@app.command()
def demo(
    force: Annotated[
        bool, typer.Option("--force", help="Even if a shop of your own is loaded: it is replaced.")
    ] = False,
) -> None:
    """Load the demo shop, with orders as of today. Refuses to replace a shop of your own.

    \b
    [dim]Examples:[/]
      onecounter shop demo
    """
    settings = read_settings()
    log_to(settings, "onecounter", terminal="WARNING")
    from bot.wiring import database_of

    with database_of(settings) as ready:
        preparing.ensure_schema(ready)
        state = preparing.shop_state(ready)
        if state is not None and not state.demo and not force:
            raise BadInput(
                f"a shop of yours is loaded ({state.loaded_from}) and would be replaced by the "
                "demo shop; add --force if that is what you want"
            )
        load_demo(ready)


@app.command()
def people() -> None:
    """List customers of the demo shop whom you can be in `talk`, with an order to ask about.

    \b
    [dim]Examples:[/]
      onecounter shop people
    """
    settings = read_settings()
    log_to(settings, "onecounter", terminal="WARNING")
    from bot.cli.people import people as everybody
    from bot.wiring import database_of

    with database_of(settings) as ready:
        preparing.ensure_schema(ready)
        with preparing.connection(ready) as connection:
            found = everybody(connection)
    out = Console(highlight=False, soft_wrap=True)
    for person in found:
        order = f", order {person.newest_order}" if person.newest_order else ""
        out.print(f"[bold]{person.name}[/] ({person.story}){order}, {person.email}")
        out.print(f"    [cyan]onecounter talk --as {person.address}[/]")


def ensure_shop(settings: Settings) -> None:
    """Load the demo shop into an empty database, or again when its dates have grown old."""
    state = preparing.shop_state(settings)
    if state is None and preparing.is_shop_empty(settings):
        load_demo(settings)
    elif state is not None and state.demo and _is_stale(state.loaded_at):
        load_demo(settings, doing="Bringing the demo shop up to today")


def _is_stale(loaded_at: datetime) -> bool:
    return datetime.now(UTC) - loaded_at > STALE


def load_demo(settings: Settings, doing: str = "Making the demo shop") -> None:
    """Generate the demo shop as of now and load it."""
    from bot.demo.generate import generate

    with step(doing):
        exchange = generate(datetime.now(UTC))
    _tell(_load(settings, exchange, source="the demo shop", demo=True), dry_run=False)


def _load(
    settings: Settings,
    exchange: Exchange,
    *,
    source: str,
    demo: bool = False,
    dry_run: bool = False,
) -> Counts:
    from bot.backends.exchange import load
    from bot.wiring import engine_for

    engine = engine_for(settings)
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            with counting("Loading") as bar:
                task = bar.add_task("Loading", total=None)
                counts = load(
                    connection,
                    exchange,
                    lambda done, total: bar.update(task, completed=done, total=total),
                    source=source,
                    demo=demo,
                )
            if dry_run:
                transaction.rollback()
            return counts
    finally:
        engine.dispose()


def _tell(counts: Counts, dry_run: bool) -> None:
    now = f"{counts.products:,} products, {counts.customers:,} customers, {counts.orders:,} orders"
    changes = counts.tables.values()
    done = (
        f"{sum(c.added for c in changes):,} rows added, "
        f"{sum(c.changed for c in changes):,} changed, {sum(c.removed for c in changes):,} removed"
    )
    if dry_run:
        console.print(f"[green]✓[/] Nothing was written. It would be: {now} ({done})")
    elif counts.touched:
        console.print(f"[green]✓[/] {now} [dim]({done})[/]")
    else:
        console.print(f"[green]✓[/] {now}; nothing had changed")
