"""A mail becomes what it is to us: a customer's message, word on one of ours, or nothing.

Which conversation it continues is read from what only we can have written; who sent it is somebody
else's to prove. Nothing here looks at the text for meaning.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.messages import Address, Arrival, Ignored, Inbound, Kind, Media
from channels.mail_bounces import bounce
from channels.mail_mime import Mail
from channels.mail_robots import why_not
from channels.mail_text import LONGEST_TEXT, is_reply, new_part
from channels.mail_threads import Threads

LONGEST_SUBJECT = 200
REFERENCES = 10
"""Ids of a thread that are carried on: the first, and the newest (RFC 5322 3.6.4 sets no limit)."""
_LOCALE = re.compile(r"[a-z]{2}([-_][A-Za-z]{2})?")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the mail of one shop. ``ours`` are its own addresses, in lower case."""

    threads: Threads
    ours: frozenset[str]

    def read(self, mail: Mail, *, proven: bool, now: datetime) -> Arrival:
        """What the mail is. ``proven``: its From was vouched for."""
        if mail.report:
            return bounce(mail, self.threads, now)
        if len(mail.senders) != 1 or not mail.senders[0]:
            return Ignored("email", f"{len(mail.senders)} senders, where one has to answer for it")
        if (conversation := self.threads.unsubscribed(mail.recipients)) is not None:
            return self._unsubscribed(mail, conversation, proven, now)
        named = (*mail.in_reply_to, *reversed(mail.references))
        continues = self.threads.continued(mail.recipients, named)
        why = why_not(
            mail.headers,
            sender=_untagged(mail.senders[0]),
            ours=self.ours,
            answers_us=continues is not None,
        )
        if why or self.threads.is_ours(mail.message_id):
            return Ignored("email", why or "our own mail")
        return self._message(mail, continues, proven, now)

    def _message(self, mail: Mail, continues: str | None, proven: bool, now: datetime) -> Inbound:
        subject = mail.header("subject")[:LONGEST_SUBJECT]
        reply = is_reply(subject, mail.header("in-reply-to"))
        text, files = new_part(mail.text, reply=reply), mail.files
        if len(mail.text) > LONGEST_TEXT:
            whole = mail.text.encode("utf-8", "replace")
            files = (*files, Media("text", "text/plain", "message.txt", len(whole), whole))
        if not text and not files and not reply:
            text = subject  # some write all they want there
        return Inbound(
            address=Address("email", mail.senders[0]),
            external_id=external_id(mail),
            text=text,
            received_at=now,
            context=_context(mail),
            proven=proven,
            thread=_thread(mail, proven),
            continues=continues,
            media=files,
            envelope=_envelope(mail, subject, reply, proven),
        )

    def _unsubscribed(self, mail: Mail, conversation: str, proven: bool, now: datetime) -> Inbound:
        return Inbound(
            address=Address("email", mail.senders[0]),
            external_id=external_id(mail),
            text="",
            received_at=now,
            proven=proven,
            kind=Kind.CONSENT,
            thread=_thread(mail, proven),
            continues=conversation,
            consent="unasked",
        )


def external_id(mail: Mail) -> str:
    """What tells this mail from every other: its Message-ID and sender, or all of it.

    Some programs give every mail the same Message-ID, and anybody may use that of another.
    """
    if ident := mail.message_id or mail.by:
        return f"{ident} {mail.senders[0]}"
    content = "\n".join((*mail.senders, *mail.headers.values(), mail.text))
    return f"sha256:{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()}"


def _thread(mail: Mail, proven: bool) -> str:
    """The mails of one exchange name the same first one. Whoever is not proven has one apart."""
    root = (*mail.references[:1], *mail.in_reply_to[:1], mail.message_id or external_id(mail))[0]
    key = hashlib.sha256(root.encode("utf-8", "replace")).hexdigest()[:24]
    return key if proven else f"?{key}"


def _envelope(mail: Mail, subject: str, reply: bool, proven: bool) -> Mapping[str, Any]:
    """What our answer has to carry, so that every program shows it under the question."""
    chain = [*(mail.references or mail.in_reply_to), *filter(None, [mail.message_id])]
    kept = [*chain[:1], *chain[1:][-(REFERENCES - 1) :]]
    envelope = {
        "subject": subject,
        "title": "" if reply else subject,
        "message_id": mail.message_id,
        "references": kept,
        "name": mail.name if proven else "",
        "date": mail.header("date")[:40],
        "proven": proven,
    }
    return {name: value for name, value in envelope.items() if value}


def _context(mail: Mail) -> Mapping[str, object]:
    """The language of the sender's program, where it says so."""
    language = mail.header("content-language").partition(",")[0].strip()
    return {"locale": language} if _LOCALE.fullmatch(language) else {}


def _untagged(address: str) -> str:
    """``name@`` of ``name+anything@``."""
    name, _, domain = address.rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"
