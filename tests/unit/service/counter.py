"""A small shop to ask before buying: terms with every kind of rule, five products, one customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.shop.asking import Answer, Ask, Entity, Memory
from bot.shop.identity import ANYONE, Who
from bot.shop.model import (
    Customer,
    CustomerId,
    Money,
    PostalAddress,
    Product,
    ProductId,
    Variant,
    VariantId,
)
from bot.shop.reading import read
from bot.shop.service import ANSWERS
from bot.shop.terms import (
    BusinessDays,
    ChangeTerms,
    Charged,
    DeliveryMethod,
    DeliveryTerms,
    Links,
    Opening,
    PaidBy,
    PaymentOption,
    PaymentTerms,
    RefundTerms,
    ReturnTerms,
    SupportTerms,
    Surcharge,
    Terms,
    Zone,
)
from tests.fakes import FakeShop
from tests.spoken import spoken

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""A Monday, ten in the morning in Berlin."""


def eur(text: str) -> Money:
    """An amount in euros."""
    return Money.of(text, "EUR")


STANDARD = DeliveryMethod("standard", "Standard", eur("4.90"), BusinessDays(1, 3), eur("59"))
EXPRESS = DeliveryMethod("express", "Express", eur("9.90"), BusinessDays(1, 1))
ABROAD = DeliveryMethod("standard", "Standard", eur("8.90"), BusinessDays(2, 4), eur("99"))
FAR = DeliveryMethod("standard", "Standard", eur("24.90"), BusinessDays(6, 10))

TERMS = Terms(
    "Fernhill",
    "EUR",
    "DE",
    timezone="Europe/Berlin",
    locale="en_GB",
    delivery=DeliveryTerms(
        zones=(
            Zone(
                "Home",
                ("DE",),
                (STANDARD, EXPRESS),
                surcharges=(Surcharge("the islands", ("25980",), eur("3"), 2),),
            ),
            Zone("Near", ("AT", "FR", "NL"), (ABROAD,)),
            Zone("Far", ("US",), (FAR,), customs=True),
        )
    ),
    payment=PaymentTerms(
        (
            PaymentOption("credit_card", "credit card", Charged.AT_SHIPMENT),
            PaymentOption("paypal", "PayPal", Charged.AT_ORDER, fee=eur("0.50")),
            PaymentOption("gift_card", "gift card", Charged.AT_ORDER),
            PaymentOption("ideal", "iDEAL", Charged.AT_ORDER, ("NL",)),
            PaymentOption(
                "invoice",
                "invoice",
                Charged.ON_INVOICE,
                ("DE", "AT"),
                minimum=eur("20"),
                maximum=eur("1000"),
                due_days=14,
            ),
            PaymentOption(
                "instalments",
                "instalments",
                Charged.INSTALMENTS,
                ("DE",),
                minimum=eur("100"),
                months=(3, 6),
                interest="0",
            ),
        )
    ),
    cancellation=ChangeTerms(),
    returns=ReturnTerms(
        30,
        PaidBy.SHOP,
        conditions=("unused", "complete"),
        exclusions=("gift cards",),
        link="https://fernhill.example/returns",
    ),
    refunds=RefundTerms(
        BusinessDays(3, 5),
        {"credit_card": BusinessDays(5, 7), "gift_card": BusinessDays(0, 0)},
    ),
    support=SupportTerms(
        hours={**dict.fromkeys(range(5), (Opening(time(9), time(18)),))},
        email="hello@fernhill.example",
        phone="+49 761 5550 120",
        answer_within=timedelta(hours=4),
    ),
    links=Links(
        shop="https://fernhill.example/",
        account="https://fernhill.example/account",
        sign_up="https://fernhill.example/account/new",
        password="https://fernhill.example/account/password",
        edit_account="https://fernhill.example/account/details",
        delete_account="https://fernhill.example/account/delete",
        newsletter="https://fernhill.example/newsletter",
        review="https://fernhill.example/reviews",
    ),
    words={"bird bag": ("Drift Sleeping Bag",)},
)


def product(title: str, *variants: tuple[dict[str, str], str, int], **more: Any) -> Product:
    """A product; each variant is its options, price and stock (0: sold out, -1: no count)."""
    key = ProductId(title.lower().replace(" ", "-"))
    made = tuple(
        Variant(
            VariantId(f"{key}-{number}"),
            key,
            options,
            eur(price),
            available=stock != 0,
            stock=None if stock < 0 else stock,
            restock_on=more.pop("restock_on", None) if stock == 0 else None,
        )
        for number, (options, price, stock) in enumerate(variants, start=1)
    )
    return Product(key, title, made, **more)


def _keys(switches: str, colour: str) -> dict[str, str]:
    return {"switches": switches, "colour": colour}


KEYBOARD = product(
    "Mechanical Keyboard",
    (_keys("clicky", "grey"), "119", 3),
    (_keys("clicky", "black"), "119", 20),
    (_keys("linear", "grey"), "109", 0),
    (_keys("linear", "black"), "109", 20),
    category="Desk",
)
KETTLE = product("Heath Electric Kettle", ({}, "49", 30), category="Kitchen")
TEA_KETTLE = product(
    "Willow Tea Kettle", ({}, "39", 0), category="Kitchen", restock_on=date(2026, 12, 1)
)
BOOTS = product(
    "Ridge Hiking Boots",
    *(
        ({"size": str(size), "colour": c}, "179", -1)
        for size in range(38, 44)
        for c in ("brown", "slate")
    ),
    category="Footwear",
)
BAG = product(
    "Drift Sleeping Bag", ({"warmth": "summer"}, "119", 0), ({"warmth": "winter"}, "189", 0)
)
SOCKS = product("Heather Wool Socks", ({}, "19", 0), category="Footwear", final_sale=True)
MIA = Customer(
    CustomerId("mia"),
    "Mia",
    "Smith",
    default_address=PostalAddress("1 Rue X", "Paris", "75001", "FR"),
)
SHOP = FakeShop([KEYBOARD, KETTLE, TEA_KETTLE, BOOTS, BAG, SOCKS], [MIA])


def ask(
    intent: str,
    text: str = "",
    *,
    terms: Terms = TERMS,
    memory: Memory | None = None,
    who: Who = ANYONE,
    chosen: Mapping[str, str] | None = None,
    now: datetime = NOW,
    **context: object,
) -> Ask:
    """A question at the counter; what has a fixed shape in the text is read as the brain would."""
    found = [Entity(f.kind, f.value, text[f.start : f.end]) for f in read(text)]
    found += [Entity(kind, value) for kind, value in (chosen or {}).items()]
    return Ask(
        text,
        intent,
        now,
        SHOP,
        terms,
        who=who,
        entities=tuple(found),
        memory=memory or Memory(),
        locale=terms.locale,
        context=context,
    )


def answer(asked: Ask) -> Answer:
    """What the shop answers; every sentence of it is there and filled."""
    given = ANSWERS[asked.intent](asked)
    assert spoken(asked, given)
    return given
