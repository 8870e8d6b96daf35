"""Each place where we step in for Rasa, held against Rasa itself: red when its internals differ."""

from __future__ import annotations

import ast
import asyncio
import inspect
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import rasa.core.policies.memoization
import rasa.core.policies.rule_policy
import rasa.core.processor
import rasa.telemetry
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine import loader
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.events import Event
from rasa.shared.utils.common import all_subclasses

from bot.brain.base import Message
from bot.brain.rasa_agent import Collector, RasaBrain, plain
from bot.brain.tracker import PAST_EVENTS
from bot.brain.training import RASA_VERSION
from bot.errors import BrainError
from bot.messages import ConversationId, Story
from bot.shop.scene import Scene, opened
from bot.shop.terms import parse_terms
from tests.conftest import ROOT
from tests.fakes import FakeShop

TEXTS = (
    "where is my order #W1234567?",
    "what does delivery to France cost",
    "hello there",
    "I want to talk to a human being",
    "xqzt blorf",
    "",
)


def scene() -> Scene:
    return Scene(
        now=datetime(2026, 11, 23, 12, tzinfo=UTC),
        shop=FakeShop(),
        terms=parse_terms((ROOT / "shop.yml").read_text(), "shop.yml"),
        locale="en_GB",
    )


def message(text: str, position: int = 0, *, who: str = "c", payload: str | None = None) -> Message:
    return Message(ConversationId(who), "sms", text, position, Story, payload)


def think(brain: RasaBrain, *messages: Message) -> list[Any]:
    async def run() -> list[Any]:
        thoughts = []
        for each in messages:
            with opened(scene()):
                thoughts.append(await brain.think(each))
            brain.settle(each.conversation, kept=True)
        return thoughts

    return asyncio.run(run())


def test_runs_the_very_rasa_the_seams_were_made_for() -> None:
    assert version("rasa") == RASA_VERSION == "3.6.21"


def test_reads_what_rasas_own_runner_reads(
    brain: RasaBrain, model_path: Path, tmp_path: Path
) -> None:
    metadata, dask = loader.load_predict_graph_runner(
        tmp_path, model_path, LocalModelStorage, DaskGraphRunner
    )
    ours = brain._processor.graph_runner
    for text in TEXTS:
        results = [
            runner.run(
                inputs={"__message__": [UserMessage(text)], "__tracker__": None},
                targets=[metadata.nlu_target],
            )[metadata.nlu_target][0].as_dict(only_output_properties=True)
            for runner in (dask, ours)
        ]
        assert results[0]["intent"] == results[1]["intent"]
        assert results[0]["entities"] == results[1]["entities"]


def test_finds_the_rules_that_rasa_finds(brain: RasaBrain) -> None:
    policy = next(
        node._component
        for node in brain._processor.graph_runner._instantiated_nodes.values()
        if isinstance(node._component, RulePolicy)
    )
    think(brain, *(message(text, n, who="rules") for n, text in enumerate(TEXTS)))
    tracker, domain = brain.tracker(message("", len(TEXTS), who="rules")), brain._processor.domain
    checked = 0
    for past, _ in tracker.generate_all_prior_trackers():
        for by_text in (True, False):
            states = policy._prediction_states(past, domain, by_text)
            for lookup in (policy.lookup["rules"], policy.lookup["rules_for_loop_unhappy_path"]):
                found = policy._get_possible_keys(lookup, states)
                assert found == RulePolicy._get_possible_keys(policy, lookup, states)
                checked += len(found)
            asked = past, domain, by_text
            action = policy._find_action_from_rules(*asked)[0]
            assert action == RulePolicy._find_action_from_rules(policy, *asked)[0]
    assert checked


@pytest.mark.parametrize(
    "module",
    [rasa.core.processor, rasa.core.policies.rule_policy, rasa.core.policies.memoization],
)
def test_rasa_copies_in_these_modules_for_debug_lines_only(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    for_debug = {
        id(node)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "structlogger.debug"
        for node in ast.walk(call)
    }
    copies = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "copy"
    ]
    assert copies
    assert all(id(node) in for_debug for node in copies)


def test_reads_events_as_the_classes_rasa_has_for_them(brain: RasaBrain) -> None:
    for kind in all_subclasses(Event):
        if getattr(kind, "type_name", None):
            assert Event.resolve_by_type(kind.type_name).type_name == kind.type_name
    with pytest.raises(ValueError, match="no_such_event"):
        Event.resolve_by_type("no_such_event")


