"""The thread of a conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.shop.asking import Answer, Ask, Handoff, Memory
from bot.shop.identity import ANYONE
from bot.shop.service import ANSWERS
from bot.shop.service.conversation import with_disclosure
from bot.shop.terms import SupportTerms, parse_terms
from tests.conftest import ROOT
from tests.spoken import spoken, utters
from tests.unit.service.scenes import (
    TERMS,
    ask,
    delivered,
    order,
    shipped,
)

KETTLE = order("W1001", "Tea Kettle", days_ago=1)
BOOTS = shipped("W1002", "Hiking Boots", days_ago=5)
LAMP = delivered("W1003", "Desk Lamp", days_ago=20)
ORDERS = (KETTLE, BOOTS, LAMP)
WHICH = Memory(task="order_status", wants="order")


def reply(question: Ask) -> Answer:
    answer = with_disclosure(question, ANSWERS[question.intent](question))
    assert spoken(question, answer).strip()
    return answer


def say(text: str, intent: str, memory: Memory | None = None, **more) -> Answer:
    return reply(ask(text, intent, more.pop("orders", ORDERS), memory=memory, **more))


@pytest.mark.parametrize("intent", ["greet", "order_status", "return_policy", "nlu_fallback"])
def test_the_first_answer_says_it_is_a_machine(intent: str) -> None:
    first = say("hi", intent, first_contact=True)
    assert utters(first)[0] == "utter_disclosure"
    assert utters(first).count("utter_disclosure") == 1
    assert "automated assistant" in spoken(ask("", "greet"), first)
    assert "utter_disclosure" not in utters(say("hi", intent))


def test_greets_by_name_only_whom_it_knows() -> None:
    assert utters(say("hi", "greet")) == ["utter_greet_name"]
    assert utters(say("hi", "greet", who=ANYONE)) == ["utter_greet"]


@pytest.mark.parametrize("intent", ["capabilities", "out_of_scope", "bot_challenge"])
def test_always_offers_a_person(intent: str) -> None:
    choices = say("?", intent).says[-1].choices
    assert choices[-1].payload == '/choose{"intent": "human_handoff"}'


def test_says_it_is_a_bot_once_even_when_asked_first() -> None:
    assert utters(say("are you a bot?", "bot_challenge")) == ["utter_bot"]
    first = say("are you a bot?", "bot_challenge", first_contact=True)
    assert utters(first) == ["utter_disclosure", "utter_bot_offer"]


def test_a_bare_answer_resumes_the_open_question() -> None:
    for text, entities in (("#W1002", {}), ("the boots", {}), ("", {"order": "#W1002"})):
        answer = say(text, "inform", WHICH, entities=entities)
        assert utters(answer)[0] == "utter_order_due"
        assert answer.memory == Memory(order="#W1002", answered="order_status")


def test_an_answer_taken_for_nonsense_still_resumes() -> None:
    answer = say("the boots pls", "nlu_fallback", WHICH)
    assert utters(answer)[0] == "utter_order_due"
    assert answer.memory.misses == 0


def test_a_tapped_question_is_answered_and_ends_the_open_one() -> None:
    answer = say("", "choose", WHICH, entities={"intent": "return_policy"})
    assert utters(answer)[0].startswith("utter_return_policy")
    assert answer.memory.task is None


def test_a_bare_number_without_a_question_is_asked_where_it_is() -> None:
    answer = say("#W1002", "inform", entities={"order_number": "W1002"})
    assert utters(answer)[0] == "utter_order_due"


def test_a_bare_number_repeats_the_last_question_about_an_order() -> None:
    before = Memory(order="#W1001", answered="order_total")
    answer = say("#W1002", "inform", before, entities={"order_number": "W1002"})
    assert utters(answer) == ["utter_order_total_paid"]


def test_a_bare_description_of_an_order_is_an_answer_too() -> None:
    before = Memory(order="#W1001", answered="order_contents")
    answer = say("the one with the lamp", "inform", before)
    assert utters(answer) == ["utter_order_contents"]
    assert answer.memory.order == "#W1003"


def test_an_open_question_is_asked_again_after_another_was_answered() -> None:
    answer = say("do you take returns?", "return_policy", WHICH)
    assert utters(answer)[-1] == "utter_back_to_order"
    assert [c.title for c in answer.says[-1].choices] == [
        "#W1001 · Tea Kettle · 22 Nov",
        "#W1002 · Hiking Boots · 18 Nov",
    ]
    assert (answer.memory.task, answer.memory.wants) == ("order_status", "order")
    resumed = say("", "choose", answer.memory, entities={"order": "#W1001"})
    assert utters(resumed) == ["utter_order_pending"]


@pytest.mark.parametrize(
    ("wants", "utter"),
    [
        ("order_number", "utter_back_to_order_number"),
        ("order_email", "utter_back_to_order_email"),
        ("country", "utter_back_to_country"),
        ("product", "utter_back_to_product"),
        ("variant", "utter_back_to_variant"),
    ],
)
def test_every_open_question_has_its_short_form(wants: str, utter: str) -> None:
    task = "order_status" if wants.startswith("order") else "product_price"
    open_question = Memory(task=task, wants=wants)
    answer = say("when are you open", "opening_hours", open_question, who=ANYONE)
    assert utters(answer)[-1] == utter


def test_an_open_question_is_asked_again_only_once() -> None:
    first = say("do you take returns?", "return_policy", WHICH)
    second = say("and refunds?", "refund_policy", first.memory)
    assert "utter_back_to_order" not in utters(second)
    assert second.memory.task is None


def test_small_talk_does_not_nag() -> None:
    for intent in ("thanks", "greet"):
        answer = say("ok", intent, WHICH)
        assert len(answer.says) == 1
        assert answer.memory.task == "order_status"


def test_no_drops_the_open_question_and_yes_repeats_it() -> None:
    dropped = say("no", "deny", WHICH)
    assert utters(dropped) == ["utter_dropped"]
    assert dropped.memory.task is None
    assert utters(say("no", "deny")) == ["utter_deny"]
    assert utters(say("yes", "affirm", WHICH)) == ["utter_back_to_order"]
    assert utters(say("yes", "affirm")) == ["utter_affirm"]


def test_goodbye_forgets_what_was_open() -> None:
    assert say("bye", "goodbye", WHICH).memory.task is None


def test_the_other_one_of_two_is_taken() -> None:
    before = Memory(order="#W1001", answered="order_status")
    answer = say("no, the other one", "correction", before, orders=(KETTLE, BOOTS))
    assert utters(answer)[0] == "utter_order_due"
    assert answer.memory.order == "#W1002"


def test_the_other_one_is_the_likely_one() -> None:
    before = Memory(order="#W1001", answered="order_status")
    assert say("no, the other one", "correction", before).memory.order == "#W1002"


def test_the_other_one_of_many_is_asked_without_the_rejected() -> None:
    before = Memory(order="#W1001", answered="order_total")
    answer = say("no, the other one", "correction", before)
    assert utters(answer) == ["utter_which_order"]
    assert [c.title[:6] for c in answer.says[0].choices] == ["#W1002", "#W1003"]
    assert answer.memory.task == "order_total"


def test_a_correction_that_names_the_order_is_followed() -> None:
    before = Memory(order="#W1001", answered="order_contents")
    answer = say("no, I meant the lamp", "correction", before)
    assert utters(answer) == ["utter_order_contents"]
    assert answer.memory.order == "#W1003"


def test_there_may_be_no_other_order() -> None:
    before = Memory(order="#W1001", answered="order_status")
    answer = say("no, the other one", "correction", before, orders=(KETTLE,))
    assert utters(answer) == ["utter_no_other_order"]


def test_a_correction_of_nothing_is_not_understood() -> None:
    assert utters(say("no, the other one", "correction")) == ["utter_rephrase"]


def test_not_understood_offers_likely_questions_then_fetches_a_person() -> None:
    first = say("blarg", "nlu_fallback", likely=("order_refund", "greet", "payment_timing"))
    assert utters(first) == ["utter_rephrase"]
    assert [c.title for c in first.says[0].choices] == [
        "Where is my refund?",
        "When do I pay?",
        "Where is my order?",
        "Delivery costs",
        "Talk to a person",
    ]
    assert first.memory.misses == 1
    second = say("blarg blarg", "nlu_fallback", first.memory)
    assert utters(second) == ["utter_still_not_understood", "utter_person_within"]
    assert second.handoff == Handoff("not_understood", "not_understood")
    assert second.memory.misses == 0


def test_understanding_resets_the_count() -> None:
    assert say("hi", "greet", Memory(misses=1)).memory.misses == 0


def test_answers_that_lead_nowhere_fetch_a_person_too() -> None:
    first = say("hmm", "inform", WHICH)
    assert utters(first) == ["utter_which_order"]
    second = say("hmm", "inform", first.memory)
    assert second.handoff == Handoff("not_understood", "order_status")


def test_a_person_is_told_the_topic() -> None:
    assert say("human!", "human_handoff", WHICH).handoff == Handoff("asked", "order_status")
    after = Memory(answered="order_refund")
    assert say("human!", "human_handoff", after).handoff == Handoff("asked", "order_refund")
    assert say("human!", "human_handoff").handoff == Handoff("asked", "human_handoff")


def test_a_person_is_promised_for_when_one_is_there() -> None:
    question = ask("human", "human_handoff")
    assert "within 10 minutes" in spoken(question, reply(question))
    friday_night = replace(question, now=datetime(2026, 11, 27, 20, tzinfo=UTC))
    closed = reply(friday_night)
    assert utters(closed) == ["utter_person_from"]
    assert "from Monday, 30 November at 09:00" in spoken(friday_night, closed)
    quiet = replace(TERMS.support, answer_within=None)
    no_promise = replace(question, terms=replace(TERMS, support=quiet))
    assert utters(reply(no_promise)) == ["utter_person_soon"]
    no_hours = replace(question, terms=replace(TERMS, support=SupportTerms()))
    assert utters(reply(no_hours)) == ["utter_person_sometime"]


def test_every_question_notes_that_it_was_answered() -> None:
    assert say("returns?", "return_policy").memory.answered == "return_policy"
    kept = say("thanks", "thanks", Memory(answered="return_policy"))
    assert kept.memory.answered == "return_policy"


def test_a_question_about_products_does_not_close_the_open_one() -> None:
    answer = say("how much is the tea kettle", "product_price", WHICH)
    assert utters(answer)[-1] == "utter_back_to_order"


def test_waiting_a_day_changes_nothing_that_is_open() -> None:
    tomorrow = replace(
        ask("#W1002", "inform", ORDERS, memory=WHICH),
        now=datetime(2026, 11, 24, 12, tzinfo=UTC) + timedelta(hours=3),
    )
    assert utters(reply(tomorrow))[0] == "utter_order_due"


def test_asks_the_last_question_about_a_place_named_in_passing() -> None:
    memory = Memory(answered="delivery_time", country="AT")
    terms = parse_terms((ROOT / "shop.yml").read_text("utf-8"), "shop.yml")
    there = {"country": "NL"}
    then = say("what about the netherlands", "nlu_fallback", memory, entities=there, terms=terms)
    assert then.memory.answered == "delivery_time"
    assert "utter_rephrase" not in utters(then)


def test_settles_close_readings_by_the_order_the_text_names() -> None:
    close = ("delivery_time", "order_status")
    named = say("when do the hiking boots arrive", "nlu_fallback", likely=close)
    assert named.memory.order == BOOTS.id
    nothing = say("when do the things arrive", "nlu_fallback", likely=close)
    assert utters(nothing) == ["utter_rephrase"]
