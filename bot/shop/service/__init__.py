"""The answers: one function ``(Ask) -> Answer`` per question, each in the module of its topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.shop.asking import Answer, Ask
from bot.shop.service import (
    conversation,
    delivery,
    handoff,
    information,
    order_payment,
    orders,
    payment_options,
    policies,
    products,
    refunds,
    requests,
    tracking,
)

ANSWERS: Mapping[str, Callable[[Ask], Answer]] = {
    **conversation.ANSWERS,
    **delivery.ANSWERS,
    **handoff.ANSWERS,
    **information.ANSWERS,
    **order_payment.ANSWERS,
    **orders.ANSWERS,
    **payment_options.ANSWERS,
    **policies.ANSWERS,
    **products.ANSWERS,
    **refunds.ANSWERS,
    **requests.ANSWERS,
    **tracking.ANSWERS,
}
"""Every intent's function; an open question is resumed by its name in here."""
