"""Hands waiting conversations to a brain, one turn and one transaction at a time."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from bot.engine.time_limit import ended_after
from bot.engine.turn import Turn
from bot.errors import BotError
from bot.messages import ConversationId
from bot.store import inbox
from bot.store.conversations import Conversation

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
TURN_LIMIT = timedelta(seconds=20)
PATIENCE = 1.0
"""Seconds to wait for a wake-up before looking by ourselves; a lost NOTIFY costs at most this."""


def utc_now() -> datetime:
    """The time as a turn sees it."""
    return datetime.now(UTC)


class Worker:
    """Runs turns until told to stop. Any number of workers may share a database.

    A brain blocks its event loop while it predicts, so a worker has a thread of its own.
    """

    def __init__(
        self,
        engine: Engine,
        turn: Turn,
        clock: Callable[[], datetime] = utc_now,
        limit: timedelta = TURN_LIMIT,
    ) -> None:
        self._engine = engine
        self._turn = turn
        self._clock = clock
        self._limit = limit
        self._runner: asyncio.Runner | None = None

    def __enter__(self) -> Worker:
        self._runner = asyncio.Runner()
        return self

    def __exit__(self, *_: object) -> None:
        if self._runner is not None:
            self._runner.close()

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop``; the turn in hand is finished first."""
        while not stop.is_set():
            try:
                self._watch(stop)
            except (psycopg.OperationalError, DBAPIError) as error:
                log.warning("database trouble, trying again: %s", type(error).__name__)
                stop.wait(PATIENCE)

    def _watch(self, stop: threading.Event) -> None:
        url = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as listener:
            listener.execute(f"LISTEN {inbox.WAKE}")
            while not stop.is_set():
                while self.step():
                    if stop.is_set():
                        return
                for _ in listener.notifies(timeout=PATIENCE, stop_after=1):
                    pass

    def step(self) -> ConversationId | None:
        """One turn, if anything waits; the conversation it was for.

        Raises sqlalchemy's DBAPIError when the database is away. Any other failure is counted on
        the message, and after MAX_ATTEMPTS the message is parked and the customer apologised to.
        """
        if self._runner is None:
            raise RuntimeError("use the worker in a with block")
        claimed = None
        try:
            with self._engine.begin() as connection:
                now = self._clock()
                claimed = inbox.claim(connection, now)
                if claimed is None:
                    return None
                conversation, waiting = claimed
                turn = self._turn.run(connection, conversation, waiting, now)
                with ended_after(self._limit):
                    self._runner.run(turn)
        except DBAPIError as error:
            self._forget(claimed)
            if error.connection_invalidated or claimed is None:
                raise
            self._failed(claimed[0].id, claimed[1].id, error)
        except Exception as error:
            self._forget(claimed)
            if claimed is None:
                raise
            self._failed(claimed[0].id, claimed[1].id, error)
        else:
            self._turn.brain.settle(conversation.id, kept=True)
        return claimed[0].id

    def _forget(self, claimed: tuple[Conversation, inbox.Waiting] | None) -> None:
        if claimed is not None:
            self._turn.brain.settle(claimed[0].id, kept=False)

    def _failed(self, conversation_id: ConversationId, inbox_id: int, error: Exception) -> None:
        code = error.code if isinstance(error, BotError) else type(error).__name__
        # Not to log and raise: this is where a turn's error ends.
        log.error("turn failed on message %d: %s", inbox_id, code, exc_info=error)
        with self._engine.begin() as connection:
            attempts = inbox.failed(connection, inbox_id, code)
        if attempts >= MAX_ATTEMPTS:
            self._give_up(conversation_id, inbox_id)

    def _give_up(self, conversation_id: ConversationId, inbox_id: int) -> None:
        """Park the message with an apology; without one when not even that can be written."""
        try:
            with self._engine.begin() as connection:
                conversation = inbox.lock(connection, conversation_id)
                if waiting := inbox.one(connection, inbox_id):
                    self._turn.give_up(connection, conversation, waiting, self._clock())
        except Exception:
            # The next message must not wait behind this one for ever.
            log.exception("message %d is parked without an apology", inbox_id)
            with self._engine.begin() as connection:
                inbox.park(connection, inbox_id, self._clock())
