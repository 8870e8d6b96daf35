"""Paying before buying."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.shop.terms import Charged, PaymentOption, PaymentTerms
from tests.spoken import facts, spoken, utters
from tests.unit.service.counter import TERMS, answer, ask, eur


@pytest.mark.parametrize(
    ("intent", "text", "said"),
    [
        ("payment_options", "how can i pay in Austria?", ["utter_payment_options"]),
        ("payment_options", "how can i pay", ["utter_payment_options", "utter_payment_elsewhere"]),
        (
            "payment_options",
            "do you take paypal",
            ["utter_payment_yes_everywhere", "utter_payment_fee"],
        ),
        ("payment_options", "can i use my visa", ["utter_payment_yes_everywhere"]),
        ("payment_options", "ideal in the Netherlands?", ["utter_payment_yes"]),
        ("payment_options", "ideal in Germany?", ["utter_payment_no_here"]),
        ("payment_options", "bitcoin?", ["utter_payment_no"]),
        ("payment_options", "can i pay cash", ["utter_payment_no"]),
        ("pay_by_invoice", "in Austria", ["utter_payment_yes_invoice", "utter_payment_between"]),
        ("pay_by_invoice", "in France", ["utter_payment_no_here"]),
        (
            "pay_by_instalments",
            "in Germany",
            ["utter_payment_yes_instalments", "utter_payment_from", "utter_payment_no_interest"],
        ),
        ("pay_by_instalments", "in Austria", ["utter_payment_no_here"]),
        ("payment_timing", "when is my credit card charged", ["utter_payment_timing_at_shipment"]),
        ("payment_timing", "when do you take klarna", ["utter_payment_no"]),
        (
            "payment_timing",
            "when do I pay in Germany?",
            [
                "utter_payment_timing_at_order",
                "utter_payment_timing_at_shipment",
                "utter_payment_timing_on_invoice",
                "utter_payment_timing_instalments",
            ],
        ),
    ],
)
def test_answers_about_paying(intent: str, text: str, said: list[str]) -> None:
    asked = ask(intent, text)
    given = answer(asked)
    assert spoken(asked, given)
    assert utters(given) == said


def test_lists_only_what_the_country_has() -> None:
    asked = ask("payment_options", "ways to pay in France")
    assert spoken(asked, answer(asked)) == (
        "In France you can pay by credit card, PayPal and gift card."
    )


def test_tells_the_terms_of_an_invoice() -> None:
    asked = ask("pay_by_invoice", "can I pay by invoice in Austria?")
    given = answer(asked)
    assert spoken(asked, given).splitlines() == [
        "Sure, in Austria you can pay by invoice: you have 14 days to pay.",
        "That's for orders from €20.00 to €1,000.00.",
    ]
    assert given.says[0].facts[0].source == "shop.yml#payment.methods.4"


def test_a_shop_with_the_same_ways_everywhere_asks_for_no_country() -> None:
    loan = PaymentOption(
        "instalments", "loan", Charged.INSTALMENTS, maximum=eur("900"), months=(6,), interest="4.9"
    )
    card = PaymentOption("credit_card", "card", Charged.AT_ORDER)
    terms = replace(TERMS, payment=PaymentTerms((card, loan)))
    asked = ask("payment_options", "how can I pay", terms=terms)
    assert spoken(asked, answer(asked)) == "You can pay by card and loan."
    asked = ask("pay_by_instalments", "in parts?", terms=terms)
    assert spoken(asked, answer(asked)).splitlines()[1:] == [
        "That's for orders up to €900.00.",
        "The interest is 4.9% a year.",
    ]


def test_a_way_we_do_not_take_is_a_fact() -> None:
    assert ("offered", False) in facts(answer(ask("payment_options", "google pay?")))
