"""What an order cost, how it was paid and whether the payment went through; gift card balances."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add

from bot.messages import Card, Fact
from bot.shop.asking import Answer, Ask, Say, Value
from bot.shop.identity import Level
from bot.shop.labels import CARD_ROWS, payment_name
from bot.shop.model import Money, Order, OrderStatus, Payment, PaymentStatus, RefundStatus
from bot.shop.service.parcels import order_facts
from bot.shop.service.proof import sign_in_first
from bot.shop.service.which_order import settled, which_order
from bot.shop.wording import Wording

_WENT_THROUGH = re.compile(
    r"\b(?:go(?:ne)? through|went through|succe\w+|work(?:ed)?|fail\w*|declined|accepted|"
    r"receive[d]?|charged|confirmed|processed|(?:was|is) (?:it|that|my order|everything) paid)\b",
    re.I,
)
_YES = {
    PaymentStatus.CAPTURED: "utter_payment_went_through",
    PaymentStatus.AUTHORISED: "utter_payment_authorised",
    PaymentStatus.PENDING: "utter_payment_pending",
    PaymentStatus.FAILED: "utter_payment_failed",
}
_HOW = {**_YES, PaymentStatus.CAPTURED: "utter_paid_with"}


def order_total(ask: Ask) -> Answer:
    """What the order costs, and what of it was paid and given back."""
    order = which_order(ask)
    if isinstance(order, Answer):
        return order
    paid = _sum([p.amount for p in order.payments if p.status is PaymentStatus.CAPTURED], order)
    back = _sum([r.amount for r in order.refunds if r.status is not RefundStatus.REQUESTED], order)
    source = f"order/{order.id}"
    facts = (
        *order_facts(order),
        Fact("order_total", str(order.total), source),
        Fact("amount_paid", str(paid), source),
        *((Fact("amount_refunded", str(back), source),) if back.amount else ()),
        Fact("currency", order.currency, source),
    )
    values: dict[str, Value] = {
        "order": order.id,
        "total": order.total,
        "paid": paid,
        "refunded": back,
    }
    card = _bill(ask, order)
    return Answer(
        (Say(_total_sentence(order, paid, back), values, facts, cards=(card,)),),
        settled(ask, order),
    )


def _total_sentence(order: Order, paid: Money, back: Money) -> str:
    if back.amount and paid.amount:
        return "utter_order_total_refunded"
    if paid == order.total:
        return "utter_order_total_paid"
    if paid.amount:
        return "utter_order_total_partly_paid"
    if order.status is OrderStatus.CANCELLED:
        return "utter_order_total_cancelled"
    return "utter_order_total_unpaid"


def _sum(amounts: Sequence[Money], order: Order) -> Money:
    return reduce(add, amounts, Money(0, order.currency))


def _bill(ask: Ask, order: Order) -> Card:
    """The order's amounts as a small bill."""
    wording = Wording.of(ask)
    rows = [(wording.line(ln, options=False), wording.money(ln.unit_price * ln.quantity))
            for ln in order.lines]  # fmt: skip
    extras = {"delivery": order.shipping_cost, "tax": order.tax}
    rows += [(CARD_ROWS[name], wording.money(m)) for name, m in extras.items() if m is not None]
    if order.discount is not None and order.discount.amount:
        less = Money(-abs(order.discount.amount), order.currency)
        rows.append((CARD_ROWS["discount"], wording.money(less)))
    rows.append((CARD_ROWS["total"], wording.money(order.total)))
    return Card("bill", order.id, wording.contents(order), tuple(rows), spoken=True)


def order_payment(ask: Ask) -> Answer:
    """How the order was paid and whether the money arrived, payment by payment."""
    order = which_order(ask)
    if isinstance(order, Answer):
        return order
    asks_success = _WENT_THROUGH.search(ask.text)
    sentences = _YES if asks_success else _HOW
    taken = [p for p in order.payments if p.status is PaymentStatus.CAPTURED]
    if not order.payments:
        says = [Say("utter_no_payment", {"order": order.id}, order_facts(order))]
    elif len(taken) > 1 and len(taken) == len(order.payments) and not asks_success:
        says = [_split(ask, order, taken)]
    else:
        says = [_payment(ask, order, p, sentences) for p in order.payments]
    return Answer(tuple(says), settled(ask, order))


