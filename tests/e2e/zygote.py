"""Starts real gateway and worker processes fast: imports and loads once, then forks on request.

A worker needs seconds to load Rasa and its model; a test that kills it fifty times would spend ten
minutes waiting. Forked before any thread or connection exists, a child runs the product's own code
and dies of kill -9 like any other. Commands on stdin: ``serve PORT``, ``work``, ``deliver``,
``kill ROLE``; each is answered with one line. ``--mutant NAME`` plants one of the bugs of
``mutants.py`` first.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from datetime import timedelta

from bot.hosts.chat import Limits
from bot.hosts.limits import Limit
from bot.wiring import build, load_brain, read_settings
from tests.e2e import mutants


def generous() -> Limits:
    """Room for a test that is a whole crowd from one address."""
    many = timedelta(seconds=1)
    return Limits(Limit(10_000, many), Limit(10_000, many), Limit(10_000, many))


def main() -> None:
    """Load, say ready, fork on request until stdin ends."""
    if len(sys.argv) > 2 and sys.argv[1] == "--mutant":
        mutants.plant(sys.argv[2])
    settings = read_settings(os.environ)
    brain = load_brain(settings)
    import uvicorn

    import bot.hosts.asgi
    from bot.engine.deliver import Deliverer
    from bot.engine.turn import Turn
    from bot.engine.work import Worker

    children: dict[str, int] = {}
    print("ready", flush=True)
    for line in sys.stdin:
        role, *arguments = line.split()
        if role == "kill":
            # Killed and reaped here, where the number cannot have been given to anybody else.
            os.kill(children[arguments[0]], signal.SIGKILL)
            os.waitpid(children[arguments[0]], 0)
            print("killed", flush=True)
            continue
        pid = os.fork()
        if pid:
            children[role] = pid
            print(pid, flush=True)
            continue
        services = build(settings)
        if role == "serve":
            app = bot.hosts.asgi.create_app(services, limits=generous())
            uvicorn.run(app, host="127.0.0.1", port=int(arguments[0]), log_level="error")
        elif role == "deliver":
            deliverer = Deliverer(services.engine, services.channels)
            asyncio.run(deliverer.run(asyncio.Event()))
        else:
            turn = Turn(brain, services.terms, services.shows)
            with Worker(services.engine, turn) as worker:
                worker.run(threading.Event())
        os._exit(0)


if __name__ == "__main__":
    main()
