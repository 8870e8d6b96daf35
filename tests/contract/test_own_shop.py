"""Importing a shop, and the port ``Shop`` over what was imported."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import jsonschema
import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text

from bot.backends.exchange import Counts, load, parse_exchange, read_exchange
from bot.backends.exchange_format import Exchange
from bot.backends.own import OwnShop
from bot.errors import BadInput, ShopUnavailable
from bot.shop.model import (
    CustomerId,
    Invoice,
    Line,
    Money,
    Order,
    OrderId,
    OrderStatus,
    Payment,
    PaymentStatus,
    PostalAddress,
    ProductId,
    Refund,
    RefundStatus,
    Return,
    ReturnStatus,
    Shipment,
    ShippedItem,
    VariantId,
)
from bot.store.migrate import sqlalchemy_url
from bot.store.shop_tables import RECORDS
from tests.conftest import SHARED
from tests.exchange_files import as_file, small_shop

RETAIL = SHARED / "retail" / "shop.json"


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = create_engine(sqlalchemy_url(database))
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A connection with the tiny shop loaded; nothing of it is committed."""
    with engine.connect() as connection:
        load(connection, small(), source="small.json")
        yield connection


def small(**changes: object) -> Exchange:
    shop: dict[str, Any] = {**small_shop(), **changes}
    return parse_exchange(as_file(shop), "small.json")


def dollars(text: str) -> Money:
    return Money.of(text, "USD")


def everything(connection: Connection) -> dict[str, list[str]]:
    """Every row of the shop's tables as text."""
    return {
        table.name: sorted(
            row[0]
            for row in connection.execute(text(f"SELECT CAST(t AS text) FROM {table.name} t"))
        )
        for table in RECORDS
    }


HOME = PostalAddress("1 Elm Street", "Denver", "80279", "US")


def test_an_order_comes_back_with_all_its_parts(connection: Connection) -> None:
    kettle = ProductId("p1")
    small_one, big_one = VariantId("v1"), VariantId("v2")
    shipped_at = datetime(2026, 11, 11, 10, tzinfo=UTC)
    assert OwnShop(connection).order(OrderId("#A-1001")) == Order(
        id=OrderId("#A-1001"),
        number="A1001",
        customer_id=CustomerId("ann"),
        status=OrderStatus.PROCESSED,
        currency="USD",
        created_at=datetime(2026, 11, 10, 8, tzinfo=UTC),
        shipping_address=HOME,
        lines=(
            Line("1", kettle, small_one, "Kettle", {"size": "1 l", "colour": "red"}, 3,
                 dollars("20")),
            Line("2", kettle, big_one, "Kettle", {}, 1, dollars("25")),
        ),
        total=dollars("89.90"),
        shipments=(
            Shipment("1", ("T1", "T2"), (ShippedItem(small_one, 2),), "UPS",
                     "https://ups.example/T1", shipped_at, date(2026, 11, 24),
                     date(2026, 11, 21)),
            Shipment("2", ("T3",), (ShippedItem(big_one, 1),), shipped_at=shipped_at,
                     delivered_at=datetime(2026, 11, 13, 10, tzinfo=UTC)),
        ),
        payments=(
            Payment("1", dollars("12.70"), "gift", "gift_card"),
            Payment("2", dollars("77.20"), "card", "credit_card", PaymentStatus.AUTHORISED,
                    "visa", "4242", datetime(2026, 11, 10, 8, 0, 1, tzinfo=UTC)),
        ),
        refunds=(
            Refund("1", dollars("5"), "card", "credit_card", RefundStatus.SENT, "visa", "4242"),
            Refund("2", dollars("1"), "", "paypal", RefundStatus.REQUESTED,
                   requested_at=datetime(2026, 11, 15, 8, tzinfo=UTC), reason="late"),
        ),
        returns=(
            Return("1", (ShippedItem(big_one, 1),), ReturnStatus.IN_TRANSIT,
                   datetime(2026, 11, 14, 8, tzinfo=UTC), reason="too big"),
        ),
        invoices=(Invoice("1", "R-1", date(2026, 11, 11), dollars("89.90")),),
        delivery_method="standard",
        shipping_cost=dollars("4.90"),
        discount=dollars("0"),
    )  # fmt: skip


def test_options_keep_the_order_the_shop_named_them_in(connection: Connection) -> None:
    order = OwnShop(connection).order(OrderId("#A-1001"))
    assert order is not None
    assert list(order.lines[0].options) == ["size", "colour"]
    variant = OwnShop(connection).products()[0].variants[0]
    assert list(variant.options) == ["size", "colour"]
    assert (variant.stock, variant.price) == (4, dollars("20"))


@pytest.mark.parametrize("spelling", ["#A-1001", "a1001", "A 1001", "1001", "#1001"])
def test_finds_an_order_by_its_number_in_any_spelling(
    connection: Connection, spelling: str
) -> None:
    order = OwnShop(connection).order_numbered(spelling)
    assert order is not None
    assert order.id == "#A-1001"


@pytest.mark.parametrize("spelling", ["B1001", "", "#", "100", "'; --"])
def test_finds_no_order_of_another_number(connection: Connection, spelling: str) -> None:
    assert OwnShop(connection).order_numbered(spelling) is None


def test_digits_that_two_orders_share_name_neither_but_the_letters_do(engine: Engine) -> None:
    shop = small_shop()
    shop["orders"][1]["id"] = "B1001"
    with engine.connect() as connection:
        load(connection, parse_exchange(as_file(shop), "small.json"))
        own = OwnShop(connection)
        assert own.order_numbered("1001") is None
        found = own.order_numbered("b-1001")
        assert found is not None
        assert found.id == "B1001"


