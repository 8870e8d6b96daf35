"""Delivery before buying: to where, for what, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.shop.asking import Memory
from bot.shop.identity import Level, Who
from bot.shop.terms import DeliveryTerms, Zone
from tests.spoken import facts, spoken, utters
from tests.unit.service.counter import EXPRESS, MIA, STANDARD, TERMS, answer, ask


def told(intent: str, text: str = "", **more: object) -> tuple[list[str], dict[str, object]]:
    asked = ask(intent, text, **more)  # type: ignore[arg-type]
    given = answer(asked)
    spoken(asked, given)
    return utters(given), dict(facts(given))


def test_states_the_shops_own_country_when_none_is_known_and_invites_another() -> None:
    asked = ask("delivery_cost", "what does delivery cost?")
    given = answer(asked)
    assert spoken(asked, given).splitlines()[0] == (
        "Standard delivery to Germany is €4.90, and free from €59.00."
    )
    assert utters(given)[-1] == "utter_delivery_elsewhere"
    assert given.says[-1].choices[0].title == "Austria"
    assert given.memory.country is None


def test_a_tapped_country_answers_the_same_question() -> None:
    first = answer(ask("delivery_time", "how long does it take?"))
    assert '"intent": "delivery_time", "country": "AT"' in first.says[-1].choices[0].payload


@pytest.mark.parametrize(
    ("text", "more", "country", "price"),
    [
        ("delivery to France?", {}, "FR", "8.90"),
        ("to the USA", {}, "US", "24.90"),
        ("shipping to 25980 Sylt, Germany", {}, "DE", "7.90"),
        ("postcode 25980", {}, "DE", "7.90"),
        ("what is delivery", {"country": "AT"}, "AT", "8.90"),
        ("what is delivery", {"memory": Memory(country="FR")}, "FR", "8.90"),
        ("to austria then", {"memory": Memory(country="FR")}, "AT", "8.90"),
        ("what is delivery", {"who": Who(Level.CHANNEL, MIA.id)}, "FR", "8.90"),
        ("what is delivery", {"who": Who(Level.ANONYMOUS, MIA.id)}, "DE", "4.90"),
    ],
)
def test_knows_where_it_goes(text: str, more: dict[str, object], country: str, price: str) -> None:
    _, known = told("delivery_cost", text, **more)
    assert (known["country"], known["delivery_price"]) == (country, price)


def test_remembers_a_country_that_was_said() -> None:
    assert answer(ask("delivery_cost", "to France")).memory.country == "FR"


def test_says_plainly_where_we_do_not_deliver() -> None:
    said, known = told("delivery_cost", "do you ship to Japan?")
    assert said == ["utter_delivery_not_there"]
    assert known == {"country": "JP", "delivered": False}


@pytest.mark.parametrize(
    ("text", "context", "utter"),
    [
        ("delivery for 40 euros to Germany", {}, "utter_delivery_cost_short"),
        ("delivery for 59 euros to Germany", {}, "utter_delivery_cost_free"),
        ("delivery of the electric kettle to Germany", {}, "utter_delivery_cost_short"),
        ("delivery of the hiking boots to Germany", {}, "utter_delivery_cost_free"),
        ("delivery to Germany", {}, "utter_delivery_cost_free_from"),
    ],
)
def test_counts_what_is_in_the_order(text: str, context: dict[str, object], utter: str) -> None:
    assert told("delivery_cost", text, **context)[0][0] == utter


def test_prices_the_basket_of_the_page_from_our_own_records() -> None:
    basket = [{"variant": "heath-electric-kettle-1", "quantity": 1}]
    asked = ask("free_delivery", "is it free?", country="DE", basket=basket)
    given = answer(asked)
    assert utters(given) == ["utter_free_delivery_short"]
    assert "€10.00 short" in spoken(asked, given)
    basket = [{"variant": "heath-electric-kettle-1", "quantity": 2}]
    said, known = told("free_delivery", "is it free?", country="DE", basket=basket)
    assert said == ["utter_free_delivery_reached"]
    assert known["delivery_price"] == "0.00"


def test_a_basket_with_an_unknown_thing_has_no_value() -> None:
    basket = [{"variant": "nothing-we-know", "quantity": 1}]
    assert told("delivery_cost", country="DE", basket=basket)[0][0] == (
        "utter_delivery_cost_free_from"
    )


def test_says_when_it_leaves_and_arrives() -> None:
    asked = ask("delivery_time", "how long to Austria")
    given = answer(asked)
    assert spoken(asked, given) == (
        "Order now and it leaves us today. Standard delivery to Austria then arrives between "
        "Wednesday, 25 November and Friday, 27 November."
    )
    assert ("latest_delivery", "2026-11-27") in facts(given)


def test_names_the_faster_way_when_there_is_one() -> None:
    said, _ = told("delivery_time", "to Germany")
    assert said == ["utter_delivery_time", "utter_delivery_time_faster"]


def test_lists_every_way_with_price_and_time() -> None:
    asked = ask("delivery_options", "to Germany")
    text = spoken(asked, answer(asked))
    assert "Standard: €4.90, 1-3 working days" in text
    assert "Express: €9.90, 1 working day" in text


def test_warns_of_customs() -> None:
    asked = ask("delivery_options", "to the US")
    assert "Customs in the United States may add" in spoken(asked, answer(asked))


def test_says_from_which_value_delivery_is_free() -> None:
    asked = ask("free_delivery", "is delivery to Austria free?")
    assert spoken(asked, answer(asked)) == "Standard delivery to Austria is free from €99.00."


def test_names_one_day_when_it_is_one() -> None:
    zones = (Zone("Home", ("DE",), (EXPRESS,)),)
    terms = replace(TERMS, delivery=DeliveryTerms(zones=zones))
    asked = ask("delivery_time", "how long", terms=terms)
    assert spoken(asked, answer(asked)) == (
        "Order now and it leaves us today. Express delivery to Germany then arrives "
        "tomorrow (Tuesday, 24 November)."
    )


def test_names_some_countries_when_they_are_many() -> None:
    many = ("DE", "AT", "BE", "LU", "FR", "DK", "ES", "IT", "PT")
    terms = replace(TERMS, delivery=DeliveryTerms(zones=(Zone("All", many, (STANDARD,)),)))
    asked = ask("delivery_cost", "to Japan", terms=terms)
    assert "We deliver to 9 countries, among them Germany" in spoken(asked, answer(asked))


def test_says_so_where_delivery_is_never_free() -> None:
    assert told("free_delivery", "to the US")[0] == ["utter_free_delivery_none"]
