"""``understand``: how messages are read, without answering any."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import preparing
from bot.cli.environment import read_settings
from bot.cli.logs import log_to
from bot.errors import BadInput

if TYPE_CHECKING:
    from bot.brain.understanding import Understanding


def understand(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]", help="A message to read.")
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="One JSON object in, one out, per line (see below).")
    ] = False,
) -> None:
    """Show what a message is taken for, without answering it.

    \b
    With [bold]--jsonl[/] it reads lines such as
      {"text": "where is my order #W1234567?"}
    and answers each with
      {"intents": [{"name", "confidence"}], "entities": [{"kind", "text", "value"}],
       "in_scope", "language", "ms"}
    Several intents are several wishes, the surest first.
    A line it cannot use is answered with {"error": ...}, and the next one is read.

    \b
    [dim]Examples:[/]
      onecounter understand "cancel it and tell me what I paid"
      onecounter understand --jsonl < messages.jsonl
    """
    if not jsonl and not words:
        raise BadInput("give a message to read, or --jsonl and lines on standard input")
    settings = read_settings()
    log_to(settings, "understand", terminal="ERROR")
    model = preparing.ensure_model(settings)
    if model is None:
        return
    from bot.brain.understanding import Understanding

    reader = Understanding(model)
    if jsonl:
        answer_lines(reader, sys.stdin.buffer, sys.stdout)
    else:
        print(json.dumps(stated(reader, " ".join(words or ())), ensure_ascii=False, indent=2))


def answer_lines(reader: Understanding, lines: Iterable[bytes], out: IO[str]) -> None:
    """Answer every line with one line; a blank one is passed over."""
    for line in lines:
        if not line.strip():
            continue
        try:
            answer = stated(reader, _text_of(line))
        except BadInput as error:
            answer = {"error": str(error)}
        print(json.dumps(answer, ensure_ascii=False), file=out, flush=True)


def stated(reader: Understanding, text: str) -> dict[str, Any]:
    """What a text was taken for, as the line that is printed."""
    found = reader.read(text)
    return {
        "intents": [dataclasses.asdict(guess) for guess in found.intents],
        "entities": [dataclasses.asdict(datum) for datum in found.entities],
        "in_scope": found.in_scope,
        "language": found.language,
        "ms": found.ms,
    }


def _text_of(line: bytes) -> str:
    """Raises BadInput naming what is wrong with the line."""
    try:
        asked = json.loads(line.decode("utf-8"))
    except ValueError as error:
        raise BadInput(f"not JSON: {error}") from error
    text = asked.get("text") if isinstance(asked, dict) else None
    if not isinstance(text, str):
        raise BadInput('needs {"text": "..."}')
    return text
