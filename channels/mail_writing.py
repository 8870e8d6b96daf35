"""Writes the answer: text and HTML side by side, in its place under the question.

Every mail says that a machine wrote it (RFC 3834), so that no other machine answers. What a sender
who is not proven wrote is not repeated: anybody could have us mail it to anybody.
"""

from __future__ import annotations

import email.policy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote as url_quote
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.messages import Address, Card, Media, Part
from channels.mail_colours import shades
from channels.mail_text import without_reply_prefix
from channels.mail_threads import Threads

LONGEST_QUOTE = 1500
LONGEST_SUBJECT = 150
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_WEB = re.compile(r"\S*(://|www\.|\.(com|net|org|info|biz|top|xyz|ru|cn|de)\b)\S*", re.IGNORECASE)
_NUMBERED = re.compile(r"(\d{1,3})\. (.+)")


@dataclass(frozen=True, slots=True)
class Written:
    """A mail as it is sent, and its Message-ID."""

    message_id: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the mails of one shop. ``unsubscribe`` is the address where a click ends messages
    nobody asked for; ``tagged``: answers go to an address that names the conversation."""

    threads: Threads
    shop: str
    accent: str
    tagged: bool
    unsubscribe: str

    def write(
        self, to: Address, part: Part, *, key: str, now: datetime, marks: Mapping[str, str]
    ) -> Written:
        """The mail of a part: the same ids whenever it is written. ``marks`` are headers by which
        a provider gives our own id back."""
        number = part.number or (int(key) if key.isascii() and key.isdecimal() else 0)
        ident = self.threads.message_id(part.conversation or "0", number)
        mail = EmailMessage(policy=_policy(to.value, self.threads.address))
        subject = self._subject(part)
        for name, value in self._headers(to, part, subject, now).items():
            mail[name] = value
        for name, value in marks.items():
            mail[name] = value
        quote = _quote(part, to)
        mail.set_content(_plain(part, quote), cte="quoted-printable")
        html = self._html(part, subject, quote)
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        for file in part.media:
            if file.data is not None:
                _attach(mail, file)
        raw = {"Message-ID": [ident], **_thread_headers(part)}
        if part.proactive:
            raw |= self._unsubscribe(to, part)
        return Written(ident, _folded(raw) + mail.as_bytes())

    def _headers(self, to: Address, part: Part, subject: str, now: datetime) -> dict[str, str]:
        address = self.threads.address
        headers = {
            "From": _mailbox(self.shop, address),
            "To": _mailbox(str(part.envelope.get("name") or ""), to.value),
            "Subject": subject,
            "Date": format_datetime(now),
        }
        answers = self.threads.answer_to(part.conversation) if self.tagged else None
        if answers and part.conversation:
            headers["Reply-To"] = _mailbox(self.shop, answers)
        if not part.by_person:
            headers |= {
                "Auto-Submitted": "auto-generated" if part.proactive else "auto-replied",
                "X-Auto-Response-Suppress": "All",
            }
        headers["X-Loop"] = address
        return headers

    def _unsubscribe(self, to: Address, part: Part) -> dict[str, list[str]]:
        """RFC 2369 and 8058: one click, without opening the mail. Due only where nobody asked."""
        mac = self.threads.unsubscribe_mac(part.conversation, to.value)
        query = f"c={part.conversation}&a={url_quote(to.value, safe='')}&m={mac}"
        ways = [f"<{self.unsubscribe}?{query}>"]
        if self.tagged and (by_mail := self.threads.unsubscribe_at(part.conversation)):
            ways.append(f"<mailto:{by_mail}>")
        return {
            "List-Unsubscribe": [", ".join(ways)],
            "List-Unsubscribe-Post": ["List-Unsubscribe=One-Click"],
        }

    def _subject(self, part: Part) -> str:
        """The question's, with one “Re:”; of a mail that answers none, its first words."""
        given = without_reply_prefix(_clean(str(part.envelope.get("subject") or "")))
        if part.envelope and not part.envelope.get("proven"):
            given = _clean(_WEB.sub("", given))
        if part.envelope:
            return f"Re: {given[:LONGEST_SUBJECT] or _clean(self.shop)}"
        return _clean((part.plain or part.text).strip().split("\n")[0])[:78] or _clean(self.shop)

    def _html(self, part: Part, subject: str, quote: tuple[str, list[str]] | None) -> str:
        before, after = _around_cards(list(_blocks(part.text or part.plain)))
        page: str = _template().render(
            subject=subject,
            shop=self.shop,
            address=self.threads.address,
            shades=shades(self.accent),
            before=before,
            after=after,
            cards=[_shown(card) for card in part.cards],
            files=[(f.name or f.ref, f.ref) for f in part.media if f.data is None],
            quote={"head": quote[0], "lines": quote[1]} if quote else None,
        )
        return page


