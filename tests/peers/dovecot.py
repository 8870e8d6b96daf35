"""A real Dovecot on loopback: any user has a mailbox, all with one password, for one test run.

Needs root and Debian's ``dovecot-imapd dovecot-lmtpd`` (scripts/mailserver installs them).
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import os
import re
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from imap_tools import MailBoxUnencrypted

from tests.conftest import SHARED

PASSWORD = "secret"
MISSING = "NOT RUN: the tests of a real mailbox need Dovecot and root (scripts/mailserver)"


def dovecot() -> str | None:
    """The program, where it can be run as this user; None: the tests are reported as not run."""
    path = os.environ.get("ONECOUNTER_TEST_DOVECOT") or shutil.which("dovecot", path="/usr/sbin")
    return path if path and os.getuid() == 0 and Path("/usr/lib/dovecot/lmtp").exists() else None


@dataclass(frozen=True)
class Mailboxes:
    """Where the mailboxes are: IMAP and LMTP on these ports of loopback."""

    imap: int
    lmtp: int
    folder: Path

    def deliver(self, user: str, raw: bytes, sender: str = "somebody@mail.example") -> None:
        """Put a mail into somebody's mailbox, as a mail server does; it notes who sent it."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as server:
            server.sendmail(sender, [user], raw)

    @contextlib.contextmanager
    def open(self, user: str) -> Iterator[MailBoxUnencrypted]:
        """Somebody's mailbox, as their program sees it."""
        box = MailBoxUnencrypted("127.0.0.1", self.imap, 10)
        with box.login(user, PASSWORD):
            yield box

    def mails(self, user: str) -> list[EmailMessage]:
        """What lies in somebody's mailbox, oldest first."""
        with self.open(user) as box:
            found = [m.obj.as_bytes() for m in box.fetch(mark_seen=False)]
        mails = [email.message_from_bytes(raw, policy=email.policy.default) for raw in found]
        return [mail for mail in mails if isinstance(mail, EmailMessage)]

    def seen(self, user: str) -> list[bool]:
        """Which of them are marked as seen."""
        with self.open(user) as box:
            return ["\\Seen" in mail.flags for mail in box.fetch(mark_seen=False)]

    def forget_numbering(self, user: str) -> None:
        """Have the mailbox number its mails anew, as after a restored backup."""
        folder = self.folder / "mail" / user
        head = (folder / "dovecot-uidlist").read_text().split("\n")[0]
        validity = int(re.search(r"V(\d+)", head)[1])  # type: ignore[index]
        for index in folder.glob("dovecot*"):
            index.unlink()
        fresh = folder / "dovecot-uidlist"
        fresh.write_text(re.sub(r"V\d+ N\d+", f"V{validity + 1000} N1", head) + "\n")
        shutil.chown(fresh, "mail", "mail")


@contextlib.contextmanager
def running() -> Iterator[Mailboxes]:
    """Dovecot with everything it keeps in a folder of its own, ended by its own process id."""
    program = dovecot()
    assert program is not None, MISSING
    imap, lmtp = free_ports(2)
    # Not under pytest's own folder, which is closed to the user that delivers mail.
    with tempfile.TemporaryDirectory(prefix="onecounter-mail-", ignore_cleanup_errors=True) as top:
        folder = Path(top)
        folder.chmod(0o711)
        for name in ("run", "log", "mail"):
            (folder / name).mkdir()
        shutil.chown(folder / "mail", "mail", "mail")
        text = (SHARED / "peers" / "email" / "dovecot.conf.in").read_text("utf-8")
        text = text.replace("@DIR@", str(folder)).replace("10143", str(imap))
        (folder / "dovecot.conf").write_text(text.replace("10024", str(lmtp)), "utf-8")
        command = [program, "-F", "-c", str(folder / "dovecot.conf")]
        process = subprocess.Popen(command, start_new_session=True)
        try:
            for port in (imap, lmtp):
                _wait_for(port, process)
            yield Mailboxes(imap, lmtp, folder)
        finally:
            process.terminate()
            process.wait(timeout=20)


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("Dovecot did not come up")
