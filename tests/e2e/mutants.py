"""Bugs put in on purpose: the crash test has to turn red with each, or it proves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

MUTANTS: dict[str, Callable[[], None]] = {}


def _mutant(plant: Callable[[], None]) -> Callable[[], None]:
    MUTANTS[plant.__name__] = plant
    return plant


def plant(name: str) -> None:
    """Put one bug into this process. Raises KeyError for an unknown one."""
    (MUTANTS | DELIVERY)[name]()


@_mutant
def answers_before_commit() -> None:
    """The gateway says 202 and stores afterwards."""
    from bot.hosts import chat
    from channels.widget import read_frame

    real = chat.in_thread
    running: set[asyncio.Task[Any]] = set()

    async def hasty(engine: Any, call: Any, *args: Any, **kwargs: Any) -> Any:
        if call is not chat._store:
            return await real(engine, call, *args, **kwargs)
        task = asyncio.ensure_future(real(engine, call, *args, **kwargs))
        running.add(task)
        task.add_done_callback(running.discard)
        return {"cid": read_frame(args[1].body)["cid"], "duplicate": False}

    chat.in_thread = hasty  # type: ignore[assignment]


@_mutant
def tracker_outside_transaction() -> None:
    """The story is saved by itself, before the rest of the turn is committed."""
    from bot.store import conversations

    real = conversations.tell

    def apart(connection: Any, conversation: Any, events: Any) -> None:
        with connection.engine.begin() as other:
            real(other, conversation, events)

    conversations.tell = apart


DELIVERY: dict[str, Callable[[], None]] = {}
"""Bugs that only show in what a provider is given."""


def _delivery(plant: Callable[[], None]) -> Callable[[], None]:
    DELIVERY[plant.__name__] = plant
    return plant


@_delivery
def overtakes() -> None:
    """A part does not wait for the parts of its conversation before it."""
    from sqlalchemy import text

    from bot.store import outbox

    query = outbox._CLAIM.text
    start = query.index("AND NOT EXISTS (SELECT 1 FROM outbox e")
    end = query.index("ORDER BY o.due_at")
    outbox._CLAIM = text(query[:start] + query[end:])


@_delivery
def sent_before_it_is_sent() -> None:
    """A part counts as sent when its sending begins: a sender that dies takes it along."""
    from sqlalchemy import text

    from bot.store import outbox

    outbox._BEGIN = text(
        "UPDATE outbox SET state = 'sent', attempts = attempts + 1, sent_at = :now, "
        "due_at = :settled WHERE id = :id"
    )
    outbox._HOLD = text("SELECT state FROM outbox WHERE id = :id AND attempts = :attempts")
