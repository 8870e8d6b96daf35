"""Mail and events as SendGrid brings them (https://www.twilio.com/docs/sendgrid/for-developers).

An ECDSA signature (P-256, SHA-256) covers a time and the whole body, once a security policy with
signatures is attached. Only 5xx answers make SendGrid come again.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.errors import BadPayload, Bounced, ConfigError, NotAuthentic, Undeliverable
from bot.messages import Arrival, Ignored, Receipt, Status
from channels.base import Request
from channels.mail_bounces import OUR_ID, reason, status_code, unwanted
from channels.mail_forms import Form, form_of, header_lines, loaded, mail_of
from channels.mail_mailgun import fresh
from channels.mail_mime import Mail, read_mime
from channels.mail_threads import Threads

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIMESTAMP = "x-twilio-email-event-webhook-timestamp"
UNWANTED = frozenset({"spamreport", "unsubscribe", "group_unsubscribe"})
FAILURES = {
    "bounce": Status.FAILED,
    "dropped": Status.FAILED,
    "deferred": Status.DELAYED,
}


def public_key(text: str) -> ec.EllipticCurvePublicKey:
    """The verification key as SendGrid shows it: base64 of DER, or PEM. Raises ConfigError."""
    body = re.sub(r"-----[A-Z ]+-----|\s", "", text)
    try:
        key = serialization.load_der_public_key(base64.b64decode(body, validate=True))
    except ValueError as error:
        raise ConfigError("email: SendGrid's verification key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ConfigError("email: SendGrid's verification key is of another kind")
    return key


def verify(request: Request, key: ec.EllipticCurvePublicKey, now: datetime) -> None:
    """Raise NotAuthentic unless SendGrid signed exactly this, lately."""
    given, stamp = request.header(SIGNATURE), request.header(TIMESTAMP)
    if not given or not stamp:
        raise NotAuthentic("the signature is missing")
    try:
        signed = stamp.encode("ascii") + request.body
        key.verify(base64.b64decode(given, validate=True), signed, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        raise NotAuthentic("the signature is wrong") from None
    fresh(stamp, now)


def contents(request: Request, threads: Threads, now: datetime) -> Sequence[Mail | Arrival]:
    """The mail a call brings, or what became of some of ours."""
    try:
        if request.header("content-type").partition(";")[0].strip() == "application/json":
            return [_event(event, threads, now) for event in loaded(request.body)]
        return [_mail(form_of(request))]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadPayload(f"sendgrid: {type(error).__name__} in a call") from error


def _mail(form: Form) -> Mail:
    envelope = form.loaded("envelope") or {}
    recipients = tuple(str(one) for one in envelope.get("to") or ())
    if raw := form.fields.get("email"):
        return read_mime(raw, recipients=recipients)
    charsets = form.loaded("charsets") or {}
    headers = header_lines(form.text("headers"))
    known = {name.lower() for name, _ in headers}
    shown = [
        (name, form.text(name, charsets.get(name)))
        for name in ("from", "to", "subject")
        if name not in known
    ]
    return mail_of(
        [*headers, *shown],
        text=form.text("text", charsets.get("text")),
        html=form.text("html", charsets.get("html")),
        files=form.files,
        recipients=recipients,
    )


def _event(event: Mapping[str, Any], threads: Threads, now: datetime) -> Arrival:
    kind = str(event["event"])
    if kind in UNWANTED:
        return unwanted(str(event["email"]), f"sendgrid {event.get('sg_event_id')}", now)
    key, ident = str(event.get(OUR_ID) or ""), str(event.get("smtp-id") or "")
    ident = ident if threads.is_ours(ident) else ""
    if not (key or ident) or kind not in (*FAILURES, "delivered"):
        return Ignored("email", "an event we have no use for")
    if kind == "delivered":
        return Receipt("email", ident, Status.DELIVERED, now, key=key)
    status = FAILURES[kind]
    code = status_code(f"{event.get('status') or ''} {event.get('reason') or ''}")
    error = Bounced.code
    if kind == "dropped":  # SendGrid did not even try, for a reason of the past
        error = Undeliverable.code
    elif kind == "bounce" and event.get("type") != "blocked":
        error = reason(status, code)
    return Receipt("email", ident, status, now, code, key=key, error=error)