def test_orders_of_a_customer_come_newest_first(connection: Connection) -> None:
    shop = OwnShop(connection)
    ann = CustomerId("ann")
    assert [order.id for order in shop.orders_of(ann)] == ["#A-1002", "#A-1001"]
    assert [order.id for order in shop.orders_of(ann, limit=1)] == ["#A-1002"]
    assert shop.orders_of(CustomerId("bob")) == ()


def test_finds_a_customer_by_any_address_on_file(connection: Connection) -> None:
    shop = OwnShop(connection)
    ann = shop.customer(CustomerId("ann"))
    assert ann is not None
    assert shop.customer_at("email", "ANN.LEE@example.com") == ann
    assert shop.customer_at("email", "ann@example.org") == ann
    assert shop.customer_at("phone", "+12025550100") == ann
    assert ann.emails == ("Ann.Lee@example.com", "ann@example.org")
    assert ann.default_address == HOME
    assert [place.line1 for place in ann.addresses] == ["1 Elm Street", "2 Oak Street"]
    assert [method.balance for method in ann.payment_methods] == [None, dollars("12.30")]
    assert ann.locale == "en_US"


def test_an_address_two_customers_share_is_neither_ones(connection: Connection) -> None:
    assert OwnShop(connection).customer_at("phone", "+12025550101") is None
    assert OwnShop(connection).customer_at("fax", "+12025550100") is None
    assert OwnShop(connection).customer(CustomerId("eve")) is None


def test_each_question_is_one_trip_to_the_database(engine: Engine) -> None:
    with engine.connect() as connection:
        load(connection, small())
        shop, trips = OwnShop(connection), []
        event.listen(engine, "before_cursor_execute", lambda *call: trips.append(call[2]))
        shop.order(OrderId("#A-1001"))
        shop.order_numbered("1001")
        shop.orders_of(CustomerId("ann"))
        shop.customer(CustomerId("ann"))
        shop.customer_at("phone", "+12025550100")
        assert len(trips) == 5
        shop.products()
        shop.products()
        assert len(trips) == 7
        OwnShop(connection).products()
        assert len(trips) == 8


def test_the_catalogue_is_read_again_when_an_import_changed_it(connection: Connection) -> None:
    assert OwnShop(connection).products()[0].title == "Kettle"
    shop = small_shop()
    shop["products"][0]["title"] = "Teapot"
    load(connection, parse_exchange(as_file(shop), "small.json"))
    assert OwnShop(connection).products()[0].title == "Teapot"


def test_importing_again_touches_nothing(connection: Connection) -> None:
    before = everything(connection)
    again = load(connection, small())
    assert again.touched == 0
    assert (again.products, again.variants, again.customers, again.orders) == (1, 2, 2, 2)
    assert everything(connection) == before


def test_what_the_file_no_longer_has_is_removed(connection: Connection) -> None:
    shop = small_shop()
    del shop["orders"][0]
    del shop["customers"][1]
    shop["orders"][0]["status"] = "cancelled"
    counts = load(connection, parse_exchange(as_file(shop), "small.json"))
    assert counts.tables["shop_order"].removed == 1
    assert counts.tables["shop_order"].changed == 1
    assert counts.tables["shipment_item"].removed == 2
    assert OwnShop(connection).order(OrderId("#A-1001")) is None
    assert OwnShop(connection).customer(CustomerId("bob")) is None


def test_nothing_is_loaded_after_a_bad_record(engine: Engine) -> None:
    shop = small_shop()
    shop["orders"][1]["customer_id"] = "eve"
    with engine.begin() as connection:
        with pytest.raises(BadInput, match="#A-1002"):
            load(connection, parse_exchange(as_file(shop), "small.json"))
        assert not any(everything(connection).values())


def test_a_dry_run_counts_and_leaves_no_trace(engine: Engine) -> None:
    with engine.connect() as connection:
        assert load(connection, small()).touched > 0
        connection.rollback()
        assert not any(everything(connection).values())


def test_progress_ends_at_the_end(engine: Engine) -> None:
    seen: list[tuple[int, int]] = []
    with engine.connect() as connection:
        load(connection, small(), lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


def test_remembers_what_was_loaded(connection: Connection) -> None:
    state = connection.execute(text("SELECT * FROM shop_state")).mappings().one()
    assert (state["loaded_from"], state["demo"]) == ("small.json", False)
    assert state["as_of"] == datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_lost_database_is_an_unavailable_shop(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 1"))
        connection.execute(text("SELECT 1"))
        with pytest.raises(ShopUnavailable):
            OwnShop(connection)._rows(text("SELECT pg_sleep(5)"))
        connection.rollback()


def test_the_retail_shop_is_loaded_whole_and_twice_the_same(engine: Engine) -> None:
    started = time.monotonic()
    exchange = read_exchange(RETAIL)
    with engine.connect() as connection:
        first: Counts = load(connection, exchange, source=RETAIL.name)
        assert time.monotonic() - started < 10
        assert (first.products, first.customers, first.orders) == (50, 500, 1000)
        assert first.variants == sum(len(p.variants) for p in exchange.products)
        assert load(connection, exchange).touched == 0
        shop = OwnShop(connection)
        order = shop.order_numbered("w3220387")
        assert order is not None
        assert order.refunds[0].amount == dollars("608.91")
        paid = order.payments[0]
        assert (paid.method_kind, paid.amount) == ("paypal", order.total)


def test_the_published_schema_takes_the_shops_we_load() -> None:
    schema = Exchange.model_json_schema()
    jsonschema.validate(small_shop(), schema)
    spoiled = small_shop()
    spoiled["orders"][0]["lines"][0]["quantity"] = 0
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoiled, schema)
