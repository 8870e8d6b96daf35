"""A mail as its bytes came, taken apart: headers, what it says, what is attached. Any mail at all.

Limits: 25 MB, 100 parts, 20 deep. What is beyond them is BadPayload: kept, for a person to see.
"""

from __future__ import annotations

import binascii
import email
import email.policy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.utils import getaddresses

from bot.errors import BadPayload
from bot.messages import Media
from channels.fetching import UNKNOWN, true_type
from channels.files import file_name, note
from channels.mail_text import decoded, flowed, from_html

LARGEST = 25 * 1024 * 1024
MOST_PARTS = 100
DEEPEST = 20
_CONTAINERS = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\s]*)\?=")
_ENCODED = re.compile(rf"{_ENCODED_WORD.pattern}(?:\s*{_ENCODED_WORD.pattern})*")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,255}")
TAKEN_ON_TRUST = frozenset({"text/plain", "text/csv", "text/calendar"})
RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-forwarded-to")


@dataclass(frozen=True)
class Mail:
    """A mail, whichever way it came. Header names are in lower case, their values unfolded.

    ``senders`` are the addresses in From, lower case; ``name`` is what stands beside the first.
    ``recipients`` are all addresses it went to, as far as the mail or who brought it says.
    ``results`` are the Authentication-Results, topmost first. ``report`` are the fields of a
    delivery report and ``returned`` the Message-ID of the mail it is about.
    """

    headers: Mapping[str, str]
    senders: tuple[str, ...]
    name: str = ""
    recipients: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    text: str = ""
    files: tuple[Media, ...] = ()
    report: tuple[Mapping[str, str], ...] = ()
    returned: str = ""
    raw: bytes = field(default=b"", repr=False)
    """The mail as it came, where it did."""
    by: str = ""
    """The id its provider has given it."""

    def header(self, name: str) -> str:
        """The first header of that name, or empty text."""
        return self.headers.get(name, "")

    @property
    def message_id(self) -> str:
        """Its Message-ID with brackets, or empty text."""
        found = _MESSAGE_ID.search(self.header("message-id"))
        return found.group() if found else ""

    @property
    def in_reply_to(self) -> tuple[str, ...]:
        """The ids of the mail it answers."""
        return tuple(_MESSAGE_ID.findall(self.header("in-reply-to")[:10_000]))

    @property
    def references(self) -> tuple[str, ...]:
        """The ids of the thread it belongs to, oldest first."""
        return tuple(_MESSAGE_ID.findall(self.header("references")[:100_000]))


def read_mime(raw: bytes, *, recipients: tuple[str, ...] = (), by: str = "", size: int = 0) -> Mail:
    """Take a mail apart. ``recipients`` are addresses that who brought it knows of. ``size`` is
    that of the whole mail where this is only its beginning.

    Raises BadPayload when it is too large, too deep, or cannot be read at all.
    """
    if len(raw) > LARGEST:
        raise BadPayload(f"a mail of {len(raw)} bytes")
    if len(_CONTAINERS.findall(raw)) > MOST_PARTS:
        raise BadPayload(f"a mail with more than {MOST_PARTS} parts within parts")
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
        mail = _taken_apart(message, raw, recipients, by)
        return replace(mail, files=(_too_large(mail, size),), raw=b"") if size > LARGEST else mail
    except (MessageError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadPayload(f"a mail that cannot be read: {type(error).__name__}") from error
    except RecursionError as error:
        raise BadPayload("a mail that is too deep") from error


def _taken_apart(message: Message, raw: bytes, recipients: tuple[str, ...], by: str) -> Mail:
    headers = headers_of(message)
    parts = list(_leaves(message))
    if len(parts) > MOST_PARTS:
        raise BadPayload(f"a mail with more than {MOST_PARTS} parts")
    name, senders = senders_of(_all(message, "from"))
    return Mail(
        headers=headers,
        senders=senders,
        name=name,
        recipients=(*recipients, *addressed(headers)),
        results=tuple(map(_as_text, _all(message, "authentication-results"))),
        text=_text_of(message),
        files=tuple(_file(part, number) for number, part in enumerate(parts) if _is_file(part)),
        report=tuple(_report(parts)) if _is_report(message) else (),
        returned=_returned(parts) if _is_report(message) else "",
        raw=raw,
        by=by,
    )


def _too_large(mail: Mail, size: int) -> Media:
    """In place of files that were not read."""
    return note("too_large", f"{size} bytes, Message-ID {mail.message_id}: see the mailbox")


def headers_of(message: Message) -> dict[str, str]:
    """The headers with lower-case names, decoded; of two with one name the upper one."""
    headers: dict[str, str] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.strip().lower(), unfolded(value))
    return headers


def unfolded(value: object) -> str:
    """A header's value on one line, its encoded words (RFC 2047) decoded, no control characters."""
    text = _ENCODED.sub(_words_in, _as_text(value))
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _as_text(value: object) -> str:
    """Bytes that are in a header against the rules are UTF-8, or what Windows once wrote."""
    return decoded(str(value).encode("utf-8", "surrogateescape"), None)


