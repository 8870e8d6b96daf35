"""Which product and variant of it a question is about. Asks when it is open, never guesses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process

from bot.messages import Choice
from bot.shop.asking import Answer, Ask, Memory, Say
from bot.shop.finding import (
    matching_variants,
    mentioned_products,
    only_likened,
    unmentioned,
)
from bot.shop.model import Product, Variant

_OFFERED = 6
_NEAREST = 3
_NEAR_ENOUGH = 75
_SAID = "options"
_POINTING = frozenset("it its that this one ones them those they these same other".split())  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Subject:
    """A product and its variants that fit everything said; ``named`` are the options said."""

    product: Product
    variants: tuple[Variant, ...]
    named: Mapping[str, str]
    said: str
    missing: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Where the product's facts come from."""
        return f"product/{self.product.id}"

    @property
    def the_one(self) -> Variant | None:
        """The variant, if only one is left."""
        return self.variants[0] if len(self.variants) == 1 else None


def which_product(ask: Ask) -> Subject | Answer:
    """The product asked about, or the answer that asks which one."""
    products = ask.shop.products()
    chosen = _chosen(ask, products)
    if chosen is not None:
        return chosen
    mentioned = mentioned_products(ask.text, products, ask.terms.words)
    if len(mentioned) > 1:
        return _which_of(ask, mentioned)
    if mentioned and only_likened(ask.text, mentioned[0], products, ask.terms.words):
        return _nearest(ask, mentioned)
    if mentioned:
        return _subject(ask, mentioned[0], said_before="")
    current = _current(ask, products)
    rest = unmentioned(ask.text, current)
    if current is not None and (not rest or _POINTING.intersection(ask.text.lower().split())):
        return _subject(ask, current, said_before=_said_before(ask))
    return _unknown(ask, products, rest) if rest else _asking(ask, Say("utter_product_which"))


def still_open(ask: Ask, subject: Subject) -> Memory:
    """The memory while we wait for the customer to say which variant."""
    return replace(
        ask.memory,
        product=subject.product.id,
        task=ask.intent,
        wants="variant",
        held={_SAID: subject.said},
    )


def settled(ask: Ask, subject: Subject) -> Memory:
    """The memory after the question about this product was answered; what was said of it stays."""
    return replace(
        ask.memory,
        product=subject.product.id,
        task=None,
        wants=None,
        held={_SAID: subject.said},
        answered=ask.intent,
    )


def described(options: Mapping[str, str]) -> str:
    """A variant's options in one phrase: ``clicky, RGB, size: 9``."""
    alone = {"yes", "no", "none"}
    return ", ".join(
        f"{name}: {value}" if value.lower() in alone or value.isdigit() else value
        for name, value in options.items()
    )


def variant_choices(variants: Sequence[Variant], differing: Sequence[str]) -> tuple[Choice, ...]:
    """Variants to tap, titled by the options in which they differ; none when they are too many."""
    if len(variants) > _OFFERED:
        return ()
    return tuple(
        Choice(
            described({n: v.options[n] for n in differing if n in v.options}) or str(v.id),
            f'/choose{{"variant": "{v.id}"}}',
        )
        for v in variants
    )


def differing_options(variants: Sequence[Variant]) -> list[str]:
    """The names of the options in which these variants differ."""
    names = dict.fromkeys(name for variant in variants for name in variant.options)
    return [name for name in names if len({v.options.get(name) for v in variants}) > 1]


def nearest_variants(subject: Subject, wanted: Mapping[str, str]) -> list[Variant]:
    """The product's available variants, those that share most of the wanted options first."""
    available = [v for v in subject.product.variants if v.available and v not in subject.variants]
    shared = {v.id: sum(v.options.get(n) == x for n, x in wanted.items()) for v in available}
    return sorted(available, key=lambda v: (-shared[v.id], v.price))[:_NEAREST]


def _chosen(ask: Ask, products: Sequence[Product]) -> Subject | None:
    """What a tapped choice names."""
    variant_id, product_id = ask.entity("variant"), ask.entity("product")
    for product in products:
        if variant_id is not None:
            for variant in product.variants:
                if variant.id == variant_id:
                    said = described(variant.options)
                    return Subject(product, (variant,), variant.options, said)
        elif product.id == product_id:
            return _subject(ask, product, said_before=_said_before(ask))
    return None


def _current(ask: Ask, products: Sequence[Product]) -> Product | None:
    """The product talked about last, or the one on the page."""
    wanted = ask.memory.product or ask.context.get("product")
    return next((p for p in products if p.id == wanted), None)


def _said_before(ask: Ask) -> str:
    return str(ask.memory.held.get(_SAID, ""))


def _subject(ask: Ask, product: Product, said_before: str) -> Subject:
    """Read with what was said before, unless the new words contradict it."""
    said = f"{said_before}, {ask.text}" if said_before else ask.text
    now = matching_variants(ask.text, product)
    match = matching_variants(said, product)
    before = matching_variants(said_before, product) if said_before else now
    changed = any(name in before.named and before.named[name] != x for name, x in now.named.items())
    if changed or not match.variants:
        keep = {n: x for n, x in before.named.items() if n not in now.named} if changed else {}
        said = ", ".join([*(f"{n} {x}" for n, x in keep.items()), ask.text])
        match = matching_variants(said, product)
        if not match.variants:
            said, match = ask.text, now
    return Subject(product, match.variants, match.named, said, match.missing)


def _which_of(ask: Ask, products: Sequence[Product]) -> Answer:
    choices = _product_choices(products[:_OFFERED])
    say = Say("utter_product_which_of", choices=choices)
    held = {_SAID: ask.text}
    memory = replace(ask.memory, task=ask.intent, wants="product", held=held)
    return Answer((say,), memory)


def _asking(ask: Ask, say: Say) -> Answer:
    return Answer((say,), replace(ask.memory, task=ask.intent, wants="product", held={}))


def _unknown(ask: Ask, products: Sequence[Product], rest: str) -> Answer:
    """Not in the catalogue as said: the nearest titles, if any is near."""
    titles = {str(p.id): p.title.lower() for p in products}
    near = process.extract(
        rest.lower(), titles, scorer=fuzz.WRatio, limit=_NEAREST, score_cutoff=_NEAR_ENOUGH
    )
    offered = [p for _, _, key in near for p in products if p.id == key]
    if not offered:
        return _asking(ask, Say("utter_product_unknown"))
    return _nearest(ask, offered)


def _nearest(ask: Ask, products: Sequence[Product]) -> Answer:
    return _asking(ask, Say("utter_product_nearest", choices=_product_choices(products)))


def _product_choices(products: Sequence[Product]) -> tuple[Choice, ...]:
    return tuple(Choice(p.title, f'/choose{{"product": "{p.id}"}}') for p in products)
