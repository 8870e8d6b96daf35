"""Addresses of mail servers, as an operator writes them: ``smtps://smtp.example.com``."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.errors import ConfigError

PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25, "imaps": 993, "imap": 143, "imap+plain": 143}
"""Without ``s`` the connection is encrypted after it was made (STARTTLS) or not used at all; only
``+plain`` is not encrypted, for a server on the same machine."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mail server is. ``tls`` from the start, ``starttls`` afterwards."""

    host: str
    port: int
    tls: bool
    starttls: bool


def server_at(url: str, protocol: str) -> Server:
    """The server of an address. Raises ConfigError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"email: {url!r} is no address of a server: {error}") from error
    scheme = parts.scheme.lower()
    if not scheme.startswith(protocol) or scheme not in PORTS or not parts.hostname:
        raise ConfigError(f"email: {url!r} is no address such as {protocol}s://mail.example.com")
    if parts.username or parts.password or parts.path.strip("/"):
        raise ConfigError("email: the address of a server holds neither a name nor a password")
    return Server(
        parts.hostname,
        port or PORTS[scheme],
        tls=scheme == f"{protocol}s",
        starttls=scheme == protocol,
    )


def secure() -> ssl.SSLContext:
    """What a server's certificate is checked by: the system's authorities, and its name."""
    return ssl.create_default_context()
