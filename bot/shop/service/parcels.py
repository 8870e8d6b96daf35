"""An order's parcels: how far each has come, what is in it, and what has not left yet. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.messages import Fact
from bot.shop.model import Line, Order, OrderStatus, Shipment, VariantId


class Progress(StrEnum):
    """How far a parcel has come, as far as the records say.

    delayed: the carrier moved the date; late: the newest date has passed; undated: on its way
    without a date; announced: packed, not handed over yet.
    """

    PENDING = "pending"
    ANNOUNCED = "announced"
    ANNOUNCED_DUE = "announced_due"
    UNTRACKED = "untracked"
    UNDATED = "undated"
    DUE = "due"
    DELAYED = "delayed"
    LATE = "late"
    DELIVERED = "delivered"
    DELIVERED_UNDATED = "delivered_undated"

    @property
    def delivered(self) -> bool:
        """Whether it has arrived."""
        return self in (Progress.DELIVERED, Progress.DELIVERED_UNDATED)

    @property
    def left(self) -> bool:
        """Whether it has left the shop."""
        return self not in (Progress.PENDING, Progress.ANNOUNCED, Progress.ANNOUNCED_DUE)


Content = Sequence[tuple[Line, int]]
"""Lines with how many of each."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One shipment, or (without one) what of the order has none yet."""

    progress: Progress
    content: Content
    shipment: Shipment | None = None


def parcels(order: Order, today: date) -> list[Parcel]:
    """The order's parcels, then what is still to ship."""
    left = {line.id: line.quantity for line in order.lines}
    found = [
        Parcel(_progress(order, shipment, today), _take(order, shipment, left), shipment)
        for shipment in order.shipments
    ]
    rest = [(line, left[line.id]) for line in order.lines if left[line.id] > 0]
    if rest or not found:
        found.append(Parcel(_without_shipment(order), rest or _everything(order)))
    return found


def _progress(order: Order, shipment: Shipment, today: date) -> Progress:
    due, promised = shipment.estimated_delivery, shipment.promised_delivery
    if shipment.delivered_at is not None:
        return Progress.DELIVERED
    if order.status is OrderStatus.DELIVERED:
        return Progress.DELIVERED_UNDATED
    if shipment.shipped_at is None:
        return Progress.ANNOUNCED_DUE if due and due >= today else Progress.ANNOUNCED
    if due is None:
        return Progress.UNDATED
    if due < today:
        return Progress.LATE
    return Progress.DELAYED if promised and promised < due else Progress.DUE


def _without_shipment(order: Order) -> Progress:
    if order.status is OrderStatus.DELIVERED:
        return Progress.DELIVERED_UNDATED
    if order.status is OrderStatus.PROCESSED and not order.shipments:
        return Progress.UNTRACKED
    return Progress.PENDING


def _everything(order: Order) -> Content:
    return [(line, line.quantity) for line in order.lines]


def _take(order: Order, shipment: Shipment, left: dict[str, int]) -> Content:
    """What travels in a shipment, counted off from ``left``; everything when it does not say."""
    if not shipment.items:
        taken = [(line, left[line.id]) for line in order.lines if left[line.id] > 0]
        left.update(dict.fromkeys(left, 0))
        return taken
    wanted: Counter[VariantId] = Counter()
    for item in shipment.items:
        wanted[item.variant_id] += item.quantity
    taken = []
    for line in order.lines:
        count = min(wanted[line.variant_id], left[line.id])
        if count > 0:
            wanted[line.variant_id] -= count
            left[line.id] -= count
            taken.append((line, count))
    return taken


def shipment_facts(order: Order, shipment: Shipment) -> tuple[Fact, ...]:
    """What a shipment's record says, raw; of one that arrived, not what was expected before."""
    source = f"order/{order.id}/shipment/{shipment.id}"
    values: dict[str, str | date | None] = {"carrier": shipment.carrier}
    if shipment.delivered_at is not None:
        values["delivered_at"] = shipment.delivered_at
        values["delivered_on"] = shipment.delivered_at.date()
    else:
        values["shipped_at"] = shipment.shipped_at
        values["estimated_delivery"] = shipment.estimated_delivery
        if shipment.promised_delivery != shipment.estimated_delivery:
            values["promised_delivery"] = shipment.promised_delivery
    return (
        *(Fact("tracking_number", number, source) for number in shipment.tracking_numbers),
        *(Fact(name, _raw(value), source) for name, value in values.items() if value),
    )


def _raw(value: str | date) -> str:
    return value if isinstance(value, str) else value.isoformat()


def order_facts(order: Order) -> tuple[Fact, ...]:
    """Which order an answer is about, and its state."""
    source = f"order/{order.id}"
    return (Fact("order", order.id, source), Fact("status", str(order.status), source))
