"""E-mail's cases, one for each provider that brings mail; all of it goes out by one real server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import lru_cache
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from channels.base import Request
from channels.mail import Email
from tests.contract.channels.case import FIXTURES, PUBLIC, SECRETS, Case, Forgery, Said, recorded
from tests.contract.channels.mail_fixtures import CHECKS, with_our_macs
from tests.providers.mail import PASSWORD, PlayedMail

ANN, BOB = "ann@mail.example", "bob@other.example"
SHOP = "support@shop.example"
STAMP = "1795421520"
NOW = datetime.fromtimestamp(int(STAMP), UTC)
KEY = SECRETS["mailgun_signing_key"]
THREAD_KEY = "test-thread-key-0123456789"


class EmailThen(Email):
    """The channel on the day the recorded calls were made, with a server that answers at once."""

    patience = 3.0

    def now(self) -> datetime:
        return NOW


@lru_cache
def signing_key() -> ec.EllipticCurvePrivateKey:
    """What SendGrid would keep to itself."""
    return ec.generate_private_key(ec.SECP256R1())


@lru_cache
def verification_key() -> str:
    """What SendGrid shows of it."""
    der = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(signing_key().public_key().public_bytes(*der)).decode()


SETTINGS = {
    "address": SHOP,
    "sender_name": "Acme Shop",
    "smtp_url": "smtp+plain://127.0.0.1:9",
    "smtp_user": "nobody",
    "smtp_password": PASSWORD,
    "imap_password": "fake-imap-password-1",
    "postmark_login": SECRETS["postmark_basic_auth"],
    "mailgun_signing_key": KEY,
    "sendgrid_public_key": verification_key(),
    "authserv_id": "mx.shop.example",
    "thread_key": THREAD_KEY,
    "public_url": PUBLIC,
}


def mime(said: Said) -> bytes:
    """A mail; all of one customer's are of one thread, as replies to each other would be."""
    mail = EmailMessage()
    mail["From"] = f"Dana Berg <{said.who}>"
    mail["To"] = SHOP
    mail["Subject"] = "A question"
    mail["Message-ID"] = f"<{said.ident}@mail.example>"
    mail["References"] = f"<thread-of-{said.who}>"
    mail.set_content(said.text + "\n", cte="base64")
    return mail.as_bytes()


def mailgun_fields(token: str) -> dict[str, str]:
    signature = hmac.new(KEY.encode(), f"{STAMP}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": STAMP, "token": token, "signature": signature}


def mailgun(messages: Sequence[Said]) -> Request:
    (said,) = messages
    token = hashlib.sha256(said.ident.encode()).hexdigest()[:50]
    fields = {"recipient": SHOP, "body-mime": mime(said), **mailgun_fields(token)}
    return posted("mailgun-mime", urlencode(fields).encode())


def postmark(messages: Sequence[Said]) -> Request:
    (said,) = messages
    body = {
        "From": said.who,
        "FromFull": {"Email": said.who, "Name": "Dana Berg", "MailboxHash": ""},
        "To": SHOP,
        "OriginalRecipient": SHOP,
        "Subject": "A question",
        "MessageID": f"postmark-{said.ident}",
        "Date": "Mon, 23 Nov 2026 10:12:00 +0100",
        "TextBody": said.text,
        "HtmlBody": "",
        "Headers": [
            {"Name": "Message-ID", "Value": f"<{said.ident}@mail.example>"},
            {"Name": "References", "Value": f"<thread-of-{said.who}>"},
        ],
        "Attachments": [],
    }
    login = base64.b64encode(SECRETS["postmark_basic_auth"].encode()).decode()
    headers = {"content-type": "application/json", "authorization": f"Basic {login}"}
    url = f"{PUBLIC}/in/email/postmark"
    return Request("POST", url, headers, json.dumps(body).encode(), way="postmark")


