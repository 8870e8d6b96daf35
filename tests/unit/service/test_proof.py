"""Proving an order by number and e-mail address, and giving nothing away."""

from __future__ import annotations

import pytest

from bot.shop.asking import Answer, Ask, Memory, Proofs
from bot.shop.identity import ANYONE, Level, Who
from bot.shop.service import ANSWERS, conversation
from tests.fakes import FakeProofs
from tests.spoken import facts, spoken, utters
from tests.unit.service.scenes import NOAH, ask, delivered, order, shipped

MIAS = shipped("W1001", "Tea Kettle")
NOAHS = order("W2001", "Espresso Machine", of=NOAH)
ORDERS = (MIAS, NOAHS)
RIGHT = "where is #W1001? I ordered with mia@example.com"


def stranger(text: str, intent: str = "order_status", **more) -> Ask:
    return ask(text, intent, ORDERS, **{"who": ANYONE, **more})


def reply(question: Ask) -> Answer:
    return conversation.with_disclosure(question, ANSWERS[question.intent](question))


def test_number_and_address_in_one_message_are_answered_at_once() -> None:
    proofs = FakeProofs()
    answer = reply(stranger(RIGHT, proofs=proofs.port()))
    assert utters(answer)[0] == "utter_order_due"
    assert proofs.orders == [MIAS.id]
    assert answer.memory.task is None


def test_any_address_on_file_proves_in_any_case() -> None:
    answer = reply(stranger("#W1001 Mia.Work@Example.com"))
    assert utters(answer)[0] == "utter_order_due"


def test_asks_for_the_number_then_the_address_then_answers_the_held_question() -> None:
    proofs = FakeProofs().port()
    first = reply(stranger("how much did I pay?", "order_total", proofs=proofs))
    assert utters(first) == ["utter_ask_order_number"]
    second = reply(stranger("W1001", "inform", memory=first.memory, proofs=proofs))
    assert utters(second) == ["utter_ask_order_email"]
    assert "W1001" in spoken(stranger(""), second)
    third = reply(stranger("mia@example.com", "inform", memory=second.memory, proofs=proofs))
    assert utters(third) == ["utter_order_total_paid"]
    assert third.memory == Memory(order=MIAS.id, answered="order_total")


def test_the_address_may_come_first() -> None:
    first = reply(stranger("where is my order? mia@example.com"))
    assert utters(first) == ["utter_ask_order_number"]
    second = reply(stranger("it is 1001", "inform", memory=first.memory))
    assert utters(second)[0] == "utter_order_due"


def test_a_wrong_half_may_be_sent_again_on_its_own() -> None:
    wrong = reply(stranger("where is #W1001? mai@example.com"))
    assert utters(wrong) == ["utter_order_not_matched"]
    right = reply(stranger("sorry, mia@example.com", "inform", memory=wrong.memory))
    assert utters(right)[0] == "utter_order_due"


def test_a_proven_order_is_never_asked_for_again() -> None:
    who = Who(Level.ORDER, proven_orders=frozenset({MIAS.id}))
    answer = reply(stranger("what is in it?", "order_contents", who=who))
    assert utters(answer) == ["utter_order_contents"]


def test_one_proven_order_opens_no_other() -> None:
    who = Who(Level.ORDER, proven_orders=frozenset({MIAS.id}))
    answer = reply(stranger("and #W2001?", who=who))
    assert utters(answer) == ["utter_ask_order_email"]


def test_a_failed_pair_is_not_tried_again_by_the_next_question() -> None:
    proofs = FakeProofs()
    wrong = reply(stranger("where is #W1001? no@example.com", proofs=proofs.port()))
    next_one = reply(
        stranger("what is in it?", "order_contents", memory=wrong.memory, proofs=proofs.port())
    )
    assert utters(next_one) == ["utter_ask_order_number"]
    assert proofs.failures == 1


UNPROVEN = {
    "no such order": ("#W2001", (MIAS,), "mia@example.com"),
    "somebody else's order": ("#W2001", ORDERS, "mia@example.com"),
    "unknown address": ("#W2001", ORDERS, "nobody@example.com"),
}


