"""From clauses that were read to what the customer wants: an ordered list of wishes.

Greetings and thanks beside a wish are no wishes; details belong to the wish they stand next to;
what is denied is not wanted. Pure: how a clause is read is passed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.brain.nlu.clauses import Clause
from bot.brain.nlu.kinds import (
    ANSWERS,
    COURTESY,
    MORE_EXACT,
    NOT_UNDERSTOOD,
    OUT_OF_SCOPE,
    REPORTS,
    SMALL,
    VAGUE,
)
from bot.brain.nlu.negation import refused
from bot.brain.nlu.phrases import formula

_REPORTED = 0.8
"""How sure a statement must be read as a report to count beside a request."""
_IDLE = frozenset({*COURTESY, "aside"})

_CONFIRMS = re.compile(
    r"^\W*(?:yes|yeah|yep|sure|ok|okay|alright|perfect|great|fine|absolutely|correct)\b\W*"
    r"(?:then|that)?\W*(?:please|let's|go ahead|do|just|proceed|i confirm|cancel|change|switch"
    r"|update|return|exchange|use|send|modify|make|that sounds"
    r"|that(?:'s|’s| is) (?:correct|right|fine|good|perfect|what|the one|it|okay|ok))\b",
    re.I,
)
_SAYS_YES = re.compile(
    r"\b(?:yes|yeah|yep|go ahead|proceed|confirm|do it|do that|correct|continue|carry on|go on"
    r"|let's)\b",
    re.I,
)
_ANEW = re.compile(
    r"\b(?:also|another|too|as well|additionally|now|could you|can you|can i|could i"
    r"|i'd like to know"
    r"|what|how|where|when|which|why)\b",
    re.I,
)
"""What makes a wish beside a yes a new one."""


@dataclass(frozen=True, slots=True)
class Read:
    """A clause and what it was taken for.

    ``asks``: put as a request or question; ``detail``: names the means for something under way.
    """

    clause: Clause
    intent: str
    confidence: float
    sure: bool
    in_scope: bool
    asks: bool = True
    detail: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing the customer wants (or answers): where its words stand, and its intent."""

    start: int
    end: int
    intent: str
    confidence: float


def wishes_of(text: str, reads: Sequence[Read]) -> list[Wish]:
    """The wishes of a message, in order; empty when no clause is clear."""
    kept = [read for read in reads if read.intent not in refused(read.clause.said)]
    yes = _yes(reads)
    wanted = _wanted([read for read in kept if read is not yes])
    if yes is not None:
        wanted = [r for r in wanted if r.clause.start > yes.clause.start and _anew(r)]
        if not wanted:
            return [_spanning(text, "affirm", yes.confidence)]
        return _spread(text, [replace(yes, intent="affirm"), *wanted])
    if wanted:
        minds = [r for r in kept if r.sure and _of_its_own(r, wanted, text)]
        return _spread(text, sorted(_once([*minds, *wanted]), key=lambda r: r.clause.start))
    sure = [r for r in kept if r.sure]
    for group in (_answers(sure), [r for r in sure if r.intent in OUT_OF_SCOPE]):
        if (best := _first_of(group, ANSWERS)) is not None:
            return [_spanning(text, best.intent, best.confidence)]
    small = _first_of([r for r in sure if r.intent in SMALL], SMALL)
    if len(kept) < len(reads) and (small is None or small.intent not in VAGUE):
        # all that was said is what is not wanted
        return [_spanning(text, "never_mind", 1.0)]
    return [_spanning(text, small.intent, small.confidence)] if small else []


def _wanted(kept: Sequence[Read]) -> list[Read]:
    """The wishes, each once: without background, details, and what another says more exactly."""
    wanted = [r for r in kept if is_wish(r)]
    if any(r.asks for r in wanted):
        wanted = [r for r in wanted if r.asks or (r.intent in REPORTS and r.confidence > _REPORTED)]
    if len(kept) > 1 and any(not r.detail for r in kept if r.sure and r.intent not in _IDLE):
        wanted = [r for r in wanted if not r.detail]
    return _exact(_once(wanted))


