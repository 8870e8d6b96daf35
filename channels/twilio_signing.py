"""Twilio's signatures, by the library's own reckoning, compared in constant time.

https://www.twilio.com/docs/usage/webhooks/webhooks-security and .../webhook-shared-keys
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from urllib.parse import parse_qs, urlparse, urlsplit

from twilio import request_validator as library

from channels.base import Request
from channels.signing import require
from channels.twilio_reading import Fields, fields_of

FORBIDDEN = 403


def require_signature(
    request: Request, *, tokens: Sequence[str], shared_keys: Sequence[str]
) -> None:
    """Raise NotAuthentic (403) unless Twilio signed exactly this, with one of the secrets.

    An auth token signs with SHA-1, a shared key with SHA-256: which of them it was, a header says.
    The signature covers the address as we know it and every field of a form; of JSON only the
    address, which then holds a hash of the body. Empty secrets are none.
    """
    settings = request.header("x-twilio-webhooks-signature-settings")
    algorithm = library.get_signature_algorithm(settings).upper()
    secrets = {library.HMAC_SHA1: tokens, library.HMAC_SHA256: shared_keys}.get(algorithm, ())
    fields = _signed_fields(request)
    rights = [
        library.RequestValidator(secret).compute_signature(address, fields, algorithm)
        for secret in secrets
        if secret
        for address in _addresses(request.url)
    ]
    require(request.header("x-twilio-signature"), rights, "the signature", status=FORBIDDEN)


def is_json(request: Request) -> bool:
    """Whether a call brings JSON instead of a form."""
    return request.header("content-type").partition(";")[0].strip().lower() == "application/json"


def _signed_fields(request: Request) -> Fields:
    if not is_json(request):
        return fields_of(request.body)
    given = parse_qs(urlsplit(request.url).query).get("bodySHA256", [""])[0]
    right = hashlib.sha256(request.body).hexdigest()
    require(given.lower(), [right], "the body's hash", status=FORBIDDEN)
    return Fields()


def _addresses(url: str) -> list[str]:
    """The address with and without its port: Twilio signs now one, now the other."""
    parsed = urlparse(url.partition("#")[0])
    return [parsed.geturl(), library.add_port(parsed), library.remove_port(parsed)]
