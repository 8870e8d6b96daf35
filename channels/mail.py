"""E-mail: a mailbox by IMAP, or a provider that brings each mail; answers go out by SMTP.

The three ways in end in one reader. Nothing is remembered here: an answer finds its place by ids
that only we can make (``mail_threads``), and by what came in the envelope of the question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio.to_thread
import httpx

from bot.accounts import Account
from bot.errors import BadPayload, ConfigError, NotAuthentic, Unreachable
from bot.messages import Address, Arrival, Inbound, Kind, Part
from channels import mail_mailgun, mail_postmark, mail_sendgrid
from channels.base import MEGABYTE, Capabilities, Collected, Provider, Request
from channels.calling import call
from channels.mail_bounces import OUR_ID
from channels.mail_box import Box
from channels.mail_collecting import MAILBOX, Collector
from channels.mail_mime import Mail, read_mime
from channels.mail_proof import Proofs, PublicKeys
from channels.mail_reading import Reader
from channels.mail_server import server_at
from channels.mail_settings import KEYS, YES
from channels.mail_smtp import Outgoing
from channels.mail_threads import Threads
from channels.mail_writing import Writer
from channels.signing import require

UNSUBSCRIBE = "unsubscribe"
SECRET_OF = {
    "postmark": "postmark_login",
    "mailgun": "mailgun_signing_key",
    "mailgun-mime": "mailgun_signing_key",
}


class Email(Provider):
    """One address of the shop. Long text and cards; a whole turn is one mail."""

    name = "email"
    title = "E-mail"
    personal = "email"
    capabilities = Capabilities(
        max_text=100_000,
        joins=True,
        cards=True,
        media=True,
        most_answers=((5, timedelta(hours=1)), (20, timedelta(days=1))),
    )
    keys = KEYS
    max_body = 30 * MEGABYTE
    patience = 30.0
    """Seconds a mail server has for each answer."""

    def __init__(self, account: Account, client: httpx.AsyncClient) -> None:
        """Raises ConfigError when the values do not fit together, or there is no way in."""
        super().__init__(account, client)
        text = account.text
        self._threads = Threads(text("address").lower(), account.secrets["thread_key"])
        self._reader = Reader(
            self._threads, frozenset({self._threads.address, *_words(text("also"))})
        )
        self._writer = Writer(
            self._threads,
            shop=text("sender_name"),
            accent=text("accent"),
            tagged=text("reply_tag").lower() in YES,
            unsubscribe=f"{text('public_url').rstrip('/')}/in/email/{UNSUBSCRIBE}",
        )
        verifies = text("verify_dkim").lower() in YES
        self._proofs = Proofs(
            servers=_words(text("authserv_id")),
            ways=_words(text("authserv_ways")),
            keys=PublicKeys(text("dns_server")) if verifies else None,
        )
        given = text("sendgrid_public_key")
        self._sendgrid = mail_sendgrid.public_key(given) if given else None
        ways = [way for way, secret in SECRET_OF.items() if account.secret(secret)]
        ways += ["sendgrid"] if given else []
        self.ways = (*ways, UNSUBSCRIBE)
        self.collects = bool(text("imap_url"))
        if not ways and not self.collects:
            raise ConfigError(
                "channel email: there is no way in; set ONECOUNTER_EMAIL_IMAP_URL, or the secret "
                "of Postmark, Mailgun or SendGrid"
            )
        self._simulated = text("smtp_url").startswith("http")
        if not self._simulated:
            server_at(text("smtp_url"), "smtp")
        if self.collects:
            server_at(text("imap_url"), "imap")

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)

    def verify(self, request: Request) -> None:
        """Each provider in its own way; a click on “unsubscribe” by what its address holds."""
        way = request.way
        if way not in self.ways:
            raise NotAuthentic("email takes no such calls")
        if way == UNSUBSCRIBE:
            conversation, address, mac = _unsubscribing(request)
            require(mac, [self._threads.unsubscribe_mac(conversation, address)], "the address")
        elif way == "postmark":
            mail_postmark.verify(request, self._account.secret("postmark_login"))
        elif self._sendgrid is not None and way == "sendgrid":
            mail_sendgrid.verify(request, self._sendgrid, self.now())
        else:
            key = self._account.secret("mailgun_signing_key")
            mail_mailgun.verify(request, key, self.now())

    def once(self, request: Request) -> str | None:
        """Mailgun's token: its signature covers nothing else."""
        return mail_mailgun.token(request) if request.way.startswith("mailgun") else None

    async def look_up(self, request: Request) -> Mapping[str, str]:
        """Whether the sender's domain has signed the mail, where it came as it was."""
        if request.way == UNSUBSCRIBE:
            return {}
        return await anyio.to_thread.run_sync(self._looked_up, request, abandon_on_cancel=True)

    def _looked_up(self, request: Request) -> Mapping[str, str]:
        try:
            found = self._contents(request)
        except BadPayload:
            return {}  # said when it is read
        mail = next((one for one in found if isinstance(one, Mail)), None)
        return {"signed_by": self._proofs.look_up(mail, request.way)} if mail else {}

    def parse(self, request: Request) -> Sequence[Arrival]:
        """A mail, or what became of one of ours."""
        if request.way == UNSUBSCRIBE:
            return [_unsubscribed(*_unsubscribing(request), self.now())]
        signed_by = request.known.get("signed_by", "")
        return [
            self._read(one, request.way, signed_by) if isinstance(one, Mail) else one
            for one in self._contents(request)
        ]

    def _contents(self, request: Request) -> Sequence[Mail | Arrival]:
        if request.way == "postmark":
            return mail_postmark.contents(request, self.now())
        if request.way == "sendgrid":
            return mail_sendgrid.contents(request, self._threads, self.now())
        return mail_mailgun.contents(request, self._threads, self.now())

    def _read(self, mail: Mail, way: str, signed_by: str) -> Arrival:
        proven = self._proofs.proven(mail, way, signed_by)
        return self._reader.read(mail, proven=proven, now=self.now())

    @cached_property
    def _collector(self) -> Collector:
        text = self._account.text
        box = Box(
            server_at(text("imap_url"), "imap"),
            text("imap_user") or self._threads.address,
            self._account.secrets["imap_password"],
            text("imap_folder"),
        )
        return Collector(
            box, lambda mail: self._read(mail, MAILBOX, self._proofs.look_up(mail, MAILBOX))
        )

    async def collect(self, memory: Mapping[str, Any]) -> Collected:
        """The mails in the mailbox since the last look."""
        return await self._collector.collect(memory, self.now())

    async def wait(self, limit: timedelta) -> None:
        """Until the mailbox has news."""
        await self._collector.wait(limit)

    async def aclose(self) -> None:
        """Leave the mailbox."""
        if "_collector" in self.__dict__:
            await self._collector.aclose()

    @cached_property
    def _outgoing(self) -> Outgoing:
        text = self._account.text
        return Outgoing(
            server_at(text("smtp_url"), "smtp"),
            text("smtp_user"),
            self._account.secrets["smtp_password"],
            self.patience,
        )

    async def send(self, to: Address, part: Part, *, key: str) -> str:
        """Send one mail; its id is our Message-ID, the same whenever it is sent again."""
        mail = self._writer.write(to, part, key=key, now=self.now(), marks=self._marks(key))
        if self._simulated:
            await self._hand_to_simulator(to, mail.data)
        else:
            await self._outgoing.send(mail.data, sender=self._threads.address, to=to.value)
        return mail.message_id

    async def _hand_to_simulator(self, to: Address, data: bytes) -> None:
        headers = {"content-type": "message/rfc822", "x-recipient": to.value}
        url = self._account.text("smtp_url")
        answer = await call(
            self._client, "POST", url, name="the simulator", content=data, headers=headers
        )
        if not answer.is_success:
            raise Unreachable(f"the simulator answered {answer.status_code}")

    def _marks(self, key: str) -> Mapping[str, str]:
        """Headers by which each provider in use gives our id back in its events."""
        marks: dict[str, str] = {}
        if "postmark" in self.ways:
            marks |= {"X-PM-KeepID": "true", f"X-PM-Metadata-{OUR_ID}": key}
        if "mailgun" in self.ways:
            marks["X-Mailgun-Variables"] = f'{{"{OUR_ID}": "{key}"}}'
        if "sendgrid" in self.ways:
            marks["X-SMTPAPI"] = f'{{"unique_args": {{"{OUR_ID}": "{key}"}}}}'
        return marks

    async def check(self) -> str:
        """Log in everywhere; say what the mailbox and its newest mail are like."""
        said = [] if self._simulated else [await self._outgoing.check()]
        if self.collects:
            count, newest = await anyio.to_thread.run_sync(self._collector.box.look)
            said.append(f"{count} mails in {self._account.text('imap_folder')}")
            said += self._about_proof(newest)
        said += [f"{way} may bring mail" for way in self.ways if way != UNSUBSCRIBE]
        return "; ".join(said)

    def _about_proof(self, newest: bytes) -> list[str]:
        """Who has checked the newest mail, while nobody is trusted to have done so."""
        results = read_mime(newest).results if newest else ()
        names = [value.partition(";")[0].split(" ")[0] for value in results]
        if self._proofs.servers or not names or "=" in names[0]:
            return []
        hint = "if that is your own mail server, set ONECOUNTER_EMAIL_AUTHSERV_ID to it"
        return [f"the newest mail was checked by {names[0]!r}: {hint}"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.lower().replace(",", " ").split())


def _unsubscribing(request: Request) -> tuple[str, str, str]:
    """(conversation, address, MAC) of a link in List-Unsubscribe (RFC 8058)."""
    query = parse_qs(urlsplit(request.url).query)
    conversation, address, mac = (query.get(name, [""])[0] for name in ("c", "a", "m"))
    return conversation, address, mac


def _unsubscribed(conversation: str, address: str, mac: str, now: datetime) -> Inbound:
    return Inbound(
        address=Address("email", address),
        external_id=f"unsubscribed {conversation} {mac}",
        text="",
        received_at=now,
        kind=Kind.CONSENT,
        proven=True,
        thread=f"u-{conversation}",
        continues=conversation,
        consent="unasked",
    )
