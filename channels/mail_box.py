"""Reads a mailbox by IMAP (RFC 3501), and waits for news in it (IDLE, RFC 2177).

Mails are fetched by their number (UID) after the last one, committed, and only then marked as seen.
When the mailbox numbers anew (UIDVALIDITY), the last seven days are read again: what was read
before is known by its Message-ID. What came before the first look is left alone.
"""

from __future__ import annotations

import imaplib
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from bot.accounts import Secret
from bot.errors import AccountRefused, Unreachable
from channels.mail_mime import LARGEST
from channels.mail_server import Server, secure

ANEW = timedelta(days=7)
CLOCKS_DIFFER = timedelta(minutes=10)
"""The mailbox has a clock of its own, and keeps whole seconds."""
BATCH = 20
BATCH_BYTES = 2 * LARGEST
BEGINNING = 1024 * 1024
"""Bytes read of a mail that is too large: what it says comes first."""
PATIENCE = 30.0
GLANCE = 1.0
"""Seconds after which a watcher looks whether it is still wanted."""
IDLE_FOR = timedelta(minutes=9)
"""Servers may forget a connection that is quiet for half an hour (RFC 2177), boxes between them and
us after ten minutes."""
WITHOUT_IDLE = timedelta(seconds=30)
TROUBLE = (ImapToolsError, imaplib.IMAP4.error, OSError, ValueError, KeyError)
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')


@dataclass(frozen=True, slots=True)
class Found:
    """A mail in the box, and its size in bytes."""

    uid: int
    raw: bytes = field(repr=False)
    size: int = 0

    @property
    def whole(self) -> bool:
        """Whether all of it was read; else it is too large, and this is its beginning."""
        return self.size <= LARGEST


