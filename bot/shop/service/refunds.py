"""Refunds of an order: how much, where to, how far, and when the money is back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from bot.messages import Fact
from bot.shop.asking import Answer, Ask, Say, Value
from bot.shop.calendar import add_business_days, today
from bot.shop.labels import refund_name
from bot.shop.model import Order, OrderStatus, Refund, RefundStatus, ReturnStatus
from bot.shop.service.choices import TALK_TO_A_PERSON
from bot.shop.service.parcels import order_facts
from bot.shop.service.which_order import settled, which_order
from bot.shop.terms import MONDAY_TO_FRIDAY
from bot.shop.wording import Wording


class _State(StrEnum):
    """How far one refund is, and whether the records give its day."""

    REQUESTED = "requested"
    SENT = "sent"
    SENT_ON = "sent_on"
    OVERDUE = "overdue"
    SETTLED = "settled"
    SETTLED_ON = "settled_on"


_SENTENCES = {
    _State.REQUESTED: "utter_refund_requested",
    _State.SENT: "utter_refund_sent",
    _State.SENT_ON: "utter_refund_sent_on",
    _State.OVERDUE: "utter_refund_overdue",
    _State.SETTLED: "utter_refund_settled",
    _State.SETTLED_ON: "utter_refund_settled_on",
}
_RETURNS = {
    ReturnStatus.REQUESTED: "utter_return_requested",
    ReturnStatus.IN_TRANSIT: "utter_return_in_transit",
    ReturnStatus.RECEIVED: "utter_return_received",
    ReturnStatus.REFUNDED: "utter_return_refunded",
    ReturnStatus.REJECTED: "utter_return_rejected",
}


def order_refund(ask: Ask) -> Answer:
    """What became of the money, refund by refund."""
    order = which_order(ask)
    if isinstance(order, Answer):
        return order
    first, *others = refund_says(ask, order)
    shown = Say(first.utter, first.values, (*order_facts(order), *first.facts), first.choices)
    return Answer((shown, *others), settled(ask, order))


def refund_says(ask: Ask, order: Order) -> tuple[Say, ...]:
    """One utterance per refund; without one, that there is none and what is known of a return."""
    if order.refunds:
        return tuple(_say(ask, order, refund) for refund in order.refunds)
    if order.returns:
        newest = max(order.returns, key=lambda found: found.requested_at)
        source = f"order/{order.id}/return/{newest.id}"
        fact = Fact("return_status", str(newest.status), source)
        return (Say(_RETURNS[newest.status], {"order": order.id}, (fact,)),)
    if order.status is OrderStatus.CANCELLED:
        return (Say("utter_no_refund_yet", {"order": order.id}, choices=(TALK_TO_A_PERSON,)),)
    return (Say("utter_no_refund", {"order": order.id}),)


def _say(ask: Ask, order: Order, refund: Refund) -> Say:
    due = _expected_by(ask, refund)
    state = _state(ask, refund, due)
    days = ask.terms.refunds.days_for(refund.method_kind)
    values: Mapping[str, Value] = {
        "order": order.id,
        "amount": refund.amount,
        "method": _method(ask, order, refund),
        "sent": refund.sent_at and today(ask.terms, refund.sent_at),
        "settled": refund.settled_at and today(ask.terms, refund.settled_at),
        "expected": due,
        "days": Wording.of(ask).working_days(days),
    }
    choices = (TALK_TO_A_PERSON,) if state is _State.OVERDUE else ()
    return Say(_SENTENCES[state], values, _facts(order, refund, due), choices)


def _state(ask: Ask, refund: Refund, due: date | None) -> _State:
    if refund.status is RefundStatus.SETTLED:
        return _State.SETTLED_ON if refund.settled_at else _State.SETTLED
    if refund.status is RefundStatus.REQUESTED:
        return _State.REQUESTED
    if due is None:
        return _State.SENT
    return _State.OVERDUE if due < today(ask.terms, ask.now) else _State.SENT_ON


def _expected_by(ask: Ask, refund: Refund) -> date | None:
    """The last day the money should need, by the shop's terms; None while it was not sent."""
    if refund.status is not RefundStatus.SENT or refund.sent_at is None:
        return None
    days = ask.terms.refunds.days_for(refund.method_kind)
    sent = today(ask.terms, refund.sent_at)
    if not days.max:
        return sent
    return add_business_days(sent, days.max, MONDAY_TO_FRIDAY, ask.terms.delivery.holidays)


def _method(ask: Ask, order: Order, refund: Refund) -> str:
    if refund.brand or refund.last4:
        return refund_name(refund.method_kind, refund.brand, refund.last4)
    customer = ask.shop.customer(order.customer_id)
    stored = customer.payment_method(refund.method_id) if customer else None
    if stored is not None:
        return refund_name(stored.kind, stored.brand, stored.last4)
    return refund_name(refund.method_kind)


def _facts(order: Order, refund: Refund, due: date | None) -> tuple[Fact, ...]:
    source = f"order/{order.id}/refund/{refund.id}"
    values = {
        "refund_amount": str(refund.amount),
        "refund_currency": refund.amount.currency,
        "refund_status": str(refund.status),
        "refund_method": refund.method_kind,
        "refund_sent_at": refund.sent_at and refund.sent_at.isoformat(),
        "refund_settled_at": refund.settled_at and refund.settled_at.isoformat(),
        "refund_expected_by": due and due.isoformat(),
    }
    return tuple(Fact(name, value, source) for name, value in values.items() if value)


ANSWERS = {"order_refund": order_refund}
