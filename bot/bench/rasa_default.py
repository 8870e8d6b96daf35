"""Rasa's default set-up on our training data: a project of its own, trained once, then served."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from ruamel.yaml import YAML

from bot.bench.children import Child, answers, child, free_port
from bot.bench.product import environment
from bot.bench.rasa_environment import FOLDER, LOCK, Environment
from bot.bench.scratch import Scratch
from bot.errors import BrainError
from bot.settings import PROJECT, Settings

CONFIG = FOLDER / "rasa_default" / "config.yml"
LEARNED_FROM = ("nlu", "rules.yml", "stories")
TRAINS_WITHIN = timedelta(minutes=60)
STARTS_WITHIN = timedelta(minutes=5)
KEPT_MODELS = 2


@dataclass(frozen=True)
class Trained:
    """A model of the default pipeline, and how long it took to train when it was."""

    model: Path
    seconds: float


def trained(models: Path) -> Trained | None:
    """The model that matches the training data and the default pipeline, if there is one."""
    model = models / f"{_fingerprint()}.tar.gz"
    note = _note_of(model)
    if not (model.is_file() and note.is_file()):
        return None
    return Trained(model, float(json.loads(note.read_text())["train_seconds"]))


def train(rasa: Environment, models: Path, folder: Path) -> Trained:
    """Train Rasa's default pipeline on our data; minutes. Raises BrainError with Rasa's words."""
    project = folder / "rasa-project"
    models.mkdir(parents=True, exist_ok=True)
    write_project(project)
    log = folder / "rasa-train.log"
    name = _fingerprint()
    begun = time.monotonic()
    with log.open("wb") as out:
        done = subprocess.run(
            [rasa.rasa, "train", "--out", folder, "--fixed-model-name", name],
            cwd=project,
            env=rasa.variables(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=TRAINS_WITHIN.total_seconds(),
        )
    seconds = round(time.monotonic() - begun, 1)
    made = folder / f"{name}.tar.gz"
    if done.returncode or not made.is_file():
        raise BrainError(
            f"Rasa's default did not train: {log.read_text('utf-8', 'replace')[-2000:]}"
        )
    model = models / made.name
    _note_of(model).write_text(json.dumps({"train_seconds": seconds}))
    shutil.move(made, model)
    _forget_old(models)
    return Trained(model, seconds)


def write_project(project: Path) -> None:
    """A Rasa project with the default pipeline and everything ours learns from."""
    (project / "data").mkdir(parents=True)
    shutil.copy(CONFIG, project / "config.yml")
    shutil.copy(PROJECT / "domain.yml", project)
    for name in LEARNED_FROM:
        source = PROJECT / "data" / name
        if source.is_dir():
            shutil.copytree(source, project / "data" / name)
        elif source.exists():
            shutil.copy(source, project / "data")


class Server:
    """``rasa run`` with the REST channel, and its action server."""

    def __init__(self, base: str, rasa: Child, actions: Child, load_seconds: float) -> None:
        self._http = httpx.Client(base_url=base, timeout=60.0)
        self._rasa = rasa
        self._actions = actions
        self.load_seconds = load_seconds

    def say(self, sender: str, words: str) -> tuple[float, bool]:
        """Milliseconds until Rasa's answer, and whether it said anything."""
        begun = time.perf_counter()
        body = {"sender": sender, "message": words}
        answer = self._http.post("/webhooks/rest/webhook", json=body)
        ms = (time.perf_counter() - begun) * 1000
        answer.raise_for_status()
        return ms, bool(answer.json())

    def peak_mb(self) -> tuple[float, float]:
        """The most memory of the Rasa server, and of the action server."""
        return self._rasa.peak_mb(), self._actions.peak_mb()

    def close(self) -> None:
        """Close the connection to it."""
        self._http.close()


@contextmanager
def serving(
    place: Scratch, rasa: Environment, model: Path, shop: Settings, *, tracker_store: str | None
) -> Iterator[Server]:
    """Rasa's servers, as its documentation starts them.

    Our actions run in Rasa's action server, in our environment, on the shop in ``shop``. Without
    ``tracker_store`` (a database URL) conversations are kept in memory: the default.
    """
    name = "rasa" if tracker_store is None else "rasa-sql"
    folder = place.folder / name
    folder.mkdir()
    action_port, port = free_port(), free_port()
    (folder / "credentials.yml").write_text("rest:\n")
    (folder / "endpoints.yml").write_text(_endpoints(action_port, tracker_store))
    actions: list[str | Path] = [
        Path(sys.executable).with_name("rasa"),
        *("run", "actions", "--actions", "actions", "--port", str(action_port)),
    ]
    server: list[str | Path] = [
        rasa.rasa,
        *("run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port)),
        *("--model", model, "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"),
    ]
    base = f"http://127.0.0.1:{port}"
    ours = child(
        "rasa run actions",
        actions,
        env=environment(shop),
        cwd=PROJECT,
        log=place.folder / f"{name}-actions.log",
    )
    theirs = child(
        "rasa run", server, env=rasa.variables(), cwd=folder, log=place.folder / f"{name}.log"
    )
    with ours as actions_process, theirs as process:
        begun = time.monotonic()
        process.wait_for(answers(f"{base}/status"), STARTS_WITHIN)
        seconds = round(time.monotonic() - begun, 1)
        actions_process.wait_for(answers(f"http://127.0.0.1:{action_port}/health"), STARTS_WITHIN)
        running = Server(base, process, actions_process, seconds)
        try:
            yield running
        finally:
            running.close()


def _endpoints(action_port: int, tracker_store: str | None) -> str:
    lines = ["action_endpoint:", f'  url: "http://127.0.0.1:{action_port}/webhook"']
    if tracker_store is not None:
        lines += ["tracker_store:", "  type: SQL", "  dialect: postgresql"]
        lines += [f"  url: {json.dumps(tracker_store)}"]
    return "\n".join([*lines, ""])


def _fingerprint() -> str:
    """Over what Rasa's default learns from; wording is no part of it, as in our own."""
    domain = YAML(typ="safe").load((PROJECT / "domain.yml").read_text("utf-8"))
    domain["responses"] = sorted(domain.get("responses") or ())
    digest = hashlib.sha256(json.dumps(domain, sort_keys=True).encode())
    learned = (PROJECT / "data" / name for name in LEARNED_FROM)
    data = [file for path in learned for file in (path, *path.rglob("*.yml")) if file.is_file()]
    for file in (CONFIG, LOCK, *sorted(data)):
        digest.update(file.read_bytes())
    return "rasa-default-" + digest.hexdigest()[:16]


def _note_of(model: Path) -> Path:
    return model.with_name(model.name.removesuffix(".tar.gz") + ".json")


def _forget_old(models: Path) -> None:
    """Keep the newest few; each is some tens of megabytes."""
    found = sorted(models.glob("rasa-default-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    for old in found[:-KEPT_MODELS]:
        old.unlink()
        _note_of(old).unlink(missing_ok=True)
