"""The retail development questions put straight to the services, the intent taken as read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.shop.asking import Ask
from bot.shop.identity import Level, Who
from bot.shop.service import ANSWERS
from bot.shop.service.conversation import with_disclosure
from bot.shop.terms import Terms
from tests.retail_shop import questions, retail_shop
from tests.spoken import facts, spoken

INTENTS = {
    "track_shipped": "order_status",
    "track_delivered": "order_delivered",
    "track_pending": "order_status",
    "refund_of_cancelled": "order_refund",
    "contents": "order_contents",
    "total": "order_total",
    "paid_with": "order_payment",
    "address": "order_address",
    "no_number": "order_status",
    "by_product": "order_status",
    "gift_card": "gift_card_balance",
    "variant_price": "product_price",
    "variant_stock": "product_stock",
    "not_yours": "order_status",
}
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _ask(question: dict[str, Any]) -> Ask:
    shop = retail_shop()
    customer = shop.customer_at("phone", question["from"].removeprefix("sms:"))
    assert customer is not None
    return Ask(
        text=question["text"],
        intent=INTENTS[question["kind"]],
        now=NOW,
        shop=shop,
        terms=Terms("Shop", "USD", "US"),
        who=Who(Level.CHANNEL, customer.id),
        channel="sms",
        first_contact=True,
    )


@pytest.mark.parametrize("question", questions(), ids=lambda q: f"{q['id']}-{q['kind']}")
def test_answers_the_retail_question(question: dict[str, Any]) -> None:
    ask = _ask(question)
    answer = with_disclosure(ask, ANSWERS[ask.intent](ask))
    told = "\n".join((spoken(ask, answer), *(str(value) for _, value in facts(answer))))
    assert [value for value in question["expect"] if value not in told] == []
    shown = told + repr([(say.choices, say.cards) for say in answer.says])
    assert [value for value in question["forbid"] if value in shown] == []
    for fact in question.get("expect_fact", {}).items():
        assert fact in facts(answer)
