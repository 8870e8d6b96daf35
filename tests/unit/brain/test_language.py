"""The language of a message, by its small words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.brain.nlu.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my order", "en"),
        ("W1234567", "en"),
        ("", "en"),
        ("ls -la | grep x", "en"),
        ("Wo bleibt mein Paket?", "de"),
        ("Danke", "de"),
        ("¿Dónde está mi pedido?", "es"),
        ("Où est ma commande ?", "fr"),
        ("merci", "fr"),
        ("hvor er min pakke", "da"),
        ("Jeg vil gerne annullere min ordre", "da"),
    ],
)
def test_tells_the_language(text: str, language: str) -> None:
    assert language_of(text) == language


@given(st.text(max_size=200))
def test_always_names_one(text: str) -> None:
    assert language_of(text) in {"en", "de", "es", "fr", "da"}
