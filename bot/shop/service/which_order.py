"""Which order a question is about: named, meant, obvious, or to be asked for. Never guessed.

Everything here works on orders the customer may see; an order somebody else placed is answered
exactly like one that does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.messages import Choice, Fact
from bot.shop import reading
from bot.shop.asking import Answer, Ask, Memory, Say
from bot.shop.finding import mentioned_products, orders_mentioning
from bot.shop.identity import Level
from bot.shop.model import Order, OrderId, OrderStatus
from bot.shop.service import proof
from bot.shop.wording import Wording

MAX_CHOICES = 5

Tier = Callable[[Order], bool]


def is_open(order: Order) -> bool:
    """Neither delivered nor cancelled."""
    return order.status not in (OrderStatus.DELIVERED, OrderStatus.CANCELLED)


def _is(*statuses: OrderStatus) -> Tier:
    return lambda order: order.status in statuses


def _has_money_back(order: Order) -> bool:
    return bool(order.refunds or order.returns) or order.status is OrderStatus.CANCELLED


_DELIVERED = _is(OrderStatus.DELIVERED)
LIKELY: Mapping[str, tuple[Tier, ...]] = {
    "order_status": (is_open,),
    "order_delivered": (_is(OrderStatus.PROCESSED), _DELIVERED),
    "order_refund": (_has_money_back,),
    "order_cancel": (is_open,),
    "order_change": (is_open,),
    "order_change_address": (is_open,),
    "order_change_item": (is_open,),
    "order_change_quantity": (is_open,),
    "order_change_payment": (is_open,),
    "order_return": (_DELIVERED,),
    "order_exchange": (_DELIVERED,),
    "refund_request": (_DELIVERED,),
    "order_problem": (_DELIVERED,),
}
"""Which orders a question is most likely about when it names none; the first kind that exists."""

_REFERS = re.compile(
    r"\b(?:it|its|it's|that|this|them|they|those|these|the order|same (?:order|one))\b", re.I
)
_NEWEST = re.compile(
    r"\b(?:(?:last|latest|newest)\s+(?:(?:\w+\s+)?(?:order|purchase|package|parcel|delivery)|one)"
    r"|most recent(?:ly)?)\b",
    re.I,
)
_NOT_NEWEST = re.compile(r"\blast\s+(?:week|month|year|\w+day|few|two|three|\d)", re.I)
_NAMES_NEW_PRODUCTS = frozenset({"order_exchange", "order_change", "order_change_item"})
"""Wishes that may well name a product the customer does not have yet."""
_BARE = re.compile(r"\b[A-Za-z]{0,4}-?\d{3,12}\b")
_IN_STATE = re.compile(
    r"\b(?:(cancell?ed)|(pending|open|unshipped)|(shipped|sent)|(delivered|received|arrived))\s+"
    r"(?:orders?|ones?|purchase|package|parcel)\b",
    re.I,
)
_STATES = (
    (OrderStatus.CANCELLED,),
    (OrderStatus.PENDING,),
    (OrderStatus.PROCESSED,),
    (OrderStatus.DELIVERED,),
)


@dataclass(frozen=True, slots=True)
class _Named:
    """An order number in the text: comparable, and as the customer wrote it."""

    value: str
    typed: str


def which_order(ask: Ask) -> Order | Answer:
    """The order the question is about, or the answer that asks for it."""
    mine = own_orders(ask)
    if chosen := ask.entity("order"):
        order = ask.shop.order(OrderId(chosen))
        if order is not None and ask.who.may_see(order):
            return order
    named = _numbers(ask)
    if own := _by_number(ask, named, mine):
        return own[0] if len(own) == 1 else offer(ask, own)
    email = _email(ask)
    given = dict(proof.held(ask.memory))
    if len(given) == len(proof.WANTS) and not named and not email:
        # that pair has failed already: nothing new to try
        given = {}
    if named:
        given["order_number"] = named[0].typed
    if email:
        given["order_email"] = email
    proving = bool(named) or (email is not None and "order_number" in given)
    return _proven(ask, given, mine) if proving or not mine else _pick(ask, mine)


def own_orders(ask: Ask) -> Sequence[Order]:
    """The orders this customer may see, newest first."""
    found: dict[OrderId, Order] = {}
    if ask.who.level >= Level.CHANNEL and ask.who.customer_id is not None:
        found.update({order.id: order for order in ask.shop.orders_of(ask.who.customer_id)})
    for order_id in ask.who.proven_orders:
        order = ask.shop.order(order_id)
        if order is not None:
            found.setdefault(order_id, order)
    return sorted(found.values(), key=lambda order: order.created_at, reverse=True)


def says_which(ask: Ask) -> bool:
    """Whether the text itself says which order is meant, or proves one."""
    return bool(_numbers(ask) or _email(ask)) or _meant(ask, own_orders(ask)) is not None


def settled(ask: Ask, order: Order) -> Memory:
    """The memory after a question about this order was answered; another open question stays."""
    memory = replace(ask.memory, order=order.id, answered=ask.intent)
    if memory.task in (None, ask.intent) or memory.wants in proof.WANTS:
        return replace(memory, task=None, wants=None, held={})
    return memory


def offer(ask: Ask, orders: Sequence[Order], say: Say | None = None) -> Answer:
    """Let the customer pick one of their own orders."""
    shown = orders[:MAX_CHOICES]
    many = len(orders) > MAX_CHOICES
    say = say or Say("utter_which_order_of_many" if many else "utter_which_order")
    facts = tuple(Fact("order", order.id, f"order/{order.id}") for order in shown)
    choices = tuple(choice(ask, order) for order in shown)
    return Answer(
        (replace(say, facts=facts, choices=choices),),
        replace(ask.memory, task=ask.intent, wants="order", held={}),
    )


def choice(ask: Ask, order: Order) -> Choice:
    """An order as something to pick: number, what is in it, when."""
    wording = Wording.of(ask)
    return Choice(
        f"{order.id} · {wording.contents(order)} · {wording.short_day(order_day(ask, order))}",
        f'/choose{{"order": "{order.id}"}}',
    )


def likeliest(intent: str, orders: Sequence[Order]) -> Sequence[Order]:
    """Those a question of that intent is most likely about; all when none stands out."""
    for tier in LIKELY.get(intent, ()):
        if found := [order for order in orders if tier(order)]:
            return found
    return orders


def order_day(ask: Ask, order: Order) -> date:
    """The day an order was placed, in the shop's time."""
    return order.created_at.astimezone(ask.terms.zone).date()


