"""Showing progress: a line per step, with what it did and how long it took. All on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

console = Console(stderr=True, highlight=False, soft_wrap=True)


class Step:
    """A step under way. ``done`` may be changed to say what came of it."""

    def __init__(self, doing: str) -> None:
        self.done = doing


@contextmanager
def step(doing: str, *, hint: str = "") -> Iterator[Step]:
    """A spinner with the time so far; then one line that stays, unless the step failed."""
    current = Step(doing)
    begun = time.monotonic()
    text = f"{doing} [dim]{hint}[/]" if hint else doing
    if not console.is_terminal:
        console.print(f"… {text}")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), Elapsed())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        progress.add_task(text, total=None)
        yield current
    console.print(f"[green]✓[/] {current.done} [dim]{time.monotonic() - begun:.1f} s[/]")


@contextmanager
def counting(doing: str) -> Iterator[Progress]:
    """A progress bar for work of known size; add tasks to it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Elapsed())
    if not console.is_terminal:
        console.print(f"… {doing}")
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        yield progress
