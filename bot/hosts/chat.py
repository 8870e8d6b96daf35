"""The web chat's calls under ``/w``: open a session, say who is there, write, listen, leave.

Every call but the first carries the session's secret as a bearer token; no cookie is used, so there
is nothing for another page to ride on.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.backends.own import OwnShop
from bot.engine.receive import receive
from bot.engine.work import utc_now
from bot.errors import NotAuthentic
from bot.hosts.chat_events import chat_events
from bot.hosts.customer_token import claimed_customer, read_token
from bot.hosts.hub import Hub
from bot.hosts.limits import Limit
from bot.hosts.threads import in_thread
from bot.hosts.webhooks import body_of
from bot.messages import Inbound
from bot.shop.identity import Level
from bot.shop.model import CustomerId
from bot.store import sessions, transcript
from bot.store.sessions import Opened, Session
from bot.wiring import Services
from channels import base
from channels.widget import MAX_FRAME, Widget, read_context, read_frame

log = logging.getLogger(__name__)


@dataclass
class Limits:
    """How often one network may open sessions, and one session may write and identify."""

    sessions: Limit = field(default_factory=lambda: Limit(30, timedelta(minutes=1)))
    messages: Limit = field(default_factory=lambda: Limit(10, timedelta(seconds=10)))
    identify: Limit = field(default_factory=lambda: Limit(20, timedelta(minutes=1)))


class Chat:
    """The handlers; ``origins`` are the pages that may call them."""

    def __init__(
        self, services: Services, hub: Hub, origins: frozenset[str], limits: Limits | None = None
    ) -> None:
        self._engine = services.engine
        self._key = services.settings.widget_token_key
        self._widget = Widget(sorted(origins))
        self._origins = origins
        self._hub = hub
        self._limits = limits or Limits()

    def routes(self) -> list[Route]:
        """Where the handlers are found."""
        return [
            Route("/w/session", self.open, methods=["POST"]),
            Route("/w/identify", self.identify, methods=["POST"]),
            Route("/w/message", self.message, methods=["POST"]),
            Route("/w/events", self.events, methods=["GET"]),
            Route("/w/logout", self.logout, methods=["POST"]),
        ]

    async def open(self, request: Request) -> Response:
        """A new, anonymous session and its secret."""
        origin = self._origin(request)
        _slow_down(self._limits.sessions, _network(request))
        frame = read_frame(await body_of(request, MAX_FRAME))
        opened = await in_thread(
            self._engine,
            sessions.open_session,
            origin=origin,
            context=read_context(frame.get("context")),
            now=utc_now(),
        )
        return JSONResponse(_secret_of(opened), status_code=201)

    async def identify(self, request: Request) -> Response:
        """Give the session to the customer a signed token names; else it stays as it is."""
        self._origin(request)
        secret = _secret(request)
        _slow_down(self._limits.identify, sessions.fingerprint(secret))
        token = read_frame(await body_of(request, MAX_FRAME)).get("token")
        given = token if isinstance(token, str) else ""
        return await in_thread(
            self._engine, _identify, secret, given, self._key.reveal(), self._origin(request)
        )

    async def message(self, request: Request) -> Response:
        """Store one message, once for its cid, however often it is sent."""
        secret = _secret(request)
        call = base.Request(
            method=request.method,
            url=str(request.url),
            headers=dict(request.headers),
            body=await body_of(request, MAX_FRAME),
        )
        _slow_down(self._limits.messages, sessions.fingerprint(secret))
        stored = await in_thread(
            self._engine, _store, self._widget, call, secret=secret, network=_network(request)
        )
        return JSONResponse(stored, status_code=202)

    async def events(self, request: Request) -> Response:
        """The event stream. A GET from our own pages carries no origin; the secret is the proof."""
        if request.headers.get("origin"):
            self._origin(request)
        session = await in_thread(self._engine, _find, _secret(request), utc_now())
        after = request.query_params.get("after") or request.headers.get("last-event-id") or ""
        position = min(int(after), 2**62) if after.isascii() and after.isdecimal() else None
        return StreamingResponse(
            chat_events(self._engine, self._hub, session.id, position),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def logout(self, request: Request) -> Response:
        """Close the session: from this browser its conversation cannot be reached any more."""
        self._origin(request)
        await in_thread(self._engine, _close, _secret(request), utc_now())
        return Response(status_code=204)

    def _origin(self, request: Request) -> str:
        origin = request.headers.get("origin", "")
        if origin not in self._origins:
            raise HTTPException(403, "origin_refused")
        return origin


def _find(connection: Connection, secret: str, now: datetime) -> Session:
    session = sessions.find(connection, secret, now)
    if session is None:
        raise HTTPException(401, "no_session")
    return session


def _store(
    connection: Connection, widget: Widget, call: base.Request, *, secret: str, network: str
) -> dict[str, Any]:
    """In one transaction: the message, whose conversation it is, and the wake-up of open chats."""
    now = utc_now()
    session = _find(connection, secret, now)
    call = replace(call, sender=session.id)
    widget.verify(call)
    duplicate = False
    for item in widget.parse(call):
        if isinstance(item, Inbound):
            context = {**session.context, **item.context, "network": network}
            received = receive(connection, replace(item, context=context, received_at=now))
            sessions.attach(connection, session, Level.CHANNEL)
            transcript.wake(connection, received.conversation_id)
            duplicate = received.duplicate
    return {"cid": read_frame(call.body)["cid"], "duplicate": duplicate}


def _identify(connection: Connection, secret: str, token: str, key: str, origin: str) -> Response:
    now = utc_now()
    session = _find(connection, secret, now)
    try:
        customer = _customer(connection, token, key, now)
    except NotAuthentic as error:
        log.info("identity refused: %s", error)
        return _refused(connection, session, token, origin, now)
    if session.customer_id in (None, customer):
        opened = sessions.give_to(connection, session, customer, Level.CHANNEL)
    else:
        # Someone else at the same computer: what was said before is not theirs to read.
        opened = _anew(connection, session, origin, now, customer)
    same = opened.session.id == session.id
    return JSONResponse({"level": "channel", "new": not same, **_secret_of(opened)})


def _customer(connection: Connection, token: str, key: str, now: datetime) -> CustomerId:
    claims = read_token(token, key, now)
    customer = CustomerId(claims.customer_id)
    if OwnShop(connection).customer(customer) is None:
        raise NotAuthentic("customer token: names nobody we know")
    if not sessions.use_up(connection, claims.jti, claims.expires_at, now):
        raise NotAuthentic("customer token: used before")
    return customer


def _refused(
    connection: Connection, session: Session, token: str, origin: str, now: datetime
) -> Response:
    """Nothing is gained by a bad token; one that names somebody else even ends the open chat."""
    body: dict[str, Any] = {"error": "identity_refused", "level": "anonymous"}
    if session.customer_id is not None:
        if claimed_customer(token) in (None, session.customer_id):
            body["level"] = "channel"
        else:
            body |= {"new": True, **_secret_of(_anew(connection, session, origin, now))}
    return JSONResponse(body, status_code=403)


def _anew(
    connection: Connection,
    session: Session,
    origin: str,
    now: datetime,
    customer: CustomerId | None = None,
) -> Opened:
    sessions.close(connection, session)
    return sessions.open_session(
        connection, origin=origin, context=session.context, now=now, customer_id=customer
    )


def _close(connection: Connection, secret: str, now: datetime) -> None:
    session = sessions.find(connection, secret, now)
    if session is not None:
        sessions.close(connection, session)


def _secret_of(opened: Opened) -> Mapping[str, str]:
    return {"session": opened.session.id, "token": opened.token}


def _secret(request: Request) -> str:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise HTTPException(401, "no_session")
    return secret.strip()


def _network(request: Request) -> str:
    return request.client.host if request.client else ""


def _slow_down(limit: Limit, caller: str) -> None:
    if wait := limit.wait(caller):
        raise HTTPException(429, "too_many", headers={"Retry-After": str(wait)})
