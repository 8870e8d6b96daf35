"""How often someone may call. Counted in this process's memory: n processes allow n times that."""

from __future__ import annotations

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

REMEMBERED = 20_000
"""Callers kept in memory; the ones longest away are forgotten first."""


@dataclass
class Limit:
    """At most ``count`` calls within any stretch of ``within``, for each caller by itself."""

    count: int
    within: timedelta
    clock: Callable[[], float] = time.monotonic
    _calls: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict, repr=False)

    def wait(self, caller: str) -> int:
        """Count a call; 0 when it is allowed, else the seconds to wait (and it does not count)."""
        now, span = self.clock(), self.within.total_seconds()
        calls = self._calls.setdefault(caller, deque())
        self._calls.move_to_end(caller)
        while len(self._calls) > REMEMBERED:
            self._calls.popitem(last=False)
        while calls and calls[0] <= now - span:
            calls.popleft()
        if len(calls) >= self.count:
            return max(1, math.ceil(calls[0] + span - now))
        calls.append(now)
        return 0
