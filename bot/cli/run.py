"""``run``: everything in one process tree, from nothing to an address to open."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer
from rich.panel import Panel
from rich.table import Table

from bot.cli import preparing
from bot.cli.environment import read_settings
from bot.cli.logs import log_to
from bot.cli.ports import check_free
from bot.cli.serving import Host, Port
from bot.cli.shop import ensure_shop
from bot.cli.steps import console, step
from bot.cli.supervise import Supervisor, Task
from bot.settings import Settings

DRAIN_WITHIN = timedelta(seconds=25)


def run(
    port: Port = None,
    host: Host = None,
    workers: Annotated[
        int | None, typer.Option(help="How many processes answer (ONECOUNTER_WORKERS; 1).")
    ] = None,
) -> None:
    """Start everything: database, schema, demo shop, model, web chat, workers, delivery.

    What is there already is not done again. Without ONECOUNTER_DATABASE_URL a PostgreSQL of our
    own is started. Ctrl-C or SIGTERM finishes what is under way and ends.

    \b
    [dim]Examples:[/]
      onecounter run
      onecounter run --port 8080 --workers 2
    """
    settings = read_settings(port=port, host=host, workers=workers)
    log_to(settings, "run", terminal="ERROR")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _alone(settings) as alone:
        if not alone:
            return
        check_free(settings)
        from bot.wiring import database_of, load_terms

        load_terms(settings.shop_file)  # a mistake of the merchant's is told before the long steps
        with _embedded_said(settings), database_of(settings) as ready:
            _prepare(ready, stop)
            _supervise(ready, stop)


@contextmanager
def _alone(settings: Settings) -> Iterator[bool]:
    """True for the only ``run`` of this home; else says where the other one serves."""
    path = settings.home / "run.json"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = json.loads(file.read() or "{}")
            pid = other.get("pid", "?")
            console.print(f"Onecounter runs already, or is about to (process {pid}).")
            _say_where(str(other.get("url", settings.public_url)))
            yield False
            return
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "url": settings.public_url}))
        file.flush()
        yield True
        file.truncate(0)


@contextmanager
def _embedded_said(settings: Settings) -> Iterator[None]:
    if settings.database_url is None:
        fresh = not (settings.home / "postgres" / "data").exists()
        doing = "Creating" if fresh else "Starting"
        console.print(f"{doing} PostgreSQL in {settings.home / 'postgres'}")
    yield


def _prepare(settings: Settings, stop: threading.Event) -> None:
    preparing.ensure_schema(settings)
    if not stop.is_set():
        ensure_shop(settings)
    if not stop.is_set():
        preparing.ensure_model(settings, stop)


def _supervise(settings: Settings, stop: threading.Event) -> None:
    if stop.is_set():
        return
    ours = [sys.executable, "-m", "bot.cli"]
    names = [f"work-{number}" for number in range(1, settings.workers + 1)]
    tasks = [Task("serve", [*ours, "serve", "--supervised", "{fd}", "--name", "serve"])]
    tasks += [Task(name, [*ours, "work", "--supervised", "{fd}", "--name", name]) for name in names]
    tasks.append(Task("deliver", [*ours, "deliver", "--supervised", "{fd}", "--name", "deliver"]))
    supervisor = Supervisor(tasks, os.environ)
    try:
        with step("Starting the web chat, the workers and the delivery") as current:
            ready = supervisor.start(stop)
            current.done = (
                "Web chat, workers and delivery are up" if ready else "Stopped while starting"
            )
        if ready:
            _say_where(settings.public_url)
            supervisor.watch(stop, lambda line: console.print(f"[yellow]![/] {line}"))
    finally:
        if not supervisor.drain(DRAIN_WITHIN):
            console.print(
                "[yellow]![/] some work did not end in time; it is done at the next start"
            )
    console.print("Ended.")


def _say_where(url: str) -> None:
    places = Table.grid(padding=(0, 2))
    places.add_row("Demo shop with the chat", f"[bold]{url}/[/]")
    places.add_row("Talk in the terminal", "[bold]onecounter talk[/]  (or make talk)")
    places.add_row("Stop", "Ctrl-C")
    console.print(Panel(places, title="Onecounter", border_style="green", expand=False))
