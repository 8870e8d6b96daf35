"""The messages the bot understood least well, grouped by meaning, for somebody to label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, text

from bot.brain.embedding import embedding
from bot.brain.nlu.kinds import NOT_UNDERSTOOD, OUT_OF_SCOPE
from bot.brain.nlu.normal_form import exemplified

LEAST_SURE = 0.6
ALIKE = 0.72
_MOST = 2_000

_UNSURE = text(
    "SELECT i.text, t.intent, t.confidence FROM turn t JOIN inbox i ON i.id = t.inbox_id "
    "WHERE t.at >= :since AND i.choice IS NULL AND length(btrim(i.text)) > 1 "
    "AND (t.intent = ANY(:doubtful) OR t.confidence < :sure) "
    "ORDER BY t.at DESC LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message and what it was taken for. Numbers and addresses are replaced by examples."""

    text: str
    intent: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that mean much the same, the most typical first."""

    messages: tuple[Message, ...]

    @property
    def typical(self) -> Message:
        """The one nearest to all the others."""
        return self.messages[0]


def unsure(connection: Connection, since: datetime) -> list[Message]:
    """What was not understood, refused, or read with little certainty since then."""
    rows = connection.execute(
        _UNSURE,
        {
            "since": since,
            "doubtful": [NOT_UNDERSTOOD, *sorted(OUT_OF_SCOPE)],
            "sure": LEAST_SURE,
            "most": _MOST,
        },
    )
    found: dict[str, Message] = {}
    for words, intent, confidence in rows:
        said = exemplified(words.strip())
        found.setdefault(said.lower(), Message(said, intent, round(confidence, 2)))
    return list(found.values())


def grouped(messages: Sequence[Message]) -> list[Group]:
    """The messages by meaning, the largest group first. Greedy: each group around its densest."""
    if not messages:
        return []
    vectors = embedding().all([message.text for message in messages])
    alike = vectors @ vectors.T / 2
    left = np.ones(len(messages), dtype=bool)
    groups = []
    while left.any():
        near = (alike >= ALIKE) & left
        centre = int(np.argmax(np.where(left, near.sum(axis=1), -1)))
        members = np.flatnonzero(near[centre])
        order = members[np.argsort(-alike[centre][members], kind="stable")]
        groups.append(Group(tuple(messages[i] for i in (order if len(order) else [centre]))))
        left[members] = False
        left[centre] = False
    return sorted(groups, key=lambda group: -len(group.messages))
