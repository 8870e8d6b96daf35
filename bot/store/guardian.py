"""The process that keeps one embedded PostgreSQL alive exactly as long as somebody uses it.

Run as ``python -m bot.store.guardian DIRECTORY``, never by hand: ``bot.store.embedded`` starts it.
Every user holds one connection to the guardian's socket. The kernel closes it even after kill -9,
so when the last one goes PostgreSQL is stopped, and a user that dies leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from bot.store.cluster import Cluster

READY = b"ready\n"
OTHERS = b"others\n"
FAILED = b"failed "
FIRST_USER_WITHIN = 30.0


class Postmaster:
    """The PostgreSQL server process: ours, or one that an earlier guardian left running."""

    def __init__(self, cluster: Cluster, *, durable: bool) -> None:
        self._cluster = cluster
        self._durable = durable
        self._child: subprocess.Popen[bytes] | None = None
        self._process: psutil.Process | None = None

    def start(self) -> None:
        """Adopt a living server of this directory, or start one and wait until it answers."""
        self._child = None
        self._process = self._cluster.living()
        deadline = time.monotonic() + 60
        while not (self.alive() and self._cluster.answers()):
            if not self.alive():
                if self._child is not None:
                    raise RuntimeError(f"PostgreSQL did not start: {self._cluster.last_words()}")
                self._child = self._spawn()  # there was none, or the one we found was just ending
                self._process = psutil.Process(self._child.pid)
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL is too slow: {self._cluster.last_words()}")
            time.sleep(0.02)

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._cluster.clear_stale_pid()
        user = self._cluster.user
        return subprocess.Popen(
            self._cluster.command(durable=self._durable),
            stdin=subprocess.DEVNULL,
            stdout=self._cluster.open_log(),
            stderr=subprocess.STDOUT,
            cwd=self._cluster.data,
            env=self._cluster.environment(),
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            preexec_fn=_end_with_parent(),  # noqa: PLW1509  this process has one thread
        )

    def alive(self) -> bool:
        if self._child is not None:
            return self._child.poll() is None
        return self._process is not None and self._process.is_running()

    def crashed(self) -> bool:
        """Whether it ended without having been asked to (``pg_ctl stop`` ends it with 0)."""
        return not self.alive() and (self._child is None or self._child.returncode != 0)

    def stop(self) -> None:
        """Fast shutdown: clients are disconnected, data is flushed."""
        if self._process is None or not self.alive():
            return
        with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process.send_signal(signal.SIGQUIT)


def _end_with_parent() -> Callable[[], None] | None:
    """On Linux, ask the kernel to stop PostgreSQL should the guardian itself be killed."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(1, signal.SIGINT) and None


class Guardian:
    """Counts users by their open connections; ends when the last one goes."""

    def __init__(self, cluster: Cluster, *, durable: bool) -> None:
        self._cluster = cluster
        self._postmaster = Postmaster(cluster, durable=durable)
        self._users: set[socket.socket] = set()
        self._selector = selectors.DefaultSelector()
        self._ending = False

    def run(self) -> int:
        # Listening comes first: a user connects once and then waits for READY on that connection.
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        path = self._cluster.guardian_socket
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        listener.listen(64)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        try:
            self._postmaster.start()
        except (RuntimeError, OSError, psutil.Error) as failure:
            self._refuse(listener, str(failure))
            return 1
        self._selector.register(listener, selectors.EVENT_READ)
        self._serve(listener)
        path.unlink(missing_ok=True)
        listener.close()
        self._postmaster.stop()
        for user in self._users:
            user.close()
        return 0

    def _end(self, *_: object) -> None:
        self._ending = True

    def _serve(self, listener: socket.socket) -> None:
        deadline = time.monotonic() + FIRST_USER_WITHIN
        while not self._ending:
            for key, _ in self._selector.select(timeout=0.5):
                if key.fileobj is listener:
                    self._welcome(listener)
                elif isinstance(key.fileobj, socket.socket) and self._left(key.fileobj):
                    return
            if not self._users and time.monotonic() > deadline:
                return
            if not self._postmaster.alive() and not self._revive():
                return

    def _welcome(self, listener: socket.socket) -> None:
        user, _ = listener.accept()
        self._users.add(user)
        self._selector.register(user, selectors.EVENT_READ)
        with contextlib.suppress(OSError):
            user.sendall(READY)

    def _left(self, user: socket.socket) -> bool:
        """Take a user off the list; True for the last, whose connection is kept until the stop."""
        self._selector.unregister(user)
        if self._users == {user}:
            return True
        self._users.discard(user)
        with contextlib.suppress(OSError):
            user.sendall(OTHERS)
        user.close()
        return False

    def _revive(self) -> bool:
        if not self._postmaster.crashed():
            return False
        try:
            self._postmaster.start()
        except (RuntimeError, OSError, psutil.Error):
            return False
        return True

    def _refuse(self, listener: socket.socket, reason: str) -> None:
        listener.settimeout(2)
        with contextlib.suppress(OSError):
            user, _ = listener.accept()
            user.sendall(FAILED + reason.encode() + b"\n")
            user.close()
        self._cluster.guardian_socket.unlink(missing_ok=True)


def main(arguments: list[str]) -> int:
    directory, *flags = arguments
    os.umask(0o077)
    cluster = Cluster(Path(directory))
    with (cluster.directory / "guardian.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a guardian before us may still be stopping its server
        return Guardian(cluster, durable="--not-durable" not in flags).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
