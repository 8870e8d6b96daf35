"""Seam: asks only the rules that can apply; Rasa asks every rule about every past state."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT, TEXT

State = Mapping[str, Mapping[str, Any]]
Found = tuple[str | None, str | None, bool]


class RuleIndex:
    """Stands in for two methods of a loaded RulePolicy; the same answers, sooner.

    A rule is kept under what its last state asks for: the action before and the intent. Any other
    rule cannot apply, by ``RulePolicy._is_rule_applicable``. What is left is asked by Rasa itself.
    """

    def __init__(self, policy: RulePolicy) -> None:
        self._policy = policy
        self._groups: dict[int, dict[tuple[str, str], list[str]]] = {}
        self._reads_text = any(
            state.get(USER, {}).get(TEXT)
            for rules in policy.lookup.values()
            if isinstance(rules, dict)
            for key in rules
            for state in json.loads(key)
        )

    def possible_keys(self, lookup: Mapping[str, str], states: Sequence[State]) -> set[str]:
        """As ``RulePolicy._get_possible_keys``."""
        groups = self._groups.get(id(lookup))
        if groups is None:
            groups = self._groups[id(lookup)] = _grouped(lookup)
        last = states[-1] if states else {}
        before, intent = _asked(last, PREVIOUS_ACTION, ACTION_NAME), _asked(last, USER, INTENT)
        wanted = {(before, intent), (before, ""), ("", "")}
        candidates = {key: lookup[key] for group in wanted for key in groups.get(group, ())}
        found: set[str] = RulePolicy._get_possible_keys(self._policy, candidates, states)
        return found

    def find(
        self, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
    ) -> Found:
        """As ``RulePolicy._find_action_from_rules``; by text only if any rule is about a text."""
        by_text = use_text_for_last_user_input
        if by_text and not self._reads_text and not tracker.active_loop_name:
            return None, None, False
        found: Found = RulePolicy._find_action_from_rules(self._policy, tracker, domain, by_text)
        return found


def _grouped(rules: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for key in rules:
        states = json.loads(key)
        last = states[-1] if states else {}
        before = _asked(last, PREVIOUS_ACTION, ACTION_NAME)
        # Where nothing was before, Rasa compares nothing else.
        intent = _asked(last, USER, INTENT) if before else ""
        groups.setdefault((before, intent), []).append(key)
    return groups


def _asked(state: State, part: str, name: str) -> str:
    """What the state has there; empty for nothing, and for anything that is no plain name."""
    value = state.get(part, {}).get(name)
    return value if isinstance(value, str) and value != SHOULD_NOT_BE_SET else ""


def index_rules(runner: DaskGraphRunner) -> None:
    """Give every RulePolicy of a loaded model an index."""
    for node in runner._instantiated_nodes.values():
        policy = getattr(node, "_component", None)
        if isinstance(policy, RulePolicy):
            index = RuleIndex(policy)
            policy._get_possible_keys = index.possible_keys
            policy._find_action_from_rules = index.find
