"""What is in an order, where it goes, what it cost, how it was paid, its invoice and refunds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.shop.asking import Answer
from bot.shop.identity import ANYONE
from bot.shop.model import (
    Invoice,
    Order,
    OrderStatus,
    Payment,
    PaymentMethod,
    PaymentStatus,
    Refund,
    RefundStatus,
    Return,
    ReturnStatus,
)
from bot.shop.service import ANSWERS
from bot.shop.terms import BusinessDays, RefundTerms
from tests.fakes import FakeShop
from tests.spoken import facts, spoken, utters
from tests.unit.service.scenes import (
    MIA,
    NOW,
    TERMS,
    ask,
    cancelled,
    delivered,
    eur,
    line,
    order,
)

DAY = timedelta(days=1)


def answered(found: Order, intent: str, text: str = "that order?") -> tuple[Answer, str]:
    question = ask(text, intent, [found])
    answer = ANSWERS[intent](question)
    return answer, spoken(question, answer)


def test_contents_name_every_line_with_quantity_and_options() -> None:
    found = order("W1001", line("Tea Kettle", 2, material="glass"), line("Boots", size="7"))
    answer, text = answered(found, "order_contents")
    assert text == "Order #W1001: 2 × Tea Kettle (glass) and Boots (size: 7)."
    assert [v for n, v in facts(answer) if n == "item"] == ["Tea Kettle", "Boots"]
    assert [v for n, v in facts(answer) if n == "quantity"] == [2, 1]


def test_address_of_a_delivered_order_is_in_the_past() -> None:
    answer, text = answered(delivered(), "order_address")
    assert utters(answer) == ["utter_order_address_was"]
    assert "Mia Smith, 1 High Street, 79098 Freiburg." in text


def test_total_is_what_was_paid() -> None:
    answer, text = answered(order(), "order_total")
    assert text == "You paid €25.00 for order #W1001."
    assert set(facts(answer)) >= {("order_total", "25.00"), ("amount_paid", "25.00")}


@pytest.mark.parametrize(
    ("status", "amount", "utter"),
    [
        (PaymentStatus.PENDING, 2500, "utter_order_total_unpaid"),
        (PaymentStatus.FAILED, 2500, "utter_order_total_unpaid"),
        (PaymentStatus.CAPTURED, 1000, "utter_order_total_partly_paid"),
    ],
)
def test_total_says_what_is_open(status: PaymentStatus, amount: int, utter: str) -> None:
    payment = Payment("1", eur(amount), "card", "credit_card", status)
    assert utters(answered(order(payments=(payment,)), "order_total")[0]) == [utter]


def test_total_says_what_came_back() -> None:
    back = Refund("1", eur(1000), "card", "credit_card")
    _, text = answered(delivered(refunds=(back,)), "order_total")
    assert text == "You paid €25.00 for order #W1001, and we have refunded €10.00 of it."


def test_the_bill_shows_delivery_tax_and_discount() -> None:
    found = order(shipping_cost=eur(490), tax=eur(399), discount=eur(500))
    rows = dict(answered(found, "order_total")[0].says[0].cards[0].rows)
    assert rows == {
        "Tea Kettle": "€25.00",
        "Delivery": "€4.90",
        "Tax": "€3.99",
        "Discount": "-€5.00",
        "Total": "€25.00",
    }


def test_paid_with_names_the_card_by_its_last_digits() -> None:
    answer, text = answered(order(), "order_payment", "how did I pay?")
    assert text == "You paid €25.00 for order #W1001 by Visa ending 6081."
    assert set(facts(answer)) >= {
        ("payment_method", "credit_card"),
        ("payment_last4", "6081"),
        ("payment_amount", "25.00"),
        ("payment_status", "captured"),
    }


def test_a_payment_without_details_is_named_by_the_stored_method() -> None:
    found = order(payments=(Payment("1", eur(2500), "card", "credit_card"),))
    assert "Visa ending 6081" in answered(found, "order_payment", "how did I pay?")[1]


@pytest.mark.parametrize(("kind", "name"), [("paypal", "PayPal"), ("gift_card", "gift card")])
def test_other_ways_to_pay_have_their_names(kind: str, name: str) -> None:
    found = order(payments=(Payment("1", eur(2500), "x", kind),))
    assert f"by {name}." in answered(found, "order_payment", "how did I pay?")[1]


def test_split_payments_are_listed() -> None:
    paid = (
        Payment("1", eur(2000), "card", "credit_card", brand="visa", last4="6081"),
        Payment("2", eur(500), "gift", "gift_card"),
    )
    answer, text = answered(order(payments=paid), "order_payment", "how did I pay?")
    assert text == (
        "You split the payment for order #W1001: Visa ending 6081 (€20.00) and gift card (€5.00)."
    )
    assert [v for n, v in facts(answer) if n == "payment_amount"] == ["20.00", "5.00"]


@pytest.mark.parametrize(
    ("changes", "utter"),
    [
        ({}, "utter_payment_went_through"),
        ({"status": PaymentStatus.AUTHORISED}, "utter_payment_authorised"),
        ({"status": PaymentStatus.PENDING}, "utter_payment_pending"),
        ({"status": PaymentStatus.FAILED}, "utter_payment_failed"),
        (
            {"status": PaymentStatus.FAILED, "failure": "card expired"},
            "utter_payment_failed_because",
        ),
        (
            {"status": PaymentStatus.PENDING, "due_on": date(2026, 12, 1)},
            "utter_payment_due",
        ),
        (
            {"status": PaymentStatus.PENDING, "due_on": date(2026, 11, 1)},
            "utter_payment_overdue",
        ),
    ],
)
def test_whether_a_payment_went_through(changes: dict, utter: str) -> None:
    payment = replace(Payment("1", eur(2500), "card", "credit_card"), **changes)
    answer, _ = answered(order(payments=(payment,)), "order_payment", "did it go through?")
    assert utters(answer) == [utter]


@pytest.mark.parametrize(
    "text",
    ["did my payment go through?", "was it paid?", "did you receive my money", "has it failed"],
)
def test_whether_it_worked_may_be_asked_in_many_ways(text: str) -> None:
    assert utters(answered(order(), "order_payment", text)[0]) == ["utter_payment_went_through"]


def test_no_payment_on_record_is_said() -> None:
    assert utters(answered(order(payments=()), "order_payment")[0]) == ["utter_no_payment"]


def test_invoice_with_and_without_a_link() -> None:
    invoice = Invoice("i1", "2026-77", date(2026, 11, 2), eur(2500), "https://shop.example/i1")
    answer, text = answered(order(invoices=(invoice,)), "order_invoice")
    assert "2026-77" in text
    assert text.endswith("https://shop.example/i1")
    assert ("invoice_number", "2026-77") in facts(answer)
    bare = replace(invoice, url="")
    assert "over €25.00." in answered(order(invoices=(bare,)), "order_invoice")[1]


def test_no_invoice_is_said_and_a_person_offered() -> None:
    answer, _ = answered(order(), "order_invoice")
    assert utters(answer) == ["utter_no_invoice"]
    assert answer.says[0].choices


def test_how_to_get_an_invoice_is_told_to_anyone() -> None:
    question = ask("how do I get an invoice", "order_invoice", who=ANYONE)
    assert utters(ANSWERS["order_invoice"](question)) == [
        "utter_invoice_howto_link",
        "utter_ask_order_number",
    ]


SENT = Refund("1", eur(2500), "card", "credit_card", RefundStatus.SENT)


@pytest.mark.parametrize(
    ("refund", "utter"),
    [
        (replace(SENT, status=RefundStatus.REQUESTED), "utter_refund_requested"),
        (SENT, "utter_refund_sent"),
        (replace(SENT, sent_at=NOW - DAY), "utter_refund_sent_on"),
        (replace(SENT, sent_at=NOW - 30 * DAY), "utter_refund_overdue"),
        (replace(SENT, status=RefundStatus.SETTLED), "utter_refund_settled"),
        (
            replace(SENT, status=RefundStatus.SETTLED, settled_at=NOW - DAY),
            "utter_refund_settled_on",
        ),
    ],
)
def test_how_far_a_refund_is(refund: Refund, utter: str) -> None:
    answer, text = answered(cancelled(refunds=(refund,)), "order_refund")
    assert utters(answer) == [utter]
    assert "€25.00" in text
    assert "Visa ending 6081" in text
    assert dict(facts(answer))["refund_amount"] == "25.00"


def test_money_is_back_after_the_terms_working_days() -> None:
    refund = replace(SENT, sent_at=NOW - 3 * DAY)
    terms = replace(TERMS, refunds=RefundTerms(BusinessDays(5, 7)))
    question = ask("when is my money back", "order_refund", [cancelled(refunds=(refund,))])
    answer = ANSWERS["order_refund"](replace(question, terms=terms))
    # sent on Friday 20 November: seven working days later it is Tuesday 1 December
    assert ("refund_expected_by", "2026-12-01") in facts(answer)
    assert "by Tuesday, 1 December" in spoken(question, answer)


def test_several_refunds_are_told_one_by_one() -> None:
    two = (replace(SENT, amount=eur(1000)), replace(SENT, id="2", amount=eur(1500)))
    answer, text = answered(delivered(refunds=two), "order_refund")
    assert len(answer.says) == 2
    assert "€10.00" in text
    assert "€15.00" in text


@pytest.mark.parametrize("status", ReturnStatus)
def test_a_return_without_a_refund_is_explained(status: ReturnStatus) -> None:
    sent_back = Return("r1", (), status, NOW - 5 * DAY)
    answer, text = answered(delivered(returns=(sent_back,)), "order_refund")
    assert ("return_status", str(status)) in facts(answer)
    assert text


def test_no_refund_is_no_refund() -> None:
    assert utters(answered(delivered(), "order_refund")[0]) == ["utter_no_refund"]
    assert utters(answered(cancelled(), "order_refund")[0]) == ["utter_no_refund_yet"]


def test_gift_cards_are_told_one_by_one() -> None:
    question = ask("how much is on my gift card", "gift_card_balance")
    answer = ANSWERS["gift_card_balance"](question)
    assert spoken(question, answer) == "There's €50.00 left on your gift card."
    assert facts(answer) == [("gift_card_balance", "50.00")]
    more = (*MIA.payment_methods, PaymentMethod("g2", "gift_card", last4="99", balance=eur(250)))
    shop = FakeShop(customers=[replace(MIA, payment_methods=more)])
    two = ANSWERS["gift_card_balance"](replace(question, shop=shop))
    assert spoken(question, two).endswith("€50.00 and €2.50 (99).")
    none = FakeShop(customers=[replace(MIA, payment_methods=())])
    answer = ANSWERS["gift_card_balance"](replace(question, shop=none))
    assert utters(answer) == ["utter_no_gift_card"]


def test_the_list_of_orders_has_each_ones_state() -> None:
    many = [
        *(order(f"W20{n}", days_ago=n) for n in range(1, 6)),
        cancelled("W300", days_ago=50),
    ]
    question = ask("what did I order so far", "orders_list", many)
    answer = ANSWERS["orders_list"](question)
    assert utters(answer) == ["utter_newest_orders"]
    assert len(answer.says[0].choices) == 5
    few = ANSWERS["orders_list"](ask("my orders", "orders_list", many[-2:]))
    assert utters(few) == ["utter_orders"]
    assert few.says[0].choices[1].title == "#W300 · Tea Kettle · 4 Oct · cancelled"
    assert spoken(question, few) == "You have 2 orders with us:"
    assert [v for n, v in facts(few) if n == "status"] == ["pending", "cancelled"]


def test_a_cancelled_and_never_charged_order_cost_nothing() -> None:
    failed = Payment("1", eur(2500), "card", "credit_card", PaymentStatus.FAILED)
    found = cancelled(payments=(failed,))
    assert found.status is OrderStatus.CANCELLED
    assert utters(answered(found, "order_total")[0]) == ["utter_order_total_cancelled"]
