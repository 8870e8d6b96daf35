"""Fixtures every layer shares: one PostgreSQL per run, one fresh migrated database per use."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest

# A busy machine must not turn a right answer red: how long an example takes proves nothing here.
hypothesis.settings.register_profile(
    "steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def _url(admin: str, name: str) -> str:
    head, _, query = admin.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL's maintenance database: ONECOUNTER_TEST_DATABASE_URL, or embedded."""
    if given := os.environ.get("ONECOUNTER_TEST_DATABASE_URL"):
        yield given
        return
    from bot.store.embedded import start

    # Not under pytest's own folder: the next run of root closes that to all others, and a server
    # that runs as nobody loses its data in the middle.
    with (
        tempfile.TemporaryDirectory(prefix="onecounter-", ignore_cleanup_errors=True) as folder,
        start(Path(folder), durable=False) as server,
    ):
        yield server.url


@pytest.fixture(scope="session")
def template_database(postgres: str) -> str:
    """The name of a migrated, empty database that others are cloned from."""
    from bot.store.migrate import migrate

    name = f"template_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    migrate(_url(postgres, name))
    return name


@pytest.fixture
def database(postgres: str, template_database: str) -> Iterator[str]:
    """URL of an empty, migrated database of this test's own."""
    name = f"test_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    yield _url(postgres, name)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def models() -> Path:
    """Folder of trained models, kept between runs; each is found by its fingerprint."""
    folder = Path(os.environ.get("ONECOUNTER_TEST_MODELS") or ROOT / "var" / "test-models")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def model_path(models: Path) -> Path:
    """The trained model of the project as it is; trained once, whichever process comes first."""
    import fcntl

    from bot.brain.training import find_model, train

    with (models / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return find_model(ROOT, models) or train(ROOT, models)


@pytest.fixture(scope="session")
def brain(model_path: Path) -> object:
    """The real brain, loaded once per process."""
    from bot.brain.rasa_agent import RasaBrain

    return RasaBrain(model_path, ROOT / "domain.yml")
