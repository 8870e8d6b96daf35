"""Step three: parts go out in the order of their conversation, each once wherever that can be.

new → sending (committed) → the provider is called while the part's row is locked → sent. A sender
that dies lets the lock go; whoever finds the part asks before sending it again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import anyio.to_thread
import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.engine.undelivered import Fate, fate_of, refuse
from bot.engine.work import PATIENCE, utc_now
from bot.engine.writing import part_of
from bot.errors import AccountRefused, BotError, DeliveryError, MaybeSent
from bot.messages import Part
from bot.store import consents, outbox, receipts
from bot.store.outbox import Due
from channels.base import Provider

log = logging.getLogger(__name__)

CONCURRENT = 12
"""Parts on their way at once, of as many conversations; each holds a database connection."""
CALL_WITHIN = 40.0
"""Seconds a provider may take, whatever its client allows: then it is MaybeSent."""
SEEN_WITHIN = 3.0
"""Seconds for a mark that the message is being answered; the answer does not wait longer for it."""
PAUSE = timedelta(minutes=1)
"""How long a channel stands still whose account was refused, before it is tried again."""
WINDOW_MARGIN = timedelta(minutes=5)
"""Free text is refused this long before a reply window closes: clocks differ, calls take time."""


@dataclass
class Deliverer:
    """Sends what waits in the outbox for these channels. Any number may share a database."""

    engine: Engine
    channels: Mapping[str, Provider]
    clock: Callable[[], datetime] = utc_now
    concurrent: int = CONCURRENT
    paused: dict[str, datetime] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop``; what is on its way then is finished first."""
        room = asyncio.Semaphore(self.concurrent)
        woken = asyncio.Event()
        listening = asyncio.create_task(self._listen(woken))
        try:
            async with asyncio.TaskGroup() as tasks:
                while not stop.is_set():
                    await room.acquire()
                    woken.clear()
                    due = await self._claimed()
                    if due is not None:
                        tasks.create_task(self._deliver_in(room, woken, *due))
                        continue
                    room.release()
                    await _first_of(PATIENCE, stop, woken)
        finally:
            listening.cancel()

    async def step(self) -> bool:
        """One part, from claim to end; False when none is due."""
        due = await self._claimed()
        if due is None:
            return False
        await self._deliver(*due)
        return True

    async def _claimed(self) -> tuple[Due, int] | None:
        try:
            return await anyio.to_thread.run_sync(self._claim)
        except (DBAPIError, psycopg.Error) as error:
            log.warning("database trouble, trying again: %s", type(error).__name__)
            return None

    def _claim(self) -> tuple[Due, int] | None:
        """The next part, and the number of the attempt. Those that may not go out end here."""
        now = self.clock()
        open_channels = [n for n in self.channels if self.paused.get(n, now) <= now]
        while True:
            with self.engine.begin() as connection:
                due = outbox.claim(connection, open_channels, now)
                if due is None:
                    return None
                if due.maybe_sent:
                    # the provider's word on it may have come while its sender died
                    receipts.apply_earlier(connection, due.to.channel, "", str(due.id))
                    if not outbox.unsettled(connection, due.id):
                        continue
                elif why := _forbidden(connection, due):
                    outbox.end(connection, due.id, "dropped", why)
                    continue
                return due, outbox.begin(connection, due, now)

    async def _deliver_in(
        self, room: asyncio.Semaphore, woken: asyncio.Event, due: Due, attempt: int
    ) -> None:
        try:
            await self._deliver(due, attempt)
        finally:
            room.release()
            woken.set()  # the next part of this conversation may go now

    async def _deliver(self, due: Due, attempt: int) -> None:
        """Hold the part's row while the provider is called; write down what came of it."""
        connection = await anyio.to_thread.run_sync(self.engine.connect)
        try:
            if await anyio.to_thread.run_sync(outbox.hold, connection, due.id, attempt):
                fate = await self._send(due)
                await anyio.to_thread.run_sync(self._settle, connection, due, fate)
                await anyio.to_thread.run_sync(connection.commit)
        except (DBAPIError, psycopg.Error) as error:
            # It stays ``sending``: found again, asked about, and not simply sent again.
            log.warning("part %d: not written down: %s", due.id, type(error).__name__)
        except Exception:
            log.exception("part %d: a bug while it was written down", due.id)
        finally:
            await anyio.to_thread.run_sync(_close, connection)

    async def _send(self, due: Due) -> Fate:
        """Call the provider. Never raises: what happened is the part's fate."""
        channel = self.channels[due.to.channel]
        now = self.clock()
        part = self._part(due, channel, now)
        try:
            async with asyncio.timeout(CALL_WITHIN):
                if due.maybe_sent:
                    return await self._again(channel, due, part, now)
                if due.first and due.attempts == 0:
                    await _show_seen(channel, due)
                return Fate(provider_id=await channel.send(due.to, part, key=str(due.id)))
        except TimeoutError:
            error: DeliveryError = MaybeSent(f"{due.to.channel} did not answer in time")
        except DeliveryError as raised:
            error = raised
        except Exception as bug:
            log.exception("part %d: a bug in channel %s", due.id, due.to.channel)
            return Fate(state="failed", error=f"bug:{type(bug).__name__}")
        if isinstance(error, AccountRefused):
            self.paused[due.to.channel] = now + PAUSE
            log.error("channel %s stands still: %s", due.to.channel, error)
        return fate_of(error, due, now, channel.capabilities)

    async def _again(self, channel: Provider, due: Due, part: Part, now: datetime) -> Fate:
        """A part that may have been sent: look it up; if it was not, it is a new one again."""
        since = (due.sending_at or due.created_at) - timedelta(minutes=1)
        found = await channel.find(due.to, part, key=str(due.id), since=since)
        return self._not_found(due, now) if found is None else Fate(provider_id=found)

    def _not_found(self, due: Due, now: datetime) -> Fate:
        """Not sent from here: that it may go out once more has to be committed first."""
        wait = (due.sending_at or now) + self.channels[due.to.channel].capabilities.settles_after
        doubt = now < wait
        return Fate(state="sending" if doubt else "new", due_at=wait if doubt else now)

    def _part(self, due: Due, channel: Provider, now: datetime) -> Part:
        window = channel.capabilities.reply_window
        late = (
            window is not None
            and due.heard_at is not None
            and now > due.heard_at + window - WINDOW_MARGIN
        )
        return replace(
            part_of(due.part),
            envelope=due.envelope,
            question=due.question,
            conversation=due.conversation,
            number=due.number,
            by_person=due.author == "person",
            window_open=not late and not due.window_closed,
        )

    def _settle(self, connection: Connection, due: Due, fate: Fate) -> None:
        """Write the fate down, in the transaction that holds the part."""
        now = self.clock()
        if due.maybe_sent and outbox.is_anothers(connection, due, fate.provider_id):
            fate = self._not_found(due, now)
        if fate.provider_id is not None:
            outbox.sent(connection, due.id, fate.provider_id, now)
            receipts.apply_earlier(connection, due.to.channel, fate.provider_id, str(due.id))
        elif fate.due_at is not None:
            outbox.later(
                connection,
                due.id,
                fate.due_at,
                fate.error,
                fate.code,
                maybe_sent=fate.state == "sending",
            )
        else:
            refuse(connection, due, fate, now)

    async def _listen(self, woken: asyncio.Event) -> None:
        """Set ``woken`` when something was put into the outbox; PATIENCE is the net under it."""
        url = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    url, autocommit=True, connect_timeout=5
                ) as connection:
                    await connection.execute(f"LISTEN {outbox.WAKE}")
                    async for _ in connection.notifies():
                        woken.set()
            except (psycopg.Error, OSError) as error:
                log.warning("not notified of new parts for now: %s", type(error).__name__)
            await asyncio.sleep(PATIENCE * random.uniform(0.5, 1.5))  # noqa: S311


def _forbidden(connection: Connection, due: Due) -> str:
    """Why the part may not go out, or empty text. Asked again at every attempt."""
    if due.fence:
        return "person_took_over"
    if not consents.may_write(connection, due.to, unasked=bool(due.part.get("proactive"))):
        return "opted_out"
    return ""


async def _show_seen(channel: Provider, due: Due) -> None:
    if not due.envelope:
        return
    try:
        async with asyncio.timeout(SEEN_WITHIN):
            await channel.seen(due.to, due.envelope)
    except (BotError, TimeoutError) as error:
        log.info("channel %s: not shown as read: %s", due.to.channel, type(error).__name__)


def _close(connection: Connection) -> None:
    """Give the connection back; what was not committed is rolled back."""
    try:
        connection.close()
    except (DBAPIError, psycopg.Error) as error:
        log.warning("connection not given back: %s", type(error).__name__)


async def _first_of(seconds: float, *events: asyncio.Event) -> None:
    """Wait until one of the events is set, at most that long."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
