"""What an evaluation found: tables for the terminal, and one HTML file with plots in it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.evaluation.figures import Score
from bot.evaluation.measuring import Evaluation

WEAKEST = 15
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;
color:#222}table{border-collapse:collapse;margin:1em 0}td,th{padding:.25em .8em;border-bottom:1px
solid #ddd;text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}svg{max-width:
100%;height:auto}h2{margin-top:2em}"""


def print_report(console: Console, found: Sequence[Evaluation]) -> None:
    """The figures as tables."""
    measures = [*zip(*summary(found), strict=True)]
    rows = [(name, *values) for name, values in zip(SUMMARY, measures, strict=True)][1:]
    console.print(_table("Understanding", ("", *(one.name for one in found)), rows))
    ours = found[0]
    if ours.figures.flags:
        console.print(_table("By kind of message", ("flag", "messages", "right"), by_flag(found)))
    weak = sorted(ours.figures.intents, key=lambda score: score.f1)[:WEAKEST]
    console.print(_table(f"The {len(weak)} weakest intents", INTENT, by_intent(weak)))
    if ours.figures.confusions:
        taken = [(meant, read, str(n)) for meant, read, n in ours.figures.confusions]
        console.print(_table("Taken for another", ("meant", "read", "times"), taken))
    if ours.scope is not None:
        curve = [(_share(kept), _share(refused)) for kept, refused in ours.scope.curve]
        console.print(_table("Out of scope", ("of ours kept", "of others refused"), curve))


SUMMARY = (
    "reader", "messages", "right", "first meaning", "macro F1", "others refused", "ours kept",
    "p50 ms", "p95 ms",
)  # fmt: skip
INTENT = ("intent", "messages", "right", "precision", "F1")


def summary(found: Sequence[Evaluation]) -> list[tuple[str, ...]]:
    """One line per reader."""
    return [
        (
            one.name,
            str(one.count),
            _share(one.figures.accuracy),
            _share(one.figures.first),
            f"{one.figures.macro_f1:.3f}",
            _share(one.scope.refused) if one.scope else "",
            _share(one.scope.kept) if one.scope else "",
            f"{one.p50_ms:.1f}",
            f"{one.p95_ms:.1f}",
        )
        for one in found
    ]


def by_flag(found: Sequence[Evaluation]) -> list[tuple[str, ...]]:
    """One line per kind of message, with every reader's share."""
    shares = [{s.name: s.accuracy for s in one.figures.flags} for one in found]
    return [
        (s.name, str(s.count), " / ".join(_share(share.get(s.name, 0.0)) for share in shares))
        for s in found[0].figures.flags
    ]


def by_intent(scores: Sequence[Score]) -> list[tuple[str, ...]]:
    """One line per intent."""
    return [
        (s.name, str(s.count), _share(s.accuracy), _share(s.precision), f"{s.f1:.3f}")
        for s in scores
    ]


def write_html(file: Path, found: Sequence[Evaluation], at: datetime) -> None:
    """The whole report as one file that needs nothing else."""
    ours = found[0]
    wrong = [
        (o.sample.text, o.sample.intents[0], o.read, f"{o.confidence:.2f}")
        for o in ours.outcomes
        if not o.right
    ]
    parts = [
        f"<h1>Understanding</h1><p>Model {escape(ours.model)}, {at:%d %B %Y, %H:%M} UTC.</p>",
        _html(SUMMARY, summary(found)),
        "<h2>Intents</h2>",
        _bars(ours.figures.intents),
        _html(INTENT, by_intent(ours.figures.intents)),
    ]
    if ours.figures.flags:
        parts += ["<h2>By kind of message</h2>"]
        parts += [_html(("flag", "messages", "right"), by_flag(found))]
    if ours.scope is not None:
        parts += ["<h2>Out of scope</h2>", _curve(ours.scope.curve)]
    confusions = [(meant, read, str(n)) for meant, read, n in ours.figures.confusions]
    parts += ["<h2>Taken for another</h2>", _html(("meant", "read", "times"), confusions)]
    parts += ["<h2>Misread</h2>", _html(("message", "meant", "read", "confidence"), wrong)]
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Understanding</title>'
        f"<style>{_STYLE}</style>{''.join(parts)}</html>\n"
    )
    file.write_text(page, "utf-8")


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left")
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*row)
    return table


def _html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _bars(scores: Sequence[Score]) -> str:
    from matplotlib.figure import Figure

    ordered = sorted(scores, key=lambda score: score.f1)
    figure = Figure(figsize=(8, 0.22 * len(ordered) + 1))
    axes = figure.subplots()
    axes.barh([s.name for s in ordered], [s.f1 for s in ordered], color="#2f6f4f")
    axes.set_xlim(0, 1)
    axes.set_xlabel("F1")
    return _svg(figure)


def _curve(points: Sequence[tuple[float, float]]) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.plot([kept for kept, _ in points], [refused for _, refused in points], "o-")
    axes.axhline(0.9, linestyle=":", color="#999")
    axes.axvline(0.95, linestyle=":", color="#999")
    axes.set_xlabel("share of our own messages kept")
    axes.set_ylabel("share of others refused")
    axes.set_ylim(0, 1.02)
    return _svg(figure)


def _svg(figure: object) -> str:
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", bbox_inches="tight")  # type: ignore[attr-defined]
    text = drawn.getvalue()
    return text[text.index("<svg") :]
