"""Wakes the open chats of this process when something was said in theirs.

A notification carries a conversation's id and nothing else: every chat reads its rows itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.hosts.threads import in_thread
from bot.messages import ConversationId
from bot.store import chat_news
from bot.store.conversations import WAKE

log = logging.getLogger(__name__)

LOOK_ANYWAY = 4.0
"""Seconds between looks at the database without any notification: the net under a lost one."""
RECONNECT = 2.0


@dataclass(eq=False)
class Listener:
    """One open event stream; ``conversation`` is None until the first message was stored."""

    session: str
    conversation: ConversationId | None = None
    seq: int = 0
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seconds: float) -> bool:
        """True when woken, False after that long in silence."""
        try:
            async with asyncio.timeout(seconds):
                await self.woken.wait()
        except TimeoutError:
            return False
        return True


class Hub:
    """The event streams of one process and its one listening connection."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self.closed = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen for as long as the block runs, then end every stream."""
        self._task = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            self.close()
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def close(self) -> None:
        """End every stream, so that a server may stop; browsers come back by themselves."""
        self.closed = True
        self._wake_all()

    @contextmanager
    def joined(self, session: str) -> Iterator[Listener]:
        """A listener that is woken for news of this session while the block runs."""
        listener = Listener(session)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def _wake(self, conversation: str) -> None:
        # One whose conversation is not known yet may be meant: it began after the stream did.
        for listener in self._listeners:
            if listener.conversation in (None, conversation):
                listener.woken.set()

    def _wake_all(self) -> None:
        for listener in self._listeners:
            listener.woken.set()

    async def _listen(self) -> None:
        url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    url, autocommit=True, connect_timeout=5
                ) as connection:
                    await connection.execute(f"LISTEN {WAKE}")
                    self._wake_all()  # whatever was said while nobody listened
                    while True:
                        async for notice in connection.notifies(timeout=LOOK_ANYWAY):
                            self._wake(notice.payload)
                        await connection.execute("SELECT 1")  # a dead line says so here
                        await self._look()
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                log.warning("chats are not notified for now: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT * random.uniform(0.5, 1.5))  # noqa: S311
            self._wake_all()

    async def _look(self) -> None:
        """Wake every stream that is behind the database."""
        listeners = list(self._listeners)
        if not listeners:
            return
        sessions = [listener.session for listener in listeners]
        seqs = await in_thread(self._engine, chat_news.seqs, sessions)
        for listener in listeners:
            if seqs.get(listener.session, 0) > listener.seq:
                listener.woken.set()
