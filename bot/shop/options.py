"""Finds the options of a product that a text names: ``size 9``, ``clicky``, ``not waterproof``.

A value beside its option's name counts for that option alone; a bare value counts for every option
that has it. Nothing is chosen where the text leaves it open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.shop.words import COMMON, UNITS, Word, close, joined, windows, words

BARE, PAIRED, NAMED = 1, 2, 3
_NO = frozenset({"no", "none", "not", "non", "without"})
_YES_NO = frozenset({"yes", "no"})
_NOTHING = frozenset({"no", "none", "n/a", "without"})
_FILLERS = frozenset({"is", "of", "in", "a", "an", "the", "at", "as", "option", "with"})
_EVERYDAY = frozenset("left right open like new one other same now here".split())  # noqa: SIM905
# Words of an option's name that other options share: "strap material" is "strap" to a customer.
_GENERIC = frozenset(
    "type colour material size setting source level range count option style kind set".split()  # noqa: SIM905
)
_COLOURS = frozenset(
    """black white grey silver gold red pink orange yellow green blue navy purple violet brown beige
    cream turquoise teal olive burgundy maroon lilac mint khaki charcoal ivory tan coral
    magenta cyan bronze copper""".split()  # noqa: SIM905
)
_LETTER_SIZES = {
    "XXS": ("xxs", "double extra small"),
    "XS": ("xs", "extra small", "x small"),
    "S": ("s", "small"),
    "M": ("m", "medium"),
    "L": ("l", "large"),
    "XL": ("xl", "extra large", "x large"),
    "XXL": ("xxl", "2 xl", "2xl", "double xl", "extra extra large"),
    "XXXL": ("xxxl", "3 xl", "3xl", "triple xl"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A value that some words of the text name, and how surely they mean this option."""

    start: int
    end: int
    option: str
    value: str
    strength: int


@dataclass(slots=True)
class Options:
    """The index of one product: keys of values (whole and in part), of option names."""

    whole: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    part: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    yes_no: dict[str, dict[str, str]] = field(default_factory=dict)
    vocabulary: set[str] = field(default_factory=set)
    title: tuple[str, ...] = ()

    @classmethod
    def of(cls, title: str, variants: Iterable[Mapping[str, str]]) -> Options:
        """The index of everything these variants can be."""
        index = cls(title=tuple(w.text for w in words(title)))
        values: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for options in variants:
            for option, value in options.items():
                values[option][value] = tuple(w.text for w in words(value))
        for option, known in values.items():
            index._add_name(option)
            plain = {value.lower(): value for value in known}
            if _NOTHING & plain.keys() or (_YES_NO & plain.keys()):
                index.yes_no[option] = plain
            for value, texts in known.items():
                index._add_value(option, value, texts, known)
        return index

    def _add_name(self, option: str) -> None:
        texts = [w.text for w in words(option)]
        telling = [t for t in texts if t not in _GENERIC and len(t) > 1]
        for key in dict.fromkeys([joined(texts), *telling, *([] if telling else texts)]):
            self.names[key].append(option)
        self.vocabulary.update(texts)

    def _add_value(
        self,
        option: str,
        value: str,
        texts: tuple[str, ...],
        known: Mapping[str, tuple[str, ...]],
    ) -> None:
        aliases = [texts]
        for size in _LETTER_SIZES.get(value.upper(), ()):
            other = tuple(w.text for w in words(size))
            if other not in known.values():
                aliases.append(other)
        for alias in dict.fromkeys(aliases):
            self.whole[joined(alias)].append((option, value))
            self.vocabulary.update(alias)
        if _NO.intersection(texts):
            return  # half of "not resistant" says the opposite
        for length in range(1, len(texts)):
            for start in range(len(texts) - length + 1):
                piece = texts[start : start + length]
                others = [t for v, t in known.items() if v != value and _holds(t, piece)]
                if not others and _telling(piece):
                    self.part[joined(piece)].append((option, value))


def _holds(texts: Sequence[str], piece: Sequence[str]) -> bool:
    return any(tuple(texts[i : i + len(piece)]) == tuple(piece) for i in range(len(texts)))


def _telling(piece: Sequence[str]) -> bool:
    """Whether part of a value can stand for it: ``stainless`` can, ``2`` or ``inch`` cannot."""
    if all(p in UNITS or p in COMMON or p in _GENERIC for p in piece):
        return False
    return any((not p.isdigit() and len(p) > 2) or (p.isdigit() and len(p) > 2) for p in piece) or (
        len(piece) > 1 and piece[0][0].isdigit()
    )


def option_hits(text: str, index: Options) -> list[Hit]:
    """Every value the text names, each span given to the option(s) it most surely means."""
    said = _corrected(_without_title(words(text), index.title), index)
    runs = windows(said)
    spans = _name_spans(runs, index)
    hits: list[Hit] = []
    taken: set[int] = set()
    for table in (index.whole, index.part):
        for start, end, key in runs:
            if key not in table or taken.intersection(range(start, end)):
                continue
            if _inside_a_name(start, end, spans):
                continue
            if found := _hits(said, start, end, table[key], spans):
                taken.update(range(start, end))
                hits += found
    hits += _yes_no_hits(said, index, spans, taken)
    return _settled([hit for hit in hits if _meant(hit, hits, said)])


def _meant(hit: Hit, hits: Sequence[Hit], said: Sequence[Word]) -> bool:
    """An everyday word (``left``, ``right``) is a value only beside its name or another value."""
    if hit.strength > BARE or hit.end - hit.start > 1 or said[hit.start].text not in _EVERYDAY:
        return True
    return any(hit.start in (other.end, other.start - 1) for other in hits if other is not hit)


