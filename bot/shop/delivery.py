"""What delivery to a place costs and when it arrives, by the merchant's terms. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from bot.shop.calendar import add_business_days, leaves_on
from bot.shop.model import Money
from bot.shop.terms import DeliveryMethod, Surcharge, Terms, Zone


@dataclass(frozen=True, slots=True)
class Quote:
    """One way to have a parcel sent to one place.

    ``price`` includes the surcharge and is what this basket pays; ``free_from`` is the order value
    from which the method itself is free, ``short_of_free`` what the basket lacks of it (None when
    no basket is known or nothing is lacking).
    """

    method: DeliveryMethod
    price: Money
    earliest: date
    latest: date
    leaves_on: date
    source: str
    surcharge: Surcharge | None = None
    short_of_free: Money | None = None
    customs: bool = False

    @property
    def free_from(self) -> Money | None:
        """The order value from which this method is free, if there is one."""
        return self.method.free_from


def zone_of(terms: Terms, country: str, postcode: str | None = None) -> tuple[int, Zone] | None:
    """The zone (and its position) a place lies in; the longest matching postcode wins."""
    code = _plain(postcode)
    best: tuple[int, int, Zone] | None = None
    for number, zone in enumerate(terms.delivery.zones):
        if country not in zone.countries:
            continue
        fits = [len(start) for start in zone.postcodes if code and code.startswith(start)]
        if zone.postcodes and not fits:
            continue
        length = max(fits, default=0)
        if best is None or length > best[0]:
            best = (length, number, zone)
    return None if best is None else (best[1], best[2])


def quote(
    terms: Terms,
    country: str,
    postcode: str | None = None,
    total: Money | None = None,
    *,
    now: datetime,
) -> tuple[Quote, ...]:
    """Every way to deliver there, the shop's first choice first; empty when it does not.

    ``total`` is the value of the basket; without it the normal price is quoted.
    """
    found = zone_of(terms, country, postcode)
    if found is None:
        return ()
    number, zone = found
    surcharge = _surcharge(zone, country, postcode)
    departs = leaves_on(terms.delivery, terms.zone, now)
    return tuple(
        _quote(
            terms,
            method,
            surcharge=surcharge,
            total=total,
            departs=departs,
            customs=zone.customs,
            source=f"shop.yml#delivery.zones.{number}.methods.{place}",
        )
        for place, method in enumerate(zone.methods)
    )


def _quote(
    terms: Terms,
    method: DeliveryMethod,
    *,
    surcharge: Surcharge | None,
    total: Money | None,
    departs: date,
    customs: bool,
    source: str,
) -> Quote:
    price, short = method.price, None
    if total is not None and method.free_from is not None:
        if total >= method.free_from:
            price = Money(0, price.currency)
        else:
            short = method.free_from - total
    extra = 0
    if surcharge is not None:
        price, extra = price + surcharge.add, surcharge.extra_days
    week, holidays = terms.delivery.working_days, terms.delivery.holidays
    return Quote(
        method=method,
        price=price,
        earliest=add_business_days(departs, method.days.min + extra, week, holidays),
        latest=add_business_days(departs, method.days.max + extra, week, holidays),
        leaves_on=departs,
        source=source,
        surcharge=surcharge,
        short_of_free=short,
        customs=customs,
    )


def _surcharge(zone: Zone, country: str, postcode: str | None) -> Surcharge | None:
    code = _plain(postcode)
    for surcharge in zone.surcharges:
        here = not surcharge.countries or country in surcharge.countries
        if here and code and code.startswith(surcharge.postcodes):
            return surcharge
    return None


def _plain(postcode: str | None) -> str:
    return "".join(c for c in (postcode or "").upper() if c.isalnum())
