"""The demo shop's products with every variant, its price and its stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product as combinations
from random import Random
from typing import Any

from bot.backends.exchange_format import Product, Variant
from bot.demo.clock import Clock, working_day
from bot.demo.inputs import read_catalogue

SHOP = "https://fernhill.example"


@dataclass(frozen=True, slots=True)
class Pick:
    """One variant and how many of it."""

    product: Product
    variant: Variant
    quantity: int = 1


class Catalogue:
    """What can be picked."""

    def __init__(self, clock: Clock, rng: Random) -> None:
        self.products = tuple(_product(entry, clock, rng) for entry in read_catalogue())
        self._by_id = {product.id: product for product in self.products}

    def pick(self, product_id: str, *values: str, quantity: int = 1) -> Pick:
        """The variant of that product that has these option values."""
        product = self._by_id[product_id]
        variant = next(v for v in product.variants if set(values) <= set(v.options.values()))
        return Pick(product, variant, quantity)

    def any_pick(self, rng: Random) -> Pick:
        """Something a customer might buy; small things are bought in numbers."""
        product = rng.choice(self.products)
        variant = rng.choice(product.variants)
        several = variant.price < 60 and rng.random() < 0.25
        return Pick(product, variant, rng.randint(2, 4) if several else 1)


def _product(entry: Mapping[str, Any], clock: Clock, rng: Random) -> Product:
    options: Mapping[str, list[str]] = entry.get("options", {})
    variants = [
        _variant(entry, number, dict(zip(options, values, strict=True)), clock, rng)
        for number, values in enumerate(combinations(*options.values()), start=1)
    ]
    return Product(
        id=entry["id"],
        title=entry["title"],
        variants=tuple(variants),
        description=entry["description"],
        category=entry["category"],
        url=f"{SHOP}/products/{entry['id']}",
        final_sale=entry.get("final_sale", False),
        weight_g=entry["weight_g"],
    )


def _variant(
    entry: Mapping[str, Any], number: int, options: dict[str, str], clock: Clock, rng: Random
) -> Variant:
    added = sum((Decimal(entry.get("add", {}).get(v, 0)) for v in options.values()), Decimal(0))
    sold_out: Mapping[str, int | None] = entry.get("sold_out", {})
    combination = ", ".join(options.values())
    stock = 0 if combination in sold_out else rng.choice([2, 3, 5, 8, 12, 20, 34, 60])
    back_in = sold_out.get(combination)
    return Variant(
        id=f"{entry['id']}-{number}",
        options=options,
        price=Decimal(entry["price"]) + added,
        available=stock > 0,
        stock=stock,
        restock_on=None if back_in is None else working_day(clock.day(back_in)),
        sku=f"FH{rng.randint(100000, 999999)}",
    )
