"""Ends what takes too long, so that one message cannot keep a worker for ever."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType

from bot.errors import BrainTimeout


@contextmanager
def ended_after(limit: timedelta) -> Iterator[None]:
    """Raise BrainTimeout inside the block once ``limit`` has passed.

    A brain computes without pausing, so only a signal can reach it, and signals reach the main
    thread alone: in any other thread there is no limit. Worker processes work in their main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_: int, __: FrameType | None) -> None:
        raise BrainTimeout(f"a turn took longer than {limit.total_seconds():g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, limit.total_seconds())
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
