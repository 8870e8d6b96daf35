"""Delivery before buying: what it costs, how long it takes, how to choose, when it is free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.messages import Card, Fact
from bot.shop.asking import Answer, Ask, Say, Value
from bot.shop.delivery import Quote, quote
from bot.shop.service.visit import (
    Destination,
    destination,
    in_words,
    other_countries,
    total,
)
from bot.shop.wording import Wording

_LISTED_COUNTRIES = 8


def delivery_cost(ask: Ask) -> Answer:
    """What sending this order (or any order) there costs."""
    place, quotes = _quotes(ask)
    if not quotes:
        return _not_there(ask, place)
    best = quotes[0]
    says = [_cost(ask, place, best), _arrival(best), *_notes(ask, place, best)]
    if len(quotes) > 1 and not place.assumed:
        says.append(Say("utter_delivery_others", {"options": _priced(ask, quotes[1:])}))
    return _answer(ask, place, says)


def delivery_time(ask: Ask) -> Answer:
    """When an order placed now would arrive there."""
    place, quotes = _quotes(ask)
    if not quotes:
        return _not_there(ask, place)
    says = [_time(ask, place, quotes[0])]
    faster = min(quotes, key=lambda q: q.latest)
    if faster.latest < quotes[0].latest:
        values: dict[str, Value] = {
            "method": faster.method.title,
            "latest": faster.latest,
            "price": faster.price,
        }
        told = _facts(place, faster, "method", "price", "latest")
        says.append(Say("utter_delivery_time_faster", values, told))
    return _answer(ask, place, says)


def delivery_options(ask: Ask) -> Answer:
    """Every way to have it sent there, with price and time."""
    place, quotes = _quotes(ask)
    if not quotes:
        return _not_there(ask, place)
    wording = Wording.of(ask)
    rows = tuple(
        (q.method.title, f"{wording.money(q.price)}, {wording.working_days(q.method.days)}")
        for q in quotes
    )
    lines = "\n".join(f"{title}: {text}" for title, text in rows)
    say = Say(
        "utter_delivery_options",
        {"country": in_words(ask, place.country), "options": lines},
        tuple(fact for q in quotes for fact in _facts(place, q, "method", "price")),
        cards=(Card("delivery", wording.country(place.country), rows=rows),),
    )
    return _answer(ask, place, [say, *_notes(ask, place, quotes[0])])


def free_delivery(ask: Ask) -> Answer:
    """From which order value delivery is free, and what this basket lacks."""
    place, quotes = _quotes(ask)
    if not quotes:
        return _not_there(ask, place)
    free = next((q for q in quotes if q.free_from is not None), None)
    if free is None:
        values: dict[str, Value] = {
            "country": in_words(ask, place.country),
            "price": quotes[0].price,
        }
        return _answer(ask, place, [Say("utter_free_delivery_none", values)])
    return _answer(ask, place, [_free(ask, place, free)])


def _quotes(ask: Ask) -> tuple[Destination, tuple[Quote, ...]]:
    place = destination(ask)
    return place, quote(ask.terms, place.country, place.postcode, total(ask), now=ask.now)


def _answer(ask: Ask, place: Destination, says: list[Say]) -> Answer:
    if place.assumed and len(ask.terms.delivery_countries) > 1:
        says = [*says, other_countries(ask, place.country, "utter_delivery_elsewhere")]
    memory = replace(place.remembered(ask.memory), answered=ask.intent)
    return Answer(tuple(says), replace(memory, task=None, wants=None, held={}))


def _cost(ask: Ask, place: Destination, best: Quote) -> Say:
    values: dict[str, Value] = {
        "method": best.method.title,
        "country": in_words(ask, place.country),
        "price": best.price,
    }
    facts = _facts(place, best, "method", "price", "free_from", "earliest", "latest")
    if not best.price.amount:
        return Say("utter_delivery_cost_free", _without(values, "price"), facts)
    if best.short_of_free is not None:
        return Say("utter_delivery_cost_short", {**values, "short": best.short_of_free}, facts)
    if best.free_from is not None and best.price == best.method.price:
        values["free_from"] = best.free_from
        return Say("utter_delivery_cost_free_from", values, facts)
    return Say("utter_delivery_cost", values, facts)


def _arrival(best: Quote) -> Say:
    """The other half of what somebody wants to know who asks for the price."""
    if best.earliest == best.latest:
        return Say("utter_delivery_arrives_day", {"latest": best.latest})
    dates: dict[str, Value] = {"earliest": best.earliest, "latest": best.latest}
    return Say("utter_delivery_arrives", dates)


def _time(ask: Ask, place: Destination, best: Quote) -> Say:
    values: dict[str, Value] = {
        "method": best.method.title,
        "country": in_words(ask, place.country),
        "leaves": best.leaves_on,
        "latest": best.latest,
    }
    facts = _facts(place, best, "method", "earliest", "latest")
    if best.earliest == best.latest:
        return Say("utter_delivery_time_day", values, facts)
    return Say("utter_delivery_time", {**values, "earliest": best.earliest}, facts)


def _free(ask: Ask, place: Destination, free: Quote) -> Say:
    values: dict[str, Value] = {
        "method": free.method.title,
        "country": in_words(ask, place.country),
        "free_from": free.free_from,
    }
    facts = _facts(place, free, "method", "free_from")
    if free.short_of_free is not None:
        return Say("utter_free_delivery_short", {**values, "short": free.short_of_free}, facts)
    if not free.price.amount:
        reached = _facts(place, free, "method", "price")
        return Say("utter_free_delivery_reached", _without(values, "free_from"), reached)
    return Say("utter_free_delivery", values, facts)


def _notes(ask: Ask, place: Destination, best: Quote) -> list[Say]:
    """What else is good to know there: a surcharge in the price, customs."""
    notes = []
    if best.surcharge is not None:
        values: dict[str, Value] = {"place": best.surcharge.title, "add": best.surcharge.add}
        notes.append(Say("utter_delivery_surcharge", values))
    if best.customs:
        country = in_words(ask, place.country)
        notes.append(Say("utter_delivery_customs", {"country": country}))
    return notes


def _not_there(ask: Ask, place: Destination) -> Answer:
    codes = ask.terms.delivery_countries
    countries = [in_words(ask, code) for code in codes]
    facts = (
        Fact("country", place.country, "shop.yml#delivery.zones"),
        Fact("delivered", False, "shop.yml#delivery.zones"),
    )
    values: dict[str, Value] = {"country": in_words(ask, place.country), "countries": countries}
    utter = "utter_delivery_not_there"
    if len(codes) > _LISTED_COUNTRIES:
        utter = "utter_delivery_not_there_many"
        values |= {"countries": countries[:_LISTED_COUNTRIES], "count": len(codes)}
    memory = replace(ask.memory, task=None, wants=None, held={}, answered=ask.intent)
    return Answer((Say(utter, values, facts),), memory)


def _facts(place: Destination, best: Quote, *told: str) -> tuple[Fact, ...]:
    """The facts an answer tells: a fact nobody can read in it is not one of its facts."""
    facts = {
        "method": Fact("delivery_method", best.method.title, best.source),
        "price": Fact("delivery_price", str(best.price), best.source),
        "earliest": Fact("earliest_delivery", best.earliest.isoformat(), best.source),
        "latest": Fact("latest_delivery", best.latest.isoformat(), best.source),
    }
    if best.free_from is not None:
        source = f"{best.source}.free_from"
        facts["free_from"] = Fact("free_delivery_from", str(best.free_from), source)
    country = Fact("country", place.country, best.source)
    return (country, *(facts[name] for name in told if name in facts))


def _priced(ask: Ask, quotes: tuple[Quote, ...]) -> list[str]:
    wording = Wording.of(ask)
    return [f"{q.method.title} ({wording.money(q.price)})" for q in quotes]


def _without(values: dict[str, Value], name: str) -> dict[str, Value]:
    return {key: value for key, value in values.items() if key != name}


ANSWERS: dict[str, Callable[[Ask], Answer]] = {
    "delivery_cost": delivery_cost,
    "delivery_time": delivery_time,
    "delivery_options": delivery_options,
    "free_delivery": free_delivery,
}
