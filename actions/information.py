"""Questions about the shop, accounts and the newsletter."""

from __future__ import annotations

from actions.base import BotAction
from bot.shop.asking import Answer, Ask
from bot.shop.service import information


class OpeningHours(BotAction):
    intent = "opening_hours"

    def act(self, ask: Ask) -> Answer:
        return information.opening_hours(ask)


class ContactDetails(BotAction):
    intent = "contact_details"

    def act(self, ask: Ask) -> Answer:
        return information.contact_details(ask)


class PlaceOrder(BotAction):
    intent = "place_order"

    def act(self, ask: Ask) -> Answer:
        return information.place_order(ask)


class AccountCreate(BotAction):
    intent = "account_create"

    def act(self, ask: Ask) -> Answer:
        return information.account_create(ask)


class AccountEdit(BotAction):
    intent = "account_edit"

    def act(self, ask: Ask) -> Answer:
        return information.account_edit(ask)


class AccountDelete(BotAction):
    intent = "account_delete"

    def act(self, ask: Ask) -> Answer:
        return information.account_delete(ask)


class AccountSwitch(BotAction):
    intent = "account_switch"

    def act(self, ask: Ask) -> Answer:
        return information.account_switch(ask)


class AccountPassword(BotAction):
    intent = "account_password"

    def act(self, ask: Ask) -> Answer:
        return information.account_password(ask)


class AccountRegistrationProblem(BotAction):
    intent = "account_registration_problem"

    def act(self, ask: Ask) -> Answer:
        return information.account_registration_problem(ask)


class Newsletter(BotAction):
    intent = "newsletter"

    def act(self, ask: Ask) -> Answer:
        return information.newsletter(ask)


class NewsletterUnsubscribe(BotAction):
    intent = "newsletter_unsubscribe"

    def act(self, ask: Ask) -> Answer:
        return information.newsletter(ask)


class ContinueElsewhere(BotAction):
    intent = "continue_elsewhere"

    def act(self, ask: Ask) -> Answer:
        return information.contact_details(ask)


class Review(BotAction):
    intent = "review"

    def act(self, ask: Ask) -> Answer:
        return information.review(ask)
