"""Mail and events as Mailgun brings them (https://documentation.mailgun.com).

The signature covers a time and a token but no word of the mail: so a token is good for five minutes
and for one mail. A route to an address that ends in ``mime`` brings the mail as it came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.errors import BadPayload, Bounced, NotAuthentic
from bot.messages import Arrival, Ignored, Receipt, Status
from channels.base import Request
from channels.mail_bounces import OUR_ID, reason, status_code, unwanted
from channels.mail_forms import Form, form_of, loaded, mail_of
from channels.mail_mime import Mail, read_mime
from channels.mail_threads import Threads
from channels.signing import hmac_hex, require

FRESH = timedelta(minutes=5)
UNWANTED = frozenset({"complained", "unsubscribed"})


def verify(request: Request, signing_key: str, now: datetime) -> None:
    """Raise NotAuthentic unless Mailgun signed this token, lately."""
    try:
        stamp, token, given = _signature(request)
    except BadPayload:
        raise NotAuthentic("email: no signature of Mailgun's") from None
    right = hmac_hex(signing_key, f"{stamp}{token}".encode("utf-8", "replace"))
    require(given, [right], "the signature")
    fresh(stamp, now)


def fresh(stamp: str, now: datetime) -> None:
    """Raise NotAuthentic when a call is older, or newer, than five minutes."""
    seconds = int(stamp) if stamp.isascii() and stamp.isdecimal() and len(stamp) < 12 else 0
    if abs(now.timestamp() - seconds) > FRESH.total_seconds():
        raise NotAuthentic("email: the call was signed too long ago")


def token(request: Request) -> str:
    """What may be used once."""
    return _signature(request)[1]


def contents(request: Request, threads: Threads, now: datetime) -> Sequence[Mail | Arrival]:
    """The mail a call brings, or what became of one of ours."""
    try:
        if _is_event(request):
            return [_event(loaded(request.body)["event-data"], threads, now)]
        return [_mail(form_of(request))]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadPayload(f"mailgun: {type(error).__name__} in a call") from error


def _is_event(request: Request) -> bool:
    return request.header("content-type").partition(";")[0].strip() == "application/json"


def _signature(request: Request) -> tuple[str, str, str]:
    """(time, token, signature) of an event or a mail. Raises BadPayload."""
    names = ("timestamp", "token", "signature")
    if not _is_event(request):
        form = form_of(request)
        stamp, word, given = (form.text(name) for name in names)
        return stamp, word, given
    body = loaded(request.body)
    block = body.get("signature") if isinstance(body, dict) else None
    if not isinstance(block, dict):
        raise BadPayload("mailgun: no signature")
    stamp, word, given = (str(block.get(name) or "") for name in names)
    return stamp, word, given


def _mail(form: Form) -> Mail:
    recipients = tuple(one.strip() for one in form.text("recipient").split(","))
    if raw := form.fields.get("body-mime"):
        return read_mime(raw, recipients=recipients)
    shown = [(name, form.text(name)) for name in ("from", "subject", "date") if form.text(name)]
    headers = form.loaded("message-headers") or []
    pairs = [(str(name), str(value)) for name, value in headers]
    files = [file for file in form.files if file[2]]
    return mail_of(
        [*pairs, *(pair for pair in shown if pair[0] not in {n.lower() for n, _ in pairs})],
        text=form.text("body-plain"),
        html=form.text("body-html"),
        files=files,
        recipients=recipients,
    )


def _event(event: Mapping[str, Any], threads: Threads, now: datetime) -> Arrival:
    kind = event["event"]
    if kind in UNWANTED:
        return unwanted(str(event["recipient"]), f"mailgun {event.get('id')}", now)
    key = str((event.get("user-variables") or {}).get(OUR_ID) or "")
    message = event.get("message") or {}
    ident = f"<{str((message.get('headers') or {}).get('message-id') or '').strip('<>')}>"
    ident = ident if threads.is_ours(ident) else ""
    if kind not in ("failed", "delivered") or not (key or ident):
        return Ignored("email", "an event we have no use for")
    if kind == "delivered":
        return Receipt("email", ident, Status.DELIVERED, now, key=key)
    said = event.get("delivery-status") or {}
    code = status_code(f"{said.get('enhanced-code') or ''} {said.get('message') or ''}")
    status = Status.FAILED if event.get("severity") == "permanent" else Status.DELAYED
    error = reason(status, code) if event.get("reason") in ("bounce", "suppress-bounce") else ""
    return Receipt(
        "email", ident, status, now, code or str(said.get("code") or ""), key=key,
        error=error or Bounced.code,
    )  # fmt: skip
