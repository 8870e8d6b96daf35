"""A message as the classifier sees it: what varies from customer to customer gives way to its kind.

``Where is #W1234567?`` and ``where is FH-10001?`` become the same words, so that no number, address
or country of an example is learned by heart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.shop.reading import read

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_TELLING = frozenset({"payment_method", "address"})
"""Kinds whose words say something of what is wanted; they stay as they are."""
_EXAMPLES = {"order_number": "12345", "email": "me@mail.com", "phone": "555 1234"}
Span = tuple[int, int, str]
"""Where something known stands in the text, and its kind."""


def normal_form(text: str, known: Iterable[Span]) -> str:
    """The text in lower case, with each known span replaced by a word for its kind."""
    pieces: list[str] = []
    position = 0
    for start, end, kind in sorted(known):
        if start < position:
            continue
        pieces += (text[position:start], f" {_word_for(kind)} ")
        position = end
    pieces.append(text[position:])
    plain = "".join(pieces).lower().replace("’", "'")
    return _NUMBER.sub(" xxnumberxx ", plain)


def masked(text: str, entities: Sequence[Mapping[str, Any]] | None = None) -> str:
    """The text in normal form; entities already found in it need not be read again."""
    return normal_form(text, spans(text, entities))


def exemplified(text: str, entities: Sequence[Mapping[str, Any]] | None = None) -> str:
    """The text as a sentence to embed: each number or address gives way to one like it.

    ``entities`` are those already found in it (``start``, ``end``, ``entity``); None: read here.
    """
    known = spans(text, entities)
    pieces: list[str] = []
    position = 0
    for start, end, kind in sorted(known):
        if start >= position and kind in _EXAMPLES:
            pieces += (text[position:start], _EXAMPLES[kind])
            position = end
    return "".join([*pieces, text[position:]])


def spans(text: str, entities: Sequence[Mapping[str, Any]] | None) -> list[Span]:
    """Where known things stand in a text; entities already found need not be read again."""
    if entities is None:
        found = [(one.start, one.end, one.kind) for one in read(text)]
    else:
        found = [(e["start"], e["end"], e["entity"]) for e in entities]
    return [span for span in found if span[2] not in _TELLING]


def _word_for(kind: str) -> str:
    return f"xx{kind.replace('_', '')}xx"