@dataclass(slots=True)
class Box:
    """One folder of one mailbox."""

    server: Server
    user: str
    password: Secret = field(repr=False)
    folder: str = "INBOX"
    _open: BaseMailBox | None = field(default=None, repr=False)
    _idles: bool = False
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def news(
        self, memory: Mapping[str, Any], now: datetime
    ) -> tuple[list[Found], dict[str, Any], bool]:
        """(mails since ``memory``, the new memory, whether there are more). Raises DeliveryError.

        ``memory``: ``uidvalidity``, the last ``uid``, when the first look was (``began``) and,
        while all is read again, since when (``since``).
        """
        with self._working() as box:
            validity, self._next = self._numbering(box)
            new: dict[str, Any] = {
                "uidvalidity": validity,
                "uid": self._next - 1,
                "began": now.isoformat(),
            }
            if not memory:
                return [], new, False
            new["began"], last, since = memory["began"], int(memory["uid"]), memory.get("since")
            if memory["uidvalidity"] != validity:
                last = 0
                since = max(now - ANEW, datetime.fromisoformat(new["began"])).isoformat()
            uids = _since(box, since) if since else _after(box, last)
            found, rest = _read(box, [uid for uid in uids if uid > last])
            if rest:
                new |= {"uid": found[-1].uid, **({"since": since} if since else {})}
            else:
                new["uid"] = max([new["uid"] if since else last, *(one.uid for one in found)])
            return found, new, bool(rest)

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Show in other programs that these were dealt with. Raises DeliveryError."""
        if uids:
            with self._working() as box:
                self._numbering(box)
                box.client.uid("STORE", ",".join(map(str, uids)), "+FLAGS.SILENT", r"(\Seen)")

    def watch(self, limit: timedelta, stop: threading.Event) -> None:
        """Return when something may have come, at the latest after ``limit`` or when ``stop`` is
        set. Raises DeliveryError."""
        with self._working() as box:
            _, following = self._numbering(box)
            if self._next and following > self._next:
                return  # it came after the last look
            self._next = following
            if self._idles:
                _idle(box, min(limit, IDLE_FOR), stop)
        if not self._idles:
            stop.wait(min(limit, WITHOUT_IDLE).total_seconds())

    def look(self) -> tuple[int, bytes]:
        """How many mails there are, and the headers of the newest. Raises DeliveryError."""
        with self._working() as box:
            self._numbering(box)
            uids = sorted(int(uid) for uid in box.uids("ALL", charset=None))
            newest = next(_fetched(box, uids[-1], "BODY.PEEK[HEADER]"), b"") if uids else b""
            return len(uids), newest

    def close(self) -> None:
        """Leave the server."""
        with self._lock:
            self._leave()

    @contextmanager
    def _working(self) -> Iterator[BaseMailBox]:
        """The open folder, for one thread at a time. What goes wrong is said in our words, and the
        connection is made anew the next time."""
        with self._lock:
            try:
                yield self._connected()
            except MailboxLoginError:
                self._leave()
                raise AccountRefused("the mailbox refuses our name and password") from None
            except MailboxFolderSelectError:
                self._leave()
                raise AccountRefused(f"the mailbox has no folder {self.folder!r}") from None
            except TROUBLE as error:
                self._leave()
                raise Unreachable(f"the mailbox cannot be read: {type(error).__name__}") from None

    def _connected(self) -> BaseMailBox:
        if self._open is None:
            self._open = box = _connect(self.server)
            box.login(self.user, self.password.reveal(), initial_folder=None)
            # after the log-in there may be more of them than before
            _, said = box.client.capability()
            self._idles = b"IDLE" in b" ".join(said).upper().split()
        return self._open

    def _leave(self) -> None:
        """A connection that is gone is left as it is."""
        box, self._open = self._open, None
        if box is not None:
            try:
                box.client.sock.settimeout(2)
                box.logout()
            except TROUBLE:
                box.client.shutdown()

    def _numbering(self, box: BaseMailBox) -> tuple[int, int]:
        """(UIDVALIDITY, UIDNEXT) as they are now: an open folder shows what it was when opened."""
        box.folder.set(self.folder)
        status = box.folder.status(self.folder, ["UIDVALIDITY", "UIDNEXT"])
        return status["UIDVALIDITY"], status["UIDNEXT"]


def _after(box: BaseMailBox, last: int) -> list[int]:
    """``n:*`` names the newest mail as well, also where that is older: whoever asks looks again."""
    return sorted(int(uid) for uid in box.uids(f"UID {last + 1}:*", charset=None))


def _since(box: BaseMailBox, since: str) -> list[int]:
    moment = datetime.fromisoformat(since) - CLOCKS_DIFFER
    day = (moment - timedelta(days=1)).strftime("%d-%b-%Y")  # in whatever zone the server is
    uids = sorted(int(uid) for uid in box.uids(f"SINCE {day}", charset=None))
    return [uid for uid in uids if _came(box, uid) >= moment]


def _connect(server: Server) -> BaseMailBox:
    if server.tls:
        return MailBox(server.host, server.port, PATIENCE, ssl_context=secure())
    if server.starttls:
        return MailBoxStartTls(server.host, server.port, PATIENCE, ssl_context=secure())
    return MailBoxUnencrypted(server.host, server.port, PATIENCE)


def _idle(box: BaseMailBox, limit: timedelta, stop: threading.Event) -> None:
    end = time.monotonic() + limit.total_seconds()
    with box.idle as idle:
        while not stop.is_set() and time.monotonic() < end:
            begun = time.monotonic()
            said = idle.poll(GLANCE)
            if any(b"EXISTS" in line or b"RECENT" in line for line in said):
                return
            gone = not said and time.monotonic() - begun < GLANCE / 2
            if gone or any(b"BYE" in line for line in said):
                raise ConnectionResetError("the server ended the connection")


def _read(box: BaseMailBox, uids: Sequence[int]) -> tuple[list[Found], Sequence[int]]:
    """The first mails, and the numbers of those that are left for the next time."""
    found: list[Found] = []
    room = BATCH_BYTES
    for place, uid in enumerate(uids):
        size = int(_told(box, uid, "RFC822.SIZE", _SIZE) or 0)
        if found and (len(found) >= BATCH or min(size, LARGEST) > room):
            return found, uids[place:]
        what = f"BODY.PEEK[]<0.{BEGINNING}>" if size > LARGEST else "BODY.PEEK[]"
        for raw in _fetched(box, uid, what):
            found.append(Found(uid, raw, size))
            room -= len(raw)
    return found, ()


def _came(box: BaseMailBox, uid: int) -> datetime:
    """When the server got a mail; long ago, when it is not there any more."""
    said = _told(box, uid, "INTERNALDATE", _DATE)
    if said is None:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.strptime(said.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")


def _told(box: BaseMailBox, uid: int, what: str, pattern: re.Pattern[bytes]) -> bytes | None:
    _, data = box.client.uid("FETCH", str(uid), f"({what})")
    found = pattern.search(b" ".join(piece for piece in data or () if isinstance(piece, bytes)))
    return found[1] if found else None


def _fetched(box: BaseMailBox, uid: int, what: str) -> Iterator[bytes]:
    """What was asked of one mail; nothing when it was deleted meanwhile."""
    _, data = box.client.uid("FETCH", str(uid), f"({what})")
    for piece in data or ():
        if isinstance(piece, tuple) and len(piece) > 1:
            yield piece[1]
            return
