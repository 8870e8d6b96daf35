"""Prices, stock and options: of exactly what was named, and a question where that is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.shop.asking import Memory
from tests.fakes import FakeShop
from tests.spoken import facts, spoken, utters
from tests.unit.service.counter import KETTLE, KEYBOARD, TERMS, answer, ask, product

BLUE = {"size": "small", "colour": "blue"}
SIZES = [("XL", 10), ("S", 9), ("L", 5), ("M", 10)]
SOON = date(2026, 12, 4)


@pytest.mark.parametrize(
    ("intent", "text", "said"),
    [
        ("product_price", "how much is the electric kettle?", ["utter_product_price"]),
        ("product_price", "price of the tea kettle", ["utter_product_price_out"]),
        ("product_price", "the grey clicky keyboard?", ["utter_product_price_of"]),
        ("product_price", "grey keyboard, linear", ["utter_product_price_out_of"]),
        ("product_price", "how much is the keyboard", ["utter_product_price_range"]),
        ("product_price", "the hiking boots", ["utter_product_price"]),
        ("product_price", "how much is the kettle", ["utter_product_which_of"]),
        ("product_price", "how much is it?", ["utter_product_which"]),
        ("product_price", "how much is a sofa", ["utter_product_unknown"]),
        ("product_price", "a pink keyboard", ["utter_product_not_offered"]),
        ("product_price", "how much is the bird bag in summer", ["utter_product_price_out_of"]),
        ("product_stock", "is the electric kettle in stock", ["utter_stock_yes"]),
        ("product_stock", "grey keyboard with clicky switches", ["utter_stock_few_of"]),
        ("product_stock", "black keyboard with clicky switches", ["utter_stock_yes_of"]),
        ("product_stock", "black keyboards", ["utter_stock_all_of"]),
        ("product_stock", "hiking boots", ["utter_stock_all"]),
        ("product_stock", "grey linear keyboard", ["utter_stock_no_of", "utter_stock_instead"]),
        ("product_stock", "any keyboards left?", ["utter_stock_some"]),
        ("product_stock", "keyboards in grey", ["utter_stock_only"]),
        ("product_stock", "the tea kettle", ["utter_stock_no_until"]),
        ("product_stock", "wool socks", ["utter_stock_no"]),
        ("product_stock", "sleeping bag for winter", ["utter_stock_no_of"]),
        ("product_stock", "hiking boots size 50", ["utter_product_not_offered"]),
        ("product_info", "what colours does the keyboard come in", ["utter_product_info_asked"]),
        ("product_info", "tell me about the keyboard", ["utter_product_info"]),
        ("product_info", "tell me about the electric kettle", ["utter_product_info_plain"]),
        ("product_info", "what do you sell?", ["utter_catalogue_link"]),
    ],
)
def test_answers_about_a_product(intent: str, text: str, said: list[str]) -> None:
    asked = ask(intent, text)
    given = answer(asked)
    assert spoken(asked, given)
    assert utters(given) == said


def test_a_price_names_its_variant_and_source() -> None:
    asked = ask("product_price", "how much is the grey keyboard with clicky switches?")
    given = answer(asked)
    assert spoken(asked, given) == "The price of the Mechanical Keyboard (clicky, grey) is €119.00."
    price = next(fact for fact in given.says[0].facts if fact.name == "price")
    assert (price.value, price.source) == (
        "119.00",
        "product/mechanical-keyboard/variant/mechanical-keyboard-1",
    )


def test_stock_is_a_fact_true_or_false() -> None:
    assert ("available", True) in facts(answer(ask("product_stock", "clicky grey keyboard")))
    assert ("available", False) in facts(answer(ask("product_stock", "linear grey keyboard")))


def test_says_when_there_is_more() -> None:
    given = answer(ask("product_stock", "is the tea kettle there"))
    assert ("restock_date", "2026-12-01") in facts(given)


def test_offers_what_is_nearest_instead_of_what_is_out() -> None:
    given = answer(ask("product_stock", "linear grey keyboard"))
    titles = [choice.title for choice in given.says[-1].choices]
    assert titles[0] == "linear, black (€109.00)"
    assert "grey" in titles[1]


def test_a_range_asks_which_one_and_takes_the_answer() -> None:
    first = answer(ask("product_price", "how much is the keyboard?"))
    assert (first.memory.task, first.memory.wants) == ("product_price", "variant")
    assert first.says[0].choices[0].title == "clicky, grey"
    typed = answer(ask("product_price", "clicky and black", memory=first.memory))
    assert ("price", "119.00") in facts(typed)
    assert typed.memory.task is None
    tapped = answer(
        ask("product_price", chosen={"variant": KEYBOARD.variants[2].id}, memory=first.memory)
    )
    assert ("price", "109.00") in facts(tapped)


def test_several_products_are_a_choice_and_options_said_are_kept() -> None:
    first = answer(ask("product_price", "how much is the kettle?"))
    titles = [choice.title for choice in first.says[0].choices]
    assert titles == ["Heath Electric Kettle", "Willow Tea Kettle"]
    chosen = answer(ask("product_price", chosen={"product": KETTLE.id}, memory=first.memory))
    assert ("price", "49.00") in facts(chosen)


def test_it_means_the_product_talked_about() -> None:
    first = answer(ask("product_price", "how much is the black keyboard with clicky switches?"))
    then = answer(ask("product_stock", "and is it in stock?", memory=first.memory))
    assert utters(then) == ["utter_stock_yes_of"]
    other = answer(ask("product_price", "and in linear?", memory=then.memory))
    assert ("price", "109.00") in facts(other)


def test_it_means_the_product_on_the_page() -> None:
    given = answer(ask("product_price", "how much is it?", product=KETTLE.id))
    assert ("price", "49.00") in facts(given)


def test_another_product_is_never_answered_with_the_one_before() -> None:
    first = answer(ask("product_price", "how much is the electric kettle?"))
    then = answer(ask("product_price", "and the sofa?", memory=first.memory))
    assert utters(then) == ["utter_product_unknown"]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("how much are wool gloves", ["Heather Wool Socks"]),
        ("a sleeping mat", ["Drift Sleeping Bag"]),
    ],
)
def test_offers_near_titles_for_one_we_do_not_have(text: str, near: list[str]) -> None:
    given = answer(ask("product_price", text))
    assert utters(given) == ["utter_product_nearest"]
    assert [choice.title for choice in given.says[0].choices] == near


def test_says_so_when_options_do_not_come_together() -> None:
    odd = product("Wall Clock", ({"size": "big", "colour": "red"}, "9", 1), (BLUE, "9", 1))
    asked = replace(ask("product_price", "a big blue wall clock"), shop=FakeShop([odd]))
    given = answer(asked)
    assert utters(given) == ["utter_product_no_such", "utter_stock_instead"]
    assert ("available", False) in facts(given)


@pytest.mark.parametrize(
    ("intent", "utter"),
    [
        ("product_price", "utter_product_price_range_options"),
        ("product_stock", "utter_stock_some_options"),
    ],
)
def test_names_the_options_when_there_are_too_many_to_tap(intent: str, utter: str) -> None:
    sizes = [({"size": str(n), "colour": "red"}, str(n), n % 19) for n in range(38, 54)]
    asked = replace(ask(intent, "the clogs"), shop=FakeShop([product("Garden Clogs", *sizes)]))
    given = answer(asked)
    assert utters(given) == [utter]
    assert "40, 41, 42" in spoken(asked, given)
    assert given.memory.wants == "variant"


def test_names_the_few_that_are_left_and_when_more_come() -> None:
    few = product("Mug", ({}, "9", 2))
    asked = replace(ask("product_stock", "is the mug there"), shop=FakeShop([few]))
    assert "only 2 left" in spoken(asked, answer(asked))
    back = product("Mug", ({"colour": "red"}, "9", 0), (BLUE, "9", 1), restock_on=SOON)
    asked = replace(ask("product_stock", "a red mug?"), shop=FakeShop([back]))
    assert utters(answer(asked))[0] == "utter_stock_no_until_of"


def test_a_shop_without_a_page_still_says_what_it_sells() -> None:
    bare = replace(TERMS, links=replace(TERMS.links, shop=""))
    asked = ask("product_info", "what do you have?", terms=bare)
    given = answer(asked)
    assert utters(given) == ["utter_catalogue"]
    assert "Desk" in spoken(asked, given)


def test_names_sizes_and_numbers_in_the_order_one_expects() -> None:
    made = product("Jacket", *(({"size": s, "volume": f"{n} l"}, "9", 1) for s, n in SIZES))
    asked = replace(ask("product_info", "tell me about the jacket"), shop=FakeShop([made]))
    assert "size: S, M, L, XL\nvolume: 5 l, 9 l, 10 l" in spoken(asked, answer(asked))


def test_an_empty_memory_keeps_nothing_of_an_answer_about_nothing() -> None:
    given = answer(ask("product_price", "what about that one", memory=Memory()))
    assert given.memory.product is None
