"""The thread of a conversation: resuming an open question, correction, not understanding.

``with_disclosure`` ends every turn: it says once who is talking and comes back to what is open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.shop.asking import Answer, Ask, Entity, Memory, Say
from bot.shop.finding import matching_variants, mentioned_products
from bot.shop.service import delivery, handoff, payment_options, products, small_talk
from bot.shop.service.choices import ALL_PURPOSE, questions
from bot.shop.service.handoff import fetch_person
from bot.shop.service.which_order import (
    LIKELY,
    likeliest,
    offer,
    own_orders,
    says_which,
)

MAX_MISSES = 2
_LIKELIEST = 3
_ASIDE = frozenset(
    {
        "greet",
        "thanks",
        "goodbye",
        "affirm",
        "deny",
        "never_mind",
        "hold_on",
        "aside",
        "correction",
        "inform",
        "choose",
        "nlu_fallback",
    }
)
"""Messages after which an open question is not asked again."""

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
    memory = replace(_still_open(ask, answer), answered=_answered(ask, answer))
    if memory.misses == ask.memory.misses:
        memory = replace(memory, misses=0)
    answer = _back_to_open_question(ask, replace(answer, memory=memory))
    if not ask.first_contact:
        return answer
    disclosure = Say("utter_disclosure", {"shop": ask.terms.name})
    return replace(answer, says=(disclosure, *answer.says))


def _still_open(ask: Ask, answer: Answer) -> Memory:
    """The answer's memory; a question in the middle of another does not close that one.

    Questions about orders decide for themselves, because they may have answered the open one too.
    """
    before, after = ask.memory, answer.memory
    aside = ask.intent in ANSWERS or ask.intent in _ABOUT_ORDERS or ask.intent == before.task
    if aside or after.task is not None or before.task is None or answer.handoff is not None:
        return after
    return replace(after, task=before.task, wants=before.wants, held=before.held)


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
    last = ask.memory.answered or ""
    if kinds & {"order", "order_number"} or ("email" in kinds and not own_orders(ask)):
        return last if last in _ABOUT_ORDERS else "order_status"
    if kinds & {"country", "postcode"}:
        return last if last in delivery.ANSWERS | payment_options.ANSWERS else "delivery_cost"
    if kinds & {"product", "variant"}:
        return last if last in products.ANSWERS else "product_info"
    if last in products.ANSWERS and _names_goods(ask):
        return last
    if last not in products.ANSWERS and says_which(ask):
        return last if last in _ABOUT_ORDERS else "order_status"
    return None


def not_understood(ask: Ask) -> Answer:
    """First offer likely questions; the second time in a row fetch a person.

    While a question is open, a message that holds what it waits for is an answer to it, whatever
    the brain took it for; and one that names a thing of the last answer's kind ("what about the
    Netherlands", "the grey one") asks the last question about that.
    """
    if ask.memory.task and _fits_open_question(ask):
        resumed = _resumed(ask)
        if resumed is not None:
            return resumed
    last = ask.memory.answered or ""
    if last in _answers() and _follows_up(ask, last):
        return _answers()[last](replace(ask, intent=last))
    asked = next((intent for intent in ask.likely[:2] if intent in _ABOUT_ORDERS), None)
    if asked and own_orders(ask) and says_which(ask):
        # Two readings were close; naming one of their own orders settles which was meant.
        return _answers()[asked](replace(ask, intent=asked))
    if (given_up := _missed(ask)) is not None:
        return given_up
    likely = questions((*ask.likely[:_LIKELIEST], *ALL_PURPOSE))
    return Answer((Say("utter_rephrase", choices=likely),), _one_more_miss(ask))


def _follows_up(ask: Ask, last: str) -> bool:
    """Whether the text names a thing of the kind the last question was about."""
    kinds = {entity.kind for entity in ask.entities}
    if last in delivery.ANSWERS | payment_options.ANSWERS:
        return bool(kinds & {"country", "postcode"})
    if last in products.ANSWERS:
        return _names_goods(ask)
    return last in _ABOUT_ORDERS and (bool(kinds & {"order_number"}) or says_which(ask))


def _names_goods(ask: Ask) -> bool:
    """Whether the text names a product, or an option of the product talked about."""
    catalogue = ask.shop.products()
    if mentioned_products(ask.text, catalogue):
        return True
    current = next((p for p in catalogue if p.id == ask.memory.product), None)
    return current is not None and bool(matching_variants(ask.text, current).named)


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
    if wants in ("product", "variant") and _names_goods(ask):
        return True
    return bool(kinds & _FILLS.get(wants, frozenset()))


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


def affirm(ask: Ask) -> Answer:
    """Yes to nothing in particular; with a question open, that question again."""
    again = _again(ask, ask.memory) if ask.memory.task else None
    return Answer((again or Say("utter_affirm"),), ask.memory)


def aside(ask: Ask) -> Answer:
    """Something told, nothing asked: an answer to the open question if it fits, else what about it.

    ``I ordered a lamp last week`` names an order and still wants something said of it.
    """
    if ask.memory.task and (answer := _resumed(ask)) is not None:
        return answer
    return small_talk.order_help(ask)


def deny(ask: Ask) -> Answer:
    """No: an open question is dropped."""
    if ask.memory.task:
        return Answer((Say("utter_dropped"),), _dropped(ask.memory))
    return Answer((Say("utter_deny"),), ask.memory)


ANSWERS: dict[str, Callable[[Ask], Answer]] = {
    **small_talk.ANSWERS,
    "affirm": affirm,
    "deny": deny,
    "never_mind": deny,
    "aside": aside,
    "correction": correction,
    "inform": resume,
    "choose": resume,
    "nlu_fallback": not_understood,
}
