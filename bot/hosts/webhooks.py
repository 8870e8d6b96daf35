"""Where providers call: ``/in/<channel>``. Verified, read, stored, answered; nothing else happens.

No model, no call to a provider and no file is waited for here: the answer takes a commit, and where
a message proves its sender by a key in the DNS, the look-up of that.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import anyio.to_thread
from sqlalchemy import Connection
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.engine.receive import receive_all
from bot.engine.work import utc_now
from bot.errors import BadPayload, NotAuthentic
from bot.hosts.threads import in_thread
from bot.messages import Arrival, Ignored, Unread
from bot.store import sessions, unread
from bot.wiring import Services
from channels import base
from channels.base import Provider

log = logging.getLogger(__name__)

READ_WITHIN = 10.0
LOOK_UP_WITHIN = 5.0
ONCE_FOR = timedelta(hours=1)
"""How long a provider's one-time token is remembered; it is refused as too old well before."""


class Webhooks:
    """The handlers of every channel that has an account."""

    def __init__(self, services: Services) -> None:
        self._engine = services.engine
        self._channels = services.channels
        self._public = services.settings.public_url.rstrip("/")
        self.refused = 0

    def routes(self) -> list[Route]:
        """Where the handlers are found."""
        methods = ["GET", "POST"]
        return [
            Route("/in/{channel}", self.call, methods=methods),
            Route("/in/{channel}/{way}", self.call, methods=methods),
        ]

    async def call(self, request: Request) -> Response:
        """One call of a provider's. 4xx: nothing was stored; 503: nothing was, come again."""
        channel, way = self._channel(request)
        called = base.Request(
            method=request.method,
            url=self._public + _path(request),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await body_of(request, channel.max_body),
            way=way,
        )
        try:
            await _verified(channel, called)
            called = replace(called, known=await _looked_up(channel, called))
            await self._stored(channel, called)
        except NotAuthentic as error:
            self.refused += 1
            log.warning("call to %s refused: %s", channel.name, error)
            return Response(status_code=error.status)
        answer = channel.answer(called)
        return Response(
            answer.body,
            answer.status,
            headers={"Cache-Control": "no-store", **answer.headers},
            media_type=answer.content_type,
        )

    async def _stored(self, channel: Provider, called: base.Request) -> None:
        try:
            await in_thread(self._engine, _store, channel, called)
        except DataError as error:
            # Read, but nothing the database can keep: a value too large for its column.
            why = f"not storable: {type(error.orig).__name__}"
            await in_thread(self._engine, _keep, channel, called, why)

    def _channel(self, request: Request) -> tuple[Provider, str]:
        channel = self._channels.get(request.path_params["channel"])
        way = request.path_params.get("way", "")
        if channel is None or way not in channel.ways:
            raise HTTPException(404, "no such channel")
        if request.method not in channel.methods:
            raise HTTPException(405, "method not allowed")
        return channel, way


async def _verified(channel: Provider, called: base.Request) -> None:
    """Raise NotAuthentic unless the provider signed it; a large one is looked at beside others."""
    if len(called.body) > base.MEGABYTE:
        await anyio.to_thread.run_sync(channel.verify, called)
    else:
        channel.verify(called)


async def _looked_up(channel: Provider, called: base.Request) -> Mapping[str, str]:
    """What the channel wants to know beforehand, as far as it is found in time."""
    try:
        async with asyncio.timeout(LOOK_UP_WITHIN):
            return await channel.look_up(called)
    except TimeoutError:
        log.info("channel %s: a call is read without what could not be looked up", channel.name)
    return {}


def _store(connection: Connection, channel: Provider, called: base.Request) -> None:
    """Everything the call brings, in one transaction; kept raw if it cannot be read."""
    now = utc_now()
    if token := channel.once(called):
        digest = hashlib.sha256(called.body).hexdigest()
        name = f"{channel.name}:{token}"
        if not sessions.use_once(connection, name, digest, now + ONCE_FOR):
            raise NotAuthentic("the call's one-time token was used with other contents")
    try:
        arrivals = channel.parse(called)
    except BadPayload as error:
        arrivals = [Unread(channel.name, str(error))]
    if reasons := [one.why for one in arrivals if isinstance(one, Unread)]:
        _keep(connection, channel, called, "; ".join(dict.fromkeys(reasons)))
    receive_all(connection, arrivals)
    _tell_ignored(channel, arrivals)


def _keep(connection: Connection, channel: Provider, called: base.Request, why: str) -> None:
    """Keep a call raw that nobody could read, or not all of."""
    log.error("channel %s: a call cannot be read and is kept: %s", channel.name, why)
    unread.put(
        connection,
        channel=channel.name,
        url=called.url.partition("?")[0],
        headers=called.headers,
        body=called.body,
        error=why,
        at=utc_now(),
    )


def _tell_ignored(channel: Provider, arrivals: Sequence[Arrival]) -> None:
    for arrival in arrivals:
        if isinstance(arrival, Ignored):
            log.info("channel %s: ignored: %s", channel.name, arrival.why)


def _path(request: Request) -> str:
    """Path and query as they came, byte for byte: a signature may cover them."""
    scope: Mapping[str, object] = request.scope
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if isinstance(raw, bytes) else request.url.path
    query = request.url.query
    return path.partition("?")[0] + (f"?{query}" if query else "")


async def body_of(request: Request, limit: int) -> bytes:
    """The whole body; 413 as soon as it is too large, 408 when it dribbles in."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdecimal() and int(declared) > limit:
        raise HTTPException(413, "too_large")
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN):
            async for piece in request.stream():
                body += piece
                if len(body) > limit:
                    raise HTTPException(413, "too_large")
    except TimeoutError:
        raise HTTPException(408, "too_slow") from None
    except ClientDisconnect:
        raise HTTPException(400, "broke_off") from None
    return bytes(body)
