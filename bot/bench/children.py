"""Programs the benchmark runs beside itself: started, waited for, measured, ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from bot.bench.machine import peak_mb
from bot.errors import BotError

ENDS_WITHIN = 20.0


class DidNotStartError(BotError):
    """A program beside the benchmark ended, or was not ready in time."""


class Child:
    """A running program; its output is in ``log``."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, name: str) -> None:
        self._process = process
        self._log = log
        self.name = name

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def peak_mb(self) -> float:
        """The most memory it and its children held."""
        return peak_mb(self.pid)

    def wait_for(self, ready: Callable[[], bool], within: timedelta) -> None:
        """Until ``ready`` says so. Raises DidNotStartError with its last words."""
        deadline = time.monotonic() + within.total_seconds()
        while not ready():
            if self._process.poll() is not None:
                raise DidNotStartError(f"{self.name} ended: {self.last_words()}")
            if time.monotonic() > deadline:
                raise DidNotStartError(
                    f"{self.name} was not ready in {within}: {self.last_words()}"
                )
            time.sleep(0.1)

    def last_words(self) -> str:
        """The end of its output."""
        return self._log.read_text("utf-8", "replace").strip()[-1500:] or "it said nothing"

    def end(self) -> None:
        """Ask it to end, then insist; its own children go with it."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self._process.wait()


@contextmanager
def child(
    name: str, command: Sequence[str | Path], *, env: Mapping[str, str], cwd: Path, log: Path
) -> Iterator[Child]:
    """Run a program in a process group of its own for as long as the block lasts."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Child(process, log, name)
    try:
        yield running
    finally:
        running.end()


def free_port() -> int:
    """A port of the loopback interface nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> Callable[[], bool]:
    """Whether a GET of that address brings 200."""

    def asked() -> bool:
        try:
            return httpx.get(url, timeout=2.0).status_code == 200
        except httpx.HTTPError:
            return False

    return asked
