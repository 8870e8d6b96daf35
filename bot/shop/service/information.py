"""About the shop itself: hours, contact, how to order, accounts, newsletter, reviews."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from babel.dates import get_day_names

from bot.messages import Fact
from bot.shop.asking import Answer, Ask, Say, Value
from bot.shop.calendar import OpenNow, opening, today
from bot.shop.service.choices import TALK_TO_A_PERSON
from bot.shop.service.handoff import fetch_person
from bot.shop.terms import Opening
from bot.shop.wording import Wording


def opening_hours(ask: Ask) -> Answer:
    """When people answer, and whether they do right now."""
    support, source = ask.terms.support, "shop.yml#support.hours"
    if not support.hours:
        return _answer(ask, Say("utter_hours_unknown", choices=(TALK_TO_A_PERSON,)))
    state = opening(support, ask.terms.zone, ask.now)
    city = ask.terms.timezone.rpartition("/")[2].replace("_", " ")
    values: dict[str, Value] = {"hours": _hours(ask), "city": city}
    if isinstance(state, OpenNow):
        facts = (
            Fact("open", True, source),
            Fact("closes_at", state.closes_at.isoformat(), source),
        )
        closes = Wording.of(ask).clock(state.closes_at)
        return _answer(ask, Say("utter_hours_open", {**values, "closes": closes}, facts))
    if state.opens_at is None:
        return _answer(ask, Say("utter_hours_closed", values, (Fact("open", False, source),)))
    opens = Fact("opens_at", state.opens_at.isoformat(), source)
    facts = (Fact("open", False, source), opens)
    return _answer(ask, Say("utter_hours_opens", {**values, "opens": state.opens_at}, facts))


def contact_details(ask: Ask) -> Answer:
    """How to reach people, besides here."""
    support = ask.terms.support
    ways = {"email": support.email, "phone": support.phone}
    known = {name: way for name, way in ways.items() if way}
    facts = tuple(Fact(name, way, f"shop.yml#support.{name}") for name, way in known.items())
    choices = (TALK_TO_A_PERSON,)
    if known:
        utters = {"email": "utter_contact_email", "phone": "utter_contact_phone"}
        utter = "utter_contact_email_phone" if len(known) > 1 else utters[next(iter(known))]
        return _answer(ask, Say(utter, known, facts, choices))
    if support.contact_page:
        values = {"link": support.contact_page}
        return _answer(ask, Say("utter_contact_page", values, choices=choices))
    return _answer(ask, Say("utter_contact_here", choices=choices))


def place_order(ask: Ask) -> Answer:
    """How to order."""
    return _linked(ask, ask.terms.links.shop, "place_order")


def account_create(ask: Ask) -> Answer:
    """How to open an account."""
    return _linked(ask, ask.terms.links.sign_up, "account_create")


def account_edit(ask: Ask) -> Answer:
    """How to change what is in an account."""
    links = ask.terms.links
    return _linked(ask, links.edit_account or links.account, "account_edit")


def account_delete(ask: Ask) -> Answer:
    """How to have an account deleted."""
    return _linked(ask, ask.terms.links.delete_account, "account_delete")


def account_switch(ask: Ask) -> Answer:
    """How to use another account."""
    return _linked(ask, ask.terms.links.account, "account_switch")


def account_password(ask: Ask) -> Answer:
    """How to set a new password."""
    return _linked(ask, ask.terms.links.password, "account_password")


def account_registration_problem(ask: Ask) -> Answer:
    """What usually helps when signing up fails, and a person if it does not."""
    return _linked(ask, ask.terms.links.password, "account_registration_problem")


def newsletter(ask: Ask) -> Answer:
    """Where to subscribe and unsubscribe."""
    return _linked(ask, ask.terms.links.newsletter, "newsletter")


def review(ask: Ask) -> Answer:
    """Where to leave a review."""
    return _linked(ask, ask.terms.links.review, "review")


def _linked(ask: Ask, link: str, topic: str) -> Answer:
    """The page where it is done; without one a person does it."""
    if not link:
        return fetch_person(ask, "asked", topic, (Say(f"utter_{topic}_person"),))
    fact = Fact("link", link, "shop.yml#links")
    choices = (TALK_TO_A_PERSON,) if topic == "account_registration_problem" else ()
    return _answer(ask, Say(f"utter_{topic}", {"link": link}, (fact,), choices))


def _hours(ask: Ask) -> str:
    """``Monday-Friday 9:00 AM-5:00 PM``, one line for days alike."""
    hours = ask.terms.support.hours
    names = get_day_names("wide", locale="en")
    lines = []
    for openings, group in groupby(range(7), key=lambda day: hours.get(day, ())):
        days = list(group)
        if openings:
            span = names[days[0]] + (f"-{names[days[-1]]}" if len(days) > 1 else "")
            lines.append(f"{span} {', '.join(_span(ask, stretch) for stretch in openings)}")
    return "\n".join(lines)


def _span(ask: Ask, stretch: Opening) -> str:
    wording, zone, day = Wording.of(ask), ask.terms.zone, today(ask.terms, ask.now)
    opens = wording.clock(datetime.combine(day, stretch.opens, zone))
    return f"{opens}-{wording.clock(datetime.combine(day, stretch.closes, zone))}"


def _answer(ask: Ask, say: Say) -> Answer:
    memory = replace(ask.memory, task=None, wants=None, held={}, answered=ask.intent)
    return Answer((say,), memory)


ANSWERS: dict[str, Callable[[Ask], Answer]] = {
    "opening_hours": opening_hours,
    "contact_details": contact_details,
    "place_order": place_order,
    "account_create": account_create,
    "account_edit": account_edit,
    "account_delete": account_delete,
    "account_switch": account_switch,
    "account_password": account_password,
    "account_registration_problem": account_registration_problem,
    "newsletter": newsletter,
    "newsletter_unsubscribe": newsletter,
    "continue_elsewhere": contact_details,
    "review": review,
}
