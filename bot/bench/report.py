"""What was measured: sections of named lines, as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.table import Table

VERSION = 1
"""Of the JSON; rises when a key changes its meaning."""

Value = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Line:
    """One row. ``name`` is its key in the JSON; the keys of ``values`` are the columns."""

    name: str
    label: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Section:
    """One thing that was measured. ``notes`` say how to read it."""

    name: str
    title: str
    lines: Sequence[Line]
    notes: Sequence[str] = ()


def as_json(
    sections: Sequence[Section], machine: Mapping[str, Value], at: datetime
) -> dict[str, object]:
    """The whole report: ``sections.<section>.<line>.<column>``."""
    return {
        "version": VERSION,
        "at": at.isoformat(timespec="seconds"),
        "machine": dict(machine),
        "sections": {
            section.name: {line.name: dict(line.values) for line in section.lines}
            for section in sections
        },
        "notes": {section.name: list(section.notes) for section in sections if section.notes},
    }


def table(section: Section) -> Table:
    """The section as a table; a column stands where any line has a value for it."""
    columns = list(dict.fromkeys(key for line in section.lines for key in line.values))
    drawn = Table(title=section.title, title_justify="left", title_style="bold", box=None)
    drawn.add_column("")
    for column in columns:
        drawn.add_column(column.replace("_", " "), justify="right")
    for line in section.lines:
        drawn.add_row(line.label, *(shown(line.values.get(column)) for column in columns))
    return drawn


def shown(value: Value) -> str:
    """A value as the table shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else value


def print_report(
    console: Console, sections: Sequence[Section], machine: Mapping[str, Value]
) -> None:
    """All sections, under a line that says on what they were measured."""
    about = " · ".join(f"{name.replace('_', ' ')} {shown(v)}" for name, v in machine.items())
    console.print(about, style="dim", markup=False)
    for section in sections:
        console.print()
        console.print(table(section))
        for note in section.notes:
            console.print(note, style="dim", markup=False)
