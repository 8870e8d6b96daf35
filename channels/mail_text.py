"""What a customer wrote in a mail: out of any charset, out of HTML, and without what they quoted.

An answer is never looked for in quoted text: “Yes, cancel it” there is ours, not theirs.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag
from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailMessage

LONGEST_HTML = 300_000
MOST_TAGS = 20_000
LONGEST_TEXT = 20_000
"""Characters of a mail that are read; nobody types more."""
LONGEST_HEADER_LINE = 300
"""“On Monday Ann wrote:” is shorter; longer lines would only keep the search busy."""
WRAPPED_AT = 60

_UNSEEN = ("script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe")
_INLINE = frozenset(
    ("a", "abbr", "b", "bdi", "big", "cite", "code", "em", "font", "i", "img", "ins", "label")
).union(("mark", "q", "s", "small", "span", "strong", "sub", "sup", "tt", "u"))
"""Everything else stands on lines of its own."""
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|opacity\s*:\s*0(?![.\d]*[1-9])"
    r"|(font-size|max-height)\s*:\s*0(?![.\d]*[1-9])",
    re.IGNORECASE,
)
NOT_IN_MAIL = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
"""Codecs of Python's that are no charsets, and slow."""
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^<>]*(?:>|(?=<)|\Z)", re.DOTALL)
"""Taken out beforehand: the parser reads to the end again for each one that has none."""
_UNENDING = re.compile(r"<(?![^<>]{0,5000}>)")
"""What begins like a tag and is none, for the same reason."""
_DATA_URL = re.compile(r"""(src|href|background)\s*=\s*(["'])data:[^"']*\2""", re.IGNORECASE)
_REPLY_SUBJECT = re.compile(r"\s*(re|aw|antw|sv|vs|rif|odp|vá|odg|res|fwd?|wg|tr|rv)\s*:", re.I)
_SIGNATURE = frozenset({"--", "__"})
_SENT_FROM = re.compile(
    r"(sent (from|via|with)|get outlook for|von meinem\b.*gesendet|gesendet (von|mit|aus)"
    r"|envoyé (de|depuis|avec)|enviado (desde|do)|inviato da|verstuurd vanaf)\b.{0,60}",
    re.IGNORECASE,
)
_RULE = re.compile(r"[_\-=*]{5,}|-{2,}.{0,60}-{2,}")
_NAMES_SOMEBODY = re.compile(r"@|\b\d{1,2}[:.]\d{2}\b|\b(19|20)\d\d\b")


def decoded(data: bytes, charset: str | None) -> str:
    """Bytes as the text they most likely are, whatever their charset is called. Never raises."""
    for given in filter(None, (charset, "utf-8")):
        try:
            name = codecs.lookup(given.strip("\"' ")).name
            if name not in NOT_IN_MAIL:
                return data.decode(name)
        except (LookupError, ValueError, TypeError):
            continue
    return data.decode("cp1252", "replace")


