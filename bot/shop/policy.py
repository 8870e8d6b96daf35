"""What a customer may do with an order, by the merchant's terms and the order's own state. Pure.

"No" is a value: every ``Refusal`` has its sentence ``utter_refused_<reason>`` in ``domain.yml``,
filled with ``order`` and the refusal's ``values``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.shop.calendar import today
from bot.shop.model import Money, Order, OrderStatus, Product
from bot.shop.terms import ChangeTerms, PaidBy, Terms


class Refusal(StrEnum):
    """Why not."""

    ALREADY_CANCELLED = "already_cancelled"
    CANCEL_TOO_LATE = "cancel_too_late"
    CANCEL_DELIVERED = "cancel_delivered"
    CHANGE_TOO_LATE = "change_too_late"
    ADDRESS_TOO_LATE = "address_too_late"
    CHANGE_DELIVERED = "change_delivered"
    RETURNS_NOT_OFFERED = "returns_not_offered"
    RETURN_NOT_DELIVERED = "return_not_delivered"
    RETURN_WINDOW_OVER = "return_window_over"
    FINAL_SALE = "final_sale"
    NOT_RETURNABLE = "not_returnable"
    EXCHANGES_NOT_OFFERED = "exchanges_not_offered"
    EXCHANGE_NOT_DELIVERED = "exchange_not_delivered"
    EXCHANGE_WINDOW_OVER = "exchange_window_over"


@dataclass(frozen=True, slots=True)
class Allowed:
    """``until`` is the last day (None: no day is set or the delivery day is unknown), ``fee`` what
    it costs the customer (None: nothing the shop states)."""

    until: date | None = None
    fee: Money | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Refusal
    values: Mapping[str, str | date] = field(default_factory=dict)

    @property
    def utter(self) -> str:
        """The sentence that says so."""
        return f"utter_refused_{self.reason}"


Verdict = Allowed | Refused


def may_cancel(order: Order, terms: Terms, now: datetime) -> Verdict:
    """Whether the whole order may still be cancelled."""
    return _before(order, terms.cancellation, Refusal.CANCEL_TOO_LATE, Refusal.CANCEL_DELIVERED)


def may_change(order: Order, terms: Terms, now: datetime) -> Verdict:
    """Whether items or the way to pay may still be changed."""
    return _before(order, terms.changes, Refusal.CHANGE_TOO_LATE, Refusal.CHANGE_DELIVERED)


def may_change_address(order: Order, terms: Terms, now: datetime) -> Verdict:
    """Whether the parcel may still be sent somewhere else."""
    return _before(order, terms.changes, Refusal.ADDRESS_TOO_LATE, Refusal.CHANGE_DELIVERED)


def may_return(
    order: Order, terms: Terms, now: datetime, product: Product | None = None
) -> Verdict:
    """Whether the order (or this product of it) may be sent back."""
    if not terms.returns.window_days:
        return Refused(Refusal.RETURNS_NOT_OFFERED)
    if product is not None and isinstance(refused := returnable(terms, product), Refused):
        return refused
    verdict = _within(
        order,
        terms,
        now,
        terms.returns.window_days,
        (Refusal.RETURN_NOT_DELIVERED, Refusal.RETURN_WINDOW_OVER),
    )
    if isinstance(verdict, Allowed) and terms.returns.paid_by is PaidBy.CUSTOMER:
        return Allowed(verdict.until, terms.returns.cost)
    return verdict


def may_exchange(
    order: Order, terms: Terms, now: datetime, product: Product | None = None
) -> Verdict:
    """Whether the order's items (or this product of it) may be exchanged."""
    if not terms.exchanges.offered or not terms.exchanges.window_days:
        return Refused(Refusal.EXCHANGES_NOT_OFFERED)
    if product is not None and isinstance(refused := returnable(terms, product), Refused):
        return refused
    return _within(
        order,
        terms,
        now,
        terms.exchanges.window_days,
        (Refusal.EXCHANGE_NOT_DELIVERED, Refusal.EXCHANGE_WINDOW_OVER),
    )


def returnable(terms: Terms, product: Product) -> Verdict:
    """Whether this product is taken back or exchanged at all."""
    if product.final_sale:
        return Refused(Refusal.FINAL_SALE, {"product": product.title})
    excluded = {category.lower() for category in terms.returns.excluded_categories}
    if product.category.lower() in excluded:
        return Refused(Refusal.NOT_RETURNABLE, {"product": product.title})
    return Allowed()


def delivered_at(order: Order) -> datetime | None:
    """When the last part of it arrived that has arrived; None if nothing did or no day is known."""
    return max((s.delivered_at for s in order.shipments if s.delivered_at), default=None)


def _before(order: Order, rules: ChangeTerms, too_late: Refusal, delivered: Refusal) -> Verdict:
    if order.status is OrderStatus.CANCELLED:
        return Refused(Refusal.ALREADY_CANCELLED)
    if order.status is OrderStatus.DELIVERED:
        return Refused(delivered)
    if order.status is OrderStatus.PROCESSED and rules.until is not OrderStatus.PROCESSED:
        return Refused(too_late)
    return Allowed(fee=rules.fee)


def _within(
    order: Order, terms: Terms, now: datetime, days: int, refusals: tuple[Refusal, Refusal]
) -> Verdict:
    not_delivered, over = refusals
    if order.status is OrderStatus.CANCELLED:
        return Refused(Refusal.ALREADY_CANCELLED)
    arrived = delivered_at(order)
    if arrived is None:
        # delivered on an unknown day: a person decides, the customer is not turned away
        return Allowed() if order.status is OrderStatus.DELIVERED else Refused(not_delivered)
    until = today(terms, arrived) + timedelta(days=days)
    if today(terms, now) > until:
        return Refused(over, {"until": until})
    return Allowed(until)
