"""Orders of the demo shop: each is played from its first minute up to now, no further."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bot.backends.exchange_format import Customer, Invoice, Order, Return, Shipment
from bot.demo.baskets import Basket, basket
from bot.demo.catalogue import SHOP, Catalogue
from bot.demo.clock import ZONE
from bot.demo.inputs import Place
from bot.demo.parcels import journeys
from bot.demo.paying import Bill, payments, refunds
from bot.shop.model import OrderStatus, PaymentStatus, ReturnStatus

CANCEL_REASONS = (
    "no longer needed",
    "ordered by mistake",
    "found it elsewhere",
    "arrives too late",
)
RETURN_REASONS = ("does not fit", "not as expected", "arrived damaged", "changed my mind")


@dataclass(frozen=True, slots=True)
class World:
    """What every order is made from."""

    now: datetime
    catalogue: Catalogue
    places: dict[str, Place]
    rng: Random


def any_order(world: World, number: int, customer: Customer, ordered_at: datetime) -> Order:
    """One order of that customer, with whatever happened to it since."""
    rng, place = world.rng, home(world, customer)
    picks = [world.catalogue.any_pick(rng) for _ in range(rng.choices([1, 2, 3, 4], k=1)[0])]
    express = rng.random() < 0.15
    off = 10 if rng.random() < 0.08 else 0
    bought = basket(picks, place, "express" if express else "standard", off)
    if rng.random() < 0.06:
        cancelled_at = ordered_at + timedelta(hours=rng.randint(1, 8))
        if cancelled_at <= world.now:
            return _cancelled(world, number, customer, bought, (ordered_at, cancelled_at))
    parcels = tuple(
        seen
        for at, way in enumerate(journeys(bought, place, ordered_at, rng), start=1)
        if (seen := way.seen_at(at, world.now))
    )
    left = [parcel.shipped_at for parcel in parcels if parcel.shipped_at]
    bill = Bill(bought.total, ordered_at, min(left, default=None), world.now)
    paid = payments(bill, customer, _kind(place, customer, rng), rng)
    status = _status(bought, parcels)
    returned = _return(world, bought, parcels) if status == OrderStatus.DELIVERED else None
    back = returned and returned.status != ReturnStatus.REJECTED and returned.received_at
    return assemble(
        number,
        customer,
        bought,
        ordered_at,
        status=status,
        shipments=parcels,
        payments=paid,
        returns=(returned,) if returned else (),
        refunds=refunds(
            customer, bought.costs(1), paid, asked_at=back, now=world.now, reason="return"
        )
        if back
        else (),
        invoices=(invoice(number, left[0]),) if left else (),
    )


def home(world: World, customer: Customer) -> Place:
    """The country the customer's parcels go to."""
    address = customer.default_address
    return world.places[address.country if address else "DE"]


def invoice(number: int, issued_at: datetime) -> Invoice:
    """The invoice that is made when the first parcel leaves."""
    day = issued_at.astimezone(ZONE).date()
    name = f"R-{day.year}-{number:05}"
    return Invoice(number=name, issued_on=day, url=f"{SHOP}/invoices/{name}.pdf")


def assemble(
    number: int, customer: Customer, bought: Basket, ordered_at: datetime, **rest: object
) -> Order:
    """The order of a basket; ``rest`` are the fields of ``Order`` that tell what happened to it."""
    places = [customer.default_address, *customer.addresses]
    to = places[-1] if number % 5 == 0 else places[0]
    return Order.model_validate(
        {
            "id": f"FH-{number}",
            "customer_id": customer.id,
            "created_at": ordered_at,
            "shipping_address": to,
            "lines": bought.lines,
            "delivery_method": bought.delivery_method,
            "shipping_cost": bought.shipping_cost,
            "discount": bought.discount,
            "tax": bought.tax,
            "total": bought.total,
            **rest,
        }
    )


def _status(bought: Basket, parcels: Sequence[Shipment]) -> OrderStatus:
    if not any(parcel.shipped_at for parcel in parcels):
        return OrderStatus.PENDING
    pieces = sum(
        item.quantity for parcel in parcels if parcel.delivered_at for item in parcel.items
    )
    all_there = pieces == sum(line.quantity for line in bought.lines)
    return OrderStatus.DELIVERED if all_there else OrderStatus.PROCESSED


def _kind(place: Place, customer: Customer, rng: Random) -> str:
    own = [method.kind for method in customer.payment_methods if method.balance is None]
    if own and rng.random() < 0.8:
        return rng.choice(own)
    return rng.choices(list(place.pay), list(place.pay.values()))[0]


def _cancelled(
    world: World,
    number: int,
    customer: Customer,
    bought: Basket,
    times: tuple[datetime, datetime],
) -> Order:
    ordered_at, cancelled_at = times
    kind = _kind(home(world, customer), customer, world.rng)
    bill = Bill(bought.total, ordered_at, None, cancelled_at)
    # A bill nobody paid yet, or a card only asked for the amount, is simply gone.
    paid = tuple(
        payment
        for payment in payments(bill, customer, kind, world.rng)
        if payment.status in (PaymentStatus.CAPTURED, PaymentStatus.FAILED)
    )
    reason = world.rng.choice(CANCEL_REASONS)
    return assemble(
        number,
        customer,
        bought,
        ordered_at,
        status=OrderStatus.CANCELLED,
        cancelled_at=cancelled_at,
        cancel_reason=reason,
        payments=paid,
        refunds=refunds(
            customer,
            bought.total,
            paid,
            asked_at=cancelled_at,
            now=world.now,
            reason="cancelled",
        ),
    )


def _return(world: World, bought: Basket, parcels: Sequence[Shipment]) -> Return | None:
    """Sometimes the first line comes back."""
    rng = world.rng
    delivered_at = max(parcel.delivered_at for parcel in parcels if parcel.delivered_at)
    asked_at = delivered_at + timedelta(days=rng.randint(1, 18), hours=rng.randint(0, 8))
    if asked_at > world.now or rng.random() > 0.15:
        return None
    sent_at = asked_at + timedelta(days=rng.randint(1, 4))
    received_at = sent_at + timedelta(days=rng.randint(2, 5))
    decided_at = received_at + timedelta(days=4)
    status = ReturnStatus.REQUESTED
    if decided_at <= world.now:
        status = ReturnStatus.REJECTED if rng.random() < 0.08 else ReturnStatus.REFUNDED
    elif received_at <= world.now:
        status = ReturnStatus.RECEIVED
    elif sent_at <= world.now:
        status = ReturnStatus.IN_TRANSIT
    return Return(
        items=bought.items(1),
        status=status,
        requested_at=asked_at,
        received_at=received_at if received_at <= world.now else None,
        reason=rng.choice(RETURN_REASONS),
    )
