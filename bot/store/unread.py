"""Authentic calls that could not be read, kept whole for whoever mends the reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

_PUT = text(
    "INSERT INTO unread_call (channel, url, headers, body, error, at) "
    "VALUES (:channel, :url, :headers, :body, :error, :at)"
).bindparams(bindparam("headers", type_=JSONB))
KEPT_HEADERS = frozenset({"content-type", "user-agent"})
"""Signatures, tokens and passwords are not kept."""


def put(
    connection: Connection,
    *,
    channel: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    error: str,
    at: datetime,
) -> None:
    """Keep one call."""
    connection.execute(
        _PUT,
        {
            "channel": channel,
            "url": url,
            "headers": {k: v for k, v in headers.items() if k in KEPT_HEADERS},
            "body": body,
            "error": error,
            "at": at,
        },
    )
