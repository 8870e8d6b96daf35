"""The merchant's rules as customers hear them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.shop.model import OrderStatus
from bot.shop.terms import ChangeTerms, ExchangeTerms, PaidBy, RefundTerms, ReturnTerms, Terms
from tests.spoken import facts, spoken, utters
from tests.unit.service.counter import TERMS, answer, ask, eur

COST = replace(TERMS, returns=ReturnTerms(14, PaidBy.CUSTOMER, eur("3.95"), ("unused",)))
POSTAGE = replace(TERMS, returns=ReturnTerms(14, exclusions=("food",)))
NONE = replace(TERMS, returns=ReturnTerms(0), exchanges=ExchangeTerms(offered=False))
ANY = replace(
    TERMS, refunds=RefundTerms(original_method=False), exchanges=ExchangeTerms(same_product=False)
)
FEE = replace(
    TERMS, cancellation=ChangeTerms(OrderStatus.PROCESSED, ("ordered by mistake",), eur("5"))
)


@pytest.mark.parametrize(
    ("intent", "text", "terms", "said"),
    [
        (
            "return_policy",
            "can I send things back?",
            TERMS,
            ["utter_return_policy_free", "utter_return_details", "utter_return_link"],
        ),
        ("return_policy", "", COST, ["utter_return_policy_cost", "utter_return_conditions"]),
        ("return_policy", "", POSTAGE, ["utter_return_policy_postage", "utter_return_exclusions"]),
        ("return_policy", "", NONE, ["utter_return_policy_none"]),
        ("return_policy", "can I exchange it", TERMS, ["utter_exchange_policy_same"]),
        ("return_policy", "can I exchange it", ANY, ["utter_exchange_policy"]),
        ("return_policy", "do you do exchanges", NONE, ["utter_exchange_policy_none"]),
        ("return_policy", "can I return the wool socks", TERMS, ["utter_refused_final_sale"]),
        (
            "refund_policy",
            "how long do refunds take?",
            TERMS,
            ["utter_refund_policy", "utter_refund_policy_methods", "utter_refund_policy_at_once"],
        ),
        ("refund_policy", "to my credit card", TERMS, ["utter_refund_policy_method"]),
        ("refund_policy", "on my gift card", TERMS, ["utter_refund_policy_at_once"]),
        ("refund_policy", "how long", ANY, ["utter_refund_policy_any"]),
        ("cancellation_policy", "until when", TERMS, ["utter_cancellation_policy"]),
        (
            "cancellation_policy",
            "until when",
            FEE,
            [
                "utter_cancellation_fee",
                "utter_cancellation_reasons",
                "utter_cancellation_policy_late",
            ],
        ),
        ("cancellation_fee", "does it cost anything", TERMS, ["utter_cancellation_free"]),
        ("cancellation_fee", "does it cost anything", FEE, ["utter_cancellation_fee"]),
    ],
)
def test_says_the_rule(intent: str, text: str, terms: Terms, said: list[str]) -> None:
    asked = ask(intent, text, terms=terms)
    given = answer(asked)
    assert spoken(asked, given)
    assert utters(given) == said


def test_names_window_and_conditions() -> None:
    asked = ask("return_policy", "how do returns work")
    given = answer(asked)
    assert spoken(asked, given).splitlines() == [
        "You have 30 days from delivery to send things back, and it costs you nothing.",
        "Please send items back unused and complete. We can't take back gift cards.",
        "You can start a return here: https://fernhill.example/returns",
    ]
    assert ("return_window_days", 30) in facts(given)


def test_names_the_days_of_the_way_paid() -> None:
    given = answer(ask("refund_policy", "when is it back on my credit card?"))
    assert facts(given) == [
        ("payment_method", "credit_card"),
        ("refund_days_min", 5),
        ("refund_days_max", 7),
    ]


def test_offers_to_cancel_right_away() -> None:
    given = answer(ask("cancellation_policy", "can I cancel?"))
    assert given.says[-1].choices[0].payload == '/choose{"intent": "order_cancel"}'
