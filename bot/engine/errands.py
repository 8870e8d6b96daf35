"""What has to be fetched or looked after: mailboxes, missed messages, files, late receipts.

Each is a chore: a row whose lock says that one process is at it, here or on another machine.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import anyio.to_thread
import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.engine.receive import receive_all
from bot.engine.undelivered import DELAYS
from bot.engine.work import PATIENCE, utc_now
from bot.errors import BadPayload, BotError
from bot.messages import Ignored
from bot.store import chores, files, receipts, unread
from bot.store.chores import Chore
from channels.base import Provider

log = logging.getLogger(__name__)

CATCH_UP_EVERY = timedelta(minutes=5)
CATCH_UP_OVERLAP = timedelta(minutes=10)
"""Asked again: a message may be listed later than it was sent."""
FIRST_LOOK_BACK = timedelta(hours=1)
COLLECT_EVERY = timedelta(minutes=5)
"""At the latest; a mailbox tells us earlier when something came."""
RECEIPTS_EVERY = timedelta(seconds=30)
FILE_LIMIT = 16 * 1024 * 1024
"""Bytes of one file; larger ones are refused while they are read."""
FILE_ATTEMPTS = 6

Work = Callable[[Connection, Chore], Awaitable[Mapping[str, Any] | None]]


@dataclass
class Errands:
    """Runs the chores of these channels until told to stop."""

    engine: Engine
    channels: Mapping[str, Provider]
    clock: Callable[[], datetime] = utc_now

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``; what is under way is given up, and done by the next one."""
        async with asyncio.TaskGroup() as tasks:
            loops = [tasks.create_task(loop) for loop in self._loops()]
            await stop.wait()
            for loop in loops:
                loop.cancel()

    def _loops(self) -> list[Any]:
        loops = [self._every(PATIENCE, self.sweep_receipts), self._files_forever()]
        for channel in self.channels.values():
            if channel.catches_up:
                loops.append(self._every(PATIENCE, self.catch_up, channel))
            if channel.collects:
                loops.append(self._collect_forever(channel))
        return loops

    async def _every(self, seconds: float, work: Callable[..., Awaitable[Any]], *args: Any) -> None:
        while True:
            await self._safely(work, *args)
            await asyncio.sleep(seconds)

    async def _collect_forever(self, channel: Provider) -> None:
        while True:
            if await self._safely(self.collect, channel):
                continue
            try:
                await channel.wait(COLLECT_EVERY)
            except BotError as error:
                log.warning("channel %s cannot be watched: %s", channel.name, error)
                await asyncio.sleep(DELAYS[2].total_seconds())

    async def _files_forever(self) -> None:
        while True:
            if not await self._safely(self.fetch_file):
                await asyncio.sleep(PATIENCE)

    async def _safely(self, work: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        try:
            return await work(*args)
        except (DBAPIError, psycopg.Error) as error:
            log.warning("database trouble, trying again: %s", type(error).__name__)
        except Exception:
            log.exception("a bug in an errand")
        return None

    async def sweep_receipts(self) -> None:
        """Apply receipts that came in the moment their part was let go."""

        async def work(connection: Connection, chore: Chore) -> None:
            await anyio.to_thread.run_sync(
                receipts.apply_left, connection, self.clock() - timedelta(minutes=10)
            )

        await self._chore("receipts", RECEIPTS_EVERY, work)

    async def catch_up(self, channel: Provider) -> int:
        """Store what the provider has and did not tell us; how many messages it listed."""
        listed = 0

        async def work(connection: Connection, chore: Chore) -> None:
            nonlocal listed
            since = chore.done_at or self.clock() - FIRST_LOOK_BACK
            missed = await channel.missed(since - CATCH_UP_OVERLAP)
            listed = len(missed)
            await anyio.to_thread.run_sync(receive_all, connection, missed)

        await self._chore(f"missed:{channel.name}", CATCH_UP_EVERY, work)
        return listed

    async def collect(self, channel: Provider) -> bool:
        """Fetch what came, commit it, then let the provider forget it; True if there is more."""
        collected = None

        async def work(connection: Connection, chore: Chore) -> Mapping[str, Any]:
            nonlocal collected
            collected = await channel.collect(chore.memory)
            await anyio.to_thread.run_sync(receive_all, connection, collected.arrivals)
            for one in collected.arrivals:
                if isinstance(one, Ignored):
                    log.info("channel %s: ignored: %s", channel.name, one.why)
            for raw, why in collected.unread:
                log.error("channel %s: a message cannot be read: %s", channel.name, why)
                keep = partial(
                    unread.put,
                    connection,
                    channel=channel.name,
                    url="",
                    headers={},
                    body=raw,
                    error=why,
                    at=self.clock(),
                )
                await anyio.to_thread.run_sync(keep)
            return collected.memory

        await self._chore(f"collect:{channel.name}", timedelta(), work)
        if collected is None:
            return False
        await collected.after()
        return collected.more

    async def fetch_file(self) -> bool:
        """Fetch one file a customer sent; False when none waits."""
        now = self.clock()
        connection = await anyio.to_thread.run_sync(self.engine.connect)
        try:
            wanted = await anyio.to_thread.run_sync(
                files.claim, connection, list(self.channels), now
            )
            if wanted is None:
                return False
            try:
                file = await self.channels[wanted.channel].fetch(wanted.media, FILE_LIMIT)
            except BadPayload as error:
                files.failed(connection, wanted, str(error), now, state="refused")
            except BotError as error:
                last = wanted.attempts + 1 >= FILE_ATTEMPTS or not error.retryable
                delay = DELAYS[min(wanted.attempts, len(DELAYS) - 1)]
                state = "failed" if last else "new"
                files.failed(connection, wanted, error.code, now + delay, state=state)
            else:
                await anyio.to_thread.run_sync(files.keep, connection, wanted, file)
            await anyio.to_thread.run_sync(connection.commit)
            return True
        finally:
            await anyio.to_thread.run_sync(connection.close)

    async def _chore(self, name: str, every: timedelta, work: Work) -> None:
        """Do the chore if it is due and nobody is at it; a BotError is noted and it comes again."""
        now = self.clock()
        connection = await anyio.to_thread.run_sync(self.engine.connect)
        try:
            await anyio.to_thread.run_sync(chores.ensure, connection, name, now)
            await anyio.to_thread.run_sync(connection.commit)
            chore = await anyio.to_thread.run_sync(chores.claim, connection, name, now)
            if chore is None:
                return
            error, memory = None, None
            try:
                memory = await work(connection, chore)
            except BotError as raised:
                log.warning("%s: %s: %s", name, raised.code, raised)
                error, every = raised.code, max(every, DELAYS[2])
            await anyio.to_thread.run_sync(
                lambda: chores.finish(connection, chore, now, every, memory=memory, error=error)
            )
            await anyio.to_thread.run_sync(connection.commit)
        finally:
            await anyio.to_thread.run_sync(connection.close)