def not_offered(text: str, index: Options, hits: Sequence[Hit]) -> tuple[str, ...]:
    """Values the text wants that the product does not come in: a colour, a size by its name."""
    said = _corrected(_without_title(words(text), index.title), index)
    known = {place for hit in hits for place in range(hit.start, hit.end)}
    in_colours = any("colour" in name for name in index.names)
    missing = []
    spans = _name_spans(windows(said), index)
    sizes = {end for (_, end), names in spans.items() if any("size" in name for name in names)}
    for place, word in enumerate(said):
        if place in known:
            continue
        coloured = in_colours and word.text in _COLOURS and word.text not in index.vocabulary
        sized = place in sizes and (word.text.isdigit() or word.text.upper() in _LETTER_SIZES)
        if coloured or sized:
            missing.append(f"size {word.raw}" if sized else word.text)
    return tuple(missing)


def named_options(text: str, index: Options) -> list[str]:
    """The options a text speaks of by name (``what colors``), in no particular order."""
    spans = _name_spans(windows(words(text)), index)
    return list(dict.fromkeys(name for names in spans.values() for name in names))


def _without_title(said: Sequence[Word], title: tuple[str, ...]) -> list[Word]:
    """The words without the product's own name, which may look like a value (``Wall Clock``)."""
    left: list[Word] = list(said)
    length = len(title)
    for start in range(len(said) - length, -1, -1):
        if tuple(w.text for w in left[start : start + length]) == title:
            left[start : start + length] = [Word("", "", True)] * length
    return left


def _corrected(said: list[Word], index: Options) -> list[Word]:
    """Unknown words replaced by the one word of this product they are a typing error from."""
    fixed = []
    for word in said:
        if len(word.text) < 4 or word.text in index.vocabulary or word.text in COMMON:
            fixed.append(word)
            continue
        near = [known for known in index.vocabulary if close(word.text, known)]
        fixed.append(Word(near[0], word.raw, word.apart) if len(near) == 1 else word)
    return fixed


def _name_spans(
    runs: Iterable[tuple[int, int, str]], index: Options
) -> dict[tuple[int, int], list[str]]:
    """Where the text names options, longest names first, none inside another."""
    spans: dict[tuple[int, int], list[str]] = {}
    taken: set[int] = set()
    for start, end, key in runs:
        if key in index.names and not taken.intersection(range(start, end)):
            taken.update(range(start, end))
            spans[start, end] = index.names[key]
    return spans


def _inside_a_name(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether the words are only part of an option's longer name (``bagged/bagless``)."""
    return any(a <= start and end <= b and b - a > end - start for a, b in spans)


def _hits(
    said: Sequence[Word],
    start: int,
    end: int,
    candidates: Iterable[tuple[str, str]],
    spans: Mapping[tuple[int, int], list[str]],
) -> list[Hit]:
    before, after = _names_beside(said, start, end, spans)
    found = []
    for option, value in candidates:
        strength = NAMED if option in before else PAIRED if option in after else BARE
        if strength > BARE or _stands_alone(said, start, end, value):
            found.append(Hit(start, end, option, value, strength))
    best = max((hit.strength for hit in found), default=0)
    return [hit for hit in found if hit.strength == best]


def _names_beside(
    said: Sequence[Word], start: int, end: int, spans: Mapping[tuple[int, int], list[str]]
) -> tuple[set[str], set[str]]:
    """The options named just before and just after the words."""
    left = start
    while left > 0 and said[left - 1].text in _FILLERS:
        left -= 1
    before = {name for (_, stop), names in spans.items() if stop == left for name in names}
    after: set[str] = set()
    if end < len(said) and not said[end].apart:
        after = {name for (first, _), names in spans.items() if first == end for name in names}
    return before, after


def _stands_alone(said: Sequence[Word], start: int, end: int, value: str) -> bool:
    """Whether a bare value can be meant: not a yes or no, not a number of something else."""
    text = joined([w.text for w in said[start:end]])
    if value.lower() in _YES_NO | _NOTHING:
        return False
    before = said[start - 1].text if start else ""
    if len(text) == 1 and text.isalpha():
        return said[start].raw.isupper() or before in {"in", "an"}
    if text.isdigit():
        after = said[end].text if end < len(said) and not said[end].apart else ""
        return after not in UNITS and before not in {"#", "order", "number", "€", "$", "£"}
    return True


def _yes_no_hits(
    said: Sequence[Word],
    index: Options,
    spans: Mapping[tuple[int, int], list[str]],
    taken: set[int],
) -> list[Hit]:
    """``waterproof``, ``not waterproof``, ``without backlight``: options that are there or not."""
    hits = []
    for (start, end), names in spans.items():
        for option in names:
            plain = index.yes_no.get(option)
            if plain is None or taken.intersection(range(start, end)):
                continue
            after = said[end].text if end < len(said) else ""
            if after in plain and after in _YES_NO | _NOTHING and not said[end].apart:
                hits.append(Hit(start, end + 1, option, plain[after], NAMED))
                continue
            denied = start > 0 and said[start - 1].text in _NO
            for word in _NOTHING if denied else {"yes"}:
                if word in plain:
                    hits.append(Hit(start, end, option, plain[word], PAIRED))
    return hits


def _settled(hits: list[Hit]) -> list[Hit]:
    """Without bare readings of an option that the text also names outright elsewhere."""
    surest: dict[str, int] = {}
    for hit in hits:
        surest[hit.option] = max(hit.strength, surest.get(hit.option, 0))
    kept = []
    for hit in hits:
        alternatives = [h for h in hits if (h.start, h.end) == (hit.start, hit.end)]
        if hit.strength < surest[hit.option] and (hit.strength == BARE or len(alternatives) > 1):
            continue
        kept.append(hit)
    return kept
