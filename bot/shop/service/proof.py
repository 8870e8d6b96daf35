"""Proving an order by its number and the e-mail address it was placed with.

Whatever is wrong (the number, the address, too many attempts), the reply is the same: nobody
learns from us which orders exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.shop.asking import Answer, Ask, Memory, Say
from bot.shop.model import Order
from bot.shop.service.choices import TALK_TO_A_PERSON

WANTS = ("order_number", "order_email")
"""What an open question waits for while an order is being proven."""


def held(memory: Memory) -> Mapping[str, str]:
    """The half of the proof that was already given, or nothing."""
    given = {k: v for k, v in memory.held.items() if k in WANTS}
    return given if memory.wants in WANTS or memory.wants == "order" else {}


def prove(ask: Ask, number: str, email: str) -> Order | None:
    """The order of that number if that e-mail address is on file for it; None whatever is wrong.

    Counts a failure, remembers a success, and looks at nothing once the limit is reached.
    """
    if not ask.proofs.allowed():
        return None
    order = ask.shop.order_numbered(number)
    customer = ask.shop.customer(order.customer_id) if order else None
    if order and customer and email.casefold() in {known.casefold() for known in customer.emails}:
        ask.proofs.proven(order.id)
        return order
    ask.proofs.failed()
    return None


def ask_for_number(ask: Ask, given: Mapping[str, str]) -> Answer:
    """Ask which order; the second time with where to find the number, and a person."""
    again = ask.memory.wants == "order_number" and ask.memory.task == ask.intent
    if again and not given:
        say = Say("utter_order_number_help", choices=(TALK_TO_A_PERSON,))
    else:
        say = Say("utter_ask_order_number")
    return Answer((say,), waiting(ask, "order_number", given))


def ask_for_email(ask: Ask, typed: str, given: Mapping[str, str]) -> Answer:
    """Ask for the other half of the proof."""
    say = Say("utter_ask_order_email", {"number": typed})
    return Answer((say,), waiting(ask, "order_email", given))


def not_matched(ask: Ask, typed: str, given: Mapping[str, str]) -> Answer:
    """The one reply to every failed proof; either half may be sent again on its own."""
    say = Say("utter_order_not_matched", {"number": typed}, choices=(TALK_TO_A_PERSON,))
    return Answer((say,), waiting(ask, "order_number", given))


def sign_in_first(ask: Ask) -> Answer:
    """For what one order's proof does not open: the customer has to write as themselves."""
    link = ask.terms.links.account
    say = Say("utter_sign_in_first_link", {"link": link}) if link else Say("utter_sign_in_first")
    return Answer((replace(say, choices=(TALK_TO_A_PERSON,)),), ask.memory)


def waiting(ask: Ask, wants: str, given: Mapping[str, str]) -> Memory:
    """The memory while this question is open."""
    return replace(ask.memory, task=ask.intent, wants=wants, held=dict(given))
