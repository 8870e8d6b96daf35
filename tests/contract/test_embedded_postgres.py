"""The embedded PostgreSQL: shared by our processes, gone with the last one, back after kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from bot.errors import ConfigError
from bot.store.cluster import Cluster
from bot.store.embedded import start

USER_SCRIPT = """
import sys, pathlib
from bot.store.embedded import start
with start(pathlib.Path(sys.argv[1]), durable=False) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder outside pytest's own, which the next run of root closes to a server of nobody's."""
    with tempfile.TemporaryDirectory(prefix="onecounter-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def other_user(directory: Path) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, "-c", USER_SCRIPT, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def gone(pid: int, within: float = 15) -> bool:
    try:
        psutil.Process(pid).wait(within)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def test_keeps_what_was_written_and_stops_with_its_only_user(tmp_path: Path) -> None:
    with start(tmp_path / "pg") as server:
        first = server.pid
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
    assert not psutil.pid_exists(first)
    with start(tmp_path / "pg") as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (42,)


def test_two_processes_share_one_server_and_the_last_one_stops_it(tmp_path: Path) -> None:
    with start(tmp_path / "pg", durable=False) as server:
        process, pid = other_user(tmp_path / "pg")
        assert pid == server.pid
    assert psutil.pid_exists(pid)
    process.communicate(timeout=20)
    assert not psutil.pid_exists(pid)


def test_a_killed_user_leaves_no_server_behind(tmp_path: Path) -> None:
    process, pid = other_user(tmp_path / "pg")
    process.kill()
    process.communicate()
    assert gone(pid)


def test_starts_again_after_kill_9_of_the_server(tmp_path: Path) -> None:
    with start(tmp_path / "pg", durable=False) as server:
        old = server.pid
        os.kill(old, signal.SIGKILL)
        assert gone(old)
        deadline = time.monotonic() + 20
        while not Cluster(tmp_path / "pg").answers():
            assert time.monotonic() < deadline
        assert server.pid != old


def test_is_not_fooled_by_another_process_with_the_old_number(tmp_path: Path) -> None:
    with start(tmp_path / "pg", durable=False):
        pid_file = tmp_path / "pg" / "data" / "postmaster.pid"
        left_behind = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *left_behind[1:]]))
    with start(tmp_path / "pg", durable=False) as server:
        assert server.pid != os.getpid()


def test_works_in_a_directory_too_deep_for_a_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b c" * 20)
    with start(deep, durable=False) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_says_what_is_wrong_with_data_of_another_version(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(ConfigError, match="made by PostgreSQL 16"), start(tmp_path):
        pass
