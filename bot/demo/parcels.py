"""How the demo shop's parcels travel: packed, on their way, late, delivered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from bot.backends.exchange_format import Item, Shipment
from bot.demo.baskets import Basket
from bot.demo.catalogue import SHOP
from bot.demo.clock import ZONE, on, working_day
from bot.demo.inputs import Carriage, Place


@dataclass(frozen=True, slots=True)
class Journey:
    """One parcel's whole way, also the part that is still to come."""

    items: tuple[Item, ...]
    carrier: str
    tracking: tuple[str, ...]
    shipped_at: datetime
    promised: date
    arrives: date
    delivered_at: datetime

    def seen_at(self, number: int, now: datetime) -> Shipment | None:
        """What the shop knows of it at a moment; None before there is a label."""
        if self.shipped_at - now > timedelta(hours=6):
            return None
        # A delay shows once the promised day is near.
        late = self.arrives > self.promised and now.date() >= self.promised - timedelta(1)
        return Shipment(
            id=str(number),
            tracking_numbers=self.tracking,
            items=self.items,
            carrier=self.carrier,
            tracking_url=track(self.tracking[0]),
            shipped_at=self.shipped_at if self.shipped_at <= now else None,
            estimated_delivery=self.arrives if late else self.promised,
            promised_delivery=self.promised,
            delivered_at=self.delivered_at if self.delivered_at <= now else None,
        )


def track(number: str) -> str:
    """The page that follows a parcel."""
    return f"{SHOP}/track/{number}"


def journeys(basket: Basket, place: Place, ordered_at: datetime, rng: Random) -> Iterator[Journey]:
    """One parcel, or two when something has to come from elsewhere first."""
    carriage = place.carriage[basket.delivery_method]
    # Ordered in the morning: it may leave the same afternoon.
    morning = (ordered_at.astimezone(ZONE) + timedelta(hours=12)).date()
    packed = working_day(morning, rng.choices([0, 1, 2], [60, 30, 10])[0])
    if len(basket.lines) > 1 and rng.random() < 0.2:
        yield _journey(basket.items(1), carriage, packed, rng)
        others = basket.items(*range(2, len(basket.lines) + 1))
        yield _journey(others, carriage, working_day(packed, rng.randint(2, 9)), rng)
    else:
        yield _journey(basket.items(), carriage, packed, rng)


def _journey(items: tuple[Item, ...], carriage: Carriage, leaves: date, rng: Random) -> Journey:
    promised = working_day(leaves + timedelta(1), rng.randint(*carriage.days) - 1)
    late = rng.choices([0, rng.randint(2, 6)], [90, 10])[0]
    arrives = working_day(promised, late)
    parcels = 2 if sum(item.quantity for item in items) > 4 else 1
    return Journey(
        items=items,
        carrier=carriage.carrier,
        tracking=tuple(tracking_number(carriage.carrier, rng) for _ in range(parcels)),
        shipped_at=on(leaves, rng.randint(15, 18), rng.randint(0, 59)),
        promised=promised,
        arrives=arrives,
        delivered_at=on(arrives, rng.randint(9, 17), rng.randint(0, 59)),
    )


def tracking_number(carrier: str, rng: Random) -> str:
    """A number in the carrier's style."""
    shapes = {"UPS": ("1Z", 16), "PostNL": ("3S", 13), "GLS": ("", 11), "DHL": ("00340", 15)}
    start, length = shapes.get(carrier, ("JD01", 16))
    return start + "".join(str(rng.randint(0, 9)) for _ in range(length))
