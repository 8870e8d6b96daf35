"""Reviewing what was understood badly: grouped by meaning, labels checked, no harm taught."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.cli.review import read_labels
from bot.errors import BadInput
from bot.evaluation.figures import Figures
from bot.evaluation.measuring import Evaluation, Scope
from bot.evaluation.misread import Message, grouped
from bot.evaluation.teaching import MOST_EXAMPLES, REVIEWED, check, worse_in, write_examples


def test_groups_messages_that_mean_the_same() -> None:
    texts = [
        "do you ship to the moon",
        "is delivery to the moon possible",
        "can I pay with bitcoin",
        "do you accept bitcoin payments",
        "can you deliver to the moon please",
    ]
    groups = grouped([Message(text, "nlu_fallback", 0.2) for text in texts])
    assert [len(group.messages) for group in groups] == [3, 2]
    assert {m.text for m in groups[1].messages} == set(texts[2:4])
    assert grouped([]) == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data" / "nlu").mkdir(parents=True)
    lines = "".join(f"      - example {n}\n" for n in range(MOST_EXAMPLES - 1))
    (tmp_path / "data" / "nlu" / "a.yml").write_text(
        f"nlu:\n  - intent: greet\n    examples: |\n{lines}"
    )
    return tmp_path


def test_refuses_unknown_intents_and_too_many_examples(project: Path) -> None:
    check(project, {"greet": ["hi"]})
    with pytest.raises(BadInput, match="'hello' is no intent; the intents are: greet"):
        check(project, {"hello": ["hi"]})
    with pytest.raises(BadInput, match="greet has 59 examples and may have 60; take 1 out"):
        check(project, {"greet": ["hi", "ho"]})


def test_writes_examples_once_and_without_markup(project: Path) -> None:
    write_examples(project, {"greet": ["hi [there](name)", "two\nlines", "hi"]})
    write_examples(project, {"greet": ["hi"], "bye": ["ciao"]})
    blocks = YAML(typ="safe").load((project / REVIEWED).read_text())["nlu"]
    assert {b["intent"]: b["examples"] for b in blocks} == {
        "bye": "- ciao\n",
        "greet": "- hi there name\n- two lines\n- hi\n",
    }


def evaluation(accuracy: float, refused: float) -> Evaluation:
    figures = Figures(accuracy, accuracy, accuracy, (), (), ())
    return Evaluation("ours", 100, figures, Scope(refused, 1.0, ()))


def test_says_what_got_worse() -> None:
    before = evaluation(0.98, 0.95)
    assert worse_in(before, evaluation(0.98, 0.96)) == ()
    assert worse_in(before, dataclasses.replace(before, scope=None)) == ()
    assert worse_in(before, evaluation(0.99, 0.90)) == (
        "refused of what is out of scope: 95.0% before, 90.0% after",
    )
    assert len(worse_in(before, evaluation(0.90, 0.95))) == 2


def test_reads_labels_and_names_the_line_that_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text('{"text": "hi", "intent": "greet"}\n\n{"text": "ho", "intent": "greet"}\n')
    assert read_labels(file) == {"greet": ["hi", "ho"]}
    file.write_text('{"text": "hi", "intent": "greet"}\n{"text": "hi"}\n')
    with pytest.raises(BadInput, match=r"labels\.jsonl:2"):
        read_labels(file)
    file.write_text("\n")
    with pytest.raises(BadInput, match="nothing is labelled"):
        read_labels(file)
