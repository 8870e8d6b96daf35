"""What has to be there before anything is served: schema, a shop, a trained model."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.steps import step
from bot.errors import BrainError
from bot.settings import PROJECT, Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection


NEVER = threading.Event()


def ensure_schema(settings: Settings) -> bool:
    """Migrate if needed; True when something was done."""
    from bot.store.migrate import migrate, pending

    if not pending(settings.database):
        return False
    with step("Bringing the database up to date") as current:
        migrate(settings.database)
        current.done = "Database is up to date"
    return True


def is_shop_empty(settings: Settings) -> bool:
    """Whether neither a product nor a customer was ever loaded."""
    return not any(counts(settings).values())


def counts(settings: Settings) -> dict[str, int]:
    """How many products, customers and orders the database has."""
    from sqlalchemy import func, select

    from bot.store.shop_tables import customer, product, shop_order

    tables = {"products": product, "customers": customer, "orders": shop_order}
    with connection(settings) as open_:
        return {
            kind: open_.execute(select(func.count()).select_from(table)).scalar_one()
            for kind, table in tables.items()
        }


@dataclass(frozen=True)
class ShopState:
    """Where the loaded records are from."""

    loaded_from: str
    loaded_at: datetime
    demo: bool


def shop_state(settings: Settings) -> ShopState | None:
    """What was loaded last; None when nothing was."""
    from sqlalchemy import select

    from bot.store.shop_tables import shop_state as table

    with connection(settings) as open_:
        row = open_.execute(select(table.c.loaded_from, table.c.loaded_at, table.c.demo)).first()
    return None if row is None else ShopState(row[0] or "somewhere", row[1], row[2])


@contextmanager
def connection(settings: Settings) -> Iterator[Connection]:
    """One connection to the shop's database."""
    from bot.wiring import engine_for

    engine = engine_for(settings)
    try:
        with engine.connect() as open_:
            yield open_
    finally:
        engine.dispose()


def ensure_model(settings: Settings, stop: threading.Event | None = None) -> Path | None:
    """The model that matches the training data, trained in a process of its own if there is none.

    Training takes several hundred MB; they go when that process ends. None when ``stop`` was set.
    """
    from bot.brain.training import find_model, model_path

    if (model := find_model(PROJECT, settings.model_dir)) is not None:
        return model
    with step("Training the model", hint="once, about half a minute") as current:
        command = [sys.executable, "-m", "bot.cli", "train", "--quiet"]
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(command, stderr=said, process_group=0)
            try:
                while process.poll() is None:
                    if (stop or NEVER).wait(0.1):
                        current.done = "Training was stopped"
                        return None
            finally:
                process.kill()
                process.wait()
            if process.returncode:
                said.seek(0)
                words = said.read().strip().removeprefix("onecounter: ")
                raise BrainError(words or "training ended without a word")
        current.done = "Model is trained"
    return find_model(PROJECT, settings.model_dir) or model_path(PROJECT, settings.model_dir)
