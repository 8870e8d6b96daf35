"""Cuts a message into clauses that can each carry a wish. Pure text work, no model.

A cut too many costs little: the parts are read alike and become one wish again. So sentences are
always cut, and conjunctions where the next words begin a clause of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST = 12
"""Clauses that are read of one message; what follows belongs to the last."""

ACTS = (
    r"cancel|return|exchange|swap|refund|change|modify|edit|update|track|replace|remove|add|delete"
    r"|send|resend|ship|switch|check|show|tell|give|get|find|order|buy|keep|make|use|put|set|let"
    r"|unsubscribe|subscribe|withdraw|call|stop|pay|correct|adjust|reduce|increase|confirm|list"
)
_SENTENCE = re.compile(r"(?<!\bno)(?<!\bnr)[.](?=\s|$)[\s.]*|[!?;]+[\s!?;.]*|\n+|\s[-–—]\s")
_BEGINS = (
    r"(?:i|i'd|i'm|i've|i'll|we|we'd|my|it|they|he|she|there|can|could|would|will|please(?=\s+\w)|what"
    r"|what's|when|where|where's|which|who|whose|why|how|is|are|was|were|do|does|did|has|have"
    rf"|should|may|also|then|instead|if|in|just|rather|not|to|(?:{ACTS}))"
)
_JOINED = re.compile(
    rf"\s*(?:,\s*(?:and|but|or|so|then)?|\b(?:and|but|plus|also|then|as well as))\s+"
    rf"(?:also\s+|then\s+|please\s+)*(?={_BEGINS}\b)",
    re.I,
)
_OR_JOINED = re.compile(r"\s+or\s+(?=(?:can|could|do|should|is|what|how|when)\b)", re.I)
_PAIR = re.compile(
    r"\b(cancel|return|exchange|swap|refund|change|modify|replace|track)"
    r"(,?\s+(?:and(?:/or)?|or|&)\s+)"
    r"(cancel|return|exchange|swap|refund|change|modify|replace|track)\b",
    re.I,
)
_SHORT = re.compile(r"\W*\w*\W*")
_CONDITION = re.compile(
    r"\W*(?:(?:and|but|or|so|then|well|ok|okay|hmm),?\s+)?"
    r"(?:if|since|because|as|when|once|unless|while|although|though|given)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a message: where it stands, and the words to read it by.

    ``said`` differs from the text between ``start`` and ``end`` where two verbs share an object:
    ``cancel or return my orders`` is read as ``cancel my orders`` and ``return my orders``.
    """

    start: int
    end: int
    said: str


def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a text, in order; the whole text when it has only one, none when empty."""
    parts: list[tuple[int, int]] = []
    for start, end in _between(text, 0, len(text), _SENTENCE):
        for first, last in _parts(text, start, end):
            parts += _between(text, first, last, _OR_JOINED)
    parts = _together(text, [p for p in (_trimmed(text, *span) for span in parts) if p])
    if len(parts) > MOST:
        parts = [*parts[: MOST - 1], (parts[MOST - 1][0], parts[-1][1])]
    return tuple(clause for part in parts for clause in _apart(text, *part))


def _parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of a sentence; verbs that share an object and a condition stay with their own."""
    pairs = [match.span() for match in _PAIR.finditer(text, start, end)]
    cuts = [
        (match.start(), match.end())
        for match in _JOINED.finditer(text, start, end)
        if not any(a < match.end() <= b for a, b in pairs)
    ]
    if _CONDITION.match(text, start, end):
        cuts = cuts[1:]
    starts = [start, *(after for _, after in cuts)]
    ends = [*(before for before, _ in cuts), end]
    return list(zip(starts, ends, strict=True))


def _between(text: str, start: int, end: int, cut: re.Pattern[str]) -> list[tuple[int, int]]:
    """The spans between the cuts."""
    found, at = [], start
    for match in cut.finditer(text, start, end):
        if match.start() > at:
            # the mark that ends a sentence belongs to it: a question mark says what it is
            mark = text[match.start() : match.start() + 1]
            found.append((at, match.start() + (mark in "?!")))
        at = match.end()
    return [*found, (at, end)]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without blanks and commas around it; None when no letter or digit is left."""
    while start < end and text[start] in " \t\r\n,.;:-–—":
        start += 1
    while end > start and text[end - 1] in " \t\r\n,;:-–—":
        end -= 1
    return (start, end) if any(c.isalnum() for c in text[start:end]) else None


def _together(text: str, parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """One word alone in the middle of a sentence (``please, ...``) goes with what follows."""
    joined: list[tuple[int, int]] = []
    for start, end in parts:
        if joined:
            before, until = joined[-1]
            gap = text[until - 1 : start]
            if _SHORT.fullmatch(text, before, until) and not any(c in ".!?;\n" for c in gap):
                joined[-1] = (before, end)
                continue
        joined.append((start, end))
    return joined


def _apart(text: str, start: int, end: int) -> list[Clause]:
    """A clause once per verb where two verbs share what follows them."""
    said = text[start:end]
    pair = _PAIR.search(said)
    if pair is None or pair[1].lower() == pair[3].lower():
        return [Clause(start, end, said)]
    head, tail = said[: pair.start()], said[pair.end() :]
    return [Clause(start, end, f"{head}{verb}{tail}") for verb in (pair[1], pair[3])]
