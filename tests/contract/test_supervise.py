"""Supervision of child processes: readiness, restarts, drain, and children left alone."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from bot.cli.supervise import LONGEST_DELAY, SETTLED, BackOff, Supervisor, Task
from bot.errors import ConfigError

CHILD = """
import signal, sys, threading
from bot.cli.supervised import Link
link, ended = Link(int(sys.argv[1])), threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
link.when_alone(ended.set)
with open(sys.argv[2], "a") as starts:
    print(__import__("os").getpid(), file=starts)
link.ready()
ended.wait()
"""
STUBBORN = CHILD.replace("lambda *_: ended.set()", "signal.SIG_IGN")
PATIENCE = timedelta(seconds=10)


def child(code: str, starts: Path) -> Task:
    return Task("child", [sys.executable, "-c", code, "{fd}", str(starts)])


def pids(starts: Path) -> list[int]:
    return [int(line) for line in starts.read_text().split()] if starts.exists() else []


@contextmanager
def watching(supervisor: Supervisor) -> Iterator[threading.Semaphore]:
    """Runs the watch in a thread; the semaphore is released for each thing it tells."""
    stop, told = threading.Event(), threading.Semaphore(0)
    supervisor.start(stop)
    thread = threading.Thread(target=supervisor.watch, args=(stop, lambda _: told.release()))
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join()
        supervisor.drain(PATIENCE)


def test_waits_until_every_child_is_ready(tmp_path: Path) -> None:
    supervisor = Supervisor(
        [child(CHILD, tmp_path / "a"), child(CHILD, tmp_path / "b")], os.environ
    )
    supervisor.start(threading.Event())
    assert len(pids(tmp_path / "a")) == len(pids(tmp_path / "b")) == 1
    assert supervisor.drain(PATIENCE)
    assert not any(psutil.pid_exists(pid) for pid in pids(tmp_path / "a") + pids(tmp_path / "b"))


def test_says_which_child_did_not_start(tmp_path: Path) -> None:
    supervisor = Supervisor(
        [child(CHILD, tmp_path / "a"), Task("work-1", [sys.executable, "-c", "exit(3)"])],
        os.environ,
    )
    with pytest.raises(ConfigError, match=r"`work-1` did not start \(exit code 3\)"):
        supervisor.start(threading.Event())
    assert supervisor.drain(PATIENCE)


def test_starts_a_killed_child_again(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    with watching(Supervisor([child(CHILD, starts)], os.environ)) as told:
        first = psutil.Process(pids(starts)[0])
        first.kill()
        assert told.acquire(timeout=10)
        reopened = threading.Event()
        while len(pids(starts)) < 2:
            assert not reopened.wait(0.05)
        assert pids(starts)[1] != first.pid


def test_kills_a_child_that_does_not_end_in_time(tmp_path: Path) -> None:
    supervisor = Supervisor([child(STUBBORN, tmp_path / "starts")], os.environ)
    supervisor.start(threading.Event())
    assert not supervisor.drain(timedelta(seconds=0.2))
    assert not psutil.pid_exists(pids(tmp_path / "starts")[0])


def test_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    parent = f"""
import os, sys, threading
from bot.cli.supervise import Supervisor, Task
task = Task("child", [sys.executable, "-c", {CHILD!r}, "{{fd}}", {str(starts)!r}])
Supervisor([task], os.environ).start(threading.Event())
os.kill(os.getpid(), 9)
"""
    psutil.Popen([sys.executable, "-c", parent]).wait(20)
    _, alive = psutil.wait_procs(
        [psutil.Process(p) for p in pids(starts) if psutil.pid_exists(p)], 10
    )
    assert pids(starts)
    assert not alive


def test_waits_longer_after_each_quick_crash_and_forgets_them_after_a_long_life() -> None:
    back_off, delays = BackOff(), []
    for _ in range(12):
        back_off = back_off.after(timedelta(seconds=1))
        delays.append(back_off.delay)
    assert delays == sorted(delays)
    assert delays[0] < timedelta(seconds=1)
    assert delays[-1] == LONGEST_DELAY
    assert back_off.after(SETTLED).delay == timedelta()
