"""Reduces a Reply to what a channel can show: buttons or numbers, cards or lines, one part or more.

Pure. Nothing is dropped silently: what a channel cannot show becomes text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.messages import Card, Choice, Part, Reply
from channels.base import Capabilities

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
        "\u2026": "...",
        "\u2022": "-",
        "\u2192": ">",
        "\u00d7": "x",
        "\u00b7": "-",
    }
)
_BREAKS = tuple(map(re.compile, (r"\n{2,}", r"\n", r"(?<=[.!?…])\s+", r"\s+")))


def render(
    reply: Reply, capabilities: Capabilities, *, numbering_hint: str = ""
) -> tuple[Part, ...]:
    """The messages that carry this reply on such a channel, in order; none for an empty reply.

    ``numbering_hint`` is the line under numbered choices (“Reply with a number.”). Choices are
    numbered from 1 in their order, so a typed “2” means the second one.
    """
    buttons = reply.choices if _fit_as_buttons(reply.choices, capabilities) else ()
    cards = reply.cards if capabilities.cards else ()
    text = reply.text.strip()
    if not capabilities.cards:
        text = _with_cards_as_text(text, reply.cards)
    if reply.choices and not buttons:
        text = "\n\n".join(filter(None, (text, _numbered(reply.choices, numbering_hint))))
    if capabilities.plain_punctuation:
        text = text.translate(_PLAIN)
    texts = list(_split(text, capabilities.max_text))
    limit = capabilities.max_text_with_choices
    if buttons and limit and texts and len(texts[-1]) > limit:
        texts[-1:] = _split(texts[-1], limit)
    if not texts and not buttons and not cards:
        return ()
    parts = [Part(text) for text in texts or [""]]
    parts[-1] = replace(parts[-1], choices=buttons, cards=cards)
    return tuple(parts)


def _fit_as_buttons(choices: tuple[Choice, ...], capabilities: Capabilities) -> bool:
    """All of them as buttons or none: half a list of buttons would hide the rest.

    Titles must differ, because some channels report a tap by its title.
    """
    if len(choices) > capabilities.max_choices:
        return False
    titles = {choice.title for choice in choices}
    return len(titles) == len(choices) and all(
        0 < len(title) <= capabilities.max_choice_title for title in titles
    )


def _numbered(choices: tuple[Choice, ...], hint: str) -> str:
    lines = [f"{number}. {_one_line(c.title)}" for number, c in enumerate(choices, start=1)]
    return "\n".join([*lines, *filter(None, [hint.strip()])])


def _with_cards_as_text(text: str, cards: tuple[Card, ...]) -> str:
    """The text, and under it whatever a card says that the text does not say yet."""
    for card in (card for card in cards if not card.spoken):
        missing: list[str] = []
        for line, value in _card_lines(card):
            if not _says("\n".join([text, *missing]), value):
                missing.append(line)
        if missing:
            text = "\n\n".join(filter(None, (text, "\n".join(missing))))
    return text


def _card_lines(card: Card) -> Iterator[tuple[str, str]]:
    """(line, the value in it that has to be said somewhere); a picture has nothing to say."""
    for value in (card.title, card.subtitle):
        if value.strip():
            yield _one_line(value), value
    for label, value in card.rows:
        if value.strip():
            yield (f"{_one_line(label)}: {_one_line(value)}" if label.strip() else value), value
    done = [label for label, reached in card.steps if reached and label.strip()]
    if done:
        yield " > ".join(_one_line(label) for label in done), done[-1]
    if card.link:
        yield card.link, card.link


def _says(text: str, value: str) -> bool:
    """Whether the value stands in the text as whole words, whatever its case and spacing."""
    words = r"\s+".join(re.escape(word) for word in value.split())
    return re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE) is not None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _split(text: str, limit: int) -> Iterator[str]:
    """Pieces of at most ``limit``, cut between paragraphs, else lines, sentences, words."""
    rest = text.strip()
    while len(rest) > limit:
        cut, resume = _cut(rest, limit)
        yield rest[:cut].rstrip()
        rest = rest[resume:].lstrip()
    if rest:
        yield rest


def _cut(text: str, limit: int) -> tuple[int, int]:
    """Where a piece ends and the next one starts: the last good break in the piece's second half.

    An earlier break would make many small messages, so a weaker kind of break is tried first. Only
    a word longer than a whole message is cut.
    """
    for earliest in (limit // 2, 1):
        for pattern in _BREAKS:
            breaks = [found.span() for found in pattern.finditer(text, earliest, limit + 1)]
            if breaks:
                return breaks[-1]
    return limit, limit
