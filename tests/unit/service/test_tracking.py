"""Where an order is, said from its shipments."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.shop.asking import Answer, Ask
from bot.shop.model import Order, OrderStatus, Refund, RefundStatus
from bot.shop.service import ANSWERS
from tests.spoken import facts, spoken, utters
from tests.unit.service.scenes import (
    NOW,
    TODAY,
    ask,
    cancelled,
    delivered,
    eur,
    line,
    order,
    shipment,
    shipped,
)


def about(found: Order, text: str = "where is my order?", intent: str = "order_status") -> Ask:
    return ask(text, intent, [found])


def reply(question: Ask) -> Answer:
    return ANSWERS[question.intent](question)


def said(found: Order, text: str = "where is my order?", intent: str = "order_status") -> str:
    question = about(found, text, intent)
    return spoken(question, reply(question))


DAY = timedelta(days=1)
LATE = {"estimated_delivery": TODAY - DAY}
DELAYED = {"promised_delivery": TODAY - DAY, "estimated_delivery": TODAY + DAY}
UNDATED = {"estimated_delivery": None}
ANNOUNCED = {"shipped_at": None, "estimated_delivery": None}
ANNOUNCED_DUE = {"shipped_at": None}


@pytest.mark.parametrize(
    ("parcel", "where", "shipped_yet", "arrived"),
    [
        ({}, "utter_order_due", "utter_shipped_due", "utter_not_arrived_due"),
        (LATE, "utter_order_late", "utter_shipped_late", "utter_not_arrived_late"),
        (DELAYED, "utter_order_delayed", "utter_shipped_delayed", "utter_not_arrived_delayed"),
        (UNDATED, "utter_order_undated", "utter_shipped_undated", "utter_not_arrived_undated"),
        (
            ANNOUNCED,
            "utter_order_announced",
            "utter_not_shipped_announced",
            "utter_not_arrived_announced",
        ),
        (
            ANNOUNCED_DUE,
            "utter_order_announced_due",
            "utter_not_shipped_announced_due",
            "utter_not_arrived_announced_due",
        ),
    ],
)
def test_each_question_has_its_own_first_words(
    parcel: dict, where: str, shipped_yet: str, arrived: str
) -> None:
    found = shipped(**parcel)
    asked = [
        ("where is my order?", "order_status", where),
        ("when will it come", "order_status", where),
        ("has it shipped yet", "order_status", shipped_yet),
        ("did it arrive?", "order_delivered", arrived),
    ]
    for text, intent, utter in asked:
        assert utters(reply(about(found, text, intent)))[0] == utter
        assert said(found, text, intent)


def test_the_usual_answer_is_short() -> None:
    text = said(shipped())
    assert text == (
        "Order #W1001 is on its way. It shipped Saturday, 21 November and is due tomorrow "
        "(Tuesday, 24 November).\nTracking number: 538293928885."
    )
    assert len(text) < 300


def test_a_delay_is_said_with_both_days() -> None:
    text = said(shipped(promised_delivery=TODAY - 2 * DAY, estimated_delivery=TODAY + DAY))
    assert "was due Saturday, 21 November and is now expected tomorrow" in text


def test_a_passed_date_is_called_late_and_nothing_is_promised() -> None:
    text = said(shipped(estimated_delivery=TODAY - 2 * DAY))
    assert "late" in text
    assert "was due Saturday, 21 November" in text
    assert "no newer date" in text


def test_due_today_is_not_late() -> None:
    assert "is due today" in said(shipped(estimated_delivery=TODAY))


def test_pending_promises_no_date() -> None:
    assert utters(reply(about(order()))) == ["utter_order_pending"]
    assert utters(reply(about(order(), "has it shipped?"))) == ["utter_not_shipped"]
    assert utters(reply(about(order(), "did it arrive?", "order_delivered"))) == [
        "utter_not_arrived_pending"
    ]


def test_on_its_way_without_any_shipment_says_what_is_missing() -> None:
    found = order(status=OrderStatus.PROCESSED)
    assert utters(reply(about(found))) == ["utter_order_untracked"]


@pytest.mark.parametrize(
    ("text", "intent", "utter"),
    [
        ("where is my order?", "order_status", "utter_order_delivered"),
        ("has it shipped?", "order_status", "utter_yes_delivered"),
        ("was it delivered?", "order_delivered", "utter_yes_delivered"),
        ("when was it delivered?", "order_delivered", "utter_order_delivered"),
    ],
)
def test_a_delivered_order(text: str, intent: str, utter: str) -> None:
    answer = reply(about(delivered(), text, intent))
    assert utters(answer) == [utter, "utter_tracking"]
    assert ("delivered_at", (NOW - 3 * DAY).isoformat()) in facts(answer)
    assert ("delivered_on", (TODAY - 3 * DAY).isoformat()) in facts(answer)


def test_delivered_on_an_unknown_day_names_none() -> None:
    found = order(status=OrderStatus.DELIVERED)
    assert utters(reply(about(found))) == ["utter_order_delivered_undated"]


@pytest.mark.parametrize(
    ("fields", "utter"),
    [
        ({"carrier": "DHL"}, "utter_tracking_carrier"),
        ({"tracking_url": "https://t.example/1"}, "utter_tracking_link"),
        ({"carrier": "DHL", "tracking_url": "https://t.example/1"}, "utter_tracking_carrier_link"),
    ],
)
def test_tracking_says_what_is_known(fields: dict, utter: str) -> None:
    answer = reply(about(shipped(**fields)))
    assert utters(answer) == ["utter_order_due", utter]


def test_no_tracking_number_is_not_mentioned() -> None:
    assert utters(reply(about(shipped(tracking_numbers=())))) == ["utter_order_due"]


def test_every_tracking_number_is_a_fact() -> None:
    answer = reply(about(shipped(tracking_numbers=("1", "2"))))
    assert [value for name, value in facts(answer) if name == "tracking_number"] == ["1", "2"]
    assert "1 and 2" in spoken(about(shipped()), answer)


def test_part_of_an_order_is_told_by_parcel() -> None:
    found = order(
        "W1001",
        line("Tea Kettle", 2),
        "Desk Lamp",
        status=OrderStatus.PROCESSED,
        shipments=(shipment("1", ("Tea Kettle", 1)),),
    )
    answer = reply(about(found))
    assert utters(answer) == [
        "utter_order_partly_shipped",
        "utter_parcel_due",
        "utter_parcel_pending",
        "utter_tracking",
    ]
    text = spoken(about(found), answer)
    assert "due tomorrow (Tuesday, 24 November): Tea Kettle." in text
    assert "Not shipped yet: Tea Kettle and Desk Lamp." in text


def test_several_parcels_each_have_their_state_and_source() -> None:
    late = shipment("a", ("Tea Kettle", 1), estimated_delivery=TODAY - DAY)
    there = shipment("b", ("Desk Lamp", 1), delivered_at=NOW - DAY, tracking_numbers=("77",))
    found = order(
        "W1001", "Tea Kettle", "Desk Lamp", status=OrderStatus.PROCESSED, shipments=(late, there)
    )
    answer = reply(about(found))
    assert utters(answer) == [
        "utter_order_parcels",
        "utter_parcel_late",
        "utter_parcel_delivered",
        "utter_tracking",
        "utter_tracking",
    ]
    sources = {fact.source for say in answer.says for fact in say.facts}
    assert sources == {
        "order/#W1001",
        "order/#W1001/shipment/a",
        "order/#W1001/shipment/b",
    }
    assert "Delivered yesterday at 16:00: Desk Lamp." in spoken(about(found), answer)


def test_a_cancelled_order_is_cancelled_even_with_a_shipment_on_record() -> None:
    found = cancelled(
        shipments=(shipment(),),
        refunds=(Refund("1", eur(2500), "card", "credit_card", RefundStatus.SENT),),
    )
    answer = reply(about(found))
    assert utters(answer) == ["utter_order_cancelled", "utter_refund_sent"]
    assert "tracking_number" not in dict(facts(answer))
    assert "due" not in spoken(about(found), answer)


def test_a_cancelled_order_without_a_refund_says_so() -> None:
    found = cancelled(cancelled_at=NOW - DAY)
    assert utters(reply(about(found))) == ["utter_order_cancelled_on", "utter_no_refund_yet"]


def test_the_card_shows_how_far_it_has_come() -> None:
    card = reply(about(shipped(carrier="DHL", tracking_url="https://t.example/1"))).says[0].cards[0]
    assert card.kind == "order"
    assert card.title == "#W1001"
    assert [done for _, done in card.steps] == [True, True, True, False]
    assert ("Carrier", "DHL") in card.rows
    assert card.link == "https://t.example/1"


def test_times_are_the_shops() -> None:
    tonight = delivered()
    found = replace(
        tonight,
        shipments=(shipment(delivered_at=NOW.replace(day=22, hour=23, minute=30)),),
    )
    assert "delivered today at 00:30" in said(found)
