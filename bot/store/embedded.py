"""PostgreSQL for people who have none: started on demand in a directory, shared by our processes.

Reached by a private socket, never by the network. It runs as long as any process is inside
``start``; after kill -9, of ours or of PostgreSQL, the next ``start`` simply works.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ConfigError
from bot.store.cluster import Cluster
from bot.store.guardian import FAILED, READY

START_WITHIN = 90.0


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL. ``url`` is a libpq URL; the superuser has no password."""

    directory: Path
    url: str

    @property
    def pid(self) -> int:
        """Number of the server process. Raises ConfigError when it is not running right now."""
        process = Cluster(self.directory).living()
        if process is None:
            raise ConfigError(f"PostgreSQL in {self.directory} is not running")
        return process.pid


@contextmanager
def start(directory: Path, *, durable: bool = True) -> Iterator[Server]:
    """Use the PostgreSQL of ``directory``, starting it (and creating it) when nobody has yet.

    The last user to leave stops it and returns only when it has ended. Raises ConfigError when
    it cannot be started. ``durable=False`` is for tests: faster, unsafe against power loss only.
    """
    cluster = Cluster(directory)
    cluster.directory.mkdir(parents=True, exist_ok=True)
    with cluster.start_lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released by the kernel if we die here
        cluster.prepare()
        connection = _join(cluster, durable=durable)
    try:
        yield Server(directory=cluster.directory, url=cluster.url)
    finally:
        _leave(connection)


def _join(cluster: Cluster, *, durable: bool) -> socket.socket:
    """A connection to a guardian that said its PostgreSQL is ready."""
    deadline = time.monotonic() + START_WITHIN
    guardian: subprocess.Popen[bytes] | None = None
    while time.monotonic() < deadline:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(START_WITHIN)
        try:
            connection.connect(str(cluster.guardian_socket))
            greeting = connection.recv(4096)
        except OSError:
            greeting = b""
        if greeting == READY:
            return connection
        connection.close()
        if greeting.startswith(FAILED):
            raise ConfigError(greeting[len(FAILED) :].decode(errors="replace").strip())
        # Nobody there, or a guardian that is just ending: its PostgreSQL has to be gone first.
        if guardian is None:
            guardian = _spawn_guardian(cluster, durable=durable)
        elif guardian.poll() is not None:
            guardian = None
        time.sleep(0.02)
    raise ConfigError(f"PostgreSQL did not start in time: {cluster.last_words()}")


def _spawn_guardian(cluster: Cluster, *, durable: bool) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bot.store.guardian", str(cluster.directory)]
    with (cluster.directory / "guardian.log").open("ab") as log:
        return subprocess.Popen(
            command if durable else [*command, "--not-durable"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C at the terminal is for us, not for the database
            cwd=Path(__file__).resolve().parents[2],
        )


def _leave(connection: socket.socket) -> None:
    """Say goodbye; returns when others are still in, or when PostgreSQL has stopped."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.recv(64)
    connection.close()