def _numbers(ask: Ask) -> list[_Named]:
    found = [(e.value, e.text or e.value) for e in ask.entities if e.kind == "order_number"] or [
        (f.value, ask.text[f.start : f.end])
        for f in reading.read(ask.text)
        if f.kind == "order_number"
    ]
    if not found and ask.memory.wants == "order_number":
        # right after our question a short bare number is the answer to it
        found = [(n, n) for n in _BARE.findall(reading.EMAIL.sub(" ", ask.text))]
    return [
        _Named(value, f"#{typed}" if f"#{typed}" in ask.text else typed) for value, typed in found
    ]


def _email(ask: Ask) -> str | None:
    read = (f.value for f in reading.read(ask.text) if f.kind == "email")
    return ask.entity("email") or next(read, None)


def _by_number(ask: Ask, named: Sequence[_Named], mine: Sequence[Order]) -> list[Order]:
    """The customer's own orders whose numbers stand in the text, in any spelling."""
    written = {_digits(name.value) for name in named} or set(re.findall(r"\d{3,}", ask.text))
    return [order for order in mine if _digits(order.number) in written - {""}]


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _proven(ask: Ask, given: Mapping[str, str], mine: Sequence[Order]) -> Order | Answer:
    """Prove the order by number and e-mail address, or ask for what is missing."""
    number, email = given.get("order_number"), given.get("order_email")
    known = ask.who.level >= Level.CHANNEL
    if not number and known and not email:
        return Answer((Say("utter_no_orders"),), proof.waiting(ask, "order_number", given))
    if not number:
        return proof.ask_for_number(ask, given)
    if email:
        order = proof.prove(ask, number, email)
        if order is not None:
            return order
    if known and mine:
        answer = offer(ask, mine, Say("utter_order_not_found", {"number": number}))
        return replace(answer, memory=replace(answer.memory, held=dict(given)))
    if email:
        return proof.not_matched(ask, number, given)
    return proof.ask_for_email(ask, number, given)


