"""A message as the classifier sees it: what varies from customer to customer gives way to its kind.

``Where is #W1234567?`` and ``where is FH-10001?`` become the same words, so that no number, address
or country of an example is learned by heart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
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


def _word_for(kind: str) -> str:
    return f"xx{kind.replace('_', '')}xx"