def is_wish(read: Read) -> bool:
    """Whether a clause was read as something the shop is asked to do or to tell."""
    plain = (*ANSWERS, *SMALL, NOT_UNDERSTOOD)
    return read.sure and read.in_scope and read.intent not in (*plain, *OUT_OF_SCOPE)


def _answers(sure: Sequence[Read]) -> list[Read]:
    """The answers; a mere ``sure`` before a name or a number is none."""
    found = [r for r in sure if r.intent in ANSWERS]
    if any(r.intent == "thanks" for r in sure):
        # "that's perfect, thank you" praises; a yes says so
        found = [r for r in found if r.intent != "affirm" or _SAYS_YES.search(r.clause.said)]
    return [r for r in found if not _bare_yes(r)] or found


def _bare_yes(read: Read) -> bool:
    return read.intent == "affirm" and formula(read.clause.said) == "affirm"


def _yes(reads: Sequence[Read]) -> Read | None:
    """A yes to what was proposed: ``yes, please cancel it`` is one, a bare ``yes`` before is not.

    What follows it restates the proposal, unless it is put as something new.
    """
    for read in reads[:3]:
        said = read.clause.said
        if _CONFIRMS.match(said) and not _ANEW.search(said):
            return read
        if read.intent == "affirm" and read.sure and _SAYS_YES.search(said) and not _bare_yes(read):
            return read
        if read.intent not in (*COURTESY, "affirm", "aside"):
            return None
    return None


def _of_its_own(read: Read, wanted: Sequence[Read], text: str) -> bool:
    """A change of mind in a sentence of its own; within one it is the reason for the wish."""
    if read.intent != "never_mind":
        return False
    return all(
        any(mark in ".!?\n" for mark in text[read.clause.end - 1 : wish.clause.start])
        for wish in wanted
        if wish.clause.start > read.clause.start
    )


def _anew(read: Read) -> bool:
    return bool(_ANEW.search(read.clause.said))


def _once(reads: Iterable[Read]) -> list[Read]:
    """The surest reading of each intent, in the order they first come."""
    found: dict[str, Read] = {}
    for read in reads:
        before = found.get(read.intent)
        if before is None:
            found[read.intent] = read
        elif read.confidence > before.confidence:
            found[read.intent] = replace(read, clause=before.clause)
    return list(found.values())


def _exact(wanted: list[Read]) -> list[Read]:
    """Without wishes that another one of the message says more exactly."""
    named = {read.intent for read in wanted}
    return [r for r in wanted if not MORE_EXACT.get(r.intent, frozenset()) & (named - {r.intent})]


def _first_of(reads: Sequence[Read], order: Sequence[str]) -> Read | None:
    """The read whose intent comes first in the order; any other after those."""
    places = {intent: place for place, intent in enumerate(order)}
    return min(reads, key=lambda r: places.get(r.intent, len(places)), default=None)


def _spanning(text: str, intent: str, confidence: float) -> Wish:
    return Wish(0, len(text), intent, confidence)


def _spread(text: str, reads: Sequence[Read]) -> list[Wish]:
    """Each wish with what is said around it: before the first, and in the sentences up to the next.

    Two wishes out of one clause (``cancel or return it``) share its words.
    """
    found, start = [], 0
    for place, read in enumerate(reads):
        following = reads[place + 1].clause if place + 1 < len(reads) else None
        shared = following is not None and following.start <= read.clause.start
        end = len(text) if following is None else _end(text, read.clause, following)
        found.append(Wish(start, end, read.intent, read.confidence))
        start = start if shared else end
    return found


def _end(text: str, clause: Clause, following: Clause) -> int:
    """Where the sentence of the following wish begins, but not before this clause ends."""
    if following.start <= clause.start:
        return clause.end
    begin = max(text.rfind(mark, 0, following.start) for mark in ".!?\n") + 1
    return max(clause.end, begin)
