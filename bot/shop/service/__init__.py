"""The answers: one function ``(Ask) -> Answer`` per question, each in the module of its topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.shop.asking import Answer, Ask
from bot.shop.service import (
    conversation,
    handoff,
    order_payment,
    orders,
    refunds,
    requests,
    tracking,
)

ANSWERS: Mapping[str, Callable[[Ask], Answer]] = {
    **conversation.ANSWERS,
    **handoff.ANSWERS,
    **order_payment.ANSWERS,
    **orders.ANSWERS,
    **refunds.ANSWERS,
    **requests.ANSWERS,
    **tracking.ANSWERS,
}
"""Every intent's function; an open question is resumed by its name in here."""