def sendgrid(messages: Sequence[Said]) -> Request:
    (said,) = messages
    headers = (
        f"Message-ID: <{said.ident}@mail.example>\nFrom: Dana Berg <{said.who}>\nTo: {SHOP}\n"
        f"References: <thread-of-{said.who}>\nSubject: A question\n"
    )
    fields = {
        "headers": headers,
        "text": said.text,
        "html": "",
        "from": f"Dana Berg <{said.who}>",
        "to": SHOP,
        "subject": "A question",
        "envelope": json.dumps({"to": [SHOP], "from": said.who}),
        "charsets": json.dumps({"text": "utf-8", "from": "UTF-8"}),
        "attachments": "0",
    }
    parts = [
        f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return signed("".join([*parts, "--xYzZY--\r\n"]).encode())


def signed(body: bytes, stamp: str = STAMP, *, content_type: str = "") -> Request:
    """As SendGrid signs: the time, then the body."""
    signature = signing_key().sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    headers = {
        "content-type": content_type or "multipart/form-data; boundary=xYzZY",
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": stamp,
    }
    return Request("POST", f"{PUBLIC}/in/email/sendgrid", headers, body, way="sendgrid")


def posted(way: str, body: bytes, content_type: str = "") -> Request:
    headers = {"content-type": content_type or "application/x-www-form-urlencoded"}
    return Request("POST", f"{PUBLIC}/in/email/{way}", headers, body, way=way)


def mailgun_forgeries() -> Sequence[Forgery]:
    token = "a" * 50
    good = {"recipient": SHOP, "body-mime": mime(Said(ANN, "hi", "1")), **mailgun_fields(token)}

    def with_fields(name: str, **changed: str | None) -> Forgery:
        fields = {k: v for k, v in {**good, **changed}.items() if v is not None}
        return Forgery(name, posted("mailgun-mime", urlencode(fields).encode()), 401)

    right = str(good["signature"])
    stale, early = str(int(STAMP) - 301), str(int(STAMP) + 301)
    return [
        with_fields("no signature", signature=None),
        with_fields("an empty one", signature=""),
        with_fields("a wrong one", signature="0" * 64),
        with_fields("truncated", signature=right[:-1]),
        with_fields("in capitals", signature=right.upper()),
        with_fields("another token", token="b" * 50),
        with_fields("another time", timestamp=str(int(STAMP) + 1)),
        with_fields("no time", timestamp=None),
        with_fields("of another shop's key", signature=other_key(token)),
        with_fields("with SHA-1", signature=hmac.new(
            KEY.encode(), f"{STAMP}{token}".encode(), hashlib.sha1).hexdigest()),
        with_fields("too old", timestamp=stale, signature=of_time(stale, token)),
        with_fields("from the future", timestamp=early, signature=of_time(early, token)),
        with_fields("time that is none", timestamp="now", signature=of_time("now", token)),
        Forgery("a body that is none", posted("mailgun", b"\xff\xfe" * 50), 401),
        Forgery("another way", replace(mailgun([Said(ANN, "hi", "1")]), way="brieftaube"), 401),
    ]  # fmt: skip


def of_time(stamp: str, token: str) -> str:
    return hmac.new(KEY.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()


def other_key(token: str) -> str:
    return hmac.new(b"another-key", f"{STAMP}{token}".encode(), hashlib.sha256).hexdigest()


def postmark_forgeries() -> Sequence[Forgery]:
    good = postmark([Said(ANN, "hi", "1")])

    def with_login(name: str, value: str | None) -> Forgery:
        headers = {"content-type": "application/json"}
        if value is not None:
            headers["authorization"] = value
        return Forgery(name, replace(good, headers=headers), 401)

    def basic(text: str) -> str:
        return "Basic " + base64.b64encode(text.encode()).decode()

    login = SECRETS["postmark_basic_auth"]
    return [
        with_login("missing", None),
        with_login("empty", ""),
        with_login("Basic alone", "Basic "),
        with_login("wrong password", basic("hook:wrong-password-1")),
        with_login("wrong user", basic(login.replace("hook", "crook"))),
        with_login("no user", basic(login.partition(":")[2])),
        with_login("truncated", basic(login[:-1])),
        with_login("one more character", basic(login + "x")),
        with_login("other case", basic(login.upper())),
        with_login("as a bearer", "Bearer " + base64.b64encode(login.encode()).decode()),
        with_login("not encoded", f"Basic {login}"),
        with_login("not ASCII", "Basic aG9va\u00e9"),
        Forgery("in the query", replace(good, url=f"{good.url}?auth={login}", headers={}), 401),
    ]


def sendgrid_forgeries() -> Sequence[Forgery]:
    good = sendgrid([Said(ANN, "hi", "1")])
    header = "x-twilio-email-event-webhook-signature"
    other = ec.generate_private_key(ec.SECP256R1())
    stolen = base64.b64encode(other.sign(STAMP.encode() + good.body, ec.ECDSA(hashes.SHA256())))
    mac = hmac.new(KEY.encode(), STAMP.encode() + good.body, hashlib.sha256).hexdigest()

    def with_headers(name: str, **changed: str | None) -> Forgery:
        headers = dict(good.headers)
        for key, value in changed.items():
            full = f"x-twilio-email-event-webhook-{key}"
            headers.pop(full)
            headers |= {full: value} if value is not None else {}
        return Forgery(name, replace(good, headers=headers), 401)

    right = good.headers[header]
    return [
        with_headers("no signature", signature=None),
        with_headers("no time", timestamp=None),
        with_headers("an empty signature", signature=""),
        with_headers("another time", timestamp=str(int(STAMP) + 1)),
        with_headers("of another key", signature=stolen.decode()),
        with_headers("truncated", signature=right[:-8]),
        with_headers("not base64", signature="*" * 90),
        with_headers("other case", signature=right.swapcase()),
        with_headers("an HMAC", signature=mac),
        with_headers("not ASCII", timestamp=STAMP + "\u00e9"),
        Forgery("one byte less", replace(good, body=good.body[:-1]), 401),
        Forgery("one byte more", replace(good, body=good.body + b" "), 401),
        Forgery("too old", signed(good.body, str(int(STAMP) - 301)), 401),
        Forgery("from the future", signed(good.body, str(int(STAMP) + 301)), 401),
    ]


def raw_mail(file: str) -> Request:
    """A mail as bytes, brought by Mailgun; a recorded call as it is, on the way it belongs to."""
    folder = file.partition("/")[0]
    if folder == "email":
        token = hashlib.sha256(file.encode()).hexdigest()[:50]
        body = with_our_macs((FIXTURES / file).read_bytes(), THREAD_KEY)
        fields = {"recipient": "", "body-mime": body, **mailgun_fields(token)}
        return posted("mailgun-mime", urlencode(fields).encode())
    call = recorded(file)
    way = folder.partition("_")[2]
    return replace(call, way=way, url=f"{PUBLIC}/in/email/{way}")


COMMON = {
    "section": "email",
    "channel": EmailThen,
    "settings": SETTINGS,
    "played": PlayedMail,
    "addresses": (ANN, BOB),
    "taps": False,
    "recorded": raw_mail,
    "fixture_settings": {
        "email": {"authserv_ways": "imap, mailgun-mime"},
        "email_sendgrid": {"sendgrid_public_key": SECRETS["sendgrid_public_key_pem"]},
    },
    "checks": CHECKS,
}
CASES = [
    Case(
        says=mailgun,
        forgeries=mailgun_forgeries,
        signs_body=False,
        folders=("email", "email_mailgun", "email_postmark", "email_sendgrid"),
        **COMMON,
    ),
    Case(says=postmark, forgeries=postmark_forgeries, signs_body=False, way="postmark", **COMMON),
    Case(says=sendgrid, forgeries=sendgrid_forgeries, signs_body=True, way="sendgrid", **COMMON),
]
