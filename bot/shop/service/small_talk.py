"""Greeting, thanking, and saying what this is and what it can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.shop.asking import Answer, Ask, Say
from bot.shop.identity import Level
from bot.shop.service.choices import ABOUT_AN_ORDER, TALK_TO_A_PERSON, questions


def greet(ask: Ask) -> Answer:
    """Good day; by name when the customer writes from an address on file."""
    if ask.who.level >= Level.CHANNEL and ask.who.customer_id is not None:
        customer = ask.shop.customer(ask.who.customer_id)
        if customer is not None and customer.first_name:
            return Answer((Say("utter_greet_name", {"name": customer.first_name}),), ask.memory)
    return Answer((Say("utter_greet"),), ask.memory)


def thanks(ask: Ask) -> Answer:
    """You are welcome."""
    return Answer((Say("utter_welcome"),), ask.memory)


def goodbye(ask: Ask) -> Answer:
    """Good-bye; what was open is let go."""
    return Answer(
        (Say("utter_goodbye", {"shop": ask.terms.name}),),
        replace(ask.memory, task=None, wants=None, held={}),
    )


def capabilities(ask: Ask) -> Answer:
    """What this assistant can do, as things to tap."""
    return Answer((Say("utter_capabilities", choices=questions()),), ask.memory)


def bot_challenge(ask: Ask) -> Answer:
    """Yes, a machine; said in its own words unless it was just said."""
    if ask.first_contact:
        return Answer((Say("utter_bot_offer", choices=(TALK_TO_A_PERSON,)),), ask.memory)
    shop = {"shop": ask.terms.name}
    return Answer((Say("utter_bot", shop, choices=(TALK_TO_A_PERSON,)),), ask.memory)


def chitchat(ask: Ask) -> Answer:
    """Friendly, and back to the shop."""
    return Answer((Say("utter_chitchat"),), ask.memory)


def out_of_scope(ask: Ask) -> Answer:
    """Not something we know; what we do know."""
    return Answer((Say("utter_out_of_scope", choices=questions()),), ask.memory)


def other_business(ask: Ask) -> Answer:
    """Somebody else's business: said so, with what is ours."""
    shop = {"shop": ask.terms.name}
    return Answer((Say("utter_other_business", shop, choices=questions()),), ask.memory)


def abuse(ask: Ask) -> Answer:
    """No reply in kind: what can be done, and a person."""
    return Answer((Say("utter_abuse", choices=questions()),), ask.memory)


def manipulation(ask: Ask) -> Answer:
    """Talk meant to steer a machine changes nothing here."""
    return Answer((Say("utter_manipulation", {"shop": ask.terms.name}),), ask.memory)


def hold_on(ask: Ask) -> Answer:
    """The customer looks something up: whatever is open stays open."""
    return Answer((Say("utter_hold_on"),), ask.memory)


def order_help(ask: Ask) -> Answer:
    """Help with an order, not said with what: the things one does with an order, to tap."""
    return Answer((Say("utter_order_help", choices=questions(ABOUT_AN_ORDER)),), ask.memory)


ANSWERS: dict[str, Callable[[Ask], Answer]] = {
    "greet": greet,
    "thanks": thanks,
    "goodbye": goodbye,
    "capabilities": capabilities,
    "bot_challenge": bot_challenge,
    "chitchat": chitchat,
    "out_of_scope": out_of_scope,
    "other_business": other_business,
    "abuse": abuse,
    "manipulation": manipulation,
    "hold_on": hold_on,
    "order_help": order_help,
}