def flowed(text: str, *, delsp: bool = False) -> str:
    """Undo ``format=flowed`` (RFC 3676): a line that ends in a blank goes on in the next one."""
    lines: list[str] = []
    open_line = False
    for line in text.replace("\r\n", "\n").split("\n"):
        if open_line and not line.startswith(">"):
            lines[-1] += line
        else:
            lines.append(line)
        open_line = line.endswith(" ") and line != "-- " and not line.startswith(">")
        if open_line and delsp:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def from_html(html: str) -> str:
    """The text a reader of the HTML sees, quotations as lines that begin with ``> ``."""
    soup = BeautifulSoup(_bounded(html), "html.parser")
    lines = [""]
    for depth, piece in _pieces(soup):
        if piece == "\n":
            lines.append("")
            continue
        words = re.sub(r"\s+", " ", piece)
        if not lines[-1]:
            words = words.lstrip()
            lines[-1] = "> " * depth if words else ""
        lines[-1] += words
    text = "\n".join(line.rstrip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _bounded(html: str) -> str:
    """As much of it as is read: what is new comes first."""
    html = _COMMENT.sub("", _DATA_URL.sub("", html)[:LONGEST_HTML])
    html = _UNENDING.sub("&lt;", html)
    if html.count("<") > MOST_TAGS:
        html = "<".join(html.split("<", MOST_TAGS)[:MOST_TAGS])
    return html


def _pieces(soup: BeautifulSoup) -> Iterator[tuple[int, str]]:
    """(depth of quotation, text or a line break) in reading order; no recursion: it may be deep."""
    waiting: list[tuple[int, PageElement | str]] = [(0, soup)]
    while waiting:
        depth, node = waiting.pop()
        if isinstance(node, str) and not isinstance(node, NavigableString):
            yield depth, node
        elif isinstance(node, NavigableString):
            if type(node) is NavigableString:  # a comment is one as well
                yield depth, str(node)
        elif isinstance(node, Tag) and not _unseen(node):
            inner = depth + (node.name == "blockquote")
            block = node.name not in _INLINE
            if node.name == "br":
                yield depth, "\n"
                continue
            around = [(depth, "\n")] if block else []
            waiting.extend(around)
            waiting.extend((inner, child) for child in reversed(node.contents))
            if block:
                yield depth, "\n"


def _unseen(tag: Tag) -> bool:
    style = tag.get("style")
    hidden = isinstance(style, str) and _HIDDEN.search(style) is not None
    return tag.name in _UNSEEN or hidden or tag.has_attr("hidden")


def is_reply(subject: str, in_reply_to: str) -> bool:
    """Whether a mail answers or forwards another one."""
    return bool(in_reply_to.strip()) or _REPLY_SUBJECT.match(subject) is not None


def without_reply_prefix(subject: str) -> str:
    """The subject of the first mail of a thread."""
    while found := _REPLY_SUBJECT.match(subject):
        subject = subject[found.end() :].strip()
    return subject


def new_part(text: str, *, reply: bool) -> str:
    """What is new in a mail: without the quoted one, answers between its lines kept, no signature.

    Empty when all of a ``reply`` is quoted; any other mail is never emptied.
    """
    whole = "\n".join(line.strip() for line in text.replace("\r\n", "\n").split("\n")).strip()
    whole = whole[:LONGEST_TEXT]
    head, tail = _at_header(whole)
    lines = head.split("\n")
    new = _without_signature(_unquoted(lines) if reply or tail else lines)
    answers = _between(tail.split("\n"), alone=not any(new)) if tail else []
    found = _tidy([*new, *([""] if answers else []), *answers])
    return found if found or reply else whole


def _at_header(text: str) -> tuple[str, str]:
    """Before and after the first “On Monday Ann wrote:”, or what other programs write there."""
    masked = "\n".join(
        "x" * len(line) if len(line) > LONGEST_HEADER_LINE else line for line in text.split("\n")
    )
    for found in _headers().finditer(masked):
        if _NAMES_SOMEBODY.search(found.group()) or found.group().rstrip().endswith((":", "-")):
            return text[: found.start()], text[found.end() :] or "\n"
    return text, ""


@lru_cache(maxsize=1)
def _headers() -> re.Pattern[str]:
    """The library's pattern of such lines, in every language it knows."""
    languages = [language for language in MAIL_LANGUAGES if len(language) == 2]
    pattern: re.Pattern[str] = EmailMessage("", languages=languages).HEADER_REGEX
    return pattern


def _unquoted(lines: Sequence[str]) -> list[str]:
    """The lines that are not quoted, without what announces a quotation."""
    kept: list[str] = []
    for line in lines:
        if not line.startswith(">"):
            kept.append(line)
            continue
        last = next((n for n in reversed(range(len(kept))) if kept[n]), None)
        announces = last is not None and kept[last].endswith(":")
        if last is not None and announces and _NAMES_SOMEBODY.search(kept[last]):
            del kept[last:]
        elif kept and kept[-1]:
            kept.append("")
    return kept


def _between(lines: Sequence[str], *, alone: bool) -> list[str]:
    """Answers written between or under the quoted lines; nothing where no line is marked as quoted.

    What stands under the last one is an answer only where nothing else is new (``alone``), or where
    there are answers above it; else it is a footer.
    """
    first = next((n for n, line in enumerate(lines) if line.startswith(">")), None)
    if first is None:
        return []
    runs, under = [], []
    for number, line in enumerate(lines[first:], start=first):
        if not line.startswith(">"):
            under.append(line)
        else:
            if any(under) and not _wrapped(under, lines[number - len(under) - 1]):
                runs.append(under)
            under = []
    if runs or alone:
        runs.append(under)
    return _without_signature([line for run in runs for line in ["", *run]])


def _wrapped(run: Sequence[str], quoted: str) -> bool:
    """Whether this is the end of a quoted line that a program has broken in two."""
    return len(run) == 1 and len(quoted) >= WRAPPED_AT


def _without_signature(lines: Sequence[str]) -> list[str]:
    """Up to a line ``-- `` (RFC 3676 4.3), without “Sent from my phone” and rules at the end."""
    end = next((n for n, line in enumerate(lines) if line in _SIGNATURE), len(lines))
    kept = list(lines[:end])
    while kept and (not kept[-1] or _RULE.fullmatch(kept[-1]) or _SENT_FROM.fullmatch(kept[-1])):
        kept.pop()
    return kept


def _tidy(lines: Sequence[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
