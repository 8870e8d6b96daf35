"""What a message is about: which products, which options, which orders. Pure text work, no guess:
several candidates stay several."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.shop.model import Order, Product, Variant


@dataclass(frozen=True, slots=True)
class VariantMatch:
    """The variants that fit all options the text names; ``named`` are those options."""

    variants: tuple[Variant, ...]
    named: Mapping[str, str]


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[\w.%]+", text.lower()))


def mentioned_products(text: str, products: Sequence[Product]) -> list[Product]:
    """The products a text speaks of, best first; empty when it names none."""
    plain = f" {_plain(text)} "
    whole = [p for p in products if re.search(rf" {re.escape(_plain(p.title))}s? ", plain)]
    if whole:
        return sorted(whole, key=lambda p: -len(p.title))
    return [p for p in products if re.search(rf" {_plain(p.title).split()[-1]}s? ", plain)]


def matching_variants(text: str, product: Product) -> VariantMatch:
    """The variants consistent with every option the text names (all of them if it names none)."""
    plain = f" {_plain(text)} "
    named: dict[str, str] = {}
    for variant in product.variants:
        for name, value in variant.options.items():
            if f" {_plain(value)} " in plain:
                named[name] = value
    fitting = tuple(
        v for v in product.variants if all(v.options.get(k) == x for k, x in named.items())
    )
    return VariantMatch(fitting, named)


def orders_mentioning(text: str, orders: Sequence[Order]) -> list[Order]:
    """The orders with a product in them that the text speaks of, in the order given."""
    plain = f" {_plain(text)} "
    return [
        o
        for o in orders
        if any(re.search(rf" {_plain(ln.title).split()[-1]}s? ", plain) for ln in o.lines)
    ]
