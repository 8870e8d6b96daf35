"""The one way from async code to SQL: a thread with a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

import anyio.to_thread
from sqlalchemy import Connection, Engine

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(
    engine: Engine,
    work: Callable[Concatenate[Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run ``work(connection, ...)`` in a thread and commit; a raised error rolls back."""

    def run() -> T:
        with engine.begin() as connection:
            return work(connection, *args, **kwargs)

    return await anyio.to_thread.run_sync(run)
