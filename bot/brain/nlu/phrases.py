"""Fixed turns of phrase that need no model: greetings, fillers, who somebody is, which card to use.

They are recognised by shape only beside other words, so that a message never depends on one alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.brain.nlu.clauses import ACTS

_OPENERS = re.compile(
    r"^\W*(?:"
    r"(?:(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day))(?: there| again| team| guys)?"
    r"|oh|ah|oops|hmm+|um+|uh+|er|so|and|but|however|also|actually|additionally|unfortunately"
    r"|firstly|secondly|finally|lastly|besides|anyway"
    r"|(?:i'm |i am |i’m )?(?:so |very )?sorry,? but|(?:i|my) apolog(?:ise|ize|ies),? but"
    r")\b[\s,.!:;…-]+"
    r"|(?:great|perfect|awesome|cool|super|ok|okay|alright|right|well|now|then|first"
    r"|(?:thanks|thank you)(?: so much| very much| a lot)?"
    r"|in that case|one (?:last|more) thing|i see|i understand|by the way|of course"
    r"|(?:i'm |i am |i’m )?(?:so |very )?sorry(?: about that| for the confusion)?"
    r"|(?:i|my) apolog(?:ise|ize|ies)"
    r")\s*[,.!:;…-]+\s*(?:but\s+)?"
    r")",
    re.I,
)
_FILLERS = re.compile(r"[,\s]+\b(?:um+|uh+|erm?|hmm+)\b,?(?=\s)", re.I)

FORMULAS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "greet",
        re.compile(
            r"\W*(?:hi|hello|hey|good (?:morning|day|evening|afternoon))(?: there| again"
            r"| team)?\W*",
            re.I,
        ),
    ),
    (
        "thanks",
        re.compile(
            r"\W*(?:(?:great|perfect|ok|okay|awesome|super|lovely|oh)\W+)?(?:thanks|thank you"
            r"|many thanks)"
            r"(?: so much| very much| a lot| again)?(?: in advance)?\W*",
            re.I,
        ),
    ),
    (
        "aside",
        re.compile(
            r"\W*(?:so |and )?(?:can|could|would|will) you (?:please |maybe |possibly )?"
            r"(?:help|assist|do|arrange|process|handle|manage|tell|check)(?: me)?(?: out)?"
            r"(?: (?:with|on))?(?: (?:that|this|it))?(?: for me)?(?: please)?\W*",
            re.I,
        ),
    ),
    (
        "hold_on",
        re.compile(
            r"\W*(?:(?:ok|okay|hmm|um|uh|well|wait)\W+)*let me (?:just |quickly )?"
            r"(?:double[- ]?check|check|look|see|find|think|search|ask)\b.*",
            re.I | re.S,
        ),
    ),
    (
        "aside",
        re.compile(
            r"\W*(?:i'll|i’ll|i will) (?:just |then )?(?:keep an eye|wait|reach out|watch"
            r"|let you know"
            r"|look (?:out|forward)|think about|check (?:on )?(?:that|it)|come back)\b.*",
            re.I | re.S,
        ),
    ),
    (
        "affirm",
        re.compile(
            r"\W*(?:(?:uh|um|oh|ah)\W+)*(?:(?:yes|yeah|yep|sure|sure thing|of course|certainly"
            r"|absolutely|ok|okay"
            r"|alright)\W*){1,2}",
            re.I,
        ),
    ),
)
"""(intent, whole clause) of what is common beside a wish."""

_WHO = re.compile(
    r"\bmy (?:full |first |last )?name(?:'s|’s| is)\b|\b(?:zip|postal|post)\s?code(?:'s|’s| is)?\b"
    r"|\bmy e-?mail(?: address)?(?:'s|’s| is)\b|\bi live (?:in|at)\b|\border (?:id|number) is\b",
    re.I,
)
_STATES = re.compile(
    r"^\W*(?:(?:but|because|since|as|so|and|also) )?(?:i|we|i've|i’ve|we've|i'm|i’m|my|the|it"
    r"|it's|it’s|this|that|they|he|she"
    r"|there|our|somebody|someone|one of)\b",
    re.I,
)
_YES = re.compile(
    r"^\W*(?:yes|yeah|yep|sure|sure thing|of course|certainly|absolutely|ok|okay|no"
    r"|nope)\b[\s,.!:]*",
    re.I,
)
_DESIRES = re.compile(
    r"\?|\b(?:want|wanna|need|would|i'd|i’d|we'd|like to|can|could|please|help|how|where|what"
    r"|when|which|why"
    r"|looking (?:to|for)|trying|try|hoping|hope to|wonder(?:ing)?|wish|prefer|must|have to"
    r"|interested|let me know"
    r"|don't know|do not know|haven't found|can't find|cannot find)\b",
    re.I,
)
_BESIDE_A_DATUM = frozenset(
    """it it's it’s is its my the a sure yes yep ok okay of course certainly absolutely number
    order id email e mail address zip code postcode postal correct right other i remember think
    that would be here you go with and name no nr phone should might use new one also or me s
    here's used""".split()  # noqa: SIM905
)
_MEANS = (
    r"(?:(?:original|same|existing|other|current) (?:payment )?(?:method|card)|payment method"
    r"|paypal(?: account)?|gift card|credit card|debit card|visa|mastercard|amex|card on file)"
)
_PAYS = re.compile(
    rf"\b(?:use|using|refund\w*|pay|paid|charge\w*|credit\w*|prefer|stick with"
    rf"|go(?:es)? (?:back )?(?:to|on)"
    rf"|put|process\w*|issue[d]?)\b.*\b{_MEANS}",
    re.I,
)
_PAYS_ANEW = re.compile(
    r"\b(?:change|switch|split|instead|different|another|rather than|modify|update)\b", re.I
)


