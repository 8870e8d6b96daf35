from __future__ import annotations

from pathlib import Path

import pytest

from bot.bench.command import parse
from bot.bench.measuring import SECTIONS, Wanted
from bot.errors import BadInput


def wanted(*arguments: str) -> Wanted:
    asked = parse(arguments)
    assert asked is not None
    return asked


def test_measures_every_part_unless_told_otherwise():
    assert wanted() == Wanted(list(SECTIONS), 300)


def test_compares_only_when_asked_to():
    assert "against" not in wanted().sections
    asked = wanted("--against", "rasa-default")
    assert asked.sections[-1] == "against"
    assert asked.against == ("rasa-default",)


def test_measures_named_parts_in_the_usual_order():
    assert wanted("--only", "webhook", "--only", "turn").sections == ["turn", "webhook"]
    assert wanted("--only", "webhook,turn").sections == ["turn", "webhook"]


def test_compares_alone():
    asked = wanted("--only", "against", "--against", "rasa-default")
    assert asked.sections == ["against"]


def test_json_goes_to_a_file_or_to_standard_output():
    assert wanted("--json", "figures.json").json == Path("figures.json")
    assert wanted("--json").json == Path("-")
    assert wanted("--json", "--turns", "50") == Wanted(list(SECTIONS), 50, (), Path("-"))


def test_help_is_printed_and_nothing_is_measured(capsys: pytest.CaptureFixture[str]):
    assert parse(["--help"]) is None
    assert "--against" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--turns", "0"], "--turns"),
        (["--turns", "many"], "--turns"),
        (["--against", "alexa"], "rasa-default"),
        (["--only", "lunch"], "turn, stages, growth, webhook, reading, model, against"),
        (["--only", "against"], "--against rasa-default"),
        (["--fast"], "--fast"),
        (["surplus"], "surplus"),
    ],
)
def test_refuses_what_it_cannot_do_and_says_what_it_can(arguments: list[str], complaint: str):
    with pytest.raises(BadInput, match=complaint):
        parse(arguments)
