"""One call to a provider, with what went wrong named the way the deliverer needs to hear it."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from bot.errors import MaybeSent, Unreachable

LONGEST_WAIT = timedelta(hours=1)
_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
)


async def call(
    client: httpx.AsyncClient, method: str, url: str, *, name: str, **request: Any
) -> httpx.Response:
    """The provider's answer, whatever its status.

    Raises Unreachable when the request certainly did not arrive, MaybeSent when the line broke
    after it may have. Neither message holds the address: it may hold a token.
    """
    try:
        return await client.request(method, url, **request)
    except _NEVER_LEFT as error:
        raise Unreachable(f"{name} cannot be reached: {type(error).__name__}") from None
    except httpx.HTTPError as error:
        raise MaybeSent(f"{name} broke off: {type(error).__name__}") from None


def body_of(response: httpx.Response) -> Mapping[str, Any]:
    """The JSON object of an answer; an empty one for anything else."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def retry_after(response: httpx.Response) -> timedelta | None:
    """How long ``Retry-After`` asks us to wait (RFC 9110 10.2.3: seconds, or a date)."""
    return waiting_time(response.headers.get("retry-after"))


def waiting_time(value: object) -> timedelta | None:
    """A provider's waiting time, in seconds or as an HTTP date; at most an hour is believed."""
    text = str(value or "").strip()
    try:
        wait = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        try:
            wait = email.utils.parsedate_to_datetime(text) - datetime.now(UTC)
        except (ValueError, TypeError):
            return None
    return min(max(wait, timedelta()), LONGEST_WAIT)
