"""A mail server that takes the shop's mail: a real one (aiosmtpd) on loopback, which misbehaves.

One server serves every test of a process; whoever logs in as ``played-3`` talks to the third. Each
mail is checked against RFC 5322, against our own promise to other machines (RFC 3834), and for
saying the same in HTML as in text.
"""

from __future__ import annotations

import asyncio
import atexit
import email
import email.policy
import json
import re
import socket
import weakref
from email.message import EmailMessage
from functools import lru_cache
from html.parser import HTMLParser
from itertools import count
from typing import Any

import httpx
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.conftest import SHARED
from tests.providers.base import Fault, PlayedProvider, Taken

PASSWORD = "fake-smtp-password-1"
ONCE = ("from", "to", "subject", "date", "message-id", "reply-to", "in-reply-to", "references")
REFUSALS = {
    Fault.THROTTLED: "451 4.7.1 Too many messages, try again later",
    Fault.FAILS: "451 4.3.0 Local error in processing",
    Fault.UNAVAILABLE: "421 4.3.2 Service not available",
}
HANGS_FOR = 8.0
numbers = count(1)
playing: weakref.WeakValueDictionary[str, PlayedMail] = weakref.WeakValueDictionary()


@lru_cache
def limits() -> dict[str, Any]:
    path = SHARED / "contracts" / "channel_limits.json"
    return dict(json.loads(path.read_text("utf-8"))["email"])


class PlayedMail(PlayedProvider):
    """One account at the server. ``gone`` are addresses at which there is nobody."""

    def __init__(self) -> None:
        super().__init__()
        self.user = f"played-{next(numbers)}"
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.envelopes: list[tuple[str, str]] = []
        self.gone: set[str] = set()
        self.full: set[str] = set()
        self.faults = (Fault.HANGS, Fault.RESET, Fault.REFUSED, *REFUSALS)
        playing[self.user] = self
        url = f"smtp+plain://127.0.0.1:{server().port}"
        self.settings = {"smtp_url": url, "smtp_user": self.user}

    def client(self) -> httpx.AsyncClient:
        def refuse(request: httpx.Request) -> httpx.Response:
            raise AssertionError(f"called {request.url.host}: mail does not go by HTTP")

        return httpx.AsyncClient(transport=httpx.MockTransport(refuse))

    def received(self, sender: str, to: str, raw: bytes) -> None:
        """Take a mail, after a close look at it."""
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        for fault in (*faults_of(raw, mail), *loops(mail)):
            self.complain(fault)
        if to.lower() not in str(mail["to"]).lower():
            self.complain("the mail is addressed to somebody else than it is sent to")
        self.mails.append(mail)
        self.raw.append(raw)
        self.envelopes.append((sender, to))
        self.take(Taken(to, plain_of(mail), str(mail["message-id"])))


def faults_of(raw: bytes, mail: EmailMessage) -> list[str]:
    """What RFC 5322 and 2046 do not allow in these bytes."""
    head = raw.partition(b"\r\n\r\n")[0]
    wrong = [f"{name} {len(found)} times" for name in ONCE if len(found := _all(mail, name)) > 1]
    wrong += [f"no {name}" for name in ("from", "to", "date", "message-id") if name not in mail]
    if len(raw) > limits()["message_bytes_max"][0]:
        wrong.append(f"a mail of {len(raw)} bytes")
    longest = max(map(len, raw.split(b"\r\n")))
    if longest > limits()["subject_line_octets"][0]:
        wrong.append(f"a line of {longest} octets")
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        wrong.append("a bare line feed or carriage return")
    if not head.isascii():
        wrong.append("headers that are not ASCII")
    for name in ("message-id", "in-reply-to"):
        if mail[name] and not re.fullmatch(r"<[^<>\s]+@[^<>\s]+>", str(mail[name]).strip()):
            wrong.append(f"{name} is {mail[name]!r}")
    if re.search(rb"^(references|in-reply-to|message-id):.*=\?", head, re.I | re.M):
        wrong.append("an id in encoded words")
    return wrong + _bodies(mail)


