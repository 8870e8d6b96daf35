"""What every command starts from: the settings, with its options over the environment."""

from __future__ import annotations

import os

from bot.errors import ConfigError
from bot.settings import Settings


def read_settings(**chosen: object) -> Settings:
    """The settings, with options of the command line (``port=8001``) over the environment.

    Options are written to the environment, so that child processes see the same.
    """
    for name, value in chosen.items():
        if value is not None:
            os.environ[f"ONECOUNTER_{name.upper()}"] = str(value)
    from bot.wiring import read_settings as read

    settings = read(os.environ)
    settings.home.mkdir(parents=True, exist_ok=True)
    return settings


def require_migrated(settings: Settings) -> None:
    """Raises ConfigError when the database lacks what this version needs."""
    from bot.store.migrate import pending

    if pending(settings.database):
        raise ConfigError("the database is not up to date; run `onecounter migrate` first")
