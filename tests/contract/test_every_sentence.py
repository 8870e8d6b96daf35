"""Every sentence our code says exists in domain.yml, fits an SMS, and every one there is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.shop.policy import Refusal
from bot.shop.service import ANSWERS
from tests.spoken import DOMAIN, sentences

ROOT = DOMAIN.parent
CODE = [
    path
    for folder in ("bot/shop", "bot/engine", "bot/hosts", "actions")
    for path in (ROOT / folder).rglob("*.py")
]
COMPOSED = ("utter_contact", "utter_payment_timing", "utter_product_price", "utter_stock")
"""Beginnings of names that code puts together from parts."""
NEVER_ASK_TO_TYPE = re.compile(r"\b(?:CANCEL|END|STOP|QUIT|YES|HELP|UNSUBSCRIBE|START|INFO)\b")
"""Words that carriers take for themselves on SMS."""


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
    assert not NEVER_ASK_TO_TYPE.search(text)
    assert not re.search("[\u2018\u2019\u201c\u201d\u2013\u2014\u2026]", text), "typewriter marks"