def _words_in(run: re.Match[str]) -> str:
    """Neighbours of one charset are one text: a letter may be cut in two between them."""
    pieces: list[tuple[str, bytes]] = []
    for label, encoding, word in _ENCODED_WORD.findall(run.group()):
        try:
            decode = binascii.a2b_base64 if encoding in "bB" else _q_decoded
            data = decode(word.encode("ascii"))
        except ValueError:
            return run.group()
        charset = label.partition("*")[0].lower()  # RFC 2231: the language behind it
        if pieces and pieces[-1][0] == charset:
            data = pieces.pop()[1] + data
        pieces.append((charset, data))
    return "".join(decoded(data, charset) for charset, data in pieces)


def _q_decoded(word: bytes) -> bytes:
    return binascii.a2b_qp(word, header=True)


def _all(message: Message, name: str) -> list[str]:
    """The values of every header of that name, as they came, topmost first."""
    return [str(value) for given, value in message.raw_items() if given.strip().lower() == name]


def senders_of(values: Sequence[object]) -> tuple[str, tuple[str, ...]]:
    """The name beside the first address of From, and all addresses in it, in lower case.

    What is not plainly an address counts as one of nobody, so that it is never a single sender.
    """
    name, senders = "", []
    for value in values:
        for shown, address in _mailboxes(str(value)):
            senders.append(address if _ADDRESS.fullmatch(address) else "")
            name = name or unfolded(shown)
    return name[:120], tuple(senders)


def _mailboxes(value: str) -> list[tuple[str, str]]:
    """(name, address) pairs by the grammar of RFC 5322, addresses in lower case."""
    header = EmailMessage(policy=email.policy.default)
    try:
        header["From"] = " ".join(_as_text(value).split())
        found = header["From"]
        return [(a.display_name, a.addr_spec.lower()) for a in found.addresses] or [("", "")]
    except Exception:
        # The standard library's parser fails in many ways on what is no address at all.
        return [("", "")]


def addressed(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The addresses a mail names as those it went to."""
    values = [headers[name][:10_000] for name in RECIPIENTS if name in headers]
    return tuple(address.lower() for _, address in getaddresses(values) if "@" in address)


def _inside(message: Message) -> list[Message]:
    """The parts of a part."""
    inner = message.get_payload()
    return [part for part in inner if isinstance(part, Message)] if isinstance(inner, list) else []


def _leaves(message: Message, depth: int = 0) -> Iterator[Message]:
    """The parts that hold something; a mail inside the mail is one."""
    if depth > DEEPEST:
        raise BadPayload(f"a mail more than {DEEPEST} deep")
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        for part in _inside(message):
            yield from _leaves(part, depth + 1)
    else:
        yield message


def _text_of(message: Message) -> str:
    """All that is said in it: of alternatives the plain one unless that is empty."""
    if message.get_content_type() == "multipart/alternative":
        said = [(part, _text_of(part)) for part in _inside(message)]
        with_words = [(part, text) for part, text in said if text.strip()]
        plain = [text for part, text in with_words if part.get_content_type() == "text/plain"]
        return (plain or [text for _, text in with_words] or [""])[0]
    if message.is_multipart() and message.get_content_maintype() == "multipart":
        parts = [_text_of(part) for part in _inside(message)]
        return "\n".join(part for part in parts if part.strip())
    return "" if _is_file(message) else _words(message)


def _words(part: Message) -> str:
    text = decoded(_bytes(part), part.get_content_charset()).replace("\r\n", "\n")
    if part.get_content_type() == "text/html":
        return from_html(text)
    if str(part.get_param("format", "")).lower() == "flowed":
        return flowed(text, delsp=str(part.get_param("delsp", "")).lower() == "yes")
    return text


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _is_file(part: Message) -> bool:
    text = part.get_content_type() in ("text/plain", "text/html")
    return not text or part.get_content_disposition() == "attachment"


def _file(part: Message, number: int) -> Media:
    kind = part.get_content_type()
    name = file_name(unfolded(part.get_filename() or ""))
    if part.is_multipart():  # a mail, forwarded as an attachment
        data = b"\n".join(map(_as_bytes, _inside(part)))
        return Media(f"part:{number}", kind, name or "mail.eml", len(data), data)
    return file_of(_bytes(part), kind, name, number)


def file_of(data: bytes, kind: str, name: str, number: int) -> Media:
    """An attachment; its bytes say what it is, and the mail only where they do not."""
    found = true_type(data)
    if found == UNKNOWN and kind in TAKEN_ON_TRUST:
        found = kind
    return Media(f"part:{number}", found, name, len(data), data)


def _as_bytes(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except (MessageError, ValueError, LookupError, TypeError, AttributeError):
        return str(message.get_payload()).encode("utf-8", "replace")


def _is_report(message: Message) -> bool:
    return message.get_content_type() == "multipart/report"


def _report(parts: list[Message]) -> Iterator[Mapping[str, str]]:
    """The groups of fields of ``message/delivery-status`` (RFC 3464 2.1)."""
    for part in parts:
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            yield from map(headers_of, _inside(part))


def _returned(parts: list[Message]) -> str:
    """The Message-ID of the mail that a report brings back."""
    for part in parts:
        inner = _inside(part)
        if part.get_content_type() == "text/rfc822-headers":
            inner = [email.message_from_bytes(_bytes(part))]
        elif part.get_content_type() not in ("message/rfc822", "message/global"):
            continue
        for one in inner:
            if found := _MESSAGE_ID.search(unfolded(one.get("message-id") or "")):
                return found.group()
    return ""
