"""The picture of an order: its steps, dates and link, for channels that show cards."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages import Card
from bot.shop import labels
from bot.shop.asking import Ask
from bot.shop.model import Order
from bot.shop.service.parcels import Parcel, Progress
from bot.shop.service.which_order import order_day
from bot.shop.wording import Wording


def order_card(ask: Ask, order: Order, parcels: Sequence[Parcel]) -> Card:
    """How far the order has come, its dates and its link."""
    wording = Wording.of(ask)
    rows = [(labels.CARD_ROWS["placed"], wording.day(order_day(ask, order)))]
    for parcel in parcels:
        rows += _shipment_rows(wording, parcel)
    rows.append((labels.CARD_ROWS["total"], wording.money(order.total)))
    links = [p.shipment.tracking_url for p in parcels if p.shipment and p.shipment.tracking_url]
    return Card(
        kind="order",
        title=order.id,
        subtitle=wording.contents(order),
        rows=tuple(rows),
        steps=_steps(parcels),
        link=links[0] if links else None,
        spoken=True,
    )


def _steps(parcels: Sequence[Parcel]) -> tuple[tuple[str, bool], ...]:
    """A step is done when every parcel has taken it, and done in part when some have."""
    taken = (
        (labels.PACKED, [parcel.progress is not Progress.PENDING for parcel in parcels]),
        (labels.ON_ITS_WAY, [parcel.progress.left for parcel in parcels]),
        (labels.DELIVERED, [parcel.progress.delivered for parcel in parcels]),
    )
    later = tuple(
        (labels.IN_PART.format(step=label.lower()) if any(by) and not all(by) else label, any(by))
        for label, by in taken
    )
    return ((labels.ORDERED, True), *later)


def _shipment_rows(wording: Wording, parcel: Parcel) -> list[tuple[str, str]]:
    shipment = parcel.shipment
    if shipment is None:
        return []
    rows = []
    if shipment.delivered_at is not None:
        rows.append(("delivered", wording.moment(shipment.delivered_at)))
    elif shipment.estimated_delivery is not None:
        rows.append(("due", wording.day(shipment.estimated_delivery)))
    if shipment.carrier:
        rows.append(("carrier", shipment.carrier))
    rows += [("tracking", number) for number in shipment.tracking_numbers]
    return [(labels.CARD_ROWS[name], text) for name, text in rows]
