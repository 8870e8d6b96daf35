"""Where an order is, when it comes, whether it has shipped or arrived."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from bot.shop.asking import Answer, Ask, Say, Value
from bot.shop.calendar import today
from bot.shop.model import Order, OrderStatus
from bot.shop.service.order_card import order_card
from bot.shop.service.parcels import Parcel, Progress, order_facts, parcels, shipment_facts
from bot.shop.service.refunds import refund_says
from bot.shop.service.which_order import settled, which_order
from bot.shop.wording import Wording


class _Voice(StrEnum):
    """What was asked, so that "has it shipped?" is answered with yes or no first."""

    WHERE = "where"
    SHIPPED = "shipped"
    ARRIVED = "arrived"
    ARRIVED_WHEN = "arrived_when"


_ON_ITS_WAY = {
    _Voice.WHERE: {
        Progress.PENDING: "utter_order_pending",
        Progress.ANNOUNCED: "utter_order_announced",
        Progress.ANNOUNCED_DUE: "utter_order_announced_due",
        Progress.UNTRACKED: "utter_order_untracked",
        Progress.UNDATED: "utter_order_undated",
        Progress.DUE: "utter_order_due",
        Progress.DELAYED: "utter_order_delayed",
        Progress.LATE: "utter_order_late",
        Progress.DELIVERED: "utter_order_delivered",
        Progress.DELIVERED_UNDATED: "utter_order_delivered_undated",
    },
    _Voice.SHIPPED: {
        Progress.PENDING: "utter_not_shipped",
        Progress.ANNOUNCED: "utter_not_shipped_announced",
        Progress.ANNOUNCED_DUE: "utter_not_shipped_announced_due",
        Progress.UNTRACKED: "utter_shipped_untracked",
        Progress.UNDATED: "utter_shipped_undated",
        Progress.DUE: "utter_shipped_due",
        Progress.DELAYED: "utter_shipped_delayed",
        Progress.LATE: "utter_shipped_late",
        Progress.DELIVERED: "utter_yes_delivered",
        Progress.DELIVERED_UNDATED: "utter_yes_delivered_undated",
    },
    _Voice.ARRIVED: {
        Progress.PENDING: "utter_not_arrived_pending",
        Progress.ANNOUNCED: "utter_not_arrived_announced",
        Progress.ANNOUNCED_DUE: "utter_not_arrived_announced_due",
        Progress.UNTRACKED: "utter_not_arrived_untracked",
        Progress.UNDATED: "utter_not_arrived_undated",
        Progress.DUE: "utter_not_arrived_due",
        Progress.DELAYED: "utter_not_arrived_delayed",
        Progress.LATE: "utter_not_arrived_late",
        Progress.DELIVERED: "utter_yes_delivered",
        Progress.DELIVERED_UNDATED: "utter_yes_delivered_undated",
    },
}
_DELIVERED_WHEN = {
    Progress.DELIVERED: "utter_order_delivered",
    Progress.DELIVERED_UNDATED: "utter_order_delivered_undated",
}
_SENTENCES: Mapping[_Voice, Mapping[Progress, str]] = {
    **_ON_ITS_WAY,
    _Voice.ARRIVED_WHEN: {**_ON_ITS_WAY[_Voice.ARRIVED], **_DELIVERED_WHEN},
}
_PARCELS: Mapping[Progress, str] = {
    Progress.PENDING: "utter_parcel_pending",
    Progress.ANNOUNCED: "utter_parcel_announced",
    Progress.ANNOUNCED_DUE: "utter_parcel_announced_due",
    Progress.UNTRACKED: "utter_parcel_untracked",
    Progress.UNDATED: "utter_parcel_undated",
    Progress.DUE: "utter_parcel_due",
    Progress.DELAYED: "utter_parcel_delayed",
    Progress.LATE: "utter_parcel_late",
    Progress.DELIVERED: "utter_parcel_delivered",
    Progress.DELIVERED_UNDATED: "utter_parcel_delivered_undated",
}
_OPENING = re.compile(r"\b(?:when|where|what|which|how|why)\b", re.I)
_YES_OR_NO = re.compile(r"\b(?:has|have|hasn't|did|didn't|was|is|isn't|are|were)\b", re.I)
_SHIPPING = re.compile(
    r"\b(?:shipp?(?:ed)?|sent|dispatched|left|posted|mailed|gone out|on (?:its|the|it's) way)\b",
    re.I,
)


def order_status(ask: Ask) -> Answer:
    """Where the order is and when it comes, parcel by parcel."""
    yes_or_no = _YES_OR_NO.search(ask.text) and not _OPENING.search(ask.text)
    asks_shipped = yes_or_no and _SHIPPING.search(ask.text)
    return _status(ask, _Voice.SHIPPED if asks_shipped else _Voice.WHERE)


def order_delivered(ask: Ask) -> Answer:
    """Whether and when the order arrived."""
    asks_when = _OPENING.search(ask.text)
    return _status(ask, _Voice.ARRIVED_WHEN if asks_when else _Voice.ARRIVED)


def _status(ask: Ask, voice: _Voice) -> Answer:
    order = which_order(ask)
    if isinstance(order, Answer):
        return order
    if order.status is OrderStatus.CANCELLED:
        return Answer(_cancelled(ask, order), settled(ask, order))
    found = parcels(order, today(ask.terms, ask.now))
    says = _one(ask, order, found[0], voice) if len(found) == 1 else _several(ask, order, found)
    first, *others = says
    card = order_card(ask, order, found)
    shown = Say(first.utter, first.values, (*order_facts(order), *first.facts), cards=(card,))
    return Answer((shown, *others), settled(ask, order))


def _cancelled(ask: Ask, order: Order) -> tuple[Say, ...]:
    """That it was cancelled, whatever its shipments say, and what became of the money."""
    if order.cancelled_at is not None:
        day = today(ask.terms, order.cancelled_at)
        values: Mapping[str, Value] = {"order": order.id, "cancelled": day}
        first = Say("utter_order_cancelled_on", values, order_facts(order))
    else:
        first = Say("utter_order_cancelled", {"order": order.id}, order_facts(order))
    return (first, *refund_says(ask, order))


def _values(ask: Ask, order: Order, parcel: Parcel) -> dict[str, Value]:
    values: dict[str, Value] = {"order": order.id}
    if (shipment := parcel.shipment) is not None:
        values |= {
            "shipped": shipment.shipped_at and today(ask.terms, shipment.shipped_at),
            "expected": shipment.estimated_delivery,
            "promised": shipment.promised_delivery,
            "delivered": shipment.delivered_at,
        }
    return values


def _one(ask: Ask, order: Order, parcel: Parcel, voice: _Voice) -> list[Say]:
    facts = shipment_facts(order, parcel.shipment) if parcel.shipment else ()
    says = [Say(_SENTENCES[voice][parcel.progress], _values(ask, order, parcel), facts)]
    if parcel.progress.left:
        says += _tracking([parcel])
    return says


def _several(ask: Ask, order: Order, found: Sequence[Parcel]) -> list[Say]:
    """One line a parcel, after one that says how things stand as a whole."""
    wording = Wording.of(ask)
    if all(parcel.progress.left for parcel in found):
        head = Say("utter_order_parcels", {"order": order.id, "count": len(found)})
    elif any(parcel.progress.left for parcel in found):
        head = Say("utter_order_partly_shipped", {"order": order.id})
    else:
        head = Say("utter_order_pending", {"order": order.id})
    says = [head]
    for parcel in found:
        items = [wording.line(line, options=False, quantity=n) for line, n in parcel.content]
        facts = shipment_facts(order, parcel.shipment) if parcel.shipment else ()
        values = {**_values(ask, order, parcel), "items": items}
        says.append(Say(_PARCELS[parcel.progress], values, facts))
    return says + _tracking([p for p in found if p.progress.left])


def _tracking(sent: Sequence[Parcel]) -> list[Say]:
    """Where to follow the parcels that left, also for one that came and was not found."""
    shipments = [p.shipment for p in sent if p.shipment and p.shipment.tracking_numbers]
    says = []
    for shipment in shipments:
        values: dict[str, Value] = {
            "tracking": list(shipment.tracking_numbers),
            "carrier": shipment.carrier,
            "link": shipment.tracking_url,
        }
        says.append(Say(_TRACKING[bool(shipment.carrier), bool(shipment.tracking_url)], values))
    return says


_TRACKING = {
    (False, False): "utter_tracking",
    (True, False): "utter_tracking_carrier",
    (False, True): "utter_tracking_link",
    (True, True): "utter_tracking_carrier_link",
}

ANSWERS = {"order_status": order_status, "order_delivered": order_delivered}
