"""What the classifier is given: the same words whoever asks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.brain.nlu.normal_form import normal_form
from bot.shop.reading import read


def masked(text: str) -> list[str]:
    return normal_form(text, [(f.start, f.end, f.kind) for f in read(text)]).split()


def test_two_order_numbers_become_the_same_words() -> None:
    assert masked("where is W1234567") == masked("Where is FH-10001")


def test_an_address_is_not_learned_by_heart() -> None:
    assert masked("It's jane@example.com") == ["it's", "xxemailxx"]


def test_countries_and_money_give_way_to_their_kind() -> None:
    assert masked("to Austria for $30") == ["to", "xxcountryxx", "for", "xxmoneyxx"]


def test_other_numbers_become_one_word_and_keep_their_unit() -> None:
    assert masked("the 5.8-inch one") == ["the", "xxnumberxx", "-inch", "one"]


def test_a_span_inside_another_is_dropped() -> None:
    assert normal_form("call +49 30 123456", [(5, 18, "phone"), (9, 11, "postcode")]).split() == [
        "call",
        "xxphonexx",
    ]


@given(st.text())
def test_any_text_has_a_normal_form(text: str) -> None:
    assert isinstance(normal_form(text, [(f.start, f.end, f.kind) for f in read(text)]), str)
