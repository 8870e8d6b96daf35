"""The merchant's rules in words: returns, exchanges, refunds, cancelling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.messages import Choice, Fact
from bot.shop.asking import Answer, Ask, Say, Value
from bot.shop.finding import mentioned_products
from bot.shop.labels import QUESTIONS, payment_name
from bot.shop.model import OrderStatus
from bot.shop.policy import Refused, returnable
from bot.shop.service.payment_options import named_kind
from bot.shop.terms import BusinessDays, PaidBy
from bot.shop.wording import Wording
from bot.shop.words import words

_EXCHANGE = frozenset({"exchange", "exchanging", "exchanged", "swap", "swapping"})


def return_policy(ask: Ask) -> Answer:
    """How long, at whose cost and in which state things can be sent back."""
    if _EXCHANGE.intersection(w.text for w in words(ask.text)):
        return _answer(ask, [_exchange(ask)])
    for product in mentioned_products(ask.text, ask.shop.products(), ask.terms.words)[:1]:
        refused = returnable(ask.terms, product)
        if isinstance(refused, Refused):
            fact = Fact("returnable", False, f"product/{product.id}")
            return _answer(ask, [Say(refused.utter, refused.values, (fact,))])
    if not ask.terms.returns.window_days:
        fact = Fact("return_window_days", 0, "shop.yml#returns.window_days")
        return _answer(ask, [Say("utter_return_policy_none", facts=(fact,))])
    says = [_returns(ask), *_return_details(ask)]
    if ask.terms.returns.link:
        says.append(Say("utter_return_link", {"link": ask.terms.returns.link}))
    return _answer(ask, says)


def refund_policy(ask: Ask) -> Answer:
    """How money comes back, and how long that takes for the way paid if it is named."""
    refunds = ask.terms.refunds
    kind = named_kind(ask.text, ask.terms.payment.methods)
    if kind is not None and kind in {m.kind for m in ask.terms.payment.methods}:
        days = refunds.days_for(kind)
        values: dict[str, Value] = {"method": payment_name(kind)}
        facts = _refund_facts(days, kind if kind in refunds.by_kind else None)
        if not days.max:
            return _answer(ask, [Say("utter_refund_policy_at_once", values, facts)])
        values["days"] = Wording.of(ask).working_days(days)
        return _answer(ask, [Say("utter_refund_policy_method", values, facts)])
    return _answer(ask, _refunds(ask))


def cancellation_policy(ask: Ask) -> Answer:
    """Until when an order can be cancelled, and for which reasons."""
    terms = ask.terms.cancellation
    late = terms.until is OrderStatus.PROCESSED
    fact = Fact("cancel_until", str(terms.until), "shop.yml#cancellation.until")
    choices = (Choice(QUESTIONS["order_cancel"], '/choose{"intent": "order_cancel"}'),)
    utter = "utter_cancellation_policy_late" if late else "utter_cancellation_policy"
    says = [Say(utter, facts=(fact,), choices=choices)]
    if terms.reasons:
        says.insert(0, Say("utter_cancellation_reasons", {"reasons": list(terms.reasons)}))
    if terms.fee is not None and terms.fee.amount:
        says.insert(0, _fee(ask))
    return _answer(ask, says)


def cancellation_fee(ask: Ask) -> Answer:
    """What cancelling costs."""
    return _answer(ask, [_fee(ask)])


def _fee(ask: Ask) -> Say:
    fee = ask.terms.cancellation.fee
    source = "shop.yml#cancellation.fee"
    if fee is None or not fee.amount:
        return Say("utter_cancellation_free", facts=(Fact("cancellation_fee", "0", source),))
    return Say(
        "utter_cancellation_fee", {"fee": fee}, (Fact("cancellation_fee", str(fee), source),)
    )


def _returns(ask: Ask) -> Say:
    terms = ask.terms.returns
    values: dict[str, Value] = {"days": terms.window_days}
    facts = [
        Fact("return_window_days", terms.window_days, "shop.yml#returns.window_days"),
        Fact("return_paid_by", str(terms.paid_by), "shop.yml#returns.paid_by"),
    ]
    if terms.cost is not None and terms.cost.amount:
        facts.append(Fact("return_cost", str(terms.cost), "shop.yml#returns.cost"))
        return Say("utter_return_policy_cost", {**values, "cost": terms.cost}, tuple(facts))
    free = terms.paid_by is PaidBy.SHOP or terms.cost is not None
    utter = "utter_return_policy_free" if free else "utter_return_policy_postage"
    return Say(utter, values, tuple(facts))


def _return_details(ask: Ask) -> list[Say]:
    terms = ask.terms.returns
    conditions, exclusions = list(terms.conditions), list(terms.exclusions)
    if conditions and exclusions:
        values: dict[str, Value] = {"conditions": conditions, "exclusions": exclusions}
        return [Say("utter_return_details", values)]
    if conditions:
        return [Say("utter_return_conditions", {"conditions": conditions})]
    if exclusions:
        return [Say("utter_return_exclusions", {"exclusions": exclusions})]
    return []


def _exchange(ask: Ask) -> Say:
    terms = ask.terms.exchanges
    facts = (Fact("exchange_offered", terms.offered, "shop.yml#exchanges.offered"),)
    if not terms.offered:
        return Say("utter_exchange_policy_none", facts=facts)
    days = Fact("exchange_window_days", terms.window_days, "shop.yml#exchanges.window_days")
    utter = "utter_exchange_policy_same" if terms.same_product else "utter_exchange_policy"
    return Say(utter, {"days": terms.window_days}, (*facts, days))


def _refunds(ask: Ask) -> list[Say]:
    terms, wording = ask.terms.refunds, Wording.of(ask)
    kinds = [m.kind for m in ask.terms.payment.methods if m.kind in terms.by_kind]
    slow = [(kind, terms.by_kind[kind]) for kind in kinds if terms.by_kind[kind].max]
    fast = [kind for kind in kinds if not terms.by_kind[kind].max]
    facts = _refund_facts(terms.days, None)
    values: dict[str, Value] = {"days": wording.working_days(terms.days)}
    utter = "utter_refund_policy" if terms.original_method else "utter_refund_policy_any"
    says = [Say(utter, values, facts)]
    different = [(kind, days) for kind, days in slow if days != terms.days]
    if different:
        methods = [f"{payment_name(k)}: {wording.working_days(d)}" for k, d in different]
        facts = tuple(f for kind, days in different for f in _refund_facts(days, kind))
        says.append(Say("utter_refund_policy_methods", {"methods": "\n".join(methods)}, facts))
    if fast:
        facts = tuple(f for kind in fast for f in _refund_facts(terms.by_kind[kind], kind))
        method = payment_name(fast[0])
        says.append(Say("utter_refund_policy_at_once", {"method": method}, facts))
    return says


def _refund_facts(days: BusinessDays, kind: str | None) -> tuple[Fact, ...]:
    source = f"shop.yml#refunds.by_kind.{kind}" if kind else "shop.yml#refunds.days"
    return (
        *((Fact("payment_method", kind, source),) if kind else ()),
        Fact("refund_days_min", days.min, source),
        Fact("refund_days_max", days.max, source),
    )


def _answer(ask: Ask, says: list[Say]) -> Answer:
    memory = replace(ask.memory, answered=ask.intent, task=None, wants=None, held={})
    return Answer(tuple(says), memory)


ANSWERS: dict[str, Callable[[Ask], Answer]] = {
    "return_policy": return_policy,
    "refund_policy": refund_policy,
    "cancellation_policy": cancellation_policy,
    "cancellation_fee": cancellation_fee,
}
