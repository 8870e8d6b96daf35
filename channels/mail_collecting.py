"""What a mailbox brings: fetched, read, committed by whoever asked, then marked as seen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import anyio
import anyio.to_thread

from bot.errors import BadPayload
from bot.messages import Arrival, Ignored
from channels.base import Collected
from channels.mail_box import Box
from channels.mail_mime import Mail, read_mime

MAILBOX = "imap"
"""The name of this way in."""


@dataclass
class Collector:
    """Collects from one mailbox; ``read`` may ask the DNS, it runs in a thread."""

    box: Box
    read: Callable[[Mail], Arrival]
    _watchers: anyio.CapacityLimiter | None = field(default=None, repr=False)

    async def collect(self, memory: Mapping[str, Any], now: datetime) -> Collected:
        """The mails since the last look. Raises DeliveryError."""
        return await anyio.to_thread.run_sync(self._collected, memory, now)

    def _collected(self, memory: Mapping[str, Any], now: datetime) -> Collected:
        found, memory, more = self.box.news(memory, now)
        arrivals: list[Arrival] = []
        unread: list[tuple[bytes, str]] = []
        dealt_with: list[int] = []
        for one in found:
            try:
                arrival = self.read(read_mime(one.raw, size=one.size))
            except BadPayload as error:
                unread.append((one.raw, str(error)))
                continue
            arrivals.append(arrival)
            if not isinstance(arrival, Ignored):  # that stays unseen, for a person to come across
                dealt_with.append(one.uid)
        mark = partial(self.box.mark_seen, dealt_with)
        return Collected(arrivals, memory, unread, partial(anyio.to_thread.run_sync, mark), more)

    async def wait(self, limit: timedelta) -> None:
        """Wait for news in a thread of its own, which ends within a second when we are stopped."""
        if self._watchers is None:
            self._watchers = anyio.CapacityLimiter(1)
        stop = threading.Event()
        try:
            await anyio.to_thread.run_sync(
                self.box.watch, limit, stop, abandon_on_cancel=True, limiter=self._watchers
            )
        finally:
            stop.set()

    async def aclose(self) -> None:
        """Leave the mailbox."""
        await anyio.to_thread.run_sync(self.box.close)
