"""How orders of the demo shop are paid, and how money goes back, as the shop's terms have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from bot.backends.exchange_format import Customer, Payment, Refund
from bot.demo.baskets import CENT
from bot.demo.clock import working_day
from bot.shop.model import PaymentStatus, RefundStatus

AT_ORDER = ("paypal", "gift_card", "ideal")
AT_SHIPMENT = ("credit_card",)
REFUND_DAYS = {"credit_card": 7, "paypal": 2, "gift_card": 0}
FAILURES = ("insufficient funds", "card expired", "declined by the bank", "not confirmed in time")


@dataclass(frozen=True, slots=True)
class Bill:
    """What is to be paid and what has happened so far; ``shipped_at`` None: nothing left yet."""

    total: Decimal
    ordered_at: datetime
    shipped_at: datetime | None
    now: datetime


def payment(
    customer: Customer,
    kind: str,
    amount: Decimal,
    status: PaymentStatus,
    at: datetime | None,
    *,
    due_on: date | None = None,
    failure: str = "",
) -> Payment:
    """A payment with the customer's own method of that kind, or with one that is not stored."""
    own = next((m for m in customer.payment_methods if m.kind == kind), None)
    return Payment(
        kind="payment",
        amount=amount,
        payment_method_id=own.id if own else None,
        method_kind=None if own else kind,
        status=status,
        at=at,
        due_on=due_on,
        failure=failure,
    )


def payments(bill: Bill, customer: Customer, kind: str, rng: Random) -> tuple[Payment, ...]:
    """The payments of an order; some are split with a gift card, some fail at first."""
    found: list[Payment] = []
    rest = bill.total
    if kind != "gift_card" and rest > 60 and rng.random() < 0.06:
        part = Decimal(rng.choice(["25.00", "50.00"]))
        found.extend(_by_kind("gift_card", part, bill, customer))
        rest -= part
    if kind in ("credit_card", "paypal") and rng.random() < 0.03:
        failure = rng.choice(FAILURES)
        failed = PaymentStatus.FAILED
        found.append(payment(customer, kind, rest, failed, bill.ordered_at, failure=failure))
        if bill.shipped_at is None and rng.random() < 0.5:
            return tuple(found)
    found.extend(_by_kind(kind, rest, bill, customer))
    return tuple(found)


def _by_kind(kind: str, amount: Decimal, bill: Bill, customer: Customer) -> Iterator[Payment]:
    if kind == "instalments" and amount >= 100:
        yield from instalments(customer, amount, bill)
        return
    status, at = PaymentStatus.CAPTURED, bill.ordered_at
    due_on: date | None = None
    if kind in AT_SHIPMENT:
        status = PaymentStatus.CAPTURED if bill.shipped_at else PaymentStatus.AUTHORISED
        at = bill.shipped_at or bill.ordered_at
    elif kind not in AT_ORDER:  # bank transfer, invoice: the customer's turn
        paid_at = bill.ordered_at + timedelta(days=2 if kind == "bank_transfer" else 11)
        status = PaymentStatus.CAPTURED if paid_at <= bill.now else PaymentStatus.PENDING
        at = paid_at
        due_on = ((bill.shipped_at or bill.ordered_at) + timedelta(days=14)).date()
    done_at = None if status == PaymentStatus.PENDING else at
    yield payment(customer, kind, amount, status, done_at, due_on=due_on)


def instalments(
    customer: Customer, amount: Decimal, bill: Bill, months: int = 3
) -> Iterator[Payment]:
    """Equal monthly parts from two weeks after the order; the first carries the odd cents."""
    part = (amount / months).quantize(CENT)
    for month in range(months):
        due = bill.ordered_at + timedelta(days=14 + 30 * month)
        paid = due <= bill.now
        yield payment(
            customer,
            "instalments",
            amount - part * (months - 1) if month == 0 else part,
            PaymentStatus.CAPTURED if paid else PaymentStatus.PENDING,
            due if paid else None,
            due_on=due.date(),
        )


def refunds(
    customer: Customer,
    amount: Decimal,
    paid: Sequence[Payment],
    *,
    asked_at: datetime,
    now: datetime,
    reason: str,
) -> tuple[Refund, ...]:
    """Up to ``amount`` back the ways it came: sent in two working days, settled when they take."""
    kinds = {method.id: method.kind for method in customer.payment_methods}
    found = []
    for taken in paid:
        back = min(amount, taken.amount)
        if taken.status != PaymentStatus.CAPTURED or back <= 0:
            continue
        amount -= back
        kind = taken.method_kind or kinds.get(taken.payment_method_id or "", "")
        days = REFUND_DAYS.get(kind, 5)
        sent_at = _working_days_after(asked_at, 2)
        settled_at = _working_days_after(sent_at, days)
        status = RefundStatus.REQUESTED
        if sent_at <= now:
            status = RefundStatus.SETTLED if settled_at <= now else RefundStatus.SENT
        found.append(
            Refund(
                amount=back,
                payment_method_id=taken.payment_method_id,
                method_kind=taken.method_kind,
                status=status,
                requested_at=asked_at,
                sent_at=sent_at if sent_at <= now else None,
                settled_at=settled_at if settled_at <= now else None,
                reason=reason,
            )
        )
    return tuple(found)


def _working_days_after(moment: datetime, days: int) -> datetime:
    return moment + (working_day(moment.date(), days) - moment.date())
