"""The command line: every mistake is one line that helps, and help teaches by example."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.app import main
from bot.cli.ports import check_free
from bot.cli.talk import answer_lines
from bot.errors import BadInput, ConfigError
from bot.settings import load_settings

COMMANDS = ("run", "talk", "shop", "train", "doctor", "migrate", "serve", "work")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONECOUNTER_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")


@dataclass
class Heard:
    """An exchange as the engine returns it."""

    replies: tuple[object, ...] = ()
    state: str = "bot"
    intent: str = "greet"
    confidence: float = 0.9
    ms: float = 5.0


@dataclass
class Line:
    text: str
    choices: tuple[str, ...] = ()
    utter: str = "utter_greet"
    facts: tuple[dict[str, object], ...] = ()


class Parrot:
    """A talker that answers with what it heard."""

    def say(self, sender: str, words: str, context: dict[str, object] | None = None) -> Heard:
        if words == "crash":
            raise RuntimeError("pa55word")
        if ":" not in sender:
            raise BadInput(f"{sender!r} is not an address")
        fact: dict[str, object] = {"name": "country", "value": (context or {}).get("country")}
        return Heard((Line(words, ("Yes", "No"), facts=(fact,)),))


def talked(*lines: str | bytes) -> list[dict[str, object]]:
    out = io.StringIO()
    given = [line if isinstance(line, bytes) else line.encode() for line in lines]
    answer_lines(Parrot(), given, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_unknown_setting_is_one_line_and_exit_code_2(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONECOUNTER_WORKRES", "2")
    assert main(["doctor"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "onecounter: unknown setting ONECOUNTER_WORKRES; did you mean ONECOUNTER_WORKERS?"
    ]


def test_debug_shows_where_an_error_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONECOUNTER_PORT", "many")
    monkeypatch.setenv("ONECOUNTER_LOG_LEVEL", "INFO")  # so that --debug is undone afterwards
    with pytest.raises(ConfigError):
        main(["--debug", "doctor"])


def test_names_a_file_that_cannot_be_read(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["shop", "import", "nowhere.json"]) == 2
    assert "nowhere.json cannot be read" in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [["tlak"], ["shop", "import"], ["run", "--prot", "1"]])
def test_a_mistyped_command_is_explained(
    arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "Error" in capfd.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_teaches_by_example(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    out = capfd.readouterr().out
    assert "Examples" in out
    assert f"onecounter {command}" in out


def test_a_taken_port_is_named_with_a_way_out(tmp_path: Path, taken: int) -> None:
    settings = load_settings({"ONECOUNTER_PORT": str(taken)}, home=tmp_path)
    with pytest.raises(ConfigError, match=rf"port {taken} on 127.0.0.1 is taken .*--port \d+"):
        check_free(settings)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield busy.getsockname()[1]


def test_answers_each_line_with_what_was_said_and_why() -> None:
    (answer,) = talked('{"from": "web:me", "text": "hello", "context": {"country": "DE"}}')
    assert answer == {
        "from": "web:me",
        "replies": [
            {
                "text": "hello",
                "choices": ["Yes", "No"],
                "utter": "utter_greet",
                "facts": [{"name": "country", "value": "DE"}],
            }
        ],
        "state": "bot",
        "intent": "greet",
        "confidence": 0.9,
        "ms": 5.0,
    }


@pytest.mark.parametrize(
    "bad",
    [
        "hello",
        "[]",
        '"hello"',
        "{}",
        '{"from": 3, "text": "x"}',
        '{"from": "web:me"}',
        '{"from": "web:me", "text": null}',
        '{"from": "me", "text": "x"}',
        '{"from": "web:me", "text": "x", "context": 3}',
        b"\xff\xfe",
        "[" * 100_000,
    ],
)
def test_a_bad_line_gets_an_error_and_the_next_its_answer(bad: str | bytes) -> None:
    error, answer = talked(bad, '{"from": "web:me", "text": "hello"}')
    assert error["error"]
    assert error["line"] == 1
    assert answer["intent"] == "greet"


def test_a_bug_of_ours_does_not_end_the_run_and_leaks_nothing() -> None:
    error, answer = talked(
        '{"from": "web:me", "text": "crash"}', "", '{"from": "web:me", "text": "hello"}'
    )
    assert "pa55word" not in str(error)
    assert answer["intent"] == "greet"
