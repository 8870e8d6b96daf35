"""The forms in which providers bring a mail, and a mail made of what stands in one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from bot.errors import BadPayload
from bot.messages import Media
from channels.base import Request
from channels.files import file_name
from channels.mail_mime import (
    MOST_PARTS,
    Mail,
    addressed,
    file_of,
    senders_of,
    unfolded,
)
from channels.mail_text import decoded, from_html

MOST_FIELDS = 500


@dataclass(frozen=True)
class Form:
    """What was sent: fields by name, the first of each, and (name, type, bytes) of files."""

    fields: Mapping[str, bytes]
    files: Sequence[tuple[str, str, bytes]] = field(default=(), repr=False)

    def text(self, name: str, charset: str | None = None) -> str:
        """A field as text; empty when there is none."""
        return decoded(self.fields.get(name, b""), charset)

    def loaded(self, name: str) -> Any:
        """A field that holds JSON; None when there is none. Raises BadPayload."""
        return loaded(self.fields[name]) if self.fields.get(name) else None


def loaded(body: bytes) -> Any:
    """The JSON of a body. Raises BadPayload."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadPayload("email: not JSON") from error


def form_of(request: Request) -> Form:
    """The form a request brings. Raises BadPayload."""
    content_type = Message()
    content_type["content-type"] = request.header("content-type")
    if content_type.get_content_type() != "multipart/form-data":
        return _urlencoded(request.body)
    boundary = content_type.get_boundary()
    if not boundary:
        raise BadPayload("email: a form without a boundary")
    return _multipart(request.body, boundary.encode("utf-8", "replace"))


def _urlencoded(body: bytes) -> Form:
    """Latin-1 on the way keeps every byte what it is."""
    try:
        pairs = parse_qsl(
            body.decode("latin-1"),
            keep_blank_values=True,
            encoding="latin-1",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise BadPayload("email: a form with too many fields") from error
    return Form(_first_of_each((name, value.encode("latin-1")) for name, value in pairs))


def _multipart(body: bytes, boundary: bytes) -> Form:
    """RFC 7578. Split by hand: a parser of mail would look into files that are mails."""
    newline = b"\r\n" if b"--" + boundary + b"\r\n" in body else b"\n"
    pieces = (newline + body).split(newline + b"--" + boundary)[1:]
    fields: list[tuple[str, bytes]] = []
    files: list[tuple[str, str, bytes]] = []
    for piece in pieces[: MOST_FIELDS + 1]:
        if piece.startswith(b"--"):
            return Form(_first_of_each(fields), files)
        head, _, data = piece.removeprefix(newline).partition(newline * 2)
        part = Message()
        for line in head.split(newline):
            header, _, value = line.partition(b":")
            part[decoded(header, None)] = decoded(value, None).strip()
        filename = part.get_filename()
        if filename is not None:
            files.append((file_name(unfolded(filename)), part.get_content_type(), data))
        else:
            fields.append((str(part.get_param("name", "", "content-disposition")), data))
    raise BadPayload("email: a form that is cut off, or has too many fields")


def _first_of_each(pairs: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    fields: dict[str, bytes] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


def mail_of(
    headers: Iterable[tuple[str, str]],
    *,
    text: str,
    html: str,
    files: Sequence[tuple[str, str, bytes]] = (),
    recipients: Iterable[str] = (),
    by: str = "",
) -> Mail:
    """A mail that its provider has taken apart. Who sent it cannot be proved any more."""
    known: dict[str, str] = {}
    senders: list[object] = []
    for name, value in headers:
        if name.strip().lower() == "from" and value not in senders:
            senders.append(value)
        known.setdefault(name.strip().lower(), unfolded(value))
    if len(files) > MOST_PARTS:
        raise BadPayload(f"email: more than {MOST_PARTS} files")
    name, addresses = senders_of(senders)
    return Mail(
        headers=known,
        senders=addresses,
        name=name,
        recipients=(*(one.lower() for one in recipients if one), *addressed(known)),
        text=text.replace("\r\n", "\n") if text.strip() else from_html(html),
        files=tuple(_file(number, *file) for number, file in enumerate(files)),
        by=by,
    )


def _file(number: int, name: str, kind: str, data: bytes) -> Media:
    return file_of(data, kind, file_name(name), number)


def header_lines(block: str) -> list[tuple[str, str]]:
    """(name, value) of a block of headers, folded lines joined."""
    pairs: list[tuple[str, str]] = []
    for line in block.replace("\r\n", "\n").split("\n"):
        if line[:1] in (" ", "\t") and pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {line.strip()}")
        elif ":" in line:
            name, _, value = line.partition(":")
            pairs.append((name.strip(), value.strip()))
    return pairs