def loops(mail: EmailMessage) -> list[str]:
    """What would make another machine answer ours (RFC 3834)."""
    wanted = {"x-auto-response-suppress": "All", "x-loop": "support@shop.example"}
    wrong = [f"{name} is {mail[name]!r}" for name, value in wanted.items() if mail[name] != value]
    if mail["auto-submitted"] not in ("auto-replied", "auto-generated"):
        wrong.append(f"auto-submitted is {mail['auto-submitted']!r}")
    if mail["list-unsubscribe"] and mail["auto-submitted"] != "auto-generated":
        wrong.append("an answer that can be unsubscribed from")
    return wrong


def _bodies(mail: EmailMessage) -> list[str]:
    """Text and HTML are there, and say the same."""
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    if plain is None or html is None:
        return ["text and HTML are not both there"]
    page = _Page()
    page.feed(html.get_content())
    missing = set(words(said_in(plain_of(mail)))) - set(words(page.text))
    wrong = [f"the HTML does not say {word!r}" for word in sorted(missing)]
    return wrong + [f"the HTML has <{tag}>" for tag in page.forbidden]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def said_in(plain: str) -> str:
    """Without the quoted question."""
    return re.split(r"\n[^\n]*:\n> ", plain)[0]


def plain_of(mail: EmailMessage) -> str:
    """What stands in its text."""
    body = mail.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""


def html_of(mail: EmailMessage) -> str:
    """Its HTML."""
    body = mail.get_body(("html",))
    return str(body.get_content()) if body is not None else ""


def _all(mail: EmailMessage, name: str) -> list[Any]:
    return mail.get_all(name) or []


class _Page(HTMLParser):
    """The text a reader sees, and where links lead."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.forbidden = "", []  # type: ignore[var-annotated]
        self._skipping = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "title"):
            self._skipping = tag
        if tag in ("script", "form", "input", "iframe", "object", "link", "base"):
            self.forbidden.append(tag)
        links = (value or "" for name, value in attrs if name == "href")
        self.text += f" {' '.join(links)} "

    def handle_endtag(self, tag: str) -> None:
        self._skipping = "" if tag == self._skipping else self._skipping

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.text += data


class _Handler:
    """What the server does with a mail: whatever is planned for its account."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        played = playing.get(_user(session))
        if played is None:
            return "530 5.7.0 Authentication required"
        if address in played.gone:
            return "550 5.1.1 User unknown"
        if address in played.full:
            return "452 4.2.2 Mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        played = playing[_user(session)]
        trouble = played.troubles.popleft() if played.troubles else None
        if trouble is None or trouble.accepted:
            content = envelope.content
            assert isinstance(content, bytes)
            played.received(str(envelope.mail_from), envelope.rcpt_tos[0], content)
        if trouble is None:
            return "250 2.0.0 Ok: queued"
        if trouble.fault is Fault.HANGS:
            await asyncio.sleep(HANGS_FOR)
        if trouble.fault in (Fault.RESET, Fault.HANGS, Fault.REFUSED):
            server.transport.abort()
        return REFUSALS.get(trouble.fault, "451 4.0.0 gone")


def _user(session: Session) -> str:
    return str(session.auth_data or "")


def _log_in(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    user, password = data.login.decode(), data.password.decode()
    played = playing.get(user)
    if played is None or played.revoked or password != PASSWORD:
        return AuthResult(success=False, handled=False)
    if not played.troubles:
        played.troubles.append(played.misbehave())
    planned = played.troubles[0]
    if planned is not None and planned.fault is Fault.REFUSED:
        played.troubles.popleft()
        server.transport.abort()
    return AuthResult(success=True, auth_data=user)


@lru_cache
def server() -> Controller:
    """The server of this process, on a free port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        _Handler(), hostname="127.0.0.1", port=port, authenticator=_log_in,
        auth_required=True, auth_require_tls=False, data_size_limit=30 * 1024 * 1024,
        enable_SMTPUTF8=True,
    )  # fmt: skip
    controller.start()
    atexit.register(controller.stop)
    return controller
