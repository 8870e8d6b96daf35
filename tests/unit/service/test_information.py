"""The shop itself: hours, contact, accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.shop.terms import Links, SupportTerms
from tests.spoken import facts, spoken, utters
from tests.unit.service.counter import TERMS, answer, ask

LINKED = [
    "place_order",
    "account_create",
    "account_edit",
    "account_delete",
    "account_switch",
    "account_password",
    "account_registration_problem",
    "newsletter",
    "review",
]
NO_PAGES = replace(TERMS, links=Links())


@pytest.mark.parametrize("intent", LINKED)
def test_points_to_the_page_where_it_is_done(intent: str) -> None:
    asked = ask(intent)
    given = answer(asked)
    assert utters(given) == [f"utter_{intent}"]
    assert "https://fernhill.example/" in spoken(asked, given)
    assert given.handoff is None


@pytest.mark.parametrize("intent", LINKED)
def test_fetches_a_person_where_the_shop_has_no_page_for_it(intent: str) -> None:
    asked = ask(intent, terms=NO_PAGES)
    given = answer(asked)
    assert spoken(asked, given)
    assert utters(given)[0] == f"utter_{intent}_person"
    assert given.handoff is not None
    assert given.handoff.topic == intent


def test_says_that_we_are_open_and_until_when() -> None:
    asked = ask("opening_hours", "are you open?")
    given = answer(asked)
    assert spoken(asked, given) == (
        "Our team is here right now, until 18:00. Our hours (Berlin time):\n"
        "Monday-Friday 09:00-18:00"
    )
    assert ("open", True) in facts(given)


def test_says_when_we_are_back() -> None:
    saturday = datetime(2026, 11, 28, 12, tzinfo=UTC)
    given = answer(ask("opening_hours", now=saturday))
    assert ("opens_at", "2026-11-30T09:00:00+01:00") in facts(given)


def test_names_no_hours_that_the_shop_does_not_name() -> None:
    given = answer(ask("opening_hours", terms=replace(TERMS, support=SupportTerms())))
    assert utters(given) == ["utter_hours_unknown"]


@pytest.mark.parametrize(
    ("support", "utter"),
    [
        (SupportTerms(email="a@b.example", phone="+1"), "utter_contact_email_phone"),
        (SupportTerms(email="a@b.example"), "utter_contact_email"),
        (SupportTerms(phone="+1"), "utter_contact_phone"),
        (SupportTerms(contact_page="https://b.example"), "utter_contact_page"),
        (SupportTerms(), "utter_contact_here"),
    ],
)
def test_names_every_way_to_reach_us(support: SupportTerms, utter: str) -> None:
    asked = ask("contact_details", terms=replace(TERMS, support=support))
    given = answer(asked)
    assert spoken(asked, given)
    assert utters(given) == [utter]
