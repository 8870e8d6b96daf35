"""Things to tap that lead to another question or to a person."""

from __future__ import annotations

from collections.abc import Sequence

from bot.messages import Choice
from bot.shop.labels import PERSON, QUESTIONS

TALK_TO_A_PERSON = Choice(PERSON, '/choose{"intent": "human_handoff"}')

ALL_PURPOSE = ("order_status", "delivery_cost", "payment_options", "return_policy")
"""What customers ask most."""

ABOUT_AN_ORDER = ("order_status", "order_change", "order_return", "order_problem")
"""What customers want of an order they made."""

_MOST = 4


def questions(intents: Sequence[str] = ALL_PURPOSE) -> tuple[Choice, ...]:
    """These questions to tap (those that can be), and a person last."""
    known = dict.fromkeys(i for i in intents if i in QUESTIONS and i != "human_handoff")
    asked = (Choice(QUESTIONS[i], f'/choose{{"intent": "{i}"}}') for i in list(known)[:_MOST])
    return (*asked, TALK_TO_A_PERSON)
