"""The calls that Twilio makes, signed by our own reckoning and not by its library's."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

from channels.base import Request
from tests.contract.channels.case import SECRETS

ACCOUNT = "ACa1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4"
NUMBER = "+15005550100"


def signature(url: str, form: Mapping[str, str], secret: str, digest: str = "sha1") -> str:
    """``X-Twilio-Signature`` of a call, reckoned as Twilio's page on webhook security says."""
    signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    mac = hmac.new(secret.encode(), signed.encode(), getattr(hashlib, digest))
    return base64.b64encode(mac.digest()).decode()


def called(url: str, form: Mapping[str, str], secret: str | None = None) -> Request:
    """A genuine call of Twilio's."""
    token = secret or SECRETS["twilio_auth_token"]
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "i-twilio-idempotency-token": hashlib.sha256(repr(form).encode()).hexdigest()[:32],
        "x-twilio-signature": signature(url, form, token),
    }
    return Request("POST", url, headers, urlencode(form).encode())


def inbound(sid: str, sender: str, to: str, text: str, **form: str) -> dict[str, str]:
    """The form of a call that brings a message."""
    return {
        "ToCountry": "US",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": text,
        "FromCountry": "US",
        "To": to,
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": sender,
        "ApiVersion": "2010-04-01",
        **form,
    }


def receipt(sid: str, status: str, to: str, code: str = "") -> dict[str, str]:
    """The form of a call that says how far a message came."""
    return {
        "SmsSid": sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": to,
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": NUMBER,
        "ApiVersion": "2010-04-01",
        **({"ErrorCode": code} if code else {}),
    }
