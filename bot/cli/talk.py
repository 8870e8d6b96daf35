"""``talk``: the bot in the terminal, for people and, with ``--jsonl``, for programs."""

from __future__ import annotations

import dataclasses
import json
import logging
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Annotated, Any, Protocol

import typer
from rich.console import Console
from rich.markup import escape

from bot.cli import preparing
from bot.cli.environment import read_settings
from bot.cli.logs import log_to
from bot.cli.shop import ensure_shop
from bot.errors import BadInput, BotError

log = logging.getLogger(__name__)


class Talker(Protocol):
    """What this command needs of ``bot.engine.talk.Talk``."""

    def say(self, sender: str, words: str, context: dict[str, object] | None = None) -> Any:
        """Say something as ``channel:address``; an Exchange comes back."""


def talk(
    sender: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="ADDRESS",
            help="Who is talking: web:NAME is a visitor nobody knows; sms:+12015550103, "
            "email:..., whatsapp:... are customers known by that address.",
        ),
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="One JSON object in, one out, per line (see below).")
    ] = False,
    facts: Annotated[
        bool, typer.Option("--facts", help="Also show the records each answer rests on.")
    ] = False,
) -> None:
    """Talk to the bot here. It answers through the same pipeline as every channel.

    \b
    With [bold]--jsonl[/] it reads lines such as
      {"from": "sms:+12015550103", "text": "where is my order?"}
    and answers each with
      {"from", "replies": [{"text", "choices", "utter", "facts"}],
       "state", "intent", "confidence", "ms"}
    A line it cannot use is answered with {"error": ...}, and the next one is read.

    \b
    [dim]Examples:[/]
      onecounter talk
      onecounter talk --as sms:+12015550103 --facts
      onecounter talk --jsonl < questions.jsonl
    """
    with _talker() as talker:
        if jsonl:
            answer_lines(talker, sys.stdin.buffer, sys.stdout)
        else:
            _converse(talker, sender or f"web:{uuid.uuid4().hex[:8]}", facts)


@contextmanager
def _talker() -> Iterator[Talker]:
    settings = read_settings()
    log_to(settings, "talk", terminal="ERROR")
    from bot.wiring import build, database_of, turns

    with database_of(settings) as ready:
        preparing.ensure_schema(ready)
        ensure_shop(ready)
        preparing.ensure_model(ready)
        from bot.engine.talk import Talk

        services = build(ready)
        try:
            with Talk(services.engine, turns(services)) as talker:
                yield talker
        finally:
            services.close()


def answer_lines(talker: Talker, lines: Iterable[bytes], out: IO[str]) -> None:
    """Answer each line of JSON with one; a bad line gets an error and the next one its turn."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            answer = _answer(talker, line)
        except BotError as error:
            answer = {"error": str(error), "line": number}
        except Exception as error:
            log.exception("line %d", number)
            answer = {"error": f"{type(error).__name__} (a bug of ours)", "line": number}
        print(json.dumps(answer, ensure_ascii=False), file=out, flush=True)


def _answer(talker: Talker, line: bytes) -> dict[str, object]:
    sender, text, context = _asked(line)
    exchange = talker.say(sender, text, context)
    return {"from": sender, **_plain(exchange)}


def _asked(line: bytes) -> tuple[str, str, dict[str, object]]:
    try:
        asked = json.loads(line)
    except ValueError as error:
        raise BadInput(f"not JSON: {error}") from error
    if not isinstance(asked, dict):
        raise BadInput('write an object: {"from": "web:me", "text": "hello"}')
    sender, text, context = asked.get("from"), asked.get("text"), asked.get("context", {})
    if not isinstance(sender, str):
        raise BadInput('"from" must be a text such as "sms:+12015550103" or "web:me"')
    if not isinstance(text, str):
        raise BadInput('"text" must be a text')
    if not isinstance(context, dict):
        raise BadInput('"context" must be an object such as {"country": "DE"}')
    return sender, text, context


def _plain(exchange: Any) -> dict[str, object]:
    return {
        "replies": [
            {
                "text": reply.text,
                "choices": list(reply.choices),
                "utter": reply.utter,
                "facts": list(reply.facts),
            }
            for reply in exchange.replies
        ],
        **{name: getattr(exchange, name) for name in ("state", "intent", "confidence", "ms")},
    }


def _converse(talker: Talker, sender: str, facts: bool) -> None:
    console = Console(highlight=False)
    console.print(f"You are [bold]{escape(sender)}[/]. Ask something; Ctrl-D ends.")
    while True:
        try:
            text = console.input("[bold cyan]you[/] › ").strip()
        except EOFError:
            console.print()
            return
        if text:
            _show(console, talker.say(sender, text), facts)


def _show(console: Console, exchange: Any, facts: bool) -> None:
    for reply in exchange.replies:
        console.print(f"[bold green]bot[/] › {escape(reply.text)}")
        listed = [title for title in reply.choices if title not in reply.text]
        for number, title in enumerate(listed, start=1):
            console.print(f"      [cyan]{number}[/] {escape(title)}")
        for fact in reply.facts if facts else ():
            known = fact if isinstance(fact, dict) else dataclasses.asdict(fact)
            line = f"{known['name']} = {known['value']}   ({known['source']})"
            console.print(f"      [dim]{escape(line)}[/]")
    if exchange.state != "bot":
        console.print(f"      [yellow]this conversation is now: {exchange.state}[/]")