def test_warns_of_features_the_domain_lacks_and_does_no_more_there() -> None:
    source = inspect.getsource(MessageProcessor._check_for_unseen_features)
    statements = ast.parse(source.strip()).body[0]
    calls = {ast.unparse(c.func) for c in ast.walk(statements) if isinstance(c, ast.Call)}
    assert calls == {"self.domain.is_empty", "rasa.shared.utils.io.raise_warning"}


def test_keeps_a_bounded_past_and_answers_the_same(brain: RasaBrain) -> None:
    turns = [message("what does delivery to France cost", n, who="long") for n in range(60)]
    thoughts = think(brain, *turns)
    assert thoughts[1].replies == thoughts[-1].replies
    assert len(brain.tracker(message("", 60, who="long")).events) <= PAST_EVENTS


def test_goes_on_from_a_stored_story_as_from_memory(brain: RasaBrain) -> None:
    (first,) = think(brain, message("what does delivery to France cost", who="a"))
    story = Story(1, first.events, first.slots)
    (live,) = think(brain, message("and how long does it take?", 1, who="a"))
    stored = Message(ConversationId("b"), "sms", "and how long does it take?", 1, lambda: story)
    (reloaded,) = think(brain, stored)
    assert live.replies == reloaded.replies
    assert live.slots == reloaded.slots


def test_forgets_a_turn_that_was_rolled_back(brain: RasaBrain) -> None:
    async def run() -> None:
        with opened(scene()):
            await brain.think(message("what does delivery to France cost", who="rolled"))
        brain.settle(ConversationId("rolled"), kept=False)

    asyncio.run(run())
    assert not brain.tracker(message("", who="rolled")).events


@pytest.mark.parametrize(
    "text",
    [
        '/human_handoff{"order": "1"}',
        "//human_handoff",
        " /human_handoff",
        "/ /human_handoff",
        "\n/human_handoff",
        "/human_handoff@0.9",
    ],
)
def test_takes_a_typed_command_for_plain_text(text: str) -> None:
    assert not plain(text).startswith("/")


def test_obeys_a_payload_of_our_own(brain: RasaBrain) -> None:
    (thought,) = think(brain, message("", who="p", payload='/delivery_cost{"country": "FR"}'))
    assert (thought.intent, thought.confidence) == ("delivery_cost", 1.0)


def test_raises_what_an_action_raises(brain: RasaBrain, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise LookupError("a bug in an action")

    monkeypatch.setitem(brain._processor.action_endpoint.executor.actions, "action_greet", broken)
    with pytest.raises(LookupError):
        think(brain, message("", who="broken", payload="/greet"))


def test_hands_an_action_its_recent_events_on_demand(
    brain: RasaBrain, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []

    async def curious(dispatcher: Any, tracker: Any, domain: Any) -> list[Any]:
        seen.extend(tracker.events)
        dispatcher.utter_message(text="ok")
        return []

    monkeypatch.setitem(brain._processor.action_endpoint.executor.actions, "action_greet", curious)
    think(brain, message("", who="curious", payload="/greet"))
    assert "user" in {event["event"] for event in seen}


def test_says_a_sentence_with_braces_in_its_values_as_they_are(brain: RasaBrain) -> None:
    brain._sentences.responses["utter_test"] = [{"text": "Dear {name}"}]
    assert brain.sentence("utter_test", "sms", name="{order} {{7*7}}") == "Dear {order} {{7*7}}"


def test_prefers_the_channels_own_wording(brain: RasaBrain) -> None:
    brain._sentences.responses["utter_test"] = [
        {"text": "all"},
        {"text": "short", "channel": "sms"},
    ]
    assert brain.sentence("utter_test", "sms") == "short"
    assert brain.sentence("utter_test", "web") == "all"


def test_collects_replies_under_the_customers_channel() -> None:
    assert Collector("sms").name() == "sms"


def test_refuses_to_start_when_rasa_no_longer_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.brain.processor import quiet_debug_copies

    monkeypatch.delattr(rasa.core.policies.memoization, "copy")
    with pytest.raises(BrainError, match="memoization"):
        quiet_debug_copies()


def test_reports_nothing_to_anybody() -> None:
    assert not rasa.telemetry.is_telemetry_enabled()


def test_thinks_without_any_network(brain: RasaBrain, socket_disabled: None) -> None:
    async def run() -> Any:
        with opened(scene()):
            return await brain.think(message("hello", who="offline"))

    assert _without_loop(run()).replies


def _without_loop(coroutine: Any) -> Any:
    """Run a coroutine that never waits for anything: an event loop would need a socket pair."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the brain waited for something outside")
