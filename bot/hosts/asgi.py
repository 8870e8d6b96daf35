"""The web face of the product: chat calls, the storefront, static files and health, in one app."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.errors import BadPayload, NotAuthentic, ShopUnavailable
from bot.hosts.chat import Chat, Limits
from bot.hosts.hub import Hub
from bot.hosts.security import Guard, allowed_origins
from bot.hosts.storefront import Storefront
from bot.hosts.threads import in_thread
from bot.hosts.webhooks import Webhooks
from bot.wiring import Services

log = logging.getLogger(__name__)

FILES = Path(__file__).resolve().parent / "static"
RETRY_AFTER = "2"


def create_app(services: Services, *, limits: Limits | None = None) -> Starlette:
    """The application of one gateway process. It opens no connection before it is started."""
    hub = Hub(services.engine)
    origins = allowed_origins(services.settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with hub.running():
            yield

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})

    async def readyz(_: Request) -> Response:
        await in_thread(services.engine, _ask)
        return PlainTextResponse("ready", headers={"Cache-Control": "no-store"})

    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            *Webhooks(services).routes(),
            *Chat(services, hub, origins, limits).routes(),
            Mount("/static", Files(directory=FILES)),
            *Storefront(services).routes(),
        ],
        middleware=[Middleware(Guard, origins=origins)],
        exception_handlers={
            HTTPException: _said_no,
            BadPayload: _unreadable,
            NotAuthentic: _not_authentic,
            OperationalError: _database_away,
            InterfaceError: _database_away,
            ShopUnavailable: _database_away,
            PoolTimeout: _database_away,
            psycopg.OperationalError: _database_away,
        },
        lifespan=lifespan,
    )
    app.state.hub = hub
    return app


def _ask(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))


class Files(StaticFiles):
    """Files with an ETag: scripts and styles are asked about each time, pictures once a day.

    The widget's modules have to fit each other, and an upgrade must not wait for a cache.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        lasting = path.endswith((".svg", ".png", ".ico", ".woff2"))
        response.headers["Cache-Control"] = "public, max-age=86400" if lasting else "no-cache"
        return response


async def _said_no(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if request.url.path.startswith("/w/"):
        return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)
    return PlainTextResponse(error.detail, error.status_code, headers=error.headers)


async def _unreadable(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": "bad_payload", "detail": str(error)}, 400)


async def _not_authentic(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": "origin_refused"}, 403)


async def _database_away(_: Request, error: Exception) -> Response:
    """Nothing was stored, so nothing is promised; the page keeps the message and comes again."""
    log.error("database not reachable: %s", type(error).__name__)
    return JSONResponse({"error": "unavailable"}, 503, headers={"Retry-After": RETRY_AFTER})
