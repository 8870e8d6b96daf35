"""Every refusal can be said: its sentence asks only for the order and what the refusal carries."""

from __future__ import annotations

import re

import pytest

from bot.shop.policy import Refusal
from tests.spoken import sentences

FILLED = {
    Refusal.RETURN_WINDOW_OVER: {"until"},
    Refusal.EXCHANGE_WINDOW_OVER: {"until"},
    Refusal.FINAL_SALE: {"product"},
    Refusal.NOT_RETURNABLE: {"product"},
}
"""What ``Refused.values`` holds besides."""


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_needs_only_what_it_carries(refusal: Refusal) -> None:
    text = sentences()[f"utter_refused_{refusal}"]
    assert set(re.findall(r"{(\w+)}", text)) <= {"order"} | FILLED.get(refusal, set())
