"""The catalogue's answers: what a product costs, whether it is in stock, what it comes in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.messages import Card, Choice, Fact
from bot.shop import labels
from bot.shop.asking import Answer, Ask, Say, Value
from bot.shop.finding import asked_options, mentioned_products, unmentioned
from bot.shop.model import Product, Variant
from bot.shop.service.which_product import (
    Subject,
    described,
    differing_options,
    nearest_variants,
    settled,
    still_open,
    variant_choices,
    which_product,
)
from bot.shop.wording import Wording

_FEW = 5
_LISTED = 6
_SIZES = ("xxs", "xs", "s", "small", "m", "medium", "l", "large", "xl", "xxl", "xxxl")


def product_price(ask: Ask) -> Answer:
    """What it costs; a range and a question while several variants fit."""
    subject = which_product(ask)
    if isinstance(subject, Answer):
        return subject
    if not subject.variants:
        return _no_such(ask, subject)
    prices = sorted(v.price for v in subject.variants)
    if prices[0] != prices[-1]:
        return _price_range(ask, subject)
    in_stock = any(v.available for v in subject.variants)
    values: dict[str, Value] = {**_named(subject), "price": prices[0]}
    facts = (
        _title(subject),
        *(Fact("price", str(v.price), _source(v)) for v in subject.variants[:_LISTED]),
    )
    facts = (*facts, *_stock_facts(subject.variants[:_LISTED]))
    if in_stock:
        say = _say("utter_product_price", "utter_product_price_of", values, facts)
    else:
        say = _say("utter_product_price_out", "utter_product_price_out_of", values, facts)
    return Answer((say,), settled(ask, subject))


def product_stock(ask: Ask) -> Answer:
    """Whether it can be had; what else can if not."""
    subject = which_product(ask)
    if isinstance(subject, Answer):
        return subject
    if not subject.variants:
        return _no_such(ask, subject)
    available = [v for v in subject.variants if v.available]
    if not available:
        return _out(ask, subject)
    if len(available) < len(subject.variants):
        return _some(ask, subject, available)
    return Answer((_in_stock(subject),), settled(ask, subject))


def product_info(ask: Ask) -> Answer:
    """What it is and what it comes in; without a product, what we sell."""
    products = ask.shop.products()
    about_all = not mentioned_products(ask.text, products, ask.terms.words)
    chosen = ask.entity("product") or ask.entity("variant")
    current = ask.memory.product or ask.context.get("product")
    if about_all and not chosen and not current and not unmentioned(ask.text, None):
        return _catalogue(ask, products)
    subject = which_product(ask)
    if isinstance(subject, Answer):
        return subject
    if not subject.variants:
        return _no_such(ask, subject)
    if subject.the_one is not None and len(subject.product.variants) > 1:
        return _about_one(ask, subject)
    return Answer((_info(ask, subject),), settled(ask, subject))


def _about_one(ask: Ask, subject: Subject) -> Answer:
    """A single variant: what it costs, and whether it can be had."""
    price = product_price(ask)
    available = any(variant.available for variant in subject.variants)
    return price.also(_in_stock(subject)) if available else price


def _price_range(ask: Ask, subject: Subject) -> Answer:
    prices = sorted(v.price for v in subject.variants)
    differing = differing_options(subject.variants)
    values: dict[str, Value] = {
        "product": subject.product.title,
        "low": prices[0],
        "high": prices[-1],
    }
    facts = (
        _title(subject),
        Fact("price_min", str(prices[0]), subject.source),
        Fact("price_max", str(prices[-1]), subject.source),
    )
    if choices := variant_choices(subject.variants, differing):
        say = Say("utter_product_price_range", values, facts, choices)
    else:
        values |= {"options": _option_lines(subject.variants, differing)}
        say = Say("utter_product_price_range_options", values, facts)
    return Answer((say,), still_open(ask, subject))


def _in_stock(subject: Subject) -> Say:
    values, facts = _named(subject), (_title(subject), *_stock_facts(subject.variants[:_LISTED]))
    variant = subject.the_one
    if variant is not None and variant.stock is not None and 0 < variant.stock <= _FEW:
        values = {**values, "count": variant.stock}
        return _say("utter_stock_few", "utter_stock_few_of", values, facts)
    if variant is None:
        return _say("utter_stock_all", "utter_stock_all_of", values, facts)
    return _say("utter_stock_yes", "utter_stock_yes_of", values, facts)


def _out(ask: Ask, subject: Subject) -> Answer:
    values, facts = _named(subject), (_title(subject), *_stock_facts(subject.variants[:_LISTED]))
    back = [
        v.restock_on for v in subject.variants if v.restock_on and v.restock_on > ask.now.date()
    ]
    if back:
        values = {**values, "restock": min(back)}
        says = [_say("utter_stock_no_until", "utter_stock_no_until_of", values, facts)]
    else:
        says = [_say("utter_stock_no", "utter_stock_no_of", values, facts)]
    wanted = subject.the_one.options if subject.the_one else subject.named
    others = nearest_variants(subject, wanted)
    if others:
        says.append(Say("utter_stock_instead", choices=_priced_choices(ask, others)))
    return Answer(tuple(says), settled(ask, subject))


def _some(ask: Ask, subject: Subject, available: Sequence[Variant]) -> Answer:
    differing = differing_options(subject.variants)
    facts = (_title(subject), *_stock_facts(subject.variants))
    values: dict[str, Value] = {
        "product": subject.product.title,
        "count": len(available),
        "total": len(subject.variants),
    }
    if len(available) == 1:
        one = {"product": subject.product.title, "options": described(available[0].options)}
        return Answer((Say("utter_stock_only", one, facts),), settled(ask, subject))
    if choices := variant_choices(available, differing):
        return Answer((Say("utter_stock_some", values, facts, choices),), still_open(ask, subject))
    values |= {"options": _option_lines(available, differing)}
    return Answer((Say("utter_stock_some_options", values, facts),), still_open(ask, subject))


def _no_such(ask: Ask, subject: Subject) -> Answer:
    """The product, but not with these options together."""
    facts = (_title(subject), Fact("available", False, subject.source))
    near = nearest_variants(subject, subject.named)
    values: dict[str, Value] = {"product": subject.product.title}
    says = [Say("utter_product_no_such", values, facts)]
    if subject.missing:
        lines = _option_lines(subject.product.variants, _names(subject.product.variants))
        values |= {"missing": list(subject.missing), "options": lines}
        says = [Say("utter_product_not_offered", values, facts)]
    elif near:
        says.append(Say("utter_stock_instead", choices=_priced_choices(ask, near)))
    return Answer(tuple(says), settled(ask, subject))


def _info(ask: Ask, subject: Subject) -> Say:
    wording, product = Wording.of(ask), subject.product
    prices = sorted(v.price for v in subject.variants)
    names = _names(subject.variants)
    asked = asked_options(ask.text, product)
    lines = _option_lines(subject.variants, asked or names)
    facts = (
        _title(subject),
        Fact("price_min", str(prices[0]), subject.source),
        Fact("price_max", str(prices[-1]), subject.source),
        Fact("available", any(v.available for v in subject.variants), subject.source),
    )
    price = wording.money(prices[0])
    if prices[0] != prices[-1]:
        price = f"{price} - {wording.money(prices[-1])}"
    rows = tuple((n, ", ".join(_values_of(subject.variants, n))) for n in names)
    card = Card(
        "product",
        product.title,
        rows=((labels.CARD_ROWS["price"], price), *rows),
        link=product.url or None,
        image=product.image or None,
    )
    values: dict[str, Value] = {"product": product.title}
    values |= {"options": lines} if lines else {}
    if asked:
        return Say("utter_product_info_asked", values, facts, cards=(card,))
    utter = "utter_product_info" if lines else "utter_product_info_plain"
    return Say(utter, {**values, "price": price}, facts, cards=(card,))


def _names(variants: Sequence[Variant]) -> list[str]:
    return list(dict.fromkeys(name for variant in variants for name in variant.options))


def _catalogue(ask: Ask, products: Sequence[Product]) -> Answer:
    categories = list(dict.fromkeys(p.category for p in products if p.category))
    listed = categories or [p.title for p in products]
    values: dict[str, Value] = {"things": listed[:_LISTED], "shop": ask.terms.name}
    utter = "utter_catalogue"
    if ask.terms.links.shop:
        utter, values = "utter_catalogue_link", {**values, "link": ask.terms.links.shop}
    memory = replace(ask.memory, task=None, wants=None, held={}, answered=ask.intent)
    return Answer((Say(utter, values),), memory)


def _named(subject: Subject) -> dict[str, Value]:
    """The product as a sentence names it: with the options of the one variant, or those said."""
    values: dict[str, Value] = {"product": subject.product.title}
    one = subject.the_one
    alone = len(subject.product.variants) == 1
    options = {} if alone else one.options if one is not None else subject.named
    return {**values, "options": described(options)} if options else values


def _say(plain: str, with_options: str, values: dict[str, Value], facts: tuple[Fact, ...]) -> Say:
    """One of two sentences: the second names the options as well."""
    return Say(with_options if "options" in values else plain, values, facts)


def _title(subject: Subject) -> Fact:
    return Fact("product", subject.product.title, subject.source)


def _source(variant: Variant) -> str:
    return f"product/{variant.product_id}/variant/{variant.id}"


def _stock_facts(variants: Sequence[Variant]) -> list[Fact]:
    facts = []
    for variant in variants:
        facts.append(Fact("available", variant.available, _source(variant)))
        if variant.restock_on and not variant.available:
            facts.append(Fact("restock_date", variant.restock_on.isoformat(), _source(variant)))
    return facts


def _priced_choices(ask: Ask, variants: Sequence[Variant]) -> tuple[Choice, ...]:
    wording = Wording.of(ask)
    return tuple(
        Choice(
            f"{described(v.options)} ({wording.money(v.price)})",
            f'/choose{{"intent": "product_price", "variant": "{v.id}"}}',
        )
        for v in variants
    )


def _option_lines(variants: Sequence[Variant], names: Sequence[str]) -> str:
    return "\n".join(f"{name}: {', '.join(_values_of(variants, name))}" for name in names)


def _values_of(variants: Sequence[Variant], name: str) -> list[str]:
    """The values of an option in the order one expects: by number, by size, else by letter."""
    found = dict.fromkeys(v.options[name] for v in variants if name in v.options)
    return sorted(found, key=_rank)


def _rank(value: str) -> tuple[float, int, str]:
    number = re.match(r"\d+(?:\.\d+)?", value)
    size = _SIZES.index(value.lower()) if value.lower() in _SIZES else len(_SIZES)
    return (float(number[0]) if number else float("inf"), size, value.lower())


ANSWERS: dict[str, Callable[[Ask], Answer]] = {
    "product_price": product_price,
    "product_stock": product_stock,
    "product_info": product_info,
}
