"""Reads one message with a trained model: its clauses, its wishes, whether it is ours at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.brain.embedding import Embedding, embedding
from bot.brain.nlu.clauses import Clause, clauses
from bot.brain.nlu.intent_model import IntentModel, Opinion
from bot.brain.nlu.kinds import NOT_UNDERSTOOD, OUT_OF_SCOPE
from bot.brain.nlu.normal_form import exemplified, masked, spans
from bot.brain.nlu.phrases import (
    asks,
    core,
    formula,
    only_data,
    points_back,
    says_how_to_pay,
    says_who,
)
from bot.brain.nlu.wishes import Read, Wish, is_wish, wishes_of

Ranked = list[dict[str, Any]]
Entities = Sequence[Mapping[str, Any]]

_DATA = frozenset({"order_number", "email", "phone", "postcode"})
_SUPPORTED = 4
"""A second wish is believed when the whole message, too, suggests it among its first few."""
_ALONE_ENOUGH, _A_FEW = 0.9, 4
"""How sure and how long a clause must be to need no support."""
_SUGGESTED = 0.02


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message was taken for: ``ranking`` is the first wish's, likeliest first."""

    ranking: Ranked
    wishes: list[Wish]
    in_scope: bool


@dataclass(frozen=True, slots=True)
class _Opened:
    """One text read: its ranking after the fall-back had its say."""

    ranking: Ranked
    sure: bool
    in_scope: bool

    @property
    def intent(self) -> str:
        return str(self.ranking[0]["name"])

    @property
    def confidence(self) -> float:
        return float(self.ranking[0]["confidence"])


class MessageReader:
    """The trained model and the thresholds it is asked with. Keeps nothing between messages."""

    def __init__(self, model: IntentModel, config: Mapping[str, Any]) -> None:
        self._model = model
        self._config = config
        self._embedding: Embedding = embedding()

    def read(self, text: str, entities: Entities) -> Reading:
        """The wishes of a text; the whole of it is one where no clause is clear on its own."""
        parts = clauses(text)
        if len(parts) < 2:
            return self._whole(text, entities, parts)
        opened = [self._clause(part, text, entities) for part in parts]
        reads = [_read(part, one) for part, one in zip(parts, opened, strict=True)]
        found = wishes_of(text, reads)
        if len(found) > 1 or any(points_back(r.clause.said) for r in reads if r.in_scope):
            found = wishes_of(text, self._supported(text, reads))
        if not found:
            return self._whole(text, entities, parts)
        first = next((one for one in opened if one.intent == found[0].intent), None)
        ranking = first.ranking if first else [_ranked(found[0].intent, found[0].confidence)]
        return Reading(ranking, found, found[0].intent not in OUT_OF_SCOPE)

    def scope(self, text: str) -> float:
        """How probably a text, read as a whole, is ours to answer (the gate alone)."""
        return self._opinion(core(text), None).in_scope

    def _whole(self, text: str, entities: Entities, parts: Sequence[Clause]) -> Reading:
        part = parts[0] if len(parts) == 1 else Clause(0, len(text), text)
        one = self._opened(text, entities)
        found = wishes_of(text, [_read(part, one)])
        if found and found[0].intent != one.intent:
            ranking = [_ranked(found[0].intent, found[0].confidence), *one.ranking]
            return Reading(ranking, found, in_scope=True)
        wish = Wish(0, len(text), one.intent, one.confidence)
        return Reading(one.ranking, [wish], one.in_scope)

    def _supported(self, text: str, reads: Sequence[Read]) -> list[Read]:
        """The reads without wishes that the message as a whole does not suggest at all.

        ``My account was hacked and I want to get it back`` wants no return.
        """
        shares = self._opinion(core(text), None).probabilities
        best = {self._model.intents[i] for i in np.argsort(shares)[::-1][:_SUPPORTED]}
        share = dict(zip(self._model.intents, shares, strict=True))

        def believed(read: Read) -> bool:
            if points_back(read.clause.said):
                return share.get(read.intent, 1.0) > _SUGGESTED
            alone = read.confidence > _ALONE_ENOUGH and len(read.clause.said.split()) > _A_FEW
            return read.intent in best or alone or not read.asks

        return [read for read in reads if not is_wish(read) or believed(read)]

    def _clause(self, part: Clause, text: str, entities: Entities) -> _Opened:
        if (intent := formula(part.said)) is not None:
            return _Opened([_ranked(intent, 1.0)], sure=True, in_scope=True)
        if part.said != text[part.start : part.end]:
            return self._opened(part.said, None)
        return self._opened(part.said, within(part.start, part.end, entities))

    def _opinion(self, text: str, entities: Entities | None) -> Opinion:
        vector = self._embedding.of(exemplified(text, entities))
        return self._model.opinion(masked(text, entities), vector)

    def _opened(self, text: str, entities: Entities | None) -> _Opened:
        if says_who(text) or only_data(text, _data(text, entities)):
            return _Opened([_ranked("inform", 1.0)], sure=True, in_scope=True)
        plain = core(text)
        opinion = self._opinion(plain, entities if plain == text else None)
        best = np.argsort(opinion.probabilities)[::-1][: self._config["ranking_length"]]
        ranking = [_ranked(self._model.intents[i], float(opinion.probabilities[i])) for i in best]
        ours = opinion.in_scope >= self._config["ours_enough"] * (1 - ranking[0]["confidence"] / 2)
        if ranking[0]["name"] in OUT_OF_SCOPE:
            return _Opened(ranking, sure=True, in_scope=False)
        outside = float(opinion.probabilities[self._model.outside].sum())
        if not ours and outside > ranking[0]["confidence"] / 2:
            strange = _ranked("out_of_scope", 1 - opinion.in_scope)
            return _Opened([strange, *ranking], sure=True, in_scope=False)
        if not ours or self._doubtful(ranking):
            lost = _ranked(NOT_UNDERSTOOD, 1 - ranking[0]["confidence"])
            return _Opened([lost, *ranking], sure=False, in_scope=ours)
        return _Opened(ranking, sure=True, in_scope=True)

    def _doubtful(self, ranking: Ranked) -> bool:
        best = float(ranking[0]["confidence"])
        second = float(ranking[1]["confidence"]) if len(ranking) > 1 else 0.0
        return best < self._config["sure_enough"] or best - second < self._config["close"]


def _data(text: str, entities: Entities | None) -> list[tuple[int, int]]:
    return [(start, end) for start, end, kind in spans(text, entities) if kind in _DATA]


def _read(part: Clause, one: _Opened) -> Read:
    return Read(
        part,
        one.intent,
        one.confidence,
        one.sure,
        one.in_scope,
        asks=asks(part.said),
        detail=says_how_to_pay(part.said),
    )


def within(start: int, end: int, entities: Entities) -> list[dict[str, Any]]:
    """The entities inside a span of the text, counted from where it starts."""
    return [
        {**e, "start": e["start"] - start, "end": e["end"] - start}
        for e in entities
        if start <= e["start"] and e["end"] <= end
    ]


def _ranked(intent: str, confidence: float) -> dict[str, Any]:
    return {"name": intent, "confidence": float(confidence)}
