"""Mail that came back: what a delivery report (RFC 3464) or a provider says of one of ours.

Anybody can send a report, so only one that names a Message-ID which we alone can make is believed.
"""

from __future__ import annotations

import re
from datetime import datetime

from bot.errors import Bounced, RecipientGone
from bot.messages import Address, Ignored, Inbound, Kind, Receipt, Status
from channels.mail_mime import Mail
from channels.mail_threads import Threads

OUR_ID = "our_id"
"""Under which providers give back our own id of a mail they sent for us."""
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_NOT_THE_ADDRESS = re.compile(r"5\.(7|6)\.\d+|5\.2\.[23]|5\.3\.4")
"""Refused for what it said, its size, or a full mailbox: the address itself may be right."""
ACTIONS = {
    "failed": Status.FAILED,
    "delayed": Status.DELAYED,
    "delivered": Status.DELIVERED,
}


def bounce(mail: Mail, threads: Threads, now: datetime) -> Receipt | Ignored:
    """What a delivery report says of a mail of ours."""
    if not threads.is_ours(mail.returned):
        return Ignored("email", "a report on a mail that is not ours")
    for fields in mail.report:
        status = ACTIONS.get(fields.get("action", "").strip().lower())
        if status is not None:
            code = status_code(fields.get("status", ""))
            error = "" if status is Status.DELIVERED else reason(status, code)
            return Receipt("email", mail.returned, status, now, code, error=error)
    return Ignored("email", "a report that says nothing of a delivery")


def unwanted(address: str, source: str, now: datetime) -> Inbound:
    """The customer told their provider that they want no such mail. Answers they still get."""
    return Inbound(
        address=Address("email", address.lower()),
        external_id=source,
        text="",
        received_at=now,
        kind=Kind.CONSENT,
        thread="?events",
        consent="unasked",
    )


def status_code(text: str) -> str | None:
    """The first ``5.1.1`` in a text (RFC 3463)."""
    found = _STATUS.search(text)
    return found.group() if found else None


def reason(status: Status, code: str | None) -> str:
    """Our code for why: nobody is there, or not now. A failure without a reason is the former."""
    permanent = status is Status.FAILED and not (code or "5").startswith("4")
    return RecipientGone.code if permanent and is_address(code) else Bounced.code


def is_address(code: str | None) -> bool:
    """Whether a permanent failure is about the address, and not about the mail."""
    return code is None or not _NOT_THE_ADDRESS.fullmatch(code)
