"""Sends one mail through a server of the shop's (RFC 5321): accepted, refused, or nobody knows.

Until the server has said yes to the last dot of a mail, it may keep it or not: a line that breaks
there makes it MaybeSent. Before that nothing was sent.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

import aiosmtplib
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from bot.accounts import Secret
from bot.errors import (
    AccountRefused,
    DeliveryError,
    MaybeSent,
    RecipientGone,
    Throttled,
    Undeliverable,
    Unreachable,
)
from channels.mail_bounces import is_address, status_code
from channels.mail_server import Server, secure

NOT_LOGGED_IN = frozenset({530, 535})
NO_MAILBOX = frozenset({550, 551, 553})
BUSY = frozenset({421, 450, 451, 452})
"""Asks us to come again later; most of all because there was too much, or to see whether we do."""
_TOO_MUCH = re.compile(r"4\.[27]\.|rate|too (many|much|fast)|throttl|grey|try (again )?later", re.I)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The server that takes the shop's mail. ``patience``: seconds it has for each answer."""

    server: Server
    user: str
    password: Secret = field(repr=False)
    patience: float = 30.0

    async def send(self, message: bytes, *, sender: str, to: str) -> None:
        """Give the server one mail. Raises DeliveryError, whose text repeats nothing it said."""
        client = await self._connected()
        try:
            await self._give(client, message, sender, to)
        finally:
            await _goodbye(client)

    async def check(self, to: str = "") -> str:
        """Whether the server lets us in; with ``to`` whether it would take a mail to there."""
        client = await self._connected()
        try:
            if to:
                await client.mail(to)
                await client.rcpt(to)
                await client.rset()
        except SMTPException as error:
            raise _refusal(error, "address") from None
        finally:
            await _goodbye(client)
        return f"{self.server.host}:{self.server.port} lets us send"

    async def _connected(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            hostname=self.server.host,
            port=self.server.port,
            timeout=self.patience,
            use_tls=self.server.tls,
            start_tls=self.server.starttls,
            tls_context=secure() if self.server.tls or self.server.starttls else None,
            username=self.user or None,
            password=self.password.reveal() or None if self.user else None,
        )
        try:
            await client.connect()
        except SMTPAuthenticationError as error:
            code = str(error.code)
            if 400 <= error.code < 500:
                raise Unreachable("the mail server is busy", provider_code=code) from None
            raise AccountRefused(
                "the mail server refuses our name and password", provider_code=code
            ) from None
        except (SMTPException, OSError, ValueError) as error:
            if "not supported" in str(error):
                raise AccountRefused("the mail server offers no encryption or log-in") from None
            raise Unreachable(
                f"the mail server cannot be reached: {type(error).__name__}"
            ) from None
        return client

    async def _give(self, client: aiosmtplib.SMTP, message: bytes, sender: str, to: str) -> None:
        options = ["SMTPUTF8"] if not (sender + to).isascii() else []
        encoding = "utf-8" if options else "ascii"
        try:
            if client.supports_extension("size"):
                options.append(f"SIZE={len(message)}")
            await client.mail(sender, options=options, encoding=encoding)
            await client.rcpt(to, encoding=encoding)
        except ValueError:
            raise RecipientGone("that is no address a mail can be sent to") from None
        except SMTPResponseException as error:
            raise _refusal(error, "envelope") from None
        except (SMTPException, OSError) as error:
            raise Unreachable(f"the mail server broke off: {type(error).__name__}") from None
        try:
            await client.data(message)
        except SMTPResponseException as error:
            raise _refusal(error, "mail") from None
        except (SMTPException, OSError) as error:
            raise MaybeSent(
                f"the mail server broke off after the mail: {type(error).__name__}"
            ) from None


def _refusal(error: SMTPException, what: str) -> DeliveryError:
    """What a server's refusal means. Its own words may name the customer: they are left out."""
    if not isinstance(error, SMTPResponseException):
        return Unreachable(f"the mail server broke off: {type(error).__name__}")
    enhanced = status_code(error.message)
    code = " ".join(filter(None, (str(error.code), enhanced)))
    if error.code in NOT_LOGGED_IN or enhanced == "5.7.8":
        return AccountRefused("the mail server wants us to log in", provider_code=code)
    if 400 <= error.code < 500:
        too_much = error.code in BUSY and _TOO_MUCH.search(error.message)
        kind = Throttled if too_much else Unreachable
        return kind(f"the mail server wants us to come again: {code}", provider_code=code)
    nobody = is_address(enhanced) if enhanced else error.code in NO_MAILBOX
    if isinstance(error, SMTPRecipientRefused) and nobody:
        return RecipientGone(f"there is nobody at this address: {code}", provider_code=code)
    return Undeliverable(f"the mail server refuses the {what}: {code}", provider_code=code)


async def _goodbye(client: aiosmtplib.SMTP) -> None:
    """Leave politely if that is quick; the mail is where it is by now."""
    try:
        async with asyncio.timeout(2):
            await client.quit()
    except (SMTPException, OSError, TimeoutError):
        pass
    finally:
        client.close()
