"""Where log lines go: to ``logs/<process>.log`` under home, and to stderr as far as wanted."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from bot.settings import Settings

FORMAT = "%(asctime)s %(levelname)-7s %(process)d %(name)s: %(message)s"
TALKATIVE = (
    "rasa",
    "apscheduler",
    "sanic",
    "asyncio",
    "matplotlib",
    "httpx",
    "alembic",
)
"""Libraries that log much, some of it what customers write: only warnings, unless debugging."""


def log_to(settings: Settings, name: str, *, terminal: str | None = None) -> None:
    """Log this process's lines of ``log_level`` and up to its file.

    ``terminal`` is the level from which lines are also shown on stderr (default: the same level).
    """
    folder = settings.home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    formatter = logging.Formatter(FORMAT)
    file = RotatingFileHandler(
        folder / f"{name}.log", maxBytes=10_000_000, backupCount=5, encoding="utf-8", delay=True
    )
    shown = logging.StreamHandler()
    shown.setLevel(terminal or settings.log_level)
    for handler in (file, shown):
        handler.setFormatter(formatter)
    logging.basicConfig(level=settings.log_level, handlers=[file, shown], force=True)
    logging.captureWarnings(capture=True)
    if settings.log_level != "DEBUG":
        for library in TALKATIVE:
            logging.getLogger(library).setLevel(logging.WARNING)
        logging.getLogger("py.warnings").setLevel(logging.ERROR)