def _policy(*addresses: str) -> Any:
    utf8 = not all(address.isascii() for address in addresses)
    return email.policy.SMTP.clone(utf8=utf8)


@lru_cache(maxsize=1)
def _template() -> Any:
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template("mail.html")


def _thread_headers(part: Part) -> dict[str, list[str]]:
    """What puts the answer under the question (RFC 5322 3.6.4)."""
    ident, chain = part.envelope.get("message_id"), part.envelope.get("references") or []
    threads = {"In-Reply-To": [ident] if ident else [], "References": [*map(str, chain)]}
    return {name: ids for name, ids in threads.items() if ids}


def _folded(headers: Mapping[str, Sequence[str]]) -> bytes:
    """Headers whose words are long: the standard library would encode them, and break threads."""
    lines = [f"{name}: " + "\r\n ".join(ids) for name, ids in headers.items()]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii", "replace")


def _attach(mail: EmailMessage, file: Media) -> None:
    kind, _, subtype = file.content_type.partition("/")
    mail.add_attachment(
        file.data, maintype=kind or "application", subtype=subtype or "octet-stream",
        filename=file.name or "file",
    )  # fmt: skip


def _mailbox(name: str, address: str) -> str:
    """``"Name" <address>``."""
    shown = re.sub(r'["\\\\]', "", _clean(name))
    return f'"{shown}" <{address}>' if shown else address


def _clean(text: str) -> str:
    """On one line, without anything that could begin another header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _quote(part: Part, to: Address) -> tuple[str, list[str]] | None:
    """(who wrote when, the lines) of the question, where the sender is proven."""
    question = part.question.strip()
    if not question or not part.envelope.get("proven"):
        return None
    who = _clean(str(part.envelope.get("name") or to.value))
    when = _moment(str(part.envelope.get("date") or ""))
    short = question[:LONGEST_QUOTE] + ("…" if len(question) > LONGEST_QUOTE else "")
    return f"{who}, {when}:" if when else f"{who}:", short.split("\n")


def _moment(date: str) -> str:
    """A mail's Date in a form that needs no language; empty text when it is none."""
    try:
        return f"{parsedate_to_datetime(date):%Y-%m-%d %H:%M}"
    except (ValueError, TypeError):
        return ""


def _plain(part: Part, quote: tuple[str, list[str]] | None) -> str:
    links = "\n".join(file.ref for file in part.media if file.data is None)
    said = "\n\n".join(filter(None, ((part.plain or part.text).strip(), links)))
    if quote is None:
        return f"{said}\n"
    head, lines = quote
    quoted = "\n".join(f"> {line}".rstrip() for line in lines)
    return f"{said}\n\n{head}\n{quoted}\n"


def _blocks(text: str) -> Iterator[dict[str, Any]]:
    """Paragraphs, and what is numbered as a list of its own."""
    for paragraph in filter(str.strip, re.split(r"\n\s*\n", text)):
        lines: list[str] = []
        numbers: list[tuple[str, list[tuple[str, str]]]] = []
        for line in paragraph.strip().split("\n"):
            found = _NUMBERED.fullmatch(line.strip())
            if found is None:
                if numbers:
                    yield {"numbers": numbers, "lines": []}
                    numbers = []
                lines.append(line)
            else:
                if lines:
                    yield {"numbers": [], "lines": [_linked(one) for one in lines]}
                    lines = []
                numbers.append((found[1], _linked(found[2])))
        if numbers or lines:
            yield {"numbers": numbers, "lines": [_linked(one) for one in lines]}


def _around_cards(
    blocks: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What may be chosen stands last, under the cards, with the line that says how."""
    last = max((n for n, block in enumerate(blocks) if block["numbers"]), default=len(blocks))
    return (blocks[:last], blocks[last:]) if len(blocks) - last <= 2 else (blocks, [])


def _linked(text: str) -> list[tuple[str, str]]:
    """(words, the address they lead to or empty text) of a line."""
    pieces, start = [], 0
    for found in _LINK.finditer(text):
        pieces += [(text[start : found.start()], ""), (found.group(), found.group())]
        start = found.end()
    return [*pieces, (text[start:], "")]


def _shown(card: Card) -> dict[str, Any]:
    link = card.link if card.link and _LINK.fullmatch(card.link) else ""
    parts = urlsplit(link)
    short = f"{parts.netloc}{parts.path.rstrip('/')}"
    return {
        "title": card.title,
        "subtitle": card.subtitle,
        "rows": card.rows,
        "steps": card.steps,
        "link": link,
        "link_text": short if len(short) <= 48 else f"{parts.netloc} →",
        "image": card.image if card.image and _LINK.fullmatch(card.image) else "",
    }
