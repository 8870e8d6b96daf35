"""What WhatsApp, Messenger and Instagram share: how Meta calls us, and how its Graph API is called.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs

from bot.accounts import Key
from bot.errors import BadPayload, MaybeSent, NotAuthentic
from bot.messages import Arrival, Ignored, Unread
from channels.base import MEGABYTE, Answer, Provider, Request
from channels.calling import body_of, call, retry_after
from channels.meta_errors import error_of
from channels.signing import hmac_hex, require, same

FILE_HOSTS = (".fbsbx.com", ".fbcdn.net", ".cdninstagram.com")
"""Where Meta keeps what customers send."""
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError)

APP_SECRET = Key(
    "app_secret",
    "the app's secret, from its settings under Basic",
    secret=True,
    pattern=r"\S{16,}",
)
VERIFY_TOKEN = Key(
    "verify_token",
    "a word of your own that Meta repeats to check the webhook: 8 or more of A-Z a-z 0-9 _ -",
    secret=True,
    pattern=r"[\w-]{8,}",
)


def access_token(what: str) -> Key:
    """The key for a token of the Graph API."""
    return Key("access_token", what, secret=True, pattern=r"[\w.|-]{20,}")


def api(channel: str) -> Key:
    """The key for the address of the Graph API."""
    return Key(
        "api",
        "the address of the Graph API, with its version",
        default="https://graph.facebook.com/v26.0",
        pattern=r"https?://\S+",
        simulated=f"{{url}}/simulator/{channel}",
    )


class Graph(Provider):
    """One account at Meta. Subclasses say what ``object`` its calls are about, and read them."""

    methods = ("GET", "POST")
    max_body = 3 * MEGABYTE
    about: ClassVar[str]
    """What Meta calls the product in its calls."""

    def verify(self, request: Request) -> None:
        """SHA-256 over the raw body (the older SHA-1 is refused); a GET has to know our word."""
        if request.method == "GET":
            self._challenge(request)
            return
        right = "sha256=" + hmac_hex(self._account.secret("app_secret"), request.body)
        require(request.header("x-hub-signature-256"), [right], "the signature")

    def parse(self, request: Request) -> Sequence[Arrival]:
        """Everything in the call. What cannot be read of it takes nothing else with it."""
        if request.method == "GET":
            return ()
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError) as error:
            raise BadPayload(f"{self.name}: not JSON") from error
        if not isinstance(body, dict) or not isinstance(body.get("entry"), list):
            raise BadPayload(f"{self.name}: no entries")
        if body.get("object") != self.about:
            return [Ignored(self.name, "a call about another product")]
        return [*each(self.name, body["entry"], self._entry)]

    def answer(self, request: Request) -> Answer:
        """Anything but 2xx would have it sent again, for days. A GET wants its number back."""
        if request.method == "GET":
            return Answer(body=self._challenge(request).encode())
        return Answer()

    def _entry(self, entry: Mapping[str, Any]) -> Iterable[Arrival]:
        """What one entry of a call brings."""
        raise NotImplementedError

    def _challenge(self, request: Request) -> str:
        """The number to repeat; nothing else is ever repeated. Raises NotAuthentic with 403."""
        query = parse_qs(request.url.partition("?")[2], keep_blank_values=True)
        mode, token, challenge = (
            query.get(f"hub.{name}", [""])[0] for name in ("mode", "verify_token", "challenge")
        )
        known = same(token, self._account.secret("verify_token"))
        if not known or mode != "subscribe":
            raise NotAuthentic("the verify token is wrong", status=403)
        if not (challenge.isascii() and challenge.isdecimal()):
            raise NotAuthentic("the challenge is no number", status=403)
        return challenge

    def _api(self) -> str:
        return self._account.text("api").rstrip("/")

    def _bearer(self) -> dict[str, str]:
        """The token, in a header: an address would end in somebody's log."""
        return {"Authorization": f"Bearer {self._account.secret('access_token')}"}

    async def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """What the Graph API answers. Raises DeliveryError."""
        request: dict[str, Any] = {"headers": self._bearer()}
        if body is not None:
            request["json"] = dict(body)
        url = f"{self._api()}/{path}"
        response = await call(self._client, method, url, name=self.name, **request)
        answer = body_of(response)
        if response.status_code == 200 and "error" not in answer:
            return answer
        raise error_of(self.name, response.status_code, answer, retry_after(response))

    def _named(self, ident: object) -> str:
        """The id in an answer. Without one we wait for Meta's word: status, receipt or echo."""
        if isinstance(ident, str) and ident:
            return ident
        raise MaybeSent(f"{self.name}: an answer without an id")


def each(
    channel: str,
    items: object,
    read: Callable[[Mapping[str, Any]], Iterable[Arrival]],
) -> Iterator[Arrival]:
    """Read one after the other; one that cannot be read is ``Unread``, and the next one is read."""
    if items is not None and not isinstance(items, list):
        yield Unread(channel, "no list where there has to be one")
        return
    for item in items or ():
        try:
            yield from list(read(item))
        except UNREADABLE as error:
            yield Unread(channel, f"{type(error).__name__} in an event")


def ident(value: object) -> str:
    """An id, which is sometimes written as a number. Raises ValueError when there is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value.strip() and len(value) <= 1000:
        return value
    raise ValueError("no id")


def words(value: object) -> str:
    """Text, which may be missing. Raises TypeError for anything else."""
    if value is None or isinstance(value, str):
        return value or ""
    raise TypeError("no text")


def moment(value: object) -> datetime:
    """Meta's time: seconds since 1970 or milliseconds; now, where none can be read."""
    text = str(value)
    if text.isascii() and text.isdecimal() and len(text) <= 14:
        number = int(text)
        return datetime.fromtimestamp(number / 1000 if number >= 10**11 else number, UTC)
    return datetime.now(UTC)


def order(at: datetime) -> int:
    """A place in a conversation: milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def fingerprint(event: Mapping[str, Any]) -> str:
    """An id for an event that has none: the same one whenever it is sent again."""
    text = json.dumps(event, sort_keys=True)
    return f"event:{hashlib.sha256(text.encode()).hexdigest()[:40]}"
