"""Keeps the child processes of ``onecounter run`` alive: starts, waits, restarts, drains.

Each child holds one end of a socket pair. Over it the child says that it is ready, and by its end
the child notices that we are gone, even after kill -9, and drains by itself.
"""

from __future__ import annotations

import contextlib
import logging
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.errors import ConfigError

log = logging.getLogger(__name__)

POLL = 0.1
SETTLED = timedelta(seconds=10)
LONGEST_DELAY = timedelta(seconds=30)


@dataclass(frozen=True)
class Task:
    """A child to keep running. ``{fd}`` in the command becomes the number of its socket."""

    name: str
    command: Sequence[str]


@dataclass(frozen=True)
class BackOff:
    """How long to wait before the next start: longer after each crash that followed quickly."""

    quick_crashes: int = 0

    def after(self, lived: timedelta) -> BackOff:
        return BackOff(0 if lived >= SETTLED else self.quick_crashes + 1)

    @property
    def delay(self) -> timedelta:
        if self.quick_crashes == 0:
            return timedelta()
        return min(timedelta(seconds=0.1 * 2**self.quick_crashes), LONGEST_DELAY)


@dataclass
class _Child:
    task: Task
    back_off: BackOff = field(default_factory=BackOff)
    process: subprocess.Popen[bytes] | None = None
    link: socket.socket | None = None
    ready: bool = False
    started: float = 0.0
    due: float = 0.0

    def start(self, env: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [part.replace("{fd}", str(theirs.fileno())) for part in self.task.command]
            self.process = subprocess.Popen(
                command,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                process_group=0,  # Ctrl-C reaches us alone; we drain them in order
            )
        self.link, self.ready, self.started = ours, False, time.monotonic()

    def check_ready(self) -> bool:
        if not self.ready and self.link is not None:
            readable, _, _ = select.select([self.link], [], [], 0)
            with contextlib.suppress(OSError):
                self.ready = bool(readable) and self.link.recv(16) != b""
        return self.ready

    def ended(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def forget(self) -> None:
        self.process = None
        if self.link is not None:
            self.link.close()


class Supervisor:
    """A set of child processes, together from start to drain."""

    def __init__(self, tasks: Sequence[Task], env: Mapping[str, str]) -> None:
        self._children = [_Child(task) for task in tasks]
        self._env = env

    def start(self, stop: threading.Event) -> bool:
        """Start all and return True when every one is ready, False when ``stop`` was set before.

        Raises ConfigError when one ends instead; it has said why on its stderr.
        """
        for child in self._children:
            child.start(self._env)
        waiting = self._children
        while waiting := [child for child in waiting if not child.check_ready()]:
            for child in self._children:
                if (code := child.ended()) is not None:
                    raise ConfigError(f"`{child.task.name}` did not start (exit code {code})")
            if stop.wait(POLL):
                return False
        return True

    def watch(self, stop: threading.Event, tell: Callable[[str], None]) -> None:
        """Restart whatever ends, with a growing delay, until ``stop`` is set."""
        while not stop.wait(POLL):
            for child in self._children:
                self._mend(child, tell)

    def _mend(self, child: _Child, tell: Callable[[str], None]) -> None:
        child.check_ready()
        if child.process is None:
            if time.monotonic() >= child.due:
                child.start(self._env)
            return
        if (code := child.ended()) is None:
            return
        lived = timedelta(seconds=time.monotonic() - child.started)
        child.back_off = child.back_off.after(lived)
        child.due = time.monotonic() + child.back_off.delay.total_seconds()
        tell(f"{child.task.name} ended ({_how(code)}); starting it again")
        log.warning("%s ended: %s; back in %s", child.task.name, _how(code), child.back_off.delay)
        child.forget()

    def drain(self, within: timedelta) -> bool:
        """Ask all to finish what they are at, and wait. True when none had to be killed."""
        alive = [child.process for child in self._children if child.process is not None]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + within.total_seconds()
        clean = True
        for process in alive:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                clean = False
                process.kill()
                process.wait()
        for child in self._children:
            child.forget()
        return clean


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
