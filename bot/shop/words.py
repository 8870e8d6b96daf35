"""Cuts a text into comparable words: one spelling, singular, numbers apart from their units.

``128GB``, ``128 gb`` and ``128-GB`` become the same two words, so do ``5.8-inch`` and ``5.8"``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

_PIECE = re.compile(
    r"\d+(?:[.,]\d+)*(?:\s?[\"″”](?!\w))?|[^\W\d_]{1,4}\d+[^\W_]*|[^\W\d_]+|[%#€$£]|[,;.:!?()/&+\n]"
)
_SEPARATORS = frozenset(",;.:!?()/&+\n")
_BINDS = frozenset(":/&+")
_SAME = {
    "gray": "grey",
    "color": "colour",
    "colored": "coloured",
    "liter": "l",
    "litre": "l",
    "ltr": "l",
    "milliliter": "ml",
    "millilitre": "ml",
    "centimeter": "cm",
    "centimetre": "cm",
    "millimeter": "mm",
    "millimetre": "mm",
    "metre": "m",
    "meter": "m",
    "kilo": "kg",
    "kilogram": "kg",
    "gram": "g",
    "gig": "gb",
    "gigabyte": "gb",
    "terabyte": "tb",
    "pound": "lb",
    "foot": "ft",
    "feet": "ft",
    "inche": "inch",
    "hr": "hour",
    "hrs": "hour",
    "percent": "%",
    "lbs": "lb",
    "watt": "w",
    "megapixel": "mp",
    "deg": "degree",
    "polarised": "polarized",
    "aluminum": "aluminium",
    "jewelry": "jewellery",
    "mice": "mouse",
    "knive": "knife",
    "shelve": "shelf",
    "fibre": "fiber",
    "centre": "center",
    "analogue": "analog",
    "automated": "automatic",
}
UNITS = frozenset(
    """% inch ft l ml cl cm mm m kg g gb tb mb mp w v mah lb oz hour day week month year minute
    degree bar x p k cup piece people person time euro dollar""".split()  # noqa: SIM905
)
COMMON = frozenset(
    """a about again all also am an and any anything are as ask at available back be been before
    bit buy by can cannot cheap check colour come cost could deliver delivery did different
    do does done each easy else ever every find for from get give go going good got great
    had has have he hello help here hey hi how i id if im in info information into is it
    item its ive just kind know last leave left less like list long look looking made make
    many may maybe me might mine model more most much my need new next nice no none not now
    of off ok on one only open or order other our out over pay person place please possible
    price product question quick rather really right same say see sell send ship shop should
    show size so some something soon still stock store such table take tell than thank
    thanks that the their them then there these they thing this those to today too total
    type under until up us use version very want was way we week well went were what whats
    when where which while will wish with without wonder work worth would write yes
    yet you your hear heard share charge night sight wait weight
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Word:
    """One comparable word. ``raw`` is as written; ``apart``: punctuation stands before it."""

    text: str
    raw: str
    apart: bool


def singular(word: str) -> str:
    """The singular, or for a word that has none something its other spellings come to as well."""
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "zzes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"[’'`]", "", plain)


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """The comparable words of a text, in order."""
    found: list[Word] = []
    apart = True
    for piece in _PIECE.findall(_plain(text)):
        if piece in _SEPARATORS:
            # "size: 9" and "bagged/bagless" belong together, "black, size 9" does not
            apart = apart or piece not in _BINDS
            continue
        for part in _parts(piece):
            low = singular(part.lower())
            found.append(Word(_SAME.get(low, low), part, apart))
            apart = False
    return tuple(found)


def _parts(piece: str) -> list[str]:
    """A number in one spelling, its inches spelt out; a model name such as ``i5`` stays whole."""
    if not piece[0].isdigit():
        return [piece]
    number = piece.rstrip('"″” ')
    plain = re.sub(r",(?=\d{3}(?:\D|$))", "", number).replace(",", ".")
    return [plain] if number == piece else [plain, "inch"]


def joined(parts: Sequence[str]) -> str:
    """Words as one key, so that ``wi fi`` and ``wifi`` are the same but ``1 5`` and ``15`` not."""
    key = ""
    for part in parts:
        key += f" {part}" if key[-1:].isdigit() and part[:1].isdigit() else part
    return key


def windows(said: Sequence[Word], longest: int = 6) -> list[tuple[int, int, str]]:
    """Every run of up to ``longest`` words that no punctuation parts: (start, end, key), longest
    first."""
    found = []
    for start in range(len(said)):
        key = ""
        for end in range(start, min(start + longest, len(said))):
            part = said[end].text
            if not part or (end > start and said[end].apart):
                break
            key += f" {part}" if key[-1:].isdigit() and part[0].isdigit() else part
            found.append((start, end + 1, key))
    found.sort(key=lambda window: window[0] - window[1])
    return found


def close(one: str, other: str) -> bool:
    """Whether one is a typing error away from the other: two from eight letters on."""
    longest = max(len(one), len(other))
    if longest < 4 or one[0].isdigit() or other[0].isdigit():
        return False
    allowed = 1 if longest < 8 else 2
    if longest < 5 and one[0] != other[0]:
        return False
    return OSA.distance(one, other, score_cutoff=allowed) <= allowed
