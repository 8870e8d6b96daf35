"""Makes the whole demo shop as of a moment: the same shop for the same seed and moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from bot.backends.exchange_format import FORMAT, Customer, Exchange, Order
from bot.demo.cast import Cast
from bot.demo.catalogue import Catalogue
from bot.demo.clock import Clock
from bot.demo.inputs import read_places
from bot.demo.orders import World, any_order
from bot.demo.people import customers
from bot.demo.personas import play

SEED = 1847
FIRST_NUMBER = 10101
"""Orders up to here belong to the personas."""


def generate(
    now: datetime, *, seed: int = SEED, customer_count: int = 300, order_count: int = 1500
) -> Exchange:
    """The demo shop with that many customers and orders, personas among them; ``now`` is aware."""
    rng = Random(seed)
    clock = Clock(now)
    places = read_places()
    catalogue = Catalogue(clock, rng)
    cast = Cast(clock, catalogue, places)
    play(cast)
    others = customers(places, customer_count - len(cast.customers), tuple(cast.customers), rng)
    moments = sorted(_ordered_at(now, rng) for _ in range(order_count - len(cast.orders)))
    orders: list[Order] = [
        _one_order(
            World(now, catalogue, places, Random(f"{seed}:{number}")), number, others, moment
        )
        for number, moment in enumerate(moments, start=FIRST_NUMBER)
    ]
    return Exchange(
        format=FORMAT,
        currency="EUR",
        as_of=now,
        products=catalogue.products,
        customers=(*cast.customers, *others),
        orders=(*cast.orders, *orders),
    )


def _one_order(
    world: World, number: int, people: Sequence[Customer], ordered_at: datetime
) -> Order:
    """Each order has its own dice, so that one more roll in one does not change all others."""
    return any_order(world, number, world.rng.choice(people), ordered_at)


def _ordered_at(now: datetime, rng: Random) -> datetime:
    """Some time in the last year, most of it lately."""
    days = rng.choice(
        [rng.uniform(0, 5), rng.uniform(0, 20), rng.uniform(5, 90), rng.uniform(60, 400)]
    )
    moment = now - timedelta(days=days)
    return moment.replace(second=0, microsecond=0)
