"""Asking for a person."""

from __future__ import annotations

from actions.base import BotAction
from bot.shop.asking import Answer, Ask
from bot.shop.service import handoff


class HumanHandoff(BotAction):
    intent = "human_handoff"

    def act(self, ask: Ask) -> Answer:
        return handoff.human_handoff(ask)


class Complaint(BotAction):
    intent = "complaint"

    def act(self, ask: Ask) -> Answer:
        return handoff.complaint(ask)
