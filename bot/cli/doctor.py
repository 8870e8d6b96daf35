"""``doctor``: looks at everything a start needs, and says how to mend what is wrong."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.markup import escape

from bot.cli import preparing
from bot.cli.environment import read_settings
from bot.cli.logs import log_to
from bot.cli.ports import check_free
from bot.errors import BotError, ConfigError
from bot.settings import PROJECT, Settings

if TYPE_CHECKING:
    from channels.base import Provider

RASA_CHECK = """
import sys, rasa, rasa.telemetry, rasa.engine.recipes.default_components
assert "tensorflow" not in sys.modules, "TensorFlow was imported"
assert not rasa.telemetry.is_telemetry_enabled(), "telemetry is on"
"""
SENTENCE = re.compile(r"""["'](utter_[a-z0-9_]+)["']""")
SPEAKERS = ("bot/shop", "bot/engine", "actions")


class WrongError(Exception):
    """A check that did not pass. ``mend`` is what the operator can do."""

    def __init__(self, found: str, mend: str) -> None:
        super().__init__(found)
        self.mend = mend


@dataclass(frozen=True)
class Finding:
    """What came of one check; ``mend`` is empty when all is well."""

    title: str
    detail: str
    mend: str = ""


def doctor() -> None:
    """Check this installation, and say how to mend what is wrong. Changes nothing.

    \b
    [dim]Examples:[/]
      onecounter doctor
      ONECOUNTER_HOME=/srv/onecounter onecounter doctor
    """
    console = Console(highlight=False, soft_wrap=True)
    settings = read_settings()
    log_to(settings, "doctor", terminal="ERROR")
    wrong = 0
    for finding in examine(settings):
        mark = "[red]✗[/]" if finding.mend else "[green]✓[/]"
        console.print(f"{mark} [bold]{finding.title:<12}[/] {escape(finding.detail)}")
        if finding.mend:
            wrong += 1
            console.print(f"  {'':<12} [yellow]→ {escape(finding.mend)}[/]")
    if wrong:
        console.print(f"\n{wrong} thing{'s' if wrong > 1 else ''} to mend.")
        raise typer.Exit(2)
    console.print("\nAll is well.")


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check in turn; the database stays open until the last one that needs it."""
    with ExitStack() as stack:
        ready = settings

        def database() -> str:
            nonlocal ready
            from bot.wiring import database_of

            ready = stack.enter_context(database_of(settings))
            return _database(ready)

        for title, check, mend in (
            ("Settings", lambda: f"home is {settings.home}", ""),
            ("Python", _python, "run `make setup`"),
            ("Rasa", _rasa, "run `make setup`"),
            ("Port", lambda: _port(settings), "stop the other program or choose another port"),
            ("Shop terms", lambda: _terms(settings), f"correct {settings.shop_file}"),
            ("Sentences", _sentences, "add them under `responses:` in domain.yml"),
            ("Database", database, "check ONECOUNTER_DATABASE_URL and that the server runs"),
            ("Records", lambda: _records(ready), "onecounter shop demo, or shop import FILE"),
            ("Model", lambda: _model(settings), "run `onecounter train --force`"),
        ):
            yield _finding(title, check, mend)
        for title, check in _channels(settings).items():
            yield _finding(title, check, "its page in docs/channels says how to set it up")


def _channels(settings: Settings) -> dict[str, Callable[[], str]]:
    """A question to the provider of each channel that was given an account, by its title."""
    from bot.wiring import channels_of

    found = channels_of(replace(settings, simulator=False), shop="")
    return {one.title: partial(_asked, one) for one in found.values()}


def _asked(channel: Provider) -> str:
    return asyncio.run(channel.check())


def _finding(title: str, check: Callable[[], str], mend: str) -> Finding:
    try:
        return Finding(title, check())
    except WrongError as wrong:
        return Finding(title, str(wrong), wrong.mend)
    except BotError as error:
        return Finding(title, str(error), mend)
    except Exception as error:  # one broken check must not end the others
        return Finding(
            title,
            f"{type(error).__name__}: {error}",
            "run `onecounter --debug doctor` and report what it says",
        )


def _python() -> str:
    if "bot.brain.startup" not in sys.modules:
        raise WrongError("the start-up hook of this environment is missing", "run `make setup`")
    return f"{sys.version.split()[0]} in {sys.prefix}"


def _rasa() -> str:
    command = [sys.executable, "-c", RASA_CHECK]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)
    if done.returncode:
        raise ConfigError(done.stderr.strip().rsplit("\n", 1)[-1])
    from importlib.metadata import version

    return f"{version('rasa')}, without TensorFlow, telemetry off"


def _port(settings: Settings) -> str:
    try:
        check_free(settings)
    except ConfigError:
        if not _we_answer(settings):
            raise
        return f"{settings.port}: Onecounter serves there already"
    return f"{settings.port} on {settings.host} is free"


def _we_answer(settings: Settings) -> bool:
    import httpx

    try:
        answer = httpx.get(f"http://{settings.host}:{settings.port}/healthz", timeout=2)
    except httpx.HTTPError:
        return False
    return answer.text == "ok"


def _terms(settings: Settings) -> str:
    from bot.wiring import load_terms

    terms = load_terms(settings.shop_file)
    return f"{settings.shop_file} is valid ({terms.name}, {terms.currency})"


def _sentences() -> str:
    from bot.brain.training import sentences_of

    known = sentences_of(PROJECT / "domain.yml")
    if missing := sorted(spoken() - set(known)):
        raise ConfigError(f"the bot may say what has no sentence: {', '.join(missing)}")
    return f"all {len(known)} are there"


def spoken() -> set[str]:
    """Every ``utter_`` name that our code may say."""
    files = [file for folder in SPEAKERS for file in (PROJECT / folder).rglob("*.py")]
    return {name for file in files for name in SENTENCE.findall(file.read_text("utf-8"))}


def _database(settings: Settings) -> str:
    import psycopg

    from bot.store.migrate import pending

    try:
        with psycopg.connect(settings.database, connect_timeout=5) as connection:
            version = connection.info.parameter_status("server_version")
    except psycopg.OperationalError as error:
        raise ConfigError(str(error).strip()) from error
    if pending(settings.database):
        raise WrongError(f"PostgreSQL {version} lacks a migration", "run `onecounter migrate`")
    return f"PostgreSQL {version}, up to date"


def _records(settings: Settings) -> str:
    from bot.store.migrate import pending

    if pending(settings.database):
        raise WrongError("cannot be counted before the migration", "run `onecounter migrate`")
    found = preparing.counts(settings)
    if not any(found.values()):
        raise ConfigError("no shop is loaded")
    return ", ".join(f"{number:,} {kind}" for kind, number in found.items())


def _model(settings: Settings) -> str:
    from bot.wiring import load_brain

    return f"{load_brain(settings).model} loads"
