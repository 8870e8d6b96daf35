"""A text message costs what its segments cost, and is changed only where that saves one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Reply
from bot.render import render
from channels import capabilities_of
from channels.gsm7 import BASIC, EXTENDED, TYPOGRAPHIC, cheaper, counted
from tests.conftest import SHARED

SMS = capabilities_of("sms")
VECTORS = json.loads((SHARED / "contracts" / "sms_segment_vectors.json").read_text("utf-8"))
MARKS = "".join(map(chr, TYPOGRAPHIC))
LETTERS = "abc XYZ 123 é ü Ő ł ş Ж 漢 👋 €{}|"
texts = st.text(st.sampled_from(MARKS + LETTERS) | st.characters(codec="utf-8"), max_size=400)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: f"{v['units']} of {v['encoding']}")
def test_counts_as_the_networks_do(vector: dict[str, object]) -> None:
    count = counted(str(vector["text"]))
    assert (count.encoding, count.units, count.segments) == (
        vector["encoding"],
        vector["units"],
        vector["segments"],
    )


def test_there_are_as_many_vectors_as_their_description_says() -> None:
    assert len(VECTORS) == 28


def test_a_pair_is_not_parted_at_the_end_of_a_segment() -> None:
    assert counted("a" * 152 + "€" + "a" * 151).segments == 2
    assert counted("a" * 152 + "€" + "a" * 152).segments == 3
    assert counted("ő" * 66 + "👋" + "ő" * 65).segments == 2
    assert counted("ő" * 66 + "👋" + "ő" * 66).segments == 3


def test_a_curly_quote_is_made_straight_where_it_would_cost_a_segment() -> None:
    rest = "is on its way and will be with you tomorrow before noon"
    assert counted(f"Your \u2018Kettle\u2019 {rest}\u2026 \u2013 enjoy").segments == 2
    assert (
        cheaper(f"Your \u2018Kettle\u2019 {rest}\u2026 \u2013 enjoy")
        == f"Your 'Kettle' {rest}... - enjoy"
    )


def test_a_curly_quote_stays_where_it_costs_nothing() -> None:
    assert cheaper("It\u2019s here \u2013 enjoy!") == "It\u2019s here \u2013 enjoy!"


def test_a_curly_quote_stays_beside_a_name_that_is_not_gsm_anyway() -> None:
    text = "Kedves Őry \u2018Dóra\u2019! " * 10
    assert cheaper(text) == text


@given(texts)
def test_never_takes_more_segments_and_changes_nothing_but_marks(text: str) -> None:
    plain = cheaper(text)
    before, after = counted(text), counted(plain)
    if plain == text:
        return
    assert after.segments < before.segments
    assert after.encoding == "GSM-7"
    assert plain == text.translate(TYPOGRAPHIC)
    kept = [character for character in text if character not in MARKS]
    assert [c for c in kept if c in plain] == kept


@given(texts)
def test_counts_no_less_than_its_characters_and_fits_what_it_says(text: str) -> None:
    count = counted(text)
    assert count.units >= len(text)
    assert (count.segments == 0) is (text == "")
    room = {"GSM-7": (160, 153), "UCS-2": (70, 67)}[count.encoding]
    assert count.units <= (room[0] if count.segments <= 1 else count.segments * room[1])
    assert (count.encoding == "GSM-7") is (set(text) <= BASIC | EXTENDED)


def test_typewriter_marks_are_all_gsm() -> None:
    assert set("".join(map(str, TYPOGRAPHIC.values()))) <= BASIC


@given(st.lists(texts, min_size=1, max_size=9).map(" ".join))
def test_a_rendered_text_is_as_cheap_as_it_can_be_and_within_the_limit(text: str) -> None:
    for part in render(Reply("utter_x", text), SMS):
        assert len(part.text.encode("utf-16-le", "surrogatepass")) // 2 <= SMS.max_text
        assert part.plain == part.text
        straight = part.text.translate(TYPOGRAPHIC)
        fewer = counted(straight).segments < counted(part.text).segments
        assert not fewer or len(straight) > SMS.max_text


def test_each_message_of_a_long_text_is_looked_at_by_itself() -> None:
    curly = "It\u2019s on its way \u2013 we will write again. " * 41
    first, second = render(Reply("utter_x", f"{curly}\n\nKedves Őry \u2018Dóra\u2019!"), SMS)
    assert "\u2019" not in first.text
    assert "\u2018Dóra\u2019" in second.text
