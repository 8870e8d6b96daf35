"""The figures of an evaluation, and the files it reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.metrics import f1_score

from bot.errors import BadInput
from bot.evaluation.figures import NONE, Outcome, figures, percentile, refused
from bot.evaluation.sets import Sample, read_labelled, read_out_of_scope


def outcome(meant: str, *read: str, flags: str = "", in_scope: bool = True) -> Outcome:
    return Outcome(Sample("text", tuple(meant.split("|")), flags), read, 0.9, in_scope)


OUTCOMES = [
    outcome("a", "a", flags="B"),
    outcome("a|b", "b", flags="BZ"),
    outcome("a", "b", flags="Z"),
    outcome("b", "b"),
    outcome("b"),
    outcome("c", "a", "c"),
]


def test_counts_what_is_right_and_what_was_meant() -> None:
    found = figures(OUTCOMES)
    assert found.accuracy == pytest.approx(3 / 6)
    assert found.first == pytest.approx(2 / 6)


def test_several_wishes_where_one_was_meant_are_wrong() -> None:
    assert ("c", "a+c", 1) in figures(OUTCOMES).confusions
    assert ("b", NONE, 1) in figures(OUTCOMES).confusions


def test_tells_how_kinds_of_messages_fare() -> None:
    flags = {score.name: (score.count, score.accuracy) for score in figures(OUTCOMES).flags}
    assert flags == {"B": (2, 1.0), "Z": (2, 0.5)}


def test_macro_f1_is_scikit_learns() -> None:
    meant = [o.sample.intents[0] for o in OUTCOMES]
    read = [o.sample.intents[0] if o.right else o.read for o in OUTCOMES]
    theirs = f1_score(meant, read, labels=["a", "b", "c"], average="macro", zero_division=0)
    assert figures(OUTCOMES).macro_f1 == pytest.approx(theirs)


def test_refused_and_percentiles() -> None:
    assert refused([outcome("a", "a", in_scope=False), outcome("a", "a")]) == 0.5
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([], 0.5) == 0.0


def test_reads_labelled_files(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("utterance,intent,flags\nwhere is it,track,BZ\n")
    names = tmp_path / "names.yml"
    names.write_text("track: [order_status, orders_list]\n")
    assert read_labelled(table, names) == [
        Sample("where is it", ("order_status", "orders_list"), "BZ")
    ]
    listed = tmp_path / "t.yml"
    listed.write_text("greet:\n  - hello\n")
    assert read_labelled(listed) == [Sample("hello", ("greet",))]
    assert read_out_of_scope(listed) == [Sample("hello", ())]


def test_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("words,intent\nhi,greet\n")
    with pytest.raises(BadInput, match=r"t\.csv: needs the columns"):
        read_labelled(table)
    table.write_text("text,intent\nhi,hello\n")
    names = tmp_path / "names.yml"
    names.write_text("greet: [greet]\n")
    with pytest.raises(BadInput, match=r"t\.csv:2: the map has no intent 'hello'"):
        read_labelled(table, names)
    with pytest.raises(BadInput, match=r"gone\.csv"):
        read_labelled(tmp_path / "gone.csv")