def _payment(
    ask: Ask, order: Order, payment: Payment, sentences: Mapping[PaymentStatus, str]
) -> Say:
    values: dict[str, Value] = {
        "order": order.id,
        "amount": payment.amount,
        "method": _method(ask, order, payment),
        "due": payment.due_on,
        "reason": payment.failure,
    }
    utter = sentences[payment.status]
    if payment.status is PaymentStatus.PENDING and payment.due_on:
        late = payment.due_on < Wording.of(ask).local_day(ask.now)
        utter = "utter_payment_overdue" if late else "utter_payment_due"
    if payment.status is PaymentStatus.FAILED and payment.failure:
        utter = "utter_payment_failed_because"
    return Say(utter, values, (*order_facts(order), *_facts(ask, order, payment)))


def _split(ask: Ask, order: Order, taken: Sequence[Payment]) -> Say:
    """Several payments, all taken: one sentence with the list."""
    wording = Wording.of(ask)
    parts = [f"{_method(ask, order, p)} ({wording.money(p.amount)})" for p in taken]
    facts = [fact for payment in taken for fact in _facts(ask, order, payment)]
    values: dict[str, Value] = {"order": order.id, "payments": parts}
    return Say("utter_paid_split", values, (*order_facts(order), *facts))


def _known(ask: Ask, order: Order, payment: Payment) -> tuple[str, str, str]:
    """Kind, brand and last four digits, from the payment or else from the stored method."""
    if payment.brand or payment.last4:
        return payment.method_kind, payment.brand, payment.last4
    customer = ask.shop.customer(order.customer_id)
    stored = customer.payment_method(payment.method_id) if customer else None
    if stored is not None:
        return stored.kind, stored.brand, stored.last4
    return payment.method_kind, "", ""


def _method(ask: Ask, order: Order, payment: Payment) -> str:
    return payment_name(*_known(ask, order, payment))


def _facts(ask: Ask, order: Order, payment: Payment) -> tuple[Fact, ...]:
    kind, brand, last4 = _known(ask, order, payment)
    source = f"order/{order.id}/payment/{payment.id}"
    values = {
        "payment_method": kind,
        "payment_brand": brand,
        "payment_last4": last4,
        "payment_amount": str(payment.amount),
        "payment_status": str(payment.status),
        "payment_due_on": payment.due_on.isoformat() if payment.due_on else "",
    }
    return tuple(Fact(name, value, source) for name, value in values.items() if value)


def gift_card_balance(ask: Ask) -> Answer:
    """What is left on the customer's gift cards. Needs channel proof: a card is not one order's."""
    if ask.who.level < Level.CHANNEL or ask.who.customer_id is None:
        return sign_in_first(ask)
    customer = ask.shop.customer(ask.who.customer_id)
    cards = [
        (method, method.balance)
        for method in (customer.payment_methods if customer else ())
        if method.kind == "gift_card" and method.balance is not None
    ]
    facts = tuple(
        Fact("gift_card_balance", str(balance), f"payment_method/{method.id}")
        for method, balance in cards
    )
    if not cards:
        return Answer((Say("utter_no_gift_card"),), ask.memory)
    wording = Wording.of(ask)
    if len(cards) == 1:
        say = Say("utter_gift_card", {"balance": cards[0][1]}, facts)
    else:
        each = [_card_name(m.last4, wording.money(balance)) for m, balance in cards]
        say = Say("utter_gift_cards", {"count": len(cards), "balances": each}, facts)
    return Answer((say,), ask.memory)


def _card_name(last4: str, balance: str) -> str:
    return f"{balance} ({last4})" if last4 else balance


ANSWERS = {
    "order_total": order_total,
    "order_payment": order_payment,
    "gift_card_balance": gift_card_balance,
}
