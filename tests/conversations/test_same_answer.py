"""The same question gets the same answer on every channel: utterances, facts, and all to be read.

Wording may differ where a ``channel:`` variant in domain.yml says so; facts never.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine
from syrupy.assertion import SnapshotAssertion

from bot.brain.base import Brain
from bot.shop.model import Money
from bot.shop.terms import Terms
from bot.shop.wording import Wording
from channels import CHANNELS
from tests.conftest import ROOT, SHARED
from tests.conversations.replay import NOW, Customer, Heard, play

HERE = ROOT / "tests" / "conversations"
JOURNEYS: Sequence[Mapping[str, Any]] = yaml.safe_load((HERE / "journeys.yml").read_text("utf-8"))
OTHERS = sorted(set(CHANNELS) - {"sms"})
FIGURE = re.compile(r"[^\s,;:()]*\d[^\s,;:()]*")
"""Anything with a digit in it: what must never get lost."""


@pytest.fixture(scope="module")
def played(retail_shop: Engine, brain: Brain, retail_terms: Terms) -> Any:
    """Plays a journey on a channel, once each."""

    @cache
    def play_it(number: int, channel: str) -> tuple[Heard, ...]:
        journey = JOURNEYS[number]
        customer = Customer(retail_shop, brain, retail_terms, channel, journey.get("as"))
        return tuple(play(customer, journey["says"]))

    return play_it


@pytest.mark.parametrize("channel", OTHERS)
@pytest.mark.parametrize("number", range(len(JOURNEYS)), ids=lambda n: JOURNEYS[n]["name"])
def test_a_conversation_goes_the_same_way_everywhere(
    played: Any, number: int, channel: str
) -> None:
    for here, there in zip(played(number, "sms"), played(number, channel), strict=True):
        assert there.utters == here.utters, here.said
        assert there.facts == here.facts, here.said
        assert there.owner == here.owner
        assert there.intent == here.intent


@pytest.mark.parametrize("channel", sorted(CHANNELS))
@pytest.mark.parametrize("number", range(len(JOURNEYS)), ids=lambda n: JOURNEYS[n]["name"])
def test_every_fact_can_be_read_on_every_channel(
    played: Any, number: int, channel: str, retail_terms: Terms
) -> None:
    wording = Wording("en_US", retail_terms.timezone, now=NOW)
    for heard, on_web in zip(played(number, channel), played(number, "web"), strict=True):
        for fact in heard.facts:
            forms = spoken(fact["value"], wording, retail_terms.currency)
            if any(form in _flat(on_web.shown) for form in forms):
                assert any(form in _flat(heard.shown) for form in forms), (fact, heard.shown)
        text_of_web = " ".join(part["text"] for part in on_web.parts)
        lost = [f for f in FIGURE.findall(_flat(text_of_web)) if f not in _flat(heard.shown)]
        assert not lost, (lost, heard.shown)


@pytest.mark.parametrize("number", range(len(JOURNEYS)), ids=lambda n: JOURNEYS[n]["name"])
def test_facts_that_are_values_are_told_in_words(
    played: Any, number: int, retail_terms: Terms
) -> None:
    """So that the test above cannot pass by nothing being legible at all."""
    wording = Wording("en_US", retail_terms.timezone, now=NOW)
    untold = [
        (fact["name"], fact["value"])
        for heard in played(number, "sms")
        for fact in heard.facts
        if _is_a_figure(fact["value"])
        and not any(
            form in _flat(heard.shown)
            for form in spoken(fact["value"], wording, retail_terms.currency)
        )
    ]
    facts = [f for heard in played(number, "sms") for f in heard.facts if _is_a_figure(f["value"])]
    assert not untold
    assert facts or not any(heard.facts for heard in played(number, "sms"))


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_the_first_reply_says_that_a_machine_answers_and_no_other_does(
    played: Any, channel: str
) -> None:
    for number in range(len(JOURNEYS)):
        first, *later = played(number, channel)
        assert first.utters[0] == "utter_disclosure"
        assert not any("utter_disclosure" in heard.utters for heard in later)


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_how_a_channel_shows_it(played: Any, channel: str, snapshot: SnapshotAssertion) -> None:
    """Golden files: read them when they change, as the customer would."""
    for number, journey in enumerate(JOURNEYS):
        lines = [f"# {journey['name']}"]
        for heard in played(number, channel):
            lines.append(f"> {heard.said}")
            for part in heard.parts:
                lines.append(part["text"])
                lines += [f"[{choice['title']}]" for choice in part.get("choices", ())]
                if part.get("as_list"):
                    lines.append("(as a list)")
                lines += [f"({card['kind']}: {card['title']})" for card in part.get("cards", ())]
                lines.append("--")
        assert "\n".join(lines) == snapshot(name=journey["name"])


def questions() -> list[dict[str, Any]]:
    path = SHARED / "retail" / "questions_dev.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_the_questions_of_retail_customers_get_the_same_answer_on_every_channel(
    retail_shop: Engine, brain: Brain, retail_terms: Terms
) -> None:
    """What a customer asks by SMS, asked everywhere else with the same number vouched for."""
    different = []
    for question in questions():
        kind, _, value = question["from"].partition(":")
        phone = value if kind == "sms" else None
        answers = {
            channel: Customer(retail_shop, brain, retail_terms, channel, phone).says(
                question["text"]
            )
            for channel in sorted(CHANNELS)
        }
        wanted = answers["sms"]
        different += [
            (question["id"], channel, heard.utters, wanted.utters)
            for channel, heard in answers.items()
            if (heard.utters, heard.facts) != (wanted.utters, wanted.facts)
        ]
    asked = len(questions()) * (len(CHANNELS) - 1)
    print(f"{asked} answers compared with SMS: {asked - len(different)} equal")
    assert not different


def spoken(value: Any, wording: Wording, currency: str) -> set[str]:
    """The forms in which a fact's value may stand in a sentence."""
    forms = {str(value)}
    if isinstance(value, str):
        for read in (date.fromisoformat, datetime.fromisoformat):
            try:
                found = read(value)
            except ValueError:
                continue
            forms |= {wording.text(found)}
            if isinstance(found, datetime):
                forms |= {wording.day(found.date()), wording.text(found.date())}
            else:
                forms |= {wording.day(found), wording.short_day(found)}
        try:
            amount = Decimal(value)
        except InvalidOperation:
            pass
        else:
            forms.add(wording.money(Money.of(amount, currency)))
    return {_flat(form) for form in forms}


def _is_a_figure(value: Any) -> bool:
    return isinstance(value, str) and any(character.isdigit() for character in value)


def _flat(text: str) -> str:
    """One spacing and one kind of dash and quote, as SMS has them."""
    plain = text.translate(
        str.maketrans({"\u2019": "'", "\u2013": "-", "\u2014": "-", "\u202f": " ", "\u00a0": " "})
    )
    return " ".join(plain.split()).casefold()
