"""Mail and events as Postmark brings them (https://postmarkapp.com/developer/webhooks).

Basic authentication is all there is; nothing is signed. On 403 Postmark would stop for ever.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.errors import BadPayload, Bounced
from bot.messages import Arrival, Ignored, Receipt, Status
from channels.base import Request
from channels.mail_bounces import OUR_ID, reason, status_code, unwanted
from channels.mail_forms import loaded, mail_of
from channels.mail_mime import Mail, read_mime
from channels.signing import require

LATER = frozenset({"Transient", "DnsError"})
"""Kinds of bounces after which Postmark goes on trying."""
NOBODY = frozenset({"HardBounce", "BadEmailAddress"})
NO_BOUNCE = frozenset({"AutoResponder", "Subscribe", "Unsubscribe", "ChallengeVerification"})


def verify(request: Request, login: str) -> None:
    """``login`` is ``user:password``, as it stands in the address given to Postmark."""
    scheme, _, given = request.header("authorization").partition(" ")
    right = base64.b64encode(login.encode()).decode() if login else ""
    require(given if scheme.lower() == "basic" else "", [right], "the password")


def contents(request: Request, now: datetime) -> Sequence[Mail | Arrival]:
    """The mail a call brings, or what became of one of ours."""
    body = loaded(request.body)
    if not isinstance(body, dict):
        raise BadPayload("postmark: not an object")
    try:
        kind = body.get("RecordType", "Inbound")
        return [_mail(body) if kind == "Inbound" else _event(kind, body, now)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadPayload(f"postmark: {type(error).__name__} in a call") from error


def _mail(body: Mapping[str, Any]) -> Mail:
    ident = str(body["MessageID"])
    recipients = (str(body.get("OriginalRecipient") or ""),)
    if raw := body.get("RawEmail"):
        return read_mime(str(raw).encode("utf-8", "replace"), recipients=recipients, by=ident)
    sender = body.get("FromFull") or {}
    headers = [(str(one["Name"]), str(one["Value"])) for one in body.get("Headers") or ()]
    shown = [
        ("From", f'"{_quoted(sender.get("Name"))}" <{sender.get("Email") or body["From"]}>'),
        ("To", str(body.get("To") or "")),
        ("Cc", str(body.get("Cc") or "")),
        ("Subject", str(body.get("Subject") or "")),
        ("Date", str(body.get("Date") or "")),
    ]
    files = [
        (
            str(one.get("Name") or ""),
            str(one.get("ContentType") or ""),
            base64.b64decode(str(one.get("Content") or "")),
        )
        for one in body.get("Attachments") or ()
    ]
    return mail_of(
        [*shown, *(pair for pair in headers if pair[0].lower() != "from")],
        text=str(body.get("TextBody") or ""),
        html=str(body.get("HtmlBody") or ""),
        files=files,
        recipients=recipients,
        by=ident,
    )


def _event(kind: str, body: Mapping[str, Any], now: datetime) -> Arrival:
    key = str((body.get("Metadata") or {}).get(OUR_ID) or "")
    if kind == "SpamComplaint":
        ident = body.get("ID") or body.get("MessageID")
        return unwanted(str(body["Email"]), f"postmark {ident}", now)
    if not key or kind not in ("Bounce", "Delivery") or body.get("Type") in NO_BOUNCE:
        return Ignored("email", "an event we have no use for")
    if kind == "Delivery":
        return Receipt("email", "", Status.DELIVERED, now, key=key)
    status = Status.DELAYED if body.get("Type") in LATER else Status.FAILED
    code = status_code(str(body.get("Details") or "")) or str(body.get("TypeCode") or "")
    error = reason(status, code) if body.get("Type") in NOBODY else Bounced.code
    return Receipt("email", "", status, now, code, key=key, error=error)


def _quoted(name: object) -> str:
    return str(name or "").replace("\\", "").replace('"', "")
