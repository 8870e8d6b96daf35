"""A gateway in this process for the web tests: the real app on a real database, called by ASGI."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
from sqlalchemy import Engine, create_engine, text

from bot.accounts import Secret
from bot.engine.turn import Turn
from bot.engine.work import Worker
from bot.hosts.asgi import create_app
from bot.hosts.chat import Limits
from bot.hosts.chat_events import chat_events
from bot.hosts.customer_token import AUDIENCE
from bot.hosts.hub import Hub
from bot.hosts.limits import Limit
from bot.settings import Settings
from bot.store.migrate import sqlalchemy_url
from bot.wiring import Services, load_terms
from tests.conftest import SHARED
from tests.scripted_brain import Script, ScriptedBrain, echo

ROOT = Path(__file__).resolve().parents[2]
SHOP = "https://www.shop.example"
KEY = "test-widget-signing-key-0123456789abcdef"


def services_on(database: str, key: str = KEY) -> Services:
    """Services of a shop whose pages are at SHOP."""
    settings = Settings(
        home=ROOT / "var",
        database_url=Secret(database),
        host="127.0.0.1",
        port=8000,
        public_url="https://chat.shop.example",
        shop_file=ROOT / "shop.yml",
        model_dir=ROOT / "var" / "models",
        log_level="INFO",
        workers=1,
        widget_origins=(SHOP,),
        widget_token_key=Secret(key),
    )
    engine = create_engine(sqlalchemy_url(database))
    return Services(settings, engine, load_terms(settings.shop_file))


def generous() -> Limits:
    """Limits no test reaches by accident."""
    many = {"count": 10_000, "within": timedelta(seconds=1)}
    return Limits(Limit(**many), Limit(**many), Limit(**many))  # type: ignore[arg-type]


def add_customer(engine: Engine, customer: str) -> None:
    """A customer with nothing but a name."""
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO customer (id, first_name, last_name) VALUES (:id, 'Dana', 'Berg')"),
            {"id": customer},
        )


class Page:
    """A shop page with the chat: speaks the widget's protocol."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.token = ""
        self.session = ""

    async def open(self, **context: Any) -> Page:
        """Open a session."""
        answer = await self.http.post("/w/session", json={"context": context})
        assert answer.status_code == 201, answer.text
        self._keep(answer.json())
        return self

    async def post(self, path: str, body: Any) -> httpx.Response:
        """Call with the session's secret."""
        return await self.http.post(f"/w/{path}", json=body, headers=self._bearer)

    async def say(self, text: str, cid: str = "", **more: Any) -> httpx.Response:
        """Send a message."""
        cid = cid or str(uuid.uuid4())
        return await self.post("message", {"cid": cid, "text": text, **more})

    async def identify(self, token: str) -> httpx.Response:
        """Send a signed customer token, and go on as the answer says."""
        answer = await self.post("identify", {"token": token})
        self._keep(answer.json())
        return answer

    @property
    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def _keep(self, answer: dict[str, str]) -> None:
        self.token = answer.get("token", self.token)
        self.session = answer.get("session", self.session)


@asynccontextmanager
async def gateway(
    services: Services, limits: Limits | None = None, origin: str = SHOP
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser on a shop page, connected to a started gateway."""
    app = create_app(services, limits=limits or generous())
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"Origin": origin} if origin else {}
        async with httpx.AsyncClient(
            transport=transport, base_url="https://chat.shop.example", headers=headers
        ) as http:
            yield http
    services.close()


async def answer_all(services: Services, script: Script = echo) -> None:
    """Run every waiting turn, in a thread: a worker has an event loop of its own."""

    def work() -> None:
        with Worker(services.engine, Turn(ScriptedBrain(script), services.terms)) as worker:
            while worker.step():
                pass

    await asyncio.to_thread(work)


async def transcript_of(services: Services, page: Page, after: int | None = None) -> list[Any]:
    """What the event stream brings until it waits for more."""
    events: list[Any] = []
    stream = chat_events(services.engine, Hub(services.engine), page.session, after)
    async for block in stream:
        fields = dict(line.split(": ", 1) for line in block.strip().splitlines() if line)
        if "event" in fields:
            events.append((fields["event"], json.loads(fields["data"]), fields.get("id")))
        if fields.get("event") in ("state", "closed"):
            break
    return events


def lines(events: list[Any]) -> list[tuple[str, str]]:
    """Who said what, of those events."""
    return [(data["author"], data["text"]) for name, data, _ in events if name == "message"]


def number(engine: Engine, query: str) -> int:
    """The one number a query gives."""
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def level_of(engine: Engine, session: str) -> tuple[int, str | None]:
    """How well the session's conversation is proven, and to be whose."""
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT level, customer_id FROM conversation WHERE address = :a"), {"a": session}
        ).one()
        return row.level, row.customer_id


def token(**changes: Any) -> str:
    """A genuine customer token, with some claims changed (None: left out)."""
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "aud": AUDIENCE,
        "sub": "cust_77",
        "iat": now,
        "exp": now + 300,
        "jti": uuid.uuid4().hex,
        **changes,
    }
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, KEY, algorithm="HS256")


FIXTURES = SHARED / "channels" / "fixtures"
MANIFEST = json.loads((FIXTURES / "manifest.json").read_text("utf-8"))
WIDGET = {
    entry["file"].rpartition("/")[2]: entry
    for entry in MANIFEST["fixtures"]
    if entry["file"].startswith("web_widget/")
}
REFUSED = sorted(name for name in WIDGET if name.startswith("identify_") and "jwt" not in name)


def recorded(name: str) -> dict[str, Any]:
    """A recorded frame of the widget."""
    return dict(json.loads((FIXTURES / "web_widget" / name).read_text("utf-8")))
