"""Wishes to change something: said by policy whether it is still possible, then done by a person.

Nothing is changed here, and nothing is ever said to be done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.messages import Fact
from bot.shop import policy
from bot.shop.asking import Answer, Ask, Say, Value
from bot.shop.finding import mentioned_products
from bot.shop.model import Order, Product
from bot.shop.policy import Allowed, Refused, Verdict
from bot.shop.service.choices import TALK_TO_A_PERSON
from bot.shop.service.handoff import fetch_person
from bot.shop.service.parcels import order_facts
from bot.shop.service.which_order import settled, which_order
from bot.shop.terms import Terms

Policy = Callable[[Order, Terms, datetime, Product | None], Verdict]


@dataclass(frozen=True, slots=True)
class _Request:
    """The sentences of one wish, and the policy that decides it."""

    may: Policy
    possible: str
    until: str
    costs: str


def _whole(may: Callable[[Order, Terms, datetime], Verdict]) -> Policy:
    return lambda order, terms, now, _: may(order, terms, now)


_REQUESTS = {
    "order_cancel": _Request(
        _whole(policy.may_cancel),
        "utter_may_cancel",
        "utter_may_cancel",
        "utter_may_cancel_fee",
    ),
    "order_change": _Request(
        _whole(policy.may_change),
        "utter_may_change",
        "utter_may_change",
        "utter_may_change_fee",
    ),
    "order_change_address": _Request(
        _whole(policy.may_change_address),
        "utter_may_change_address",
        "utter_may_change_address",
        "utter_may_change_address_fee",
    ),
    "order_change_item": _Request(
        _whole(policy.may_change), "utter_may_change", "utter_may_change", "utter_may_change_fee"
    ),
    "order_change_quantity": _Request(
        _whole(policy.may_change), "utter_may_change", "utter_may_change", "utter_may_change_fee"
    ),
    "order_change_payment": _Request(
        _whole(policy.may_change), "utter_may_change", "utter_may_change", "utter_may_change_fee"
    ),
    "order_return": _Request(
        policy.may_return,
        "utter_may_return",
        "utter_may_return_until",
        "utter_may_return_fee",
    ),
    "order_exchange": _Request(
        policy.may_exchange,
        "utter_may_exchange",
        "utter_may_exchange_until",
        "utter_may_exchange",
    ),
    "refund_request": _Request(
        policy.may_return,
        "utter_may_refund",
        "utter_may_refund_until",
        "utter_may_refund_until",
    ),
}


def requested(ask: Ask) -> Answer:
    """Whether it is possible by the shop's terms; if so a person carries it out."""
    order = which_order(ask)
    if isinstance(order, Answer):
        return order
    request = _REQUESTS[ask.intent]
    verdict = request.may(order, ask.terms, ask.now, _product(ask, order))
    allowed = Fact("allowed", isinstance(verdict, Allowed), f"order/{order.id}")
    facts = (*order_facts(order), allowed)
    if isinstance(verdict, Refused):
        reason = Fact("reason", str(verdict.reason), "terms")
        values: dict[str, Value] = {"order": order.id, **verdict.values}
        refusal = Say(verdict.utter, values, (*facts, reason), (TALK_TO_A_PERSON,))
        return Answer((refusal,), settled(ask, order))
    say = _allowed(order, request, verdict)
    said = Say(say.utter, say.values, facts)
    return fetch_person(ask, "action", ask.intent, (said,), settled(ask, order))


def _allowed(order: Order, request: _Request, verdict: Allowed) -> Say:
    values: dict[str, Value] = {"order": order.id, "until": verdict.until, "fee": verdict.fee}
    if verdict.fee is not None and verdict.fee.amount:
        if verdict.until is None and request.until != request.possible:
            return Say(request.possible, values)
        return Say(request.costs, values)
    return Say(request.until if verdict.until is not None else request.possible, values)


def _product(ask: Ask, order: Order) -> Product | None:
    """The one product of this order the text speaks of, or the order's only one."""
    inside = {line.product_id for line in order.lines}
    products = [product for product in ask.shop.products() if product.id in inside]
    named = mentioned_products(ask.text, products) or products
    return named[0] if len(named) == 1 else None


def problem(ask: Ask) -> Answer:
    """Something is wrong with what arrived, or did not: sorry, and a person at once."""
    order = which_order(ask)
    if isinstance(order, Answer):
        return order
    sorry = Say("utter_order_problem", {"order": order.id}, order_facts(order))
    return fetch_person(ask, "action", ask.intent, (sorry,), settled(ask, order))


def withdrawal(ask: Ask) -> Answer:
    """Withdrawing is the customer's right: a person confirms it, nobody asks why."""
    order = which_order(ask)
    if isinstance(order, Answer):
        return order
    said = Say("utter_withdrawal", {"order": order.id}, order_facts(order))
    return fetch_person(ask, "action", ask.intent, (said,), settled(ask, order))


def payment_problem(ask: Ask) -> Answer:
    """Paying does not work: only a person can look into that."""
    return fetch_person(ask, "action", ask.intent, (Say("utter_payment_problem"),))


def set_up_address(ask: Ask) -> Answer:
    """A new address in the account: where to do it, and a person who can."""
    link = ask.terms.links.edit_account or ask.terms.links.account
    say = Say("utter_set_up_address_link", {"link": link}) if link else Say("utter_set_up_address")
    return fetch_person(ask, "action", ask.intent, (say,))


ANSWERS = {
    **dict.fromkeys(_REQUESTS, requested),
    "order_problem": problem,
    "withdrawal": withdrawal,
    "payment_problem": payment_problem,
    "set_up_address": set_up_address,
}
