"""The talk around the answers."""

from __future__ import annotations

from actions.base import BotAction
from bot.shop.asking import Answer, Ask
from bot.shop.service import conversation, small_talk


class Greet(BotAction):
    intent = "greet"

    def act(self, ask: Ask) -> Answer:
        return small_talk.greet(ask)


class Thanks(BotAction):
    intent = "thanks"

    def act(self, ask: Ask) -> Answer:
        return small_talk.thanks(ask)


class Goodbye(BotAction):
    intent = "goodbye"

    def act(self, ask: Ask) -> Answer:
        return small_talk.goodbye(ask)


class Capabilities(BotAction):
    intent = "capabilities"

    def act(self, ask: Ask) -> Answer:
        return small_talk.capabilities(ask)


class BotChallenge(BotAction):
    intent = "bot_challenge"

    def act(self, ask: Ask) -> Answer:
        return small_talk.bot_challenge(ask)


class Affirm(BotAction):
    intent = "affirm"

    def act(self, ask: Ask) -> Answer:
        return conversation.affirm(ask)


class Deny(BotAction):
    intent = "deny"

    def act(self, ask: Ask) -> Answer:
        return conversation.deny(ask)


class Correction(BotAction):
    intent = "correction"

    def act(self, ask: Ask) -> Answer:
        return conversation.correction(ask)


class NeverMind(BotAction):
    intent = "never_mind"

    def act(self, ask: Ask) -> Answer:
        return conversation.deny(ask)


class HoldOn(BotAction):
    intent = "hold_on"

    def act(self, ask: Ask) -> Answer:
        return small_talk.hold_on(ask)


class Aside(BotAction):
    intent = "aside"

    def act(self, ask: Ask) -> Answer:
        return conversation.aside(ask)


class OrderHelp(BotAction):
    intent = "order_help"

    def act(self, ask: Ask) -> Answer:
        return small_talk.order_help(ask)


class Inform(BotAction):
    intent = "inform"

    def act(self, ask: Ask) -> Answer:
        return conversation.resume(ask)


class Chitchat(BotAction):
    intent = "chitchat"

    def act(self, ask: Ask) -> Answer:
        return small_talk.chitchat(ask)


class OutOfScope(BotAction):
    intent = "out_of_scope"

    def act(self, ask: Ask) -> Answer:
        return small_talk.out_of_scope(ask)


class OtherBusiness(BotAction):
    intent = "other_business"

    def act(self, ask: Ask) -> Answer:
        return small_talk.other_business(ask)


class Abuse(BotAction):
    intent = "abuse"

    def act(self, ask: Ask) -> Answer:
        return small_talk.abuse(ask)


class Manipulation(BotAction):
    intent = "manipulation"

    def act(self, ask: Ask) -> Answer:
        return small_talk.manipulation(ask)


class NotUnderstood(BotAction):
    intent = "not_understood"

    def act(self, ask: Ask) -> Answer:
        return conversation.not_understood(ask)
