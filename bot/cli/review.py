"""``review``: label what was understood least well, and teach it if nothing gets worse."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot.cli import preparing
from bot.cli.environment import read_settings
from bot.cli.logs import log_to
from bot.cli.steps import console, step
from bot.errors import BadInput
from bot.settings import PROJECT, Settings

if TYPE_CHECKING:
    from bot.evaluation.misread import Group

SHOWN = 5


def review(
    days: Annotated[int, typer.Option(min=1, help="How many days back to look.")] = 30,
    most: Annotated[int, typer.Option("--groups", min=1, help="Groups to show.")] = 20,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print the groups as lines of JSON and ask nothing.")
    ] = False,
    labels: Annotated[
        Path | None,
        typer.Option(help='Teach these: lines such as {"text": "...", "intent": "..."}.'),
    ] = None,
) -> None:
    """Show the messages understood least well, grouped by meaning, and label them.

    Labelled messages become training examples only when the evaluation gets no worse: a model is
    trained on a copy and measured on our own wordings and what is out of scope. Numbers and
    e-mail addresses are replaced before anything is shown or kept.

    \b
    [dim]Examples:[/]
      onecounter review
      onecounter review --jsonl > groups.jsonl
      onecounter review --labels labelled.jsonl
    """
    settings = read_settings()
    log_to(settings, "review", terminal="ERROR")
    if labels is not None:
        _teach(settings, read_labels(labels))
        return
    groups = _groups(settings, days)[:most]
    if jsonl:
        for group in groups:
            print(json.dumps(_stated(group), ensure_ascii=False))
    elif not groups:
        console.print("[green]✓[/] Nothing was understood badly in that time")
    elif chosen := _asked(groups):
        _teach(settings, chosen)


def read_labels(file: Path) -> dict[str, list[str]]:
    """Texts by intent, from lines of JSON. Raises BadInput naming the line."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            text, intent = given["text"], given["intent"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(f'{file.name}:{number}: needs {{"text", "intent"}}') from error
        if not (isinstance(text, str) and text.strip() and isinstance(intent, str)):
            raise BadInput(f"{file.name}:{number}: text and intent have to be words")
        found[intent].append(text)
    if not found:
        raise BadInput(f"{file.name}: nothing is labelled")
    return dict(found)


def _groups(settings: Settings, days: int) -> list[Group]:
    from bot.evaluation.misread import grouped, unsure
    from bot.wiring import database_of

    since = datetime.now(UTC) - timedelta(days=days)
    with database_of(settings) as ready:
        preparing.ensure_schema(ready)
        with preparing.connection(ready) as connection:
            messages = unsure(connection, since)
    return grouped(messages)


def _stated(group: Group) -> dict[str, object]:
    return {
        "count": len(group.messages),
        "read": group.typical.intent,
        "confidence": group.typical.confidence,
        "texts": [message.text for message in group.messages],
    }


def _asked(groups: Sequence[Group]) -> dict[str, list[str]]:
    """The label of each group, asked at the terminal. Raises BadInput where there is none."""
    from bot.brain.versions import example_counts

    if not sys.stdin.isatty():
        raise BadInput("labels are asked at a terminal; use --jsonl and --labels in a script")
    out = Console(highlight=False)
    known = example_counts(PROJECT)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for number, group in enumerate(groups, 1):
        out.rule(f"{number} of {len(groups)}, {len(group.messages)} messages")
        for message in group.messages[:SHOWN]:
            out.print(f"  {message.text}", markup=False)
        out.print(f"  read as {group.typical.intent} ({group.typical.confidence})", markup=False)
        while True:
            intent = typer.prompt("intent (Enter: none)", default="", show_default=False).strip()
            if not intent or intent in known:
                break
            near = ", ".join(name for name in known if intent in name) or ", ".join(sorted(known))
            out.print(f"no such intent; there are: {near}", markup=False)
        if intent:
            found[intent].append(group.typical.text)
    return dict(found)


def _teach(settings: Settings, labels: dict[str, list[str]]) -> None:
    from bot.evaluation import sets, teaching

    teaching.check(PROJECT, labels)
    current = preparing.ensure_model(settings)
    if current is None:
        return
    measured = (
        sets.read_labelled(sets.OWN_WORDINGS),
        sets.read_out_of_scope(sets.OWN_OUT_OF_SCOPE),
    )
    with step("Training with the new examples, and measuring", hint="about a minute"):
        taught = teaching.teach(PROJECT, settings.model_dir, current, labels, measured)
    count = sum(len(texts) for texts in labels.values())
    if taught.worse:
        raise BadInput(
            f"the {count} examples are not taken, because it got worse: {'; '.join(taught.worse)}"
        )
    console.print(f"[green]✓[/] {count} examples are in {teaching.REVIEWED}; nothing got worse.")
    console.print("Restart `run` or `work` to use the new model.")
