"""Twilio's REST API: the provider's own library, its calls made by our HTTP client.

Imported when first needed: the library takes longer to load than the rest of a channel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from logging import getLogger
from typing import Any

import httpx
from twilio.base.exceptions import TwilioException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.errors import MaybeSent
from channels.calling import call
from channels.twilio_errors import error_of
from channels.twilio_settings import HOME

PAGE = 1000


class OverHttpx(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """Makes the library's calls. Every refusal is one of our errors: the library sees none.

    ``base`` is where the API is; ``passwords`` are tried in their order while the account is
    refused: during a change of tokens the new one becomes the right one at an unknown moment.
    """

    def __init__(self, client: httpx.AsyncClient, base: str, passwords: Sequence[str]) -> None:
        super().__init__(getLogger(__name__), is_async=True)
        self._client = client
        self._base = base.rstrip("/")
        self._passwords = tuple(passwords)

    async def request(  # noqa: PLR0917  the library's own signature
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
        allow_redirects: bool = False,
    ) -> Response:
        """One call. Raises DeliveryError for anything but success."""
        given: dict[str, Any] = {"headers": headers}
        if params:  # an empty one would cut off the query of a next page
            given["params"] = {name: value for name, value in params.items() if value is not None}
        if data:
            json = (headers or {}).get("Content-Type") == "application/json"
            given["json" if json else "data"] = data
        user = auth[0] if auth else ""
        for password in self._passwords:
            response = await call(
                self._client,
                method,
                self._address(uri),
                name="twilio",
                auth=(user, password),
                **given,
            )
            if response.status_code != 401:
                break
        if not response.is_success:
            raise error_of(response, sends=method == "POST")
        return Response(response.status_code, response.text, response.headers)

    def _address(self, uri: str) -> str:
        """The library knows Twilio's products by their host; a region's are named alike."""
        for product in ("messaging", "content"):
            host = f"https://{product}.twilio.com/"
            if uri.startswith(host):
                base = self._base.replace("//api.", f"//{product}.", 1)
                return f"{base}/{uri.removeprefix(host)}"
        return self._base + uri.removeprefix(HOME)


@contextmanager
def understood() -> Iterator[None]:
    """Around a call: an answer the library cannot read leaves open what came of it."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, TwilioException) as error:
        raise MaybeSent(f"twilio's answer cannot be read: {type(error).__name__}") from None


class Rest:
    """What we ask of the API. Every method raises DeliveryError."""

    def __init__(
        self, client: httpx.AsyncClient, base: str, account_sid: str, passwords: Sequence[str]
    ) -> None:
        self.base = base.rstrip("/")
        made = OverHttpx(client, base, passwords)
        # an environment of its own: the library would else read the process's
        self.client = Client(
            account_sid, passwords[0], http_client=made, environment={"TWILIO_EDGE": ""}
        )

    async def create(self, **fields: Any) -> str:
        """Send one message; its SID."""
        with understood():
            sid = (await self.client.messages.create_async(**fields)).sid
        if not isinstance(sid, str) or not sid:
            raise MaybeSent("twilio took a message and named none")
        return sid

    async def typing(self, sid: str) -> None:
        """Mark a WhatsApp message as read and show that it is being answered."""
        typing = self.client.messaging.v3.typing_indicator
        asked = typing.TypingIndicatorRequest({"channel": "WHATSAPP", "messageId": sid})
        with understood():
            await typing.create_async(asked)

    async def latest_to(self, to: str, limit: int) -> list[Any]:
        """The last messages to an address, newest first.

        Not asked by date: one that waits in Twilio's queue has none yet.
        """
        with understood():
            return list(await self.client.messages.list_async(to=to, limit=limit))

    async def received_since(
        self, to: str, since: datetime
    ) -> list[tuple[datetime, dict[str, str]]]:
        """What came to an address of ours since then, oldest first: when, and the form of the call.

        Pages are followed to the end.
        """
        found = []
        with understood():
            stream = await self.client.messages.stream_async(
                to=to, date_sent_after=since.astimezone(UTC), page_size=PAGE
            )
            async for message in stream:
                if message.direction == "inbound" and message.sid:
                    found.append((_sent_at(message), await self._form(message)))
        found.reverse()  # listed newest first, and dated by the second
        return sorted(found, key=lambda entry: entry[0])

    async def _form(self, message: Any) -> dict[str, str]:
        form = {
            "MessageSid": message.sid,
            "AccountSid": message.account_sid or "",
            "From": message.from_ or "",
            "To": message.to or "",
            "Body": message.body or "",
            "SmsStatus": "received",
        }
        if int(message.num_media or 0):
            files = await self.client.messages(message.sid).media.list_async()
            for number, file in enumerate(files):
                form[f"MediaUrl{number}"] = self.base + str(file.uri).removesuffix(".json")
                form[f"MediaContentType{number}"] = file.content_type or ""
        return form


def _sent_at(message: Any) -> datetime:
    at = message.date_sent or message.date_created
    return at if isinstance(at, datetime) else datetime.now(UTC)
