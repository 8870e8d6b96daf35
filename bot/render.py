"""Reduces a Reply to what a channel can show: buttons or numbers, cards or lines, one part or more.

Pure. Nothing is dropped silently: what a channel cannot show becomes text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from bot.messages import Card, Choice, Part, Reply
from channels.base import Capabilities, Unit
from channels.gsm7 import cheaper

_BREAKS = tuple(map(re.compile, (r"\n{2,}", r"\n", r"(?<=[.!?…])\s+", r"\s+")))


def render(
    reply: Reply, capabilities: Capabilities, *, numbering_hint: str = "", first_number: int = 1
) -> tuple[Part, ...]:
    """The messages that carry this reply on such a channel, in order; none for an empty reply.

    ``numbering_hint`` is the line under numbered choices (“Reply with a number.”). Choices are
    numbered from ``first_number`` in their order, so a typed “2” means the second one of the turn.
    """
    alone = _alone(reply.cards, capabilities)
    parts = _said(reply, capabilities, alone, numbering_hint, first_number)
    if alone:
        # Before the words: buttons that go away with the next message stand under the last one.
        return (Part("", cards=alone, plain=_faces(alone)), *parts)
    return parts


def _said(
    reply: Reply, capabilities: Capabilities, alone: tuple[Card, ...], hint: str, first_number: int
) -> tuple[Part, ...]:
    """All of a reply but the cards that stand alone."""
    tappable = _tappable(reply.choices, capabilities)
    cards = reply.cards if capabilities.cards else ()
    words = _with_cards_as_text(reply.text.strip(), reply.cards, alone)
    numbers = _numbered(reply.choices, hint, first_number)
    plain = _joined(words, numbers)
    text = reply.text.strip() if capabilities.cards else words
    if not tappable or capabilities.choices_in_text:
        text = _joined(text, numbers)
    if tappable and not text and not capabilities.cards:
        text = numbers  # nowhere but where cards are shown is there a message without words
    texts = list(_split(text, capabilities.max_text, capabilities.unit))
    limit = capabilities.max_text_with_choices
    if tappable and limit and texts and length(texts[-1], capabilities.unit) > limit:
        texts[-1:] = _split(texts[-1], limit, capabilities.unit)
    if capabilities.plain_punctuation:
        *texts, plain = [_cheaper(one, capabilities) for one in (*texts, plain)]
    if not texts and not tappable and not cards:
        return ()
    parts = [Part(text, plain=text) for text in texts or [""]]
    # What the last part shows beside its text is said in words only by a whole reply.
    parts[-1] = replace(
        parts[-1],
        choices=reply.choices if tappable else (),
        as_list=tappable == "list",
        cards=cards,
        plain=plain
        if len(parts) == 1
        else _joined(parts[-1].text, "" if not tappable else numbers),
    )
    return tuple(parts)


def joined(replies: Sequence[Reply]) -> Reply:
    """One reply that says all of them in their order, for channels with one message a turn."""
    return Reply(
        utter=replies[0].utter,
        text="\n\n".join(reply.text.strip() for reply in replies if reply.text.strip()),
        facts=tuple(fact for reply in replies for fact in reply.facts),
        choices=tuple(choice for reply in replies for choice in reply.choices),
        cards=tuple(card for reply in replies for card in reply.cards),
    )


def length(text: str, unit: Unit) -> int:
    """How long a text is for a provider that counts in this unit."""
    if unit == "bytes":
        return len(text.encode("utf-8", "surrogatepass"))
    if unit == "utf16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text)


def _cheaper(text: str, capabilities: Capabilities) -> str:
    """An ellipsis becomes three dots: what is too long for a message so stays as it is."""
    plain = cheaper(text)
    return plain if length(plain, capabilities.unit) <= capabilities.max_text else text


def _joined(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))


def _tappable(
    choices: tuple[Choice, ...], capabilities: Capabilities
) -> Literal["", "buttons", "list"]:
    """All of them as buttons, all in a list, or none: half of them would hide the rest.

    Titles must differ, because some channels report a tap by its title.
    """
    titles = {choice.title for choice in choices}
    if not choices or len(titles) < len(choices):
        return ""
    longest = max(map(len, titles))
    if len(choices) <= capabilities.max_choices and 0 < longest <= capabilities.max_choice_title:
        return "buttons"
    if len(choices) <= capabilities.max_list and 0 < longest <= capabilities.max_list_title:
        return "list"
    return ""


def _numbered(choices: tuple[Choice, ...], hint: str, first: int) -> str:
    lines = [f"{number}. {_one_line(c.title)}" for number, c in enumerate(choices, start=first)]
    return "\n".join([*lines, *filter(None, [hint.strip()])]) if lines else ""


def _alone(cards: tuple[Card, ...], capabilities: Capabilities) -> tuple[Card, ...]:
    """The cards that become a message of their own; all the others have to be put into words."""
    if capabilities.cards:
        return ()
    longest = capabilities.max_card_text
    fitting = tuple(
        card
        for card in cards
        if not card.spoken
        and (addresses := [one for one in (card.image, card.link) if one])
        and all(address.startswith("https://") for address in addresses)
        and 0 < len(card.title.strip()) <= longest
        and len(card.subtitle) <= longest
    )
    short = length(_faces(fitting), capabilities.unit) <= capabilities.max_text
    return fitting if short and len(fitting) <= capabilities.max_cards else ()


def _faces(cards: tuple[Card, ...]) -> str:
    """In words, what cards show where they are a message of their own."""
    return _with_cards_as_text("", [replace(card, rows=(), steps=()) for card in cards])


def _with_cards_as_text(text: str, cards: Iterable[Card], alone: Collection[Card] = ()) -> str:
    """The text, and under it whatever a card says that the text does not say yet.

    Of those that stand ``alone`` only what they do not show.
    """
    for card in (card for card in cards if not card.spoken):
        if card in alone:
            card = replace(card, title="", subtitle="", link=None)  # noqa: PLW2901
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
    """Whether the value stands in the text as whole words, whatever its case and spacing.

    Case-folded, since a regular expression that ignores case takes a Turkish İ for an I.
    """
    words = r"\s+".join(re.escape(word) for word in value.casefold().split())
    return re.search(rf"(?<!\w){words}(?!\w)", text.casefold()) is not None


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _split(text: str, limit: int, unit: Unit) -> Iterator[str]:
    """Pieces of at most ``limit``, cut between paragraphs, else lines, sentences, words."""
    rest = text.strip()
    while length(rest, unit) > limit:
        cut, resume = _cut(rest, _fitting(rest, limit, unit))
        yield rest[:cut].rstrip()
        rest = rest[resume:].lstrip()
    if rest:
        yield rest


def _fitting(text: str, limit: int, unit: Unit) -> int:
    """How many code points from the start are no longer than ``limit``; at least one."""
    if unit == "characters":
        return limit
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(text[:middle], unit) <= limit else (low, middle - 1)
    return low


def _cut(text: str, limit: int) -> tuple[int, int]:
    """Where a piece ends and the next one starts: the last good break in the piece's second half.

    An earlier break would make many small messages, so a weaker kind of break is tried first. Only
    a word longer than a whole message is cut, and no link ever is if it fits into one.
    """
    for earliest in (limit // 2, 1):
        for pattern in _BREAKS:
            breaks = [found.span() for found in pattern.finditer(text, earliest, limit + 1)]
            if breaks:
                return breaks[-1]
    return limit, limit
