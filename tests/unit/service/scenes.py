"""One customer, a few orders and the questions about them, as small as a test needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.shop.asking import Ask, Entity, Memory, Proofs
from bot.shop.identity import ANYONE, Level, Who
from bot.shop.model import (
    Customer,
    CustomerId,
    Line,
    Money,
    Order,
    OrderId,
    OrderStatus,
    Payment,
    PaymentMethod,
    PostalAddress,
    Product,
    ProductId,
    Shipment,
    ShippedItem,
    Variant,
    VariantId,
)
from bot.shop.terms import Links, Opening, SupportTerms, Terms
from tests.fakes import FakeShop

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
"""A Monday, four in the afternoon in Berlin."""
TODAY = date(2026, 11, 23)

HOME = PostalAddress("1 High Street", "Freiburg", "79098", "DE", name="Mia Smith")
MIA = Customer(
    CustomerId("mia"),
    "Mia",
    "Smith",
    ("mia@example.com", "mia.work@example.com"),
    ("+491511234567",),
    HOME,
    payment_methods=(
        PaymentMethod("card", "credit_card", "visa", "6081"),
        PaymentMethod("gift", "gift_card", balance=Money(5000, "EUR")),
    ),
)
NOAH = Customer(CustomerId("noah"), "Noah", "Brown", ("noah@example.com",), ("+491517654321",))
MIA_WRITES = Who(Level.CHANNEL, MIA.id)

TERMS = Terms(
    "Fernhill",
    "EUR",
    "DE",
    timezone="Europe/Berlin",
    locale="en_GB",
    support=SupportTerms(
        hours=dict.fromkeys(range(5), (Opening(time(9), time(17)),)),
        answer_within=timedelta(minutes=10),
    ),
    links=Links(account="https://shop.example/account"),
)


def eur(cents: int) -> Money:
    """An amount in euro cents."""
    return Money(cents, "EUR")


def product(title: str) -> Product:
    """A product with one variant."""
    key = ProductId(title.lower().replace(" ", "-"))
    variant = Variant(VariantId(f"{key}-1"), key, {}, eur(2500), available=True)
    return Product(key, title, (variant,))


def line(title: str, quantity: int = 1, **options: str) -> Line:
    """A line of an order; its ids follow from the title."""
    key = title.lower().replace(" ", "-")
    return Line(key, ProductId(key), VariantId(f"{key}-1"), title, options, quantity, eur(2500))


def order(
    number: str = "W1001",
    *titles: str | Line,
    status: OrderStatus = OrderStatus.PENDING,
    days_ago: int = 3,
    of: Customer = MIA,
    **more: Any,
) -> Order:
    """An order placed so many days ago, paid in full by card."""
    lines = tuple(t if isinstance(t, Line) else line(t) for t in titles or ("Tea Kettle",))
    total = eur(sum(ln.unit_price.amount * ln.quantity for ln in lines))
    found = Order(
        OrderId(f"#{number}"),
        number,
        of.id,
        status,
        "EUR",
        NOW - timedelta(days=days_ago),
        HOME,
        lines,
        total,
        payments=(Payment("1", total, "card", "credit_card", brand="visa", last4="6081"),),
    )
    return replace(found, **more)


def shipment(number: str = "1", *items: tuple[str, int], **more: Any) -> Shipment:
    """A parcel handed over two days ago, due tomorrow unless said otherwise."""
    contents = tuple(
        ShippedItem(VariantId(f"{title.lower().replace(' ', '-')}-1"), count)
        for title, count in items
    )
    given: dict[str, Any] = {
        "tracking_numbers": ("538293928885",),
        "shipped_at": NOW - timedelta(days=2),
        "estimated_delivery": TODAY + timedelta(days=1),
    }
    return Shipment(number, items=contents, **{**given, **more})


def shipped(number: str = "W1001", *titles: str | Line, **more: Any) -> Order:
    """An order on its way in one parcel, changed as the shipment's fields say."""
    keys = {"days_ago", "of", "lines", "refunds", "returns", "invoices"}
    own = {key: value for key, value in more.items() if key in keys}
    parcel = shipment(**{key: value for key, value in more.items() if key not in keys})
    return order(number, *titles, status=OrderStatus.PROCESSED, shipments=(parcel,), **own)


def delivered(number: str = "W1001", *titles: str | Line, **more: Any) -> Order:
    """An order that arrived three days ago."""
    parcel = shipment(estimated_delivery=None, delivered_at=NOW - timedelta(days=3))
    given: dict[str, Any] = {"days_ago": 10, "shipments": (parcel,), **more}
    return order(number, *titles, status=OrderStatus.DELIVERED, **given)


def cancelled(number: str = "W1001", *titles: str | Line, **more: Any) -> Order:
    """A cancelled order."""
    return order(number, *titles, status=OrderStatus.CANCELLED, **more)


def ask(
    text: str,
    intent: str,
    orders: Sequence[Order] = (),
    *,
    who: Who = MIA_WRITES,
    memory: Memory | None = None,
    entities: Mapping[str, str] | None = None,
    proofs: Proofs | None = None,
    **more: Any,
) -> Ask:
    """A question to a shop of Mia and Noah with these orders."""
    titles = dict.fromkeys(ln.title for found in orders for ln in found.lines)
    shop = FakeShop([product(title) for title in titles], [MIA, NOAH], orders)
    found = tuple(Entity(kind, value, value) for kind, value in (entities or {}).items())
    given: dict[str, Any] = {"terms": TERMS, "locale": "en_GB", **more}
    return Ask(
        text,
        intent,
        NOW,
        shop,
        who=who,
        memory=memory or Memory(),
        entities=found,
        proofs=proofs or Proofs(),
        **given,
    )


STRANGER = ANYONE
