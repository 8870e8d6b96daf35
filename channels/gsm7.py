"""How a text message is counted: as GSM-7 or UCS-2, in segments (3GPP TS 23.038 and 23.040).

One character outside GSM-7 makes all of a message UCS-2, of which less than half fits a segment;
each segment costs as much as a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Written as an escape and a second unit, which stay in one segment."""
ALONE = {"GSM-7": 160, "UCS-2": 70}
"""Units of a message of one segment."""
EACH = {"GSM-7": 153, "UCS-2": 67}
"""Units of each segment of a longer one; the rest says which of them it is."""
TYPOGRAPHIC = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f", " "),
        "\u2026": "...",
        "\u2022": "-",
        "\u2192": ">",
        "\u00d7": "x",
        "\u00b7": "-",
    }
)
"""Marks that mean the same in their typewriter form; a letter of a name never does."""


@dataclass(frozen=True, slots=True)
class Count:
    """What a text costs: ``units`` are septets of GSM-7, else UTF-16 code units."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int


def counted(text: str) -> Count:
    """How a network counts this text."""
    encoding: Literal["GSM-7", "UCS-2"] = "GSM-7"
    if not BASIC.union(EXTENDED).issuperset(text):
        encoding = "UCS-2"
    sizes = list(_sizes(text, encoding))
    units = sum(sizes)
    if units <= ALONE[encoding]:
        return Count(encoding, units, 1 if text else 0)
    segments, room = 0, 0
    for size in sizes:
        if size > room:
            segments, room = segments + 1, EACH[encoding]
        room -= size
    return Count(encoding, units, segments)


def cheaper(text: str) -> str:
    """The text with typewriter marks if it takes fewer segments so, else as it is."""
    plain = text.translate(TYPOGRAPHIC)
    return plain if counted(plain).segments < counted(text).segments else text


def _sizes(text: str, encoding: str) -> Iterator[int]:
    """The units of each character, none of which may be parted."""
    if encoding == "GSM-7":
        return (2 if character in EXTENDED else 1 for character in text)
    return (2 if ord(character) > 0xFFFF else 1 for character in text)
