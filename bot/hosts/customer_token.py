"""Signed customer tokens: how a shop's own server tells the chat who is signed in.

A JSON Web Token (RFC 7519) made by the shop for one page view: ``aud`` onecounter-widget, ``sub``
the customer's id, ``iat``, ``exp`` at most 15 minutes later, ``jti`` used once. The algorithm
follows from the configured key, never from the token (RFC 8725, 3.1).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from bot.errors import NotAuthentic

AUDIENCE = "onecounter-widget"
LONGEST = timedelta(minutes=15)
SKEW = timedelta(seconds=60)
"""How far the shop's clock may be from ours."""
REQUIRED = ("aud", "sub", "iat", "exp", "jti")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token proved."""

    customer_id: str
    jti: str
    expires_at: datetime


def algorithm_of(key: str) -> str:
    """EdDSA for a PEM public key, HS256 for a shared secret: decided by the operator alone."""
    return "EdDSA" if key.lstrip().startswith("-----BEGIN") else "HS256"


def read_token(token: str, key: str, now: datetime, *, audience: str = AUDIENCE) -> Claims:
    """What the token proves. Raises NotAuthentic, with the reason for our log, not for the page."""
    try:
        # Times are checked below, by the clock that was passed in.
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm_of(key)],
            audience=audience,
            options={
                "require": list(REQUIRED),
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.PyJWTError as error:
        raise NotAuthentic(f"customer token: {error}") from error
    subject, jti = claims["sub"], claims["jti"]
    if not isinstance(subject, str) or not subject.strip():
        raise NotAuthentic("customer token: empty sub")
    if not isinstance(jti, str) or not 8 <= len(jti) <= 200:
        raise NotAuthentic("customer token: jti has to be 8 to 200 characters")
    issued_at, expires_at = _moment(claims["iat"]), _moment(claims["exp"])
    if issued_at > now + SKEW:
        raise NotAuthentic("customer token: issued in the future")
    if expires_at <= issued_at or expires_at - issued_at > LONGEST:
        raise NotAuthentic("customer token: lives longer than 15 minutes, or not at all")
    if expires_at <= now:
        raise NotAuthentic("customer token: expired")
    return Claims(subject, jti, expires_at)


def claimed_customer(token: str) -> str | None:
    """Whom a token names, whether or not it is genuine: enough to end a chat, never to open one."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return None
    subject = claims.get("sub")
    return subject if isinstance(subject, str) else None


def sign_token(customer_id: str, key: str, now: datetime) -> str:
    """A token for one page view, as a shop's server would make it with the shared secret."""
    issued = int(now.timestamp())
    claims = {
        "aud": AUDIENCE,
        "sub": customer_id,
        "iat": issued,
        "exp": issued + int(LONGEST.total_seconds()),
        "jti": uuid.uuid4().hex,
    }
    return jwt.encode(claims, key, algorithm="HS256")


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotAuthentic("customer token: a time is not a number")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise NotAuthentic("customer token: a time is out of range") from error
