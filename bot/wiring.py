"""Settings in, services out: the one place that builds things and puts them together."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from sqlalchemy import Engine, create_engine

from bot.accounts import Account, Secret, simulated
from bot.errors import ConfigError
from bot.settings import PROJECT, Settings, load_settings
from bot.shop.terms import Terms, parse_terms
from bot.store.migrate import sqlalchemy_url
from channels import SECTIONS, capabilities_of
from channels.base import Capabilities, Provider

if TYPE_CHECKING:
    from bot.brain.base import Brain
    from bot.engine.turn import Turn
    from bot.shop.scene import Scene


@dataclass(frozen=True)
class Services:
    """What a process of ours works with. The brain is loaded apart: a gateway needs none."""

    settings: Settings
    engine: Engine
    terms: Terms
    channels: Mapping[str, Provider] = field(default_factory=dict)
    """The channels that have an account, by name. The web chat and the terminal need none."""

    def shows(self, channel: str) -> Capabilities:
        """What a channel can show with the provider it has here."""
        mine = self.channels.get(channel)
        return mine.capabilities if mine is not None else capabilities_of(channel)

    def close(self) -> None:
        """Give the database connections back."""
        self.engine.dispose()


def build(settings: Settings) -> Services:
    """Read the shop's terms and prepare the database pool; opens no connection yet.

    Raises ConfigError when shop.yml is missing or wrong, naming the line.
    """
    terms = load_terms(settings.shop_file)
    return Services(settings, engine_for(settings), terms, channels_of(settings, terms.name))


def read_settings(env: Mapping[str, str], *, home: Path | None = None) -> Settings:
    """The settings, those of the channels included. Raises ConfigError."""
    keys = {section: provider.keys for section, provider in SECTIONS.items()}
    return load_settings(env, home=home, channels=keys)


def channels_of(settings: Settings, shop: str) -> dict[str, Provider]:
    """The channels with an account; in the simulator the others with an invented one.

    ``shop`` is the name customers know it by.

    Raises ConfigError when a channel has two.
    """
    channels: dict[str, Provider] = {}
    for section, account in settings.accounts.items():
        provider = SECTIONS[section]
        if provider.name in channels:
            raise ConfigError(
                f"channel {provider.name} has two accounts, one of them in {section}; keep one"
            )
        channels[provider.name] = _channel(provider, account, settings, shop)
    if settings.simulator:
        for section, provider in SECTIONS.items():
            if provider.name not in channels:
                url, seed = settings.local_url, settings.widget_token_key
                invented = simulated(section, provider.keys, url, seed)
                channels[provider.name] = _channel(provider, invented, settings, shop)
    return channels


def _channel(provider: type[Provider], account: Account, settings: Settings, shop: str) -> Provider:
    known = {"shop": shop, "url": settings.public_url}
    filled = account.filled(settings.widget_token_key, **known)
    url = f"{settings.public_url.rstrip('/')}/in/{provider.name}"
    return provider(replace(filled, url=url), _client())


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=httpx.Timeout(30, connect=10), follow_redirects=False)


def engine_for(settings: Settings, size: int = 8) -> Engine:
    """A pool on the settings' database; twice ``size`` connections at most."""
    return create_engine(
        sqlalchemy_url(settings.database),
        pool_size=size,
        max_overflow=size,
        pool_pre_ping=False,
        pool_recycle=1800,
    )


def load_terms(path: Path) -> Terms:
    """The merchant's terms. Raises ConfigError."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); set ONECOUNTER_SHOP_FILE") from error
    return parse_terms(text, path.name)


def load_brain(settings: Settings) -> Brain:
    """Load the model that matches the training data. Raises ConfigError when it is not trained."""
    from bot.brain.rasa_agent import RasaBrain
    from bot.brain.training import find_model

    model = find_model(PROJECT, settings.model_dir)
    if model is None:
        raise ConfigError("no model matches the training data; run `onecounter train`")
    return RasaBrain(model, PROJECT / "domain.yml")


def turns(services: Services) -> Turn:
    """A turn runner with a brain of its own."""
    from bot.engine.turn import Turn

    return Turn(load_brain(services.settings), services.terms, services.shows)


@contextmanager
def standalone_scene() -> Iterator[Scene]:
    """Circumstances for an action outside a turn: ``rasa shell``, ``rasa run actions``.

    Nobody is proven there, so nothing personal is told. Uses the database of the settings, or the
    embedded one of ``home`` while it runs.
    """
    from bot.backends.own import OwnShop
    from bot.shop.scene import Scene

    settings = read_settings(os.environ)
    with database_of(settings) as ready:
        # An action server is asked again and again; the embedded database may end in between.
        lasting = settings.database_url is not None
        services = _lasting(ready) if lasting else build(ready)
        try:
            with services.engine.connect() as connection:
                yield Scene(
                    now=datetime.now(UTC),
                    shop=OwnShop(connection),
                    terms=services.terms,
                    locale=services.terms.locale,
                )
        finally:
            if not lasting:
                services.close()


_lasting = lru_cache(maxsize=1)(build)


@contextmanager
def database_of(settings: Settings) -> Iterator[Settings]:
    """The settings with a database that runs: the one named, or the embedded one of ``home``."""
    if settings.database_url is not None:
        yield settings
        return
    from bot.store.embedded import start

    with start(settings.home / "postgres") as server:
        yield replace(settings, database_url=Secret(server.url))
