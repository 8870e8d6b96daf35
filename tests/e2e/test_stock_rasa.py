"""Rasa's own servers on this tree, started by the stock command line."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
RASA = Path(sys.executable).with_name("rasa")

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(url: str, env: dict[str, str], log: Path, *arguments: str) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [RASA, "run", *arguments], cwd=ROOT, env=env, stdout=out, stderr=out
        )
    try:
        deadline = time.monotonic() + 90
        while True:
            assert process.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(url, timeout=2).status_code == 200:
                    break
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(30)


def test_rasa_run_answers_through_its_rest_channel_and_action_server(
    database: str, model_path: Path, tmp_path: Path
):
    port, actions_port = free_port(), free_port()
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text(f'action_endpoint:\n  url: "http://127.0.0.1:{actions_port}/webhook"\n')
    env = {name: value for name, value in os.environ.items() if not name.startswith("ONECOUNTER_")}
    env |= {"ONECOUNTER_DATABASE_URL": database, "ONECOUNTER_HOME": str(tmp_path)}
    actions = ("actions", "--actions", "actions", "--port", str(actions_port))
    server = (
        *("--enable-api", "--interface", "127.0.0.1", "--port", str(port)),
        *("--model", str(model_path), "--endpoints", str(endpoints)),
    )
    base = f"http://127.0.0.1:{port}"
    health = f"http://127.0.0.1:{actions_port}/health"
    with (
        running(health, env, tmp_path / "actions.log", *actions),
        running(f"{base}/status", env, tmp_path / "server.log", *server),
    ):
        asked = {"sender": "somebody", "message": "when are you open?"}
        webhook = f"{base}/webhooks/rest/webhook"
        said = httpx.post(webhook, json=asked, timeout=30).json()
        # The way `rasa shell` asks: each message on a line of its own.
        streamed = httpx.post(f"{webhook}?stream=true", json=asked, timeout=30).text
    logs = [(tmp_path / name).read_text()[-1500:] for name in ("actions.log", "server.log")]
    assert said, "\n".join(logs)
    assert any(part.get("text") for part in said)
    assert any(json.loads(line).get("text") for line in streamed.splitlines())