def _pick(ask: Ask, mine: Sequence[Order]) -> Order | Answer:
    """One of the customer's own orders by what the text says about it, or else the obvious one."""
    meant = _meant(ask, mine)
    if meant is None and (_speaks_of_another_product(ask) or _speaks_of_another_time(ask)):
        return offer(ask, likeliest(ask.intent, mine), Say("utter_not_among_orders"))
    candidates = mine if meant is None else meant
    if len(candidates) == 1:
        return candidates[0]
    likely = likeliest(ask.intent, candidates)
    focus = next((order for order in candidates if order.id == ask.memory.order), None)
    stays = meant is not None or focus in likely or _REFERS.search(ask.text)
    if focus is not None and stays:
        return focus
    return likely[0] if len(likely) == 1 else offer(ask, likely)


_ORDERED = re.compile(r"\b(?:ordered|bought|placed|purchased|did i (?:order|buy))\b", re.I)


def _speaks_of_another_time(ask: Ask) -> bool:
    """Whether the text says when the order was placed; asked only when none was placed then."""
    today = ask.now.astimezone(ask.terms.zone).date()
    return bool(_ORDERED.search(ask.text) and reading.read_past_dates(ask.text, today))


def _speaks_of_another_product(ask: Ask) -> bool:
    """Whether the text names something of ours that is in none of the customer's orders."""
    if ask.intent in _NAMES_NEW_PRODUCTS or ask.entity("order"):
        return False
    found = mentioned_products(ask.text, ask.shop.products(), ask.terms.words)
    text = ask.text.lower()
    # at least one of its words as it stands: a likeness ("home", "hose") would be a guess
    return any(word in text for p in found for word in p.title.lower().split() if len(word) > 2)


def _meant(ask: Ask, mine: Sequence[Order]) -> Sequence[Order] | None:
    """The orders that fit everything the text says about the one it means; None if nothing."""
    found: Sequence[Order] = mine
    narrowed = False
    if match := _IN_STATE.search(ask.text):
        states = next(s for group, s in zip(match.groups(), _STATES, strict=True) if group)
        found, narrowed = _narrow(found, [o for o in found if o.status in states], narrowed)
    mentioned = orders_mentioning(ask.text, found)
    found, narrowed = _narrow(found, mentioned, narrowed)
    found, narrowed = _narrow(found, _dated(ask, found), narrowed)
    if _NEWEST.search(ask.text) and not _NOT_NEWEST.search(ask.text):
        return found[:1]
    return found if narrowed else None


def _narrow(
    found: Sequence[Order], fitting: Sequence[Order], narrowed: bool
) -> tuple[Sequence[Order], bool]:
    return (fitting, True) if fitting else (found, narrowed)


def _dated(ask: Ask, orders: Sequence[Order]) -> Sequence[Order]:
    """The orders placed in the span of days the text names."""
    today = ask.now.astimezone(ask.terms.zone).date()
    span = _span(ask.entity("date")) or reading.read_past_dates(ask.text, today)
    if span is None:
        return ()
    return [order for order in orders if span[0] <= order_day(ask, order) <= span[1]]


def _span(value: str | None) -> tuple[date, date] | None:
    """``2026-11-12`` or ``2026-11-09..2026-11-15``."""
    if not value:
        return None
    first, _, last = value.partition("..")
    try:
        return date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        return None