_FEW_WORDS = 6
_BIDS = re.compile(rf"^\W*(?:{ACTS})\b", re.I)
_POINTS = re.compile(r"\b(?:it|them|they|they're|one|this|that|those|these)\b", re.I)
_NAMES = re.compile(
    r"\b(?:order|orders|purchase|account|address|invoice|bill|refund|money|newsletter|password"
    r"|card|parcel"
    r"|package|delivery|item|items|price|cost|person|human|agent|cancel)\b",
    re.I,
)


def core(text: str) -> str:
    """A text without what people say before they come to the point; whole if nothing else is left.

    ``Hi, um, sorry, but I need to return a lamp`` becomes ``I need to return a lamp``.
    """
    left = _FILLERS.sub("", text)
    for _ in range(4):
        shorter = _OPENERS.sub("", left, count=1)
        if shorter == left or len(shorter.split()) < 3:
            break
        left = shorter
    return left


def formula(clause: str) -> str | None:
    """The intent of a clause that is one of the common formulas, whole."""
    return next((intent for intent, shape in FORMULAS if shape.fullmatch(clause)), None)


def says_who(clause: str) -> bool:
    """Whether a clause only tells a name, an address, a number."""
    return bool(_WHO.search(clause)) and not asks(clause)


def only_data(clause: str, data: Sequence[tuple[int, int]]) -> bool:
    """Whether beside the data (spans of numbers, addresses) stands nothing but ``it's``."""
    if not data:
        return False
    left = "".join(
        " " if any(start <= place < end for start, end in data) else letter
        for place, letter in enumerate(clause)
    )
    return all(word in _BESIDE_A_DATUM for word in re.findall(r"[^\W\d_][\w'’]*", left.lower()))


def asks(clause: str) -> bool:
    """Whether a clause is put as a request or question, not as a mere statement."""
    plain = _YES.sub("", core(clause))
    return bool(_DESIRES.search(plain)) or not _STATES.search(plain)


def bare(text: str) -> bool:
    """Whether a text only names a thing: ``the boots``, ``10231``, ``to Spain please``."""
    said = re.sub(r"\bplease\b", "", core(text), flags=re.I)
    few = len(said.split()) <= _FEW_WORDS
    return few and not _DESIRES.search(said) and not _BIDS.search(_YES.sub("", said))


def points_back(clause: str) -> bool:
    """Whether what a clause is about was named before: ``get it back``, ``set one up``."""
    return bool(_POINTS.search(clause)) and not _NAMES.search(clause)


def says_how_to_pay(clause: str) -> bool:
    """Whether a clause names the means for what is already being done (``use the same card``)."""
    return bool(_PAYS.search(clause)) and not _PAYS_ANEW.search(clause)
