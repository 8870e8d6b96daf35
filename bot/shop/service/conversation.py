"""The talk around the answers: greeting, resuming an open question, correction, not understanding.

``with_disclosure`` ends every turn: it says once who is talking and comes back to what is open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.messages import Choice
from bot.shop.asking import Answer, Ask, Entity, Memory, Say
from bot.shop.finding import mentioned_products
from bot.shop.identity import Level
from bot.shop.labels import QUESTIONS
from bot.shop.service import handoff
from bot.shop.service.handoff import fetch_person
from bot.shop.service.proof import TALK_TO_A_PERSON
from bot.shop.service.which_order import (
    LIKELY,
    likeliest,
    offer,
    own_orders,
    says_which,
)

MAX_MISSES = 2
_ASIDE = frozenset(
    {
        "greet",
        "thanks",
        "goodbye",
        "affirm",
        "deny",
        "correction",
        "inform",
        "choose",
        "nlu_fallback",
    }
)
"""Messages after which an open question is not asked again."""

_ALL_PURPOSE = ("order_status", "delivery_cost", "payment_options", "return_policy")
_FILLS: Mapping[str, frozenset[str]] = {
    "country": frozenset({"country", "postcode"}),
    "product": frozenset({"product", "variant"}),
    "variant": frozenset({"product", "variant"}),
}
_BACK_TO = {
    "order": "utter_back_to_order",
    "order_number": "utter_back_to_order_number",
    "order_email": "utter_back_to_order_email",
    "country": "utter_back_to_country",
    "product": "utter_back_to_product",
    "variant": "utter_back_to_variant",
}


def _answers() -> Mapping[str, Callable[[Ask], Answer]]:
    from bot.shop.service import ANSWERS as ALL

    return ALL


def with_disclosure(ask: Ask, answer: Answer) -> Answer:
    """Complete an answer: note what was answered, ask again what is open, say who is talking.

    Applied once to every answer of every action.
    """
    memory = replace(answer.memory, answered=_answered(ask, answer))
    if memory.misses == ask.memory.misses:
        memory = replace(memory, misses=0)
    answer = _back_to_open_question(ask, replace(answer, memory=memory))
    if not ask.first_contact:
        return answer
    disclosure = Say("utter_disclosure", {"shop": ask.terms.name})
    return replace(answer, says=(disclosure, *answer.says))


def _answered(ask: Ask, answer: Answer) -> str | None:
    """The question this turn answered; the one before when it answered none."""
    talk = ask.intent in ANSWERS or ask.intent in handoff.ANSWERS
    if talk or answer.memory.answered != ask.memory.answered:
        return answer.memory.answered
    return answer.memory.answered if answer.memory.task == ask.intent else ask.intent


def _back_to_open_question(ask: Ask, answer: Answer) -> Answer:
    """Ask an open question again, once, after another was answered; then let it go."""
    before, after = ask.memory, answer.memory
    untouched = (before.task, before.wants) == (after.task, after.wants)
    if not before.task or not untouched or ask.intent in _ASIDE or answer.handoff is not None:
        return answer
    if ask.intent == before.task:
        return answer
    again = _again(ask, after)
    if again is None or "asked_again" in after.held:
        return replace(answer, memory=_dropped(after))
    held = {**after.held, "asked_again": "1"}
    return replace(answer.also(again), memory=replace(after, held=held))


def _again(ask: Ask, memory: Memory) -> Say | None:
    """The open question in one short line."""
    utter = _BACK_TO.get(memory.wants or "")
    if utter is None:
        return None
    if memory.wants == "order":
        asked = replace(ask, intent=memory.task or ask.intent)
        return offer(asked, likeliest(asked.intent, own_orders(ask)), Say(utter)).says[0]
    return Say(utter)


def _dropped(memory: Memory) -> Memory:
    return replace(memory, task=None, wants=None, held={})


def resume(ask: Ask) -> Answer:
    """A bare answer: give it to the question that waits for it, or to the one it suggests."""
    answer = _resumed(ask)
    if answer is None:
        return not_understood(ask)
    before, after = ask.memory, answer.memory
    stuck = before.task and (before.task, before.wants, before.held) == (
        after.task,
        after.wants,
        after.held,
    )
    if not stuck:
        return answer
    return _missed(ask) or replace(answer, memory=replace(after, misses=before.misses + 1))


def _resumed(ask: Ask) -> Answer | None:
    answers = _answers()
    if (chosen := ask.entity("intent")) in answers and chosen is not None:
        memory = _dropped(ask.memory)
        return answers[chosen](replace(ask, intent=chosen, memory=memory))
    task = ask.memory.task if ask.memory.task in answers else _suggested(ask)
    if task is None:
        return None
    answer = answers[task](replace(ask, intent=task))
    if answer.memory.task is None:
        return replace(answer, memory=replace(answer.memory, answered=task))
    return answer


def _suggested(ask: Ask) -> str | None:
    """The question a bare value stands for when none is open."""
    kinds = {entity.kind for entity in ask.entities}
    if kinds & {"order", "order_number"} or ("email" in kinds and not own_orders(ask)):
        last = ask.memory.answered or ""
        return last if last.startswith("order_") else "order_status"
    if kinds & {"country", "postcode"}:
        return "delivery_cost"
    if kinds & {"product", "variant"}:
        return "product_info"
    return None


def not_understood(ask: Ask) -> Answer:
    """First offer likely questions; the second time in a row fetch a person.

    While a question is open, a message that holds what it waits for is an answer to it, whatever
    the brain took it for.
    """
    if ask.memory.task and _fits_open_question(ask):
        resumed = _resumed(ask)
        if resumed is not None:
            return resumed
    if (given_up := _missed(ask)) is not None:
        return given_up
    choices = (*_questions(ask.likely or _ALL_PURPOSE), TALK_TO_A_PERSON)
    return Answer((Say("utter_rephrase", choices=choices),), _one_more_miss(ask))


def _one_more_miss(ask: Ask) -> Memory:
    return replace(ask.memory, misses=ask.memory.misses + 1)


def _missed(ask: Ask) -> Answer | None:
    """A person, when this was one message too many without understanding."""
    if ask.memory.misses + 1 < MAX_MISSES:
        return None
    topic = ask.memory.task or ask.memory.answered or "not_understood"
    return fetch_person(ask, "not_understood", topic, (Say("utter_still_not_understood"),))


def _fits_open_question(ask: Ask) -> bool:
    wants = ask.memory.wants or ""
    kinds = {entity.kind for entity in ask.entities}
    if wants.startswith("order"):
        return bool(kinds & {"order"}) or says_which(ask)
    if wants in ("product", "variant") and mentioned_products(ask.text, ask.shop.products()):
        return True
    return bool(kinds & _FILLS.get(wants, frozenset()))


def _questions(intents: Sequence[str]) -> tuple[Choice, ...]:
    known = dict.fromkeys(i for i in intents if i in QUESTIONS and i != "human_handoff")
    return tuple(
        Choice(QUESTIONS[intent], f'/choose{{"intent": "{intent}"}}') for intent in list(known)[:4]
    )


def correction(ask: Ask) -> Answer:
    """After "no, the other one": the last question again, about the other order."""
    task = ask.memory.task or ask.memory.answered
    answers = _answers()
    if task is None or task not in answers:
        return not_understood(ask)
    asked = replace(ask, intent=task)
    if says_which(asked) or task not in _ABOUT_ORDERS:
        return answers[task](replace(asked, memory=replace(ask.memory, order=None)))
    others = [order for order in own_orders(ask) if order.id != ask.memory.order]
    meant = likeliest(task, others)
    if len(meant) == 1:
        chosen = (Entity("order", meant[0].id), *ask.entities)
        return answers[task](replace(asked, entities=chosen))
    if not others:
        return Answer((Say("utter_no_other_order"),), ask.memory)
    return offer(asked, meant)


_ABOUT_ORDERS = frozenset(
    {*LIKELY, "order_contents", "order_total", "order_payment", "order_address", "order_invoice"}
)


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
    return Answer((Say("utter_goodbye", {"shop": ask.terms.name}),), _dropped(ask.memory))


def capabilities(ask: Ask) -> Answer:
    """What this assistant can do, as things to tap."""
    choices = (*_questions(_ALL_PURPOSE), TALK_TO_A_PERSON)
    return Answer((Say("utter_capabilities", choices=choices),), ask.memory)


def bot_challenge(ask: Ask) -> Answer:
    """Yes, a machine; said in its own words unless it was just said."""
    if ask.first_contact:
        return Answer((Say("utter_bot_offer", choices=(TALK_TO_A_PERSON,)),), ask.memory)
    values = {"shop": ask.terms.name}
    return Answer((Say("utter_bot", values, choices=(TALK_TO_A_PERSON,)),), ask.memory)


def chitchat(ask: Ask) -> Answer:
    """Friendly, and back to the shop."""
    return Answer((Say("utter_chitchat"),), ask.memory)


def out_of_scope(ask: Ask) -> Answer:
    """Not something we know; what we do know."""
    choices = (*_questions(_ALL_PURPOSE), TALK_TO_A_PERSON)
    return Answer((Say("utter_out_of_scope", choices=choices),), ask.memory)


def affirm(ask: Ask) -> Answer:
    """Yes to nothing in particular; with a question open, that question again."""
    again = _again(ask, ask.memory) if ask.memory.task else None
    return Answer((again or Say("utter_affirm"),), ask.memory)


def deny(ask: Ask) -> Answer:
    """No: an open question is dropped."""
    if ask.memory.task:
        return Answer((Say("utter_dropped"),), _dropped(ask.memory))
    return Answer((Say("utter_deny"),), ask.memory)


ANSWERS: dict[str, Callable[[Ask], Answer]] = {
    "greet": greet,
    "thanks": thanks,
    "goodbye": goodbye,
    "capabilities": capabilities,
    "bot_challenge": bot_challenge,
    "chitchat": chitchat,
    "out_of_scope": out_of_scope,
    "affirm": affirm,
    "deny": deny,
    "correction": correction,
    "inform": resume,
    "choose": resume,
    "nlu_fallback": not_understood,
}
