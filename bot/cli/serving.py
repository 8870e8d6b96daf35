"""``serve``, ``work`` and ``deliver``: kinds of process that can run any number of times."""

from __future__ import annotations

import logging
import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.environment import read_settings, require_migrated
from bot.cli.logs import log_to
from bot.cli.ports import listen
from bot.cli.supervised import Link

if TYPE_CHECKING:
    from bot.wiring import Services

log = logging.getLogger(__name__)

DRAIN_SECONDS = 10

Port = Annotated[int | None, typer.Option(help="Port to serve on (ONECOUNTER_PORT; 8000).")]
Host = Annotated[
    str | None,
    typer.Option(help="Address to serve on (ONECOUNTER_HOST; 127.0.0.1). 0.0.0.0: every network."),
]
Supervised = Annotated[int | None, typer.Option(hidden=True)]
Name = Annotated[str | None, typer.Option(hidden=True)]


def serve(
    port: Port = None, host: Host = None, supervised: Supervised = None, name: Name = None
) -> None:
    """Serve the web chat and every channel's webhooks. Needs no model: `work` answers.

    Ends on SIGTERM or Ctrl-C after the requests under way.

    \b
    [dim]Examples:[/]
      onecounter serve --port 8080
    """
    settings = read_settings(port=port, host=host)
    log_to(settings, name or "serve", terminal="WARNING" if supervised is not None else None)
    with listen(settings) as bound:
        import uvicorn

        from bot.hosts.asgi import create_app
        from bot.wiring import build, database_of

        link = Link(supervised)

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
                await super().startup(sockets)  # type: ignore[arg-type]
                link.ready()

            async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
                app.state.hub.close()  # else open chats are waited for; they come back
                await super().shutdown(sockets)  # type: ignore[arg-type]

        with database_of(settings) as ready:
            require_migrated(ready)
            services = build(ready)
            app = create_app(services)
            config = uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                timeout_graceful_shutdown=DRAIN_SECONDS,
                server_header=False,
            )
            # uvicorn raises the signal it ended on once more, for whoever had it before: us.
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: None)
            server = Server(config)
            link.when_alone(lambda: setattr(server, "should_exit", True))
            server.run(sockets=[bound])
            services.close()


def work(supervised: Supervised = None, name: Name = None) -> None:
    """Answer waiting messages. Any number of these may run, on any number of machines.

    Ends on SIGTERM or Ctrl-C after the message in hand.

    \b
    [dim]Examples:[/]
      onecounter work
    """
    settings = read_settings()
    log_to(settings, name or "work", terminal="WARNING" if supervised is not None else None)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    link = Link(supervised)
    link.when_alone(stop.set)

    from bot.engine.work import Worker
    from bot.wiring import build, database_of, turns

    with database_of(settings) as ready:
        require_migrated(ready)
        services = build(ready)
        turn = turns(services)
        log.info("answering with model %s", turn.brain.model)
        with Worker(services.engine, turn) as worker:
            link.ready()
            worker.run(stop)
        services.close()


def deliver(supervised: Supervised = None, name: Name = None) -> None:
    """Send what waits in the outbox, and fetch what has to be fetched (mailboxes, files).

    Any number of these may run, on any number of machines. Ends on SIGTERM or Ctrl-C after the
    messages on their way.

    \b
    [dim]Examples:[/]
      onecounter deliver
    """
    import asyncio

    settings = read_settings()
    log_to(settings, name or "deliver", terminal="WARNING" if supervised is not None else None)
    from bot.wiring import build, database_of

    link = Link(supervised)
    with database_of(settings) as ready:
        require_migrated(ready)
        services = build(ready)
        log.info("delivering for %s", ", ".join(services.channels) or "no channel")
        asyncio.run(_deliver(services, link))
        services.close()


async def _deliver(services: Services, link: Link) -> None:
    import asyncio

    from bot.engine.deliver import CONCURRENT, Deliverer
    from bot.engine.errands import Errands
    from bot.wiring import engine_for

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def end() -> None:
        loop.call_soon_threadsafe(stop.set)

    link.when_alone(end)
    engine = engine_for(services.settings, size=CONCURRENT + 4)
    link.ready()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Deliverer(engine, services.channels).run(stop))
            tasks.create_task(Errands(engine, services.channels).run(stop))
    finally:
        for channel in services.channels.values():
            await channel.aclose()
        engine.dispose()
