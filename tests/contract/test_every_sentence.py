"""Every sentence our code says exists in domain.yml, fits an SMS, and every one there is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.shop import labels
from bot.shop.policy import Refusal
from bot.shop.service import ANSWERS
from channels.twilio_reading import HELP, OPT_IN, OPT_OUT, YES
from tests.spoken import DOMAIN, sentences

ROOT = DOMAIN.parent
CODE = [
    path
    for folder in ("bot/shop", "bot/engine", "bot/hosts", "actions")
    for path in (ROOT / folder).rglob("*.py")
]
COMPOSED = ("utter_contact", "utter_payment_timing", "utter_product_price", "utter_stock")
"""Beginnings of names that code puts together from parts."""
CARRIERS = sorted(OPT_OUT | OPT_IN | HELP | {YES})
"""Words that carriers take for themselves on SMS when they stand alone."""
WORDS = "|".join(CARRIERS)
ASKS_TO_TYPE = re.compile(
    rf"\b(?:{WORDS})\b"  # in capitals, as what is to be typed is written
    rf"|(?i:[\"'](?:{WORDS})[\"'])"
    r"|(?i:\b(?:reply|respond|answer|type|text|send|write|say)"
    rf"(?:\s+(?:with|back|us|me|just|only|simply|the|a|word|either))*[\s:]+(?:{WORDS})\b)"
)


def _named_in_code() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in CODE:
        for name in re.findall(r"[\"'](utter_\w+)[\"']", path.read_text(encoding="utf-8")):
            found[name] = path
    return found


def test_every_sentence_named_in_code_exists() -> None:
    named = _named_in_code()
    missing = [n for n in named if not any(s == n or s.startswith(f"{n}_") for s in sentences())]
    assert missing == []


@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_has_its_sentence(refusal: Refusal) -> None:
    assert f"utter_refused_{refusal}" in sentences()


def test_every_sentence_is_said_somewhere() -> None:
    composed = {f"utter_refused_{refusal}" for refusal in Refusal}
    composed |= {f"utter_{intent}{tail}" for intent in ANSWERS for tail in ("", "_person")}
    starts = tuple(f"{name}_" for name in COMPOSED)
    unsaid = sentences().keys() - _named_in_code().keys() - composed
    assert [name for name in sorted(unsaid) if not name.startswith(starts)] == []


@pytest.mark.parametrize("name", sorted(sentences()))
def test_a_sentence_fits_and_is_clean(name: str) -> None:
    text = sentences()[name]
    assert len(text) <= 300
    assert "  " not in text
    assert text == text.strip()
    assert not re.search("[\u2018\u2019\u201c\u201d\u2013\u2014\u2026]", text), "typewriter marks"


def _variants() -> list[tuple[str, str]]:
    """Every sentence in every wording it has, those for one channel included."""
    responses = yaml.safe_load(DOMAIN.read_text(encoding="utf-8"))["responses"]
    return [(name, one["text"]) for name, variants in responses.items() for one in variants]


def _titles(value: object) -> list[str]:
    """Every text in a value of ``labels``: buttons, card rows, names of things."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _titles(one)]
    if isinstance(value, list | tuple | set | frozenset):
        return [text for one in value for text in _titles(one)]
    return []


SAID = [
    *_variants(),
    *(
        (name, text)
        for name, one in vars(labels).items()
        if name.isupper()
        for text in _titles(one)
    ),
]


@pytest.mark.parametrize(("name", "text"), SAID, ids=[name for name, _ in SAID])
def test_nothing_has_a_customer_type_what_a_carrier_takes_for_itself(name: str, text: str) -> None:
    """By SMS, CANCEL unsubscribes: the answer to it would never arrive."""
    assert not ASKS_TO_TYPE.search(text), name
    assert re.sub(r"\W+", "", text).upper() not in CARRIERS, name


@pytest.mark.parametrize(
    "text",
    [
        "Reply YES to go on.",
        "Answer with yes, please",
        "Just text us 'cancel'.",
        "Type: stop",
        "Send the word Start",
        "For more, reply HELP",
    ],
)
def test_that_would_be_noticed(text: str) -> None:
    assert ASKS_TO_TYPE.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "Reply with a number.",
        "You can cancel an order until it's packed.",
        "Yes, order 7 was delivered.",
        "Write to us and we help you.",
        "Send it back once it has arrived, at the end of the day.",
    ],
)
def test_other_sentences_would_not(text: str) -> None:
    assert not ASKS_TO_TYPE.search(text)
