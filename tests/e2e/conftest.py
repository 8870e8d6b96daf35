"""The demo shop as real processes on a free port, and Chromium to look at it with."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest

from tests.conftest import ROOT, _url

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class RunningShop:
    """A gateway and a worker; ``elsewhere`` is the port of a shop page that may use them."""

    port: int
    elsewhere: int
    database: str
    env: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the shop is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, role: str) -> None:
        """Start ``serve`` or ``work`` and wait until it does."""
        more = ["--port", str(self.port)] if role == "serve" else []
        command = [sys.executable, "-W", "ignore", "-m", "bot.cli", role, *more]
        self.processes[role] = subprocess.Popen(command, env=self.env, cwd=ROOT)
        if role == "serve":
            self._wait(role, self._serves)
        else:
            self._wait(role, self._works)

    def stop(self, role: str, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the process a signal and wait for its end; returns its exit code."""
        process = self.processes.pop(role)
        process.send_signal(number)
        return process.wait(timeout=30)

    def _serves(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        return False

    def _works(self) -> bool:
        with psycopg.connect(self.database) as connection:
            listening = connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
                "AND query = 'LISTEN onecounter_inbox'"
            )
            return listening.fetchone() is not None

    def _wait(self, role: str, there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 90
        while not there():
            if self.processes[role].poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"`onecounter {role}` did not come up")
            time.sleep(0.1)


@pytest.fixture(scope="session")
def running_shop(
    postgres: str,
    template_database: str,
    model_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningShop]:
    """The demo shop, served and answered by processes of its own."""
    name = f"shop_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    port, elsewhere = _free_port(), _free_port()
    database = _url(postgres, name)
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith("ONECOUNTER_")},
        "ONECOUNTER_HOME": str(tmp_path_factory.mktemp("home")),
        "ONECOUNTER_DATABASE_URL": database,
        "ONECOUNTER_MODEL_DIR": str(model_path.parent),
        "ONECOUNTER_PORT": str(port),
        "ONECOUNTER_WIDGET_ORIGINS": f"http://localhost:{elsewhere}",
    }
    command = [sys.executable, "-W", "ignore", "-m", "bot.cli", "shop", "demo"]
    subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    shop = RunningShop(port, elsewhere, database, env)
    try:
        for role in ("work", "serve"):
            shop.start(role)
        yield shop
    finally:
        for role in list(shop.processes):
            shop.stop(role)
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium (ONECOUNTER_TEST_CHROMIUM, or the system's)."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("ONECOUNTER_TEST_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
        yield chromium
        chromium.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
