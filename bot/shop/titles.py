"""Finds which of a list of titles a text names: whole, reworded, shortened or misspelt.

The titles are indexed once per list, so a message costs a few dictionary look-ups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from bot.shop.words import COMMON, Word, close, joined, windows, words

# What customers call things that shops call otherwise. Applied only where the catalogue has no
# title of that name itself.
_ALSO = {
    "tee": "t shirt",
    "phone": "smartphone",
    "cellphone": "smartphone",
    "cell phone": "smartphone",
    "mobile phone": "smartphone",
    "mobile": "smartphone",
    "trainer": "sneaker",
    "earphone": "earbud",
    "earbuds": "wireless earbuds",
    "ebook reader": "e reader",
    "ereader": "e reader",
    "hoover": "vacuum cleaner",
    "rucksack": "backpack",
    "suitcase": "luggage",
    "bike": "bicycle",
    "barbecue": "grill",
    "bbq": "grill",
    "notebook computer": "laptop",
    "jigsaw": "jigsaw puzzle",
    "parasol": "umbrella",
    "powerbank": "portable charger",
    "power bank": "portable charger",
    "hosepipe": "hose",
    "sofa": "couch",
    "torch": "flashlight",
    "jumper": "sweater",
    "pullover": "sweater",
    "trouser": "pant",
    "cap": "hat",
    "beanie": "hat",
    "cup": "mug",
    "weight": "dumbbell",
}
# Words that begin many titles and say little alone.
_VAGUE = frozenset(
    """electric electronic smart digital wireless portable indoor outdoor light lightweight mini
    classic basic premium action office desk wall water garden set kit pack pair maker machine
    cleaner home travel led pro plus large small medium black white red blue green grey brown gold
    silver navy wood steel glass cotton wool leather organic natural everyday long short new gift
    card men women kid unisex the and of with for in on a an""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A title (by its place in the list) and the words of the text that name it."""

    title: int
    start: int
    end: int


@dataclass(slots=True)
class Titles:
    """The index: whole titles by key, and which titles hold a word (``heads``: as the last one)."""

    whole: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    heads: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    sizes: list[int] = field(default_factory=list)
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    @lru_cache(maxsize=512)
    def of(cls, titles: tuple[str, ...], also: tuple[tuple[str, tuple[str, ...]], ...]) -> Titles:
        """The index of these titles; ``also`` are the merchant's own words for some of them."""
        index = cls()
        for number, title in enumerate(titles):
            texts = [w.text for w in words(title)]
            index.sizes.append(len(texts))
            if not texts:
                continue
            index.whole[joined(texts)].append(number)
            for text in dict.fromkeys(texts):
                index.parts[text].append(number)
            index.heads[_head(texts)].append(number)
        known = {joined([w.text for w in words(t)]): t for t in titles}
        for word, meant in (*((k, (v,)) for k, v in _ALSO.items()), *also):
            key = joined([w.text for w in words(word)])
            if key not in known and key not in index.heads:
                index.also[key] = meant
        for word, meant in also:
            key = joined([w.text for w in words(word)])
            numbers = [titles.index(title) for title in meant if title in titles]
            if numbers:
                index.whole[key] = numbers
        return index


def _head(texts: list[str]) -> str:
    """The word that says what it is: the last one, or the one before a mere ``set`` or ``kit``."""
    solid = [t for t in texts if t not in {"set", "kit", "pack", "pair"}] or texts
    return solid[-1]


def named_titles(text: str, index: Titles) -> list[Mention]:
    """Titles the text names in full, longest first, none inside another."""
    found: list[Mention] = []
    taken: set[int] = set()
    for start, end, key in windows(words(text)):
        numbers = index.whole.get(key)
        if numbers and not taken.intersection(range(start, end)):
            taken.update(range(start, end))
            found += [Mention(number, start, end) for number in numbers]
    return found


def meant_titles(text: str, index: Titles) -> list[int]:
    """Titles the text names in part, by another word or misspelt; all that fit equally well."""
    said = words(text)
    reworded, replaced = _reworded(said, index)
    scores = _partly([*said, *reworded], index, replaced)
    if not scores:
        scores = _partly(_corrected(said, index), index, set())
    best = max(scores.values(), default=0)
    return [number for number, score in scores.items() if score == best]


def names_kind(text: str, title: str, index: Titles) -> bool:
    """Whether a text says what the thing is (``mat``), not only what kind of it (``sleeping``)."""
    said = words(text)
    head = _head([w.text for w in words(title)])
    texts = [w.text for w in (*said, *_reworded(said, index)[0])]
    texts += [joined([a.text, b.text]) for a, b in pairwise(said)]
    return any(
        t == head or (len(t) >= 4 and t not in COMMON and (head.endswith(t) or close(t, head)))
        for t in texts
    )


def _partly(said: Sequence[Word], index: Titles, replaced: set[str]) -> dict[int, float]:
    """How well each title fits: its head noun counts most, then how much of it is there."""
    texts = {w.text for w in said}
    texts |= {joined([a.text, b.text]) for a, b in pairwise(said)}
    scores: dict[int, float] = defaultdict(float)
    for text in texts - replaced:
        for number in index.heads.get(text, ()):
            scores[number] += 10
        for number in index.parts.get(text, ()):
            scores[number] += 1
        if len(text) >= 4 and text not in COMMON:
            # "watch" also means the wristwatch
            for head, numbers in index.heads.items():
                if len(head) > len(text) + 2 and head.endswith(text):
                    for number in numbers:
                        scores[number] += 11
    if any(score >= 10 for score in scores.values()):
        return {number: score for number, score in scores.items() if score >= 10}
    telling = texts - _VAGUE - COMMON
    clear = {number for text in telling for number in index.parts.get(text, ())}
    return {n: score for n, score in scores.items() if n in clear or score == index.sizes[n]}


def _reworded(said: Sequence[Word], index: Titles) -> tuple[list[Word], set[str]]:
    """The shop's words for what the customer calls otherwise, and the words these stand for."""
    found: list[Word] = []
    replaced: set[str] = set()
    for start, end, key in windows(said, 2):
        if key in index.also and not any(w.text in replaced for w in said[start:end]):
            replaced.update([key, *(w.text for w in said[start:end])])
            found += [word for meant in index.also[key] for word in words(meant)]
    return found, replaced


def _corrected(said: Sequence[Word], index: Titles) -> list[Word]:
    """The text with each unknown word replaced by the words of titles it is a typing error from."""
    found: list[Word] = []
    for word in said:
        if len(word.text) < 4 or word.text in COMMON:
            continue
        near = [part for part in index.parts if close(word.text, part) and part not in _VAGUE]
        near += [key for key in index.whole if key not in index.parts and close(word.text, key)]
        found += [Word(part, word.raw, word.apart) for part in near]
    pairs = [joined([a.text, b.text]) for a, b in pairwise(said)]
    for pair in pairs:
        found += [Word(p, p, False) for p in index.parts if len(p) >= 6 and close(pair, p)]
    return found
