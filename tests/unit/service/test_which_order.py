"""Which order a question is about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.shop.asking import Answer, Memory
from bot.shop.identity import ANYONE, Level, Who
from bot.shop.model import Order
from bot.shop.service.which_order import settled, which_order
from tests.spoken import facts, utters
from tests.unit.service.scenes import (
    NOAH,
    NOW,
    TERMS,
    ask,
    cancelled,
    delivered,
    order,
    shipped,
)

KETTLE = order("W1001", "Tea Kettle", days_ago=0)
BOOTS = shipped("W1002", "Hiking Boots", "Backpack", days_ago=5)
LAMP = delivered("W1003", "Desk Lamp", days_ago=40)
OLD_BOOTS = delivered("W1004", "Hiking Boots", days_ago=400)
ALL = (KETTLE, BOOTS, LAMP, OLD_BOOTS)
NOAHS = order("W2001", "Espresso Machine", of=NOAH)


def found(text: str, orders: tuple[Order, ...] = ALL, intent: str = "order_status", **more) -> str:
    """The number of the order found, or the numbers offered."""
    answer = which_order(ask(text, intent, orders, **more))
    if isinstance(answer, Order):
        return answer.number
    return " ".join(str(value).lstrip("#") for name, value in facts(answer) if name == "order")


@pytest.mark.parametrize(
    "text",
    [
        "where is #W1001",
        "where is w1001?",
        "Where is my order 1001",
        "order no. W-1001 please",
        "WHERE IS # W1001",
        "is W1001: here",
        "1001",
        "my order number is #w1001, where is it",
    ],
)
def test_finds_an_order_by_number_in_any_spelling(text: str) -> None:
    assert found(text) == "W1001"


def test_takes_the_number_the_brain_found() -> None:
    assert found("that thing", entities={"order_number": "W1003"}) == "W1003"


def test_takes_a_tapped_choice() -> None:
    assert found("", entities={"order": "#W1003"}) == "W1003"


def test_a_tapped_choice_opens_nobody_elses_order() -> None:
    assert "W2001" not in found("", (*ALL, NOAHS), entities={"order": "#W2001"})


def test_offers_the_orders_named_when_there_are_two_numbers() -> None:
    assert found("where are #W1001 and #W1003") == "W1001 W1003"


def test_finds_an_order_by_its_product() -> None:
    assert found("where is the lamp I ordered?") == "W1003"


def test_of_two_with_that_product_takes_the_likely_one() -> None:
    assert found("where are my boots?") == "W1002"


def test_a_product_in_two_likely_orders_is_asked_about() -> None:
    second = order("W1005", "Hiking Boots", days_ago=1)
    assert found("where are my boots?", (*ALL, second)) == "W1005 W1002"


def test_finds_an_order_by_the_day_it_was_placed() -> None:
    assert found("what was in last week's order", intent="order_contents") == "W1002"
    assert found("my order from 18 November", intent="order_total") == "W1002"


def test_finds_an_order_by_the_days_the_brain_read() -> None:
    days = {"date": "2026-11-17..2026-11-19"}
    assert found("the one from then", intent="order_total", entities=days) == "W1002"


def test_a_day_counts_in_the_shops_time_zone() -> None:
    at_midnight = order("W1006", created_at=NOW.replace(day=19, hour=23, minute=30))
    orders = (at_midnight, LAMP)
    assert found("the order of 20 November", orders, intent="order_total") == "W1006"
    assert TERMS.timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    "text", ["what was in my last order", "my latest order", "the most recent purchase"]
)
def test_the_last_order_is_the_newest(text: str) -> None:
    assert found(text, intent="order_contents") == "W1001"


def test_last_week_is_not_the_last_order() -> None:
    assert found("what did I order last week?", intent="order_contents") == "W1002"


def test_finds_an_order_by_its_state() -> None:
    gone = cancelled("W1007", days_ago=5)
    assert found("what did my cancelled order cost", (*ALL, gone), "order_total") == "W1007"


def test_the_only_open_order_is_the_obvious_one() -> None:
    assert found("where is my order?", (BOOTS, LAMP, OLD_BOOTS)) == "W1002"


def test_the_only_order_is_the_obvious_one() -> None:
    assert found("where is my order?", (LAMP,)) == "W1003"


def test_offers_open_orders_newest_first() -> None:
    answer = which_order(ask("where is my order?", "order_status", ALL))
    assert isinstance(answer, Answer)
    assert utters(answer) == ["utter_which_order"]
    assert [c.title for c in answer.says[0].choices] == [
        "#W1001 · Tea Kettle · 23 Nov",
        "#W1002 · Hiking Boots + 1 more · 18 Nov",
    ]
    assert answer.says[0].choices[0].payload == '/choose{"order": "#W1001"}'
    assert (answer.memory.task, answer.memory.wants) == ("order_status", "order")


def test_offers_five_at_most_and_says_so() -> None:
    many = tuple(order(f"W30{day:02}", days_ago=day) for day in range(1, 9))
    answer = which_order(ask("where is my order?", "order_status", many))
    assert isinstance(answer, Answer)
    assert utters(answer) == ["utter_which_order_of_many"]
    assert len(answer.says[0].choices) == 5


def test_stays_with_the_order_talked_about() -> None:
    about = Memory(order=LAMP.id)
    assert found("how much did I pay for it", intent="order_total", memory=about) == "W1003"
    assert found("how was it paid", intent="order_payment", memory=about) == "W1003"
    assert found("when was it delivered", intent="order_delivered", memory=about) == "W1003"


def test_leaves_a_finished_order_for_the_open_one() -> None:
    about = Memory(order=LAMP.id)
    assert found("where is my order?", (BOOTS, LAMP), memory=about) == "W1002"


def test_stays_when_no_other_order_fits_better() -> None:
    about = Memory(order=BOOTS.id)
    assert found("have I been refunded?", intent="order_refund", memory=about) == "W1002"


def test_a_number_outweighs_what_was_talked_about() -> None:
    assert found("and #W1002?", memory=Memory(order=LAMP.id)) == "W1002"


def test_refund_questions_go_to_the_order_with_money_back() -> None:
    gone = cancelled("W1007", days_ago=30)
    assert found("where is my refund", (*ALL, gone), "order_refund") == "W1007"


def test_did_it_arrive_goes_to_the_parcel_under_way() -> None:
    assert found("did my order arrive?", intent="order_delivered") == "W1002"


def test_a_customer_without_orders_is_told_so() -> None:
    answer = which_order(ask("where is my order?", "order_status"))
    assert isinstance(answer, Answer)
    assert utters(answer) == ["utter_no_orders"]


def test_anybody_else_is_asked_for_the_number() -> None:
    answer = which_order(ask("where is my order?", "order_status", ALL, who=ANYONE))
    assert isinstance(answer, Answer)
    assert utters(answer) == ["utter_ask_order_number"]
    assert facts(answer) == []


def test_an_order_proven_earlier_is_the_obvious_one() -> None:
    who = Who(Level.ORDER, proven_orders=frozenset({LAMP.id}))
    assert found("where is my order?", who=who) == "W1003"


def test_an_answered_question_is_closed_and_the_order_remembered() -> None:
    open_question = Memory(task="order_status", wants="order", held={"asked_again": "1"})
    memory = settled(ask("", "order_status", ALL, memory=open_question), LAMP)
    assert memory == Memory(order=LAMP.id, answered="order_status")


def test_another_open_question_stays_open() -> None:
    open_question = Memory(task="delivery_cost", wants="country")
    memory = settled(ask("", "order_status", ALL, memory=open_question), LAMP)
    assert (memory.task, memory.wants, memory.order) == ("delivery_cost", "country", LAMP.id)


def test_an_order_of_long_ago_shows_its_year() -> None:
    ages = (LAMP, OLD_BOOTS)
    answer = which_order(ask("what did I order", "order_contents", ages))
    assert isinstance(answer, Answer)
    assert answer.says[0].choices[1].title.endswith(str((NOW - timedelta(400)).year))


def test_a_product_of_ours_that_was_never_ordered_is_not_guessed_at() -> None:
    orders = (KETTLE, NOAHS)
    answer = which_order(ask("where is my espresso machine?", "order_status", orders))
    assert isinstance(answer, Answer)
    assert utters(answer) == ["utter_not_among_orders"]
    assert [choice.title[:6] for choice in answer.says[0].choices] == ["#W1001"]


def test_a_product_wished_for_instead_does_not_matter() -> None:
    orders = (LAMP, NOAHS)
    assert found("change it to the espresso machine", orders, "order_exchange") == "W1003"


def test_an_order_proven_by_a_known_customer_stays_in_focus() -> None:
    who = Who(Level.CHANNEL, KETTLE.customer_id, frozenset({NOAHS.id}))
    about = Memory(order=NOAHS.id)
    orders = (KETTLE, BOOTS, NOAHS)
    assert found("what is in it", orders, "order_contents", who=who, memory=about) == "W2001"