@pytest.mark.parametrize(("number", "orders", "email"), UNPROVEN.values(), ids=UNPROVEN)
def test_every_failed_proof_reads_the_same(number: str, orders: tuple, email: str) -> None:
    proofs = FakeProofs()
    question = ask(f"where is {number}? {email}", "order_status", orders, who=ANYONE,
                   proofs=proofs.port())  # fmt: skip
    answer = reply(question)
    assert utters(answer) == ["utter_order_not_matched"]
    assert answer.says[0].values == {"number": number}
    assert facts(answer) == []
    assert answer.memory.held == {"order_number": number, "order_email": email}
    assert proofs.failures == 1


def test_too_many_attempts_read_like_a_wrong_one_even_when_right() -> None:
    proofs = FakeProofs(limit=0)
    locked = reply(stranger(RIGHT, proofs=proofs.port()))
    wrong = reply(stranger("where is #W1001? no@example.com"))
    assert locked.says == wrong.says
    assert proofs.orders == []


def test_asking_for_the_address_does_not_depend_on_the_order_existing() -> None:
    there, not_there = reply(stranger("where is #W1001")), reply(stranger("where is #W9999"))
    assert utters(there) == utters(not_there) == ["utter_ask_order_email"]
    assert facts(there) == facts(not_there) == []


def test_nothing_is_looked_up_once_the_limit_is_reached() -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("recorded something")

    closed = Proofs(lambda: False, lambda: None, forbidden)
    assert utters(reply(stranger(RIGHT, proofs=closed))) == ["utter_order_not_matched"]


def test_a_known_customer_reads_the_same_for_a_typo_and_for_somebody_elses_order() -> None:
    with_noahs = ask("where is #W2001", "order_status", ORDERS)
    without = ask("where is #W2001", "order_status", (MIAS,))
    answers = [reply(question) for question in (with_noahs, without)]
    assert answers[0] == answers[1]
    assert utters(answers[0]) == ["utter_order_not_found"]
    assert [choice.title for choice in answers[0].says[0].choices] == [
        "#W1001 · Tea Kettle · 20 Nov"
    ]
    assert "Espresso" not in repr(answers[0])


def test_a_known_customer_may_prove_an_order_placed_with_another_address() -> None:
    first = reply(ask("where is #W2001", "order_status", ORDERS))
    second = reply(ask("noah@example.com", "inform", ORDERS, memory=first.memory))
    assert utters(second) == ["utter_order_pending"]


def test_the_second_time_it_says_where_the_number_is() -> None:
    first = reply(stranger("where is my order?"))
    again = reply(stranger("I do not have it", "inform", memory=first.memory))
    assert utters(again) == ["utter_order_number_help"]
    third = reply(stranger("no idea", "inform", memory=again.memory))
    assert third.handoff is not None
    assert third.handoff.topic == "order_status"


def test_the_address_is_told_in_full_only_to_its_owner() -> None:
    proven = reply(stranger("where does #W1001 go? mia@example.com", "order_address"))
    assert utters(proven) == ["utter_order_town"]
    assert "High Street" not in repr(proven)
    owner = reply(ask("where does #W1001 go?", "order_address", ORDERS))
    assert utters(owner) == ["utter_order_address"]
    assert ("line1", "1 High Street") in facts(owner)


def test_gift_cards_need_more_than_one_orders_proof() -> None:
    who = Who(Level.ORDER, proven_orders=frozenset({MIAS.id}))
    for somebody in (ANYONE, who):
        answer = reply(stranger("gift card balance", "gift_card_balance", who=somebody))
        assert utters(answer) == ["utter_sign_in_first_link"]
        assert facts(answer) == []


def test_a_stranger_sees_no_list_of_orders() -> None:
    assert utters(reply(stranger("my orders", "orders_list"))) == ["utter_ask_order_number"]


def test_a_delivered_order_of_a_proven_stranger_is_listed_alone() -> None:
    lamp = delivered("W1003", "Desk Lamp")
    who = Who(Level.ORDER, proven_orders=frozenset({lamp.id}))
    answer = reply(ask("my orders", "orders_list", (*ORDERS, lamp), who=who))
    assert utters(answer) == ["utter_one_order"]
    assert [value for name, value in facts(answer) if name == "order"] == ["#W1003"]
