"""What is in an order, where it goes, its invoice, and which orders there are."""

from __future__ import annotations

from dataclasses import replace

from bot.messages import Choice, Fact
from bot.shop.asking import Answer, Ask, Say, Value
from bot.shop.identity import Level
from bot.shop.labels import ORDER_STATES
from bot.shop.model import Order, OrderStatus
from bot.shop.service.choices import TALK_TO_A_PERSON
from bot.shop.service.parcels import order_facts
from bot.shop.service.proof import ask_for_number
from bot.shop.service.which_order import (
    MAX_CHOICES,
    choice,
    own_orders,
    settled,
    which_order,
)
from bot.shop.wording import Wording


def order_contents(ask: Ask) -> Answer:
    """Every line: how many, what, with which options."""
    order = which_order(ask)
    if isinstance(order, Answer):
        return order
    wording = Wording.of(ask)
    facts = [
        Fact(name, value, f"order/{order.id}/line/{line.id}")
        for line in order.lines
        for name, value in (("item", line.title), ("quantity", line.quantity))
    ]
    values: dict[str, Value] = {
        "order": order.id,
        "items": [wording.line(line) for line in order.lines],
    }
    say = Say("utter_order_contents", values, (*order_facts(order), *facts))
    return Answer((say,), settled(ask, order))


def order_address(ask: Ask) -> Answer:
    """Where the order goes.

    The full address only to a customer who writes from an address on file (or is signed in): an
    order number and an e-mail address can be read off one lost parcel slip, so whoever knows just
    those two gets town and postcode.
    """
    order = which_order(ask)
    if isinstance(order, Answer):
        return order
    address = order.shipping_address
    facts = _address_facts(order, whole=_is_theirs(ask, order))
    if not _is_theirs(ask, order):
        town: dict[str, Value] = {"city": address.city, "postcode": address.postcode}
        say = Say("utter_order_town", {"order": order.id, **town}, facts)
        return Answer((say,), settled(ask, order))
    written = Wording.of(ask).address(address, home=ask.terms.country)
    past = order.status in (OrderStatus.DELIVERED, OrderStatus.CANCELLED)
    utter = "utter_order_address_was" if past else "utter_order_address"
    say = Say(utter, {"order": order.id, "address": written}, facts)
    return Answer((say,), settled(ask, order))


def _address_facts(order: Order, *, whole: bool) -> tuple[Fact, ...]:
    """City, postcode and country; with ``whole`` the street and name as well."""
    address = order.shipping_address
    values = {"city": address.city, "postcode": address.postcode, "country": address.country}
    if whole:
        values |= {
            "name": address.name,
            "line1": address.line1,
            "line2": address.line2,
            "region": address.region,
        }
    source = f"order/{order.id}/shipping_address"
    known = (Fact(name, value, source) for name, value in values.items() if value)
    return (*order_facts(order), *known)


def _is_theirs(ask: Ask, order: Order) -> bool:
    return ask.who.level >= Level.CHANNEL and ask.who.customer_id == order.customer_id


def order_invoice(ask: Ask) -> Answer:
    """The order's invoices; how to get one when the records have none."""
    general = not own_orders(ask) and ask.memory.task != ask.intent
    order = which_order(ask)
    if isinstance(order, Answer):
        if general and order.memory.wants == "order_number" and not order.memory.held:
            return replace(order, says=(_invoice_howto(ask), *order.says))
        return order
    if not order.invoices:
        say = Say("utter_no_invoice", {"order": order.id}, order_facts(order), (TALK_TO_A_PERSON,))
        return Answer((say,), settled(ask, order))
    says = []
    for invoice in order.invoices:
        source = f"order/{order.id}/invoice/{invoice.id}"
        facts = (
            *order_facts(order),
            Fact("invoice_number", invoice.number, source),
            Fact("invoice_date", invoice.issued_on.isoformat(), source),
            Fact("invoice_total", str(invoice.total), source),
            *((Fact("invoice_link", invoice.url, source),) if invoice.url else ()),
        )
        values: dict[str, Value] = {
            "order": order.id,
            "number": invoice.number,
            "issued": invoice.issued_on,
            "total": invoice.total,
            "link": invoice.url,
        }
        utter = "utter_order_invoice_link" if invoice.url else "utter_order_invoice"
        says.append(Say(utter, values, facts))
    return Answer(tuple(says), settled(ask, order))


def _invoice_howto(ask: Ask) -> Say:
    if link := ask.terms.links.orders or ask.terms.links.account:
        return Say("utter_invoice_howto_link", {"link": link})
    return Say("utter_invoice_howto")


def orders_list(ask: Ask) -> Answer:
    """The newest orders with their states, each to be picked."""
    mine = own_orders(ask)
    if not mine:
        if ask.who.level >= Level.CHANNEL:
            return Answer((Say("utter_no_orders"),), ask.memory)
        # picking one leads on to where it is
        return ask_for_number(replace(ask, intent="order_status"), {})
    shown = mine[:MAX_CHOICES]
    facts = tuple(fact for order in shown for fact in order_facts(order))
    values: dict[str, Value] = {"count": len(mine), "shown": len(shown)}
    utter = "utter_orders" if len(shown) == len(mine) else "utter_newest_orders"
    utter = "utter_one_order" if len(mine) == 1 else utter
    listed = tuple(_with_state(choice(ask, order), order) for order in shown)
    return Answer((Say(utter, values, facts, listed),), ask.memory)


def _with_state(listed: Choice, order: Order) -> Choice:
    return replace(listed, title=f"{listed.title} · {ORDER_STATES[order.status]}")


ANSWERS = {
    "order_contents": order_contents,
    "order_address": order_address,
    "order_invoice": order_invoice,
    "orders_list": orders_list,
}
