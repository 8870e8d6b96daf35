"""What every answer of ours carries: security headers, and who on other origins may read it."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.settings import Settings

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
CHAT = "/w/"
STATIC = "/static/"


def allowed_origins(settings: Settings) -> frozenset[str]:
    """The origins whose pages may open a chat: the configured shop pages, and our own."""
    own = _origin(settings.public_url)
    origins = {own, *settings.widget_origins}
    if urlsplit(own).hostname in {"127.0.0.1", "localhost"}:
        # One machine, two names for it: which one is typed into the browser must not matter.
        scheme, port = urlsplit(own).scheme, urlsplit(own).port
        end = f":{port}" if port else ""
        origins |= {f"{scheme}://127.0.0.1{end}", f"{scheme}://localhost{end}"}
    return frozenset(origins - {"null", ""})


def _origin(url: str) -> str:
    parts = urlsplit(url.lower())
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = f":{parts.port}" if parts.port and parts.port != default else ""
    return f"{parts.scheme}://{parts.hostname}{port}"


class Guard:
    """Pure ASGI, so that it never holds an event stream back: adds headers, answers preflights.

    Chat calls are readable by the allowed origins only, static files by everyone (a shop page on
    another host loads the widget's modules from here), pages by nobody else.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, origin = scope["path"], Headers(scope=scope).get("origin", "")
        cross = self._cross(path, origin)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**HEADERS, **cross}.items():
                    headers.setdefault(name, value)
                if path.startswith(CHAT):
                    headers.add_vary_header("Origin")
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if scope["method"] == "OPTIONS" and path.startswith(CHAT):
            known = origin in self._origins
            await Response(status_code=204 if known else 403)(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)

    def _cross(self, path: str, origin: str) -> dict[str, str]:
        if path.startswith(STATIC):
            return {
                "Access-Control-Allow-Origin": "*",
                "Cross-Origin-Resource-Policy": "cross-origin",
            }
        if path.startswith(CHAT) and origin in self._origins:
            return {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Methods": "GET, POST",
                "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
                "Access-Control-Expose-Headers": "Retry-After",
                "Access-Control-Max-Age": "7200",
                "Cross-Origin-Resource-Policy": "cross-origin",
            }
        return {"Cross-Origin-Resource-Policy": "same-origin"}
