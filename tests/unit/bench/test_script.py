from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from bot.bench.growth import rotated
from bot.bench.script import Records, conversations, templates
from bot.errors import ConfigError

RECORDS = Records(
    people=[
        ("#F1001", "ada@example.com", "+12015550101"),
        ("#F1002", "bo@example.com", "+12015550102"),
    ],
    products=["Alder Mug", "Birch Lamp"],
)


def test_the_written_conversations_can_be_held_with_real_records():
    written = templates()
    assert set(written) == {"sms", "web"}
    everything = sum(len(said) for said in written.values())
    for talking in islice(conversations(written, RECORDS, 1), 2 * everything):
        assert talking.messages
        assert not any("{" in words for words in talking.messages)


def test_the_same_seed_says_the_same_and_another_one_something_else():
    written = templates()

    def first(seed: int) -> list[object]:
        return list(islice(conversations(written, RECORDS, seed), 12))

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_a_visitor_is_somebody_new_each_time_and_a_phone_number_is_on_file():
    held = list(islice(conversations(templates(), RECORDS, 1), 20))
    visitors = [talking.sender for talking in held if talking.sender.startswith("web:")]
    assert len(visitors) == len(set(visitors)) == 10
    phones = {talking.sender for talking in held if talking.sender.startswith("sms:")}
    assert phones <= {"sms:+12015550101", "sms:+12015550102"}


def test_refuses_a_file_without_conversations(tmp_path: Path):
    (tmp_path / "said.yml").write_text("just words")
    with pytest.raises(ConfigError, match=r"said\.yml"):
        templates(tmp_path / "said.yml")
    with pytest.raises(ConfigError, match="cannot be read"):
        templates(tmp_path / "missing.yml")


def test_no_size_is_always_measured_first():
    assert [rotated((10, 100, 1_000), block)[0] for block in range(4)] == [10, 100, 1_000, 10]
