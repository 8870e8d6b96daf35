"""Signatures and shared secrets, compared in constant time. Raises NotAuthentic, stores nothing."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from bot.errors import NotAuthentic


def same(given: str, right: str) -> bool:
    """Whether a secret is the right one, in constant time; an empty one never is."""
    return bool(right) and hmac.compare_digest(given.encode(), right.encode())


def require(given: str, right: Iterable[str], what: str, *, status: int = 401) -> None:
    """Raise NotAuthentic unless ``given`` is one of the right ones; all of them are compared."""
    matches = [same(given, one) for one in right]
    if not given or not any(matches):
        missing = "is missing" if not given else "is wrong"
        raise NotAuthentic(f"{what} {missing}", status=status)


def hmac_hex(secret: str, payload: bytes, digest: str = "sha256") -> str:
    """Hex HMAC of the raw bytes. Raises NotAuthentic for an empty secret."""
    return _mac(secret, payload, digest).hex()


def hmac_bytes(secret: bytes | str, payload: bytes, digest: str = "sha256") -> bytes:
    """HMAC of the raw bytes. Raises NotAuthentic for an empty secret."""
    return _mac(secret, payload, digest)


def _mac(secret: bytes | str, payload: bytes, digest: str) -> bytes:
    key = secret.encode() if isinstance(secret, str) else secret
    if not key:
        raise NotAuthentic("there is no secret to check the signature with")
    return hmac.new(key, payload, getattr(hashlib, digest)).digest()
