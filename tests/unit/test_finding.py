"""Products, options and orders in free text: every named variant is found, nothing is guessed."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.shop.finding import (
    asked_options,
    matching_variants,
    mentioned_products,
    orders_mentioning,
    unmentioned,
)
from bot.shop.model import (
    CustomerId,
    Line,
    Money,
    Order,
    OrderId,
    OrderStatus,
    PostalAddress,
    Product,
    ProductId,
    Variant,
    VariantId,
)
from tests.retail_shop import questions, retail_shop

PRODUCTS = retail_shop().products()
TITLED = {product.title: product for product in PRODUCTS}
SEED = 20261123


def titles(text: str) -> list[str]:
    return [product.title for product in mentioned_products(text, PRODUCTS)]


def made(title: str, *options: dict[str, str], **fields: str) -> Product:
    key = ProductId(title.lower().replace(" ", "-"))
    variants = tuple(
        Variant(VariantId(f"{key}-{n}"), key, o, Money(1000 + n, "EUR"), True)
        for n, o in enumerate(options)
    )
    return replace(Product(key, title, variants), **fields)  # type: ignore[arg-type]


def only(text: str, title: str) -> dict[str, str]:
    """The options of the one variant the text means."""
    found = matching_variants(text, TITLED[title]).variants
    assert len(found) == 1, [v.options for v in found]
    return dict(found[0].options)


VARIANT_QUESTIONS = [q for q in questions() if q["kind"] in ("variant_price", "variant_stock")]


@pytest.mark.parametrize("question", VARIANT_QUESTIONS, ids=lambda q: q["id"])
def test_every_variant_question_means_exactly_one(question: dict[str, object]) -> None:
    text = str(question["text"])
    (product,) = mentioned_products(text, PRODUCTS)
    assert len(matching_variants(text, product).variants) == 1


def _some_variants() -> list[tuple[Product, Variant]]:
    rng = random.Random(SEED)
    every = [(product, variant) for product in PRODUCTS for variant in product.variants]
    return rng.sample(every, 60)


def _reworded(product: Product, variant: Variant, rng: random.Random) -> str:
    """A customer's way to name this variant: order, case, plural and form of the words vary."""
    options = list(variant.options.items())
    rng.shuffle(options)
    pairs = {
        0: [f"{name} {value}" for name, value in options],
        1: [f"{name}: {value}" for name, value in options],
        2: [f"{value} {name}" for name, value in options],
        3: [f"{name} = {value}" for name, value in options],
    }[rng.randrange(4)]
    named = rng.choice([", ".join, " and ".join, " ".join])(pairs)
    plural = "" if product.title.endswith("s") else rng.choice(["", "s"])
    text = rng.choice(
        [
            "price of a {title}, {named}",
            "have you got the {title} with {named}?",
            "Hi! is {title} ({named}) available right now",
            "{title} {named} how much pls",
            "do u have any {title} left, {named}",
        ]
    ).format(title=product.title + plural, named=named)
    return rng.choice([str, str.lower, str.upper])(text)


@pytest.mark.parametrize("number", range(60))
def test_finds_a_variant_however_it_is_worded(number: int) -> None:
    product, variant = _some_variants()[number]
    rng = random.Random(SEED + number)
    for _ in range(4):
        text = _reworded(product, variant, rng)
        assert mentioned_products(text, PRODUCTS) == [product], text
        assert matching_variants(text, product).variants == (variant,), text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("price of the keyboard", ["Mechanical Keyboard"]),
        ("KEYBOARDS", ["Mechanical Keyboard"]),
        ("the keybord please", ["Mechanical Keyboard"]),
        ("mechancial keyboard", ["Mechanical Keyboard"]),
        ("is the smart watch waterproof", ["Smart Watch"]),
        ("smartwatch", ["Smart Watch"]),
        ("a wristwatch", ["Wristwatch"]),
        ("tshirts", ["T-Shirt"]),
        ("t shirt", ["T-Shirt"]),
        ("ereader", ["E-Reader"]),
        ("e-readers?", ["E-Reader"]),
        ("my phone", ["Smartphone"]),
        ("do you sell headphone", ["Headphones"]),
        ("bagpack", ["Backpack"]),
        ("labtop", ["Laptop"]),
        ("security camera", ["Indoor Security Camera"]),
        ("light bulbs", ["LED Light Bulb"]),
        ("yoga", ["Yoga Mat"]),
        ("dumbells", ["Dumbbell Set"]),
        ("robot vacuum", ["Vacuum Cleaner"]),
        ("mountain bike", ["Bicycle"]),
        ("laptop backpack", ["Backpack"]),
        ("backpack with laptop compartment", ["Backpack"]),
    ],
)
def test_finds_the_product_a_text_names(text: str, meant: list[str]) -> None:
    assert titles(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("how much is the kettle", {"Tea Kettle", "Electric Kettle"}),
        ("a watch", {"Smart Watch", "Wristwatch"}),
        ("camera", {"Action Camera", "Digital Camera", "Indoor Security Camera"}),
        ("a laptop and a backpack", {"Laptop", "Backpack"}),
    ],
)
def test_keeps_several_where_the_text_leaves_it_open(text: str, meant: set[str]) -> None:
    assert set(titles(text)) == meant


def test_an_option_only_one_of_them_has_decides() -> None:
    assert titles("a watch in gold") == ["Smart Watch"]


@pytest.mark.parametrize(
    "text",
    [
        "where is my order #W123456?",
        "what does delivery cost",
        "can i pay by card",
        "how long do refunds take?",
        "table",
        "a sofa",
        "",
        "???",
    ],
)
def test_finds_nothing_where_nothing_is_named(text: str) -> None:
    assert titles(text) == []


def test_knows_the_merchants_own_words() -> None:
    also = {"brewer": ["Coffee Maker"], "hob kettle": ["Tea Kettle"]}
    found = mentioned_products("how much is a brewer", PRODUCTS, also)
    assert [p.title for p in found] == ["Coffee Maker"]
    found = mentioned_products("the hob kettle", PRODUCTS, also)
    assert [p.title for p in found] == ["Tea Kettle"]


@pytest.mark.parametrize(
    ("text", "title", "options"),
    [
        ("black fleece jacket size L", "Fleece Jacket", {"color": "black", "size": "L"}),
        ("fleece jacket in black, large", "Fleece Jacket", {"color": "black", "size": "L"}),
        ("running shoes size 9 black", "Running Shoes", {"size": "9", "color": "black"}),
        ('wood wall clock 10"', "Wall Clock", {"diameter": "10 inches", "color": "wood"}),
    ],
)
def test_reads_the_options_of_one_variant(text: str, title: str, options: dict[str, str]) -> None:
    assert options.items() <= only(text, title).items()


@pytest.mark.parametrize(
    ("text", "title", "named"),
    [
        ("clicky switches", "Mechanical Keyboard", {"switch type": "clicky"}),
        ("80% keyboard", "Mechanical Keyboard", {"size": "80%"}),
        ("full-size", "Mechanical Keyboard", {"size": "full size"}),
        ("without backlight", "Mechanical Keyboard", {"backlight": "none"}),
        ("water resistance no", "Bluetooth Speaker", {"water resistance": "no"}),
        ("with water resistance", "Bluetooth Speaker", {"water resistance": "yes"}),
        ("waterproof boots", "Hiking Boots", {"waterproof": "yes"}),
        ("boots, not waterproof", "Hiking Boots", {"waterproof": "no"}),
        ("non-polarized", "Sunglasses", {"lens type": "non-polarized"}),
        ("polarized ones", "Sunglasses", {"lens type": "polarized"}),
        ("silver frame", "Sunglasses", {"frame color": "silver"}),
        ("SD card", "Digital Camera", {"storage": "SD card"}),
        ("rose gold", "Smartphone", {"color": "rose gold"}),
        ("8GB RAM", "Laptop", {"ram": "8GB"}),
        ("256 gb", "Laptop", {"storage": "256GB SSD"}),
        ("stainless", "Tea Kettle", {"material": "stainless steel"}),
        ("wifi", "LED Light Bulb", {"connectivity": "Wi-Fi"}),
        ("gray", "Pet Bed", {"color": "grey"}),
        ("leathr strap", "Wristwatch", {"strap material": "leather"}),
        ("1000 piece", "Jigsaw Puzzle", {"pieces": "1000"}),
        ("5-25 lbs", "Dumbbell Set", {"weight range": "5-25 lbs"}),
        ("1,5L", "Electric Kettle", {"capacity": "1.5L"}),
        ("women's", "Perfume", {"gender": "women"}),
        ("extra small", "Fleece Jacket", {"size": "XS"}),
    ],
)
def test_reads_one_option(text: str, title: str, named: dict[str, str]) -> None:
    assert matching_variants(text, TITLED[title]).named == named


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("is it in stock? i'm in a hurry", "Fleece Jacket"),
        ("arrives in 9 days?", "Running Shoes"),
        ("order 10 of them, 8 hours ago", "Running Shoes"),
        ("my order #10", "Hiking Boots"),
        ("no, thanks", "Bluetooth Speaker"),
        ("what is their resistance?", "Wireless Earbuds"),
        ("how much is the wall clock", "Wall Clock"),
    ],
)
def test_reads_no_option_where_none_is_named(text: str, title: str) -> None:
    match = matching_variants(text, TITLED[title])
    assert match.named == {}
    assert len(match.variants) == len(TITLED[title].variants)


def test_an_everyday_word_is_no_option_by_itself() -> None:
    bag = made("Sleeping Bag", {"zip": "left", "fill": "warm"}, {"zip": "right", "fill": "warm"})
    assert len(matching_variants("any sleeping bags left right now?", bag).variants) == 2
    assert matching_variants("with a left zip", bag).named["zip"] == "left"
    assert matching_variants("warm, left", bag).named["zip"] == "left"


def test_two_values_of_one_option_are_alternatives() -> None:
    found = matching_variants("is it there in blue or red?", TITLED["T-Shirt"]).variants
    assert {v.options["color"] for v in found} == {"blue", "red"}


def test_a_bare_value_means_any_option_that_has_it() -> None:
    found = matching_variants("black ones", TITLED["Sunglasses"]).variants
    assert found
    assert all("black" in (v.options["frame color"], v.options["lens color"]) for v in found)


def test_names_what_the_product_does_not_come_in() -> None:
    match = matching_variants("a pink t-shirt", TITLED["T-Shirt"])
    assert (match.variants, match.missing) == ((), ("pink",))
    match = matching_variants("running shoes size 14", TITLED["Running Shoes"])
    assert (match.variants, match.missing) == ((), ("size 14",))


def test_names_the_options_asked_about() -> None:
    assert asked_options("what colours does it come in?", TITLED["Backpack"]) == ["color"]
    assert asked_options("which sizes and materials", TITLED["Backpack"]) == ["size", "material"]


def test_what_is_left_of_a_text_may_be_another_product() -> None:
    assert unmentioned("and how much is the sofa?", TITLED["Tea Kettle"]) == "sofa"
    assert unmentioned("is the glass one in stock today?", TITLED["Tea Kettle"]) == ""


def _order(number: str, *lines: tuple[str, dict[str, str]]) -> Order:
    return Order(
        id=OrderId(f"#{number}"),
        number=number,
        customer_id=CustomerId("c"),
        status=OrderStatus.PENDING,
        currency="EUR",
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        shipping_address=PostalAddress("Street 1", "Town", "12345", "DE"),
        lines=tuple(
            Line(str(n), ProductId(t), VariantId(t), t, options, 1, Money(100, "EUR"))
            for n, (t, options) in enumerate(lines)
        ),
        total=Money(100, "EUR"),
    )


def test_finds_the_orders_with_the_product_named() -> None:
    boots = _order("1", ("Hiking Boots", {"size": "9", "color": "brown"}))
    more = _order("2", ("Hiking Boots", {"size": "10", "color": "black"}), ("Tea Kettle", {}))
    lamp = _order("3", ("Desk Lamp", {}))
    orders = [boots, more, lamp]
    assert orders_mentioning("where are the boots", orders) == [boots, more]
    assert orders_mentioning("where are the black boots", orders) == [more]
    assert orders_mentioning("the green boots I bought", orders) == [boots, more]
    assert orders_mentioning("my kettle", orders) == [more]
    assert orders_mentioning("where is it", orders) == []


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=120))
def test_never_breaks_on_any_text(text: str) -> None:
    for product in mentioned_products(text, PRODUCTS)[:3]:
        matching_variants(text, product)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=6), st.text(max_size=40))
def test_never_breaks_on_any_catalogue(names: list[str], text: str) -> None:
    products = [made(name, {name: text, "size": name}) for name in names]
    for product in mentioned_products(f"{text} {names[0]}", products):
        match = matching_variants(text, product)
        assert len(match.variants) <= len(product.variants)


def test_takes_about_a_millisecond_a_message() -> None:
    texts = [str(question["text"]) for question in VARIANT_QUESTIONS]
    for text in texts:
        matching_variants(text, mentioned_products(text, PRODUCTS)[0])
    best = 1.0
    for _ in range(5):
        began = time.perf_counter()
        for number, text in enumerate(texts):
            said = f"{text} {number}"
            matching_variants(said, mentioned_products(said, PRODUCTS)[0])
        best = min(best, (time.perf_counter() - began) / len(texts))
    # usually 0.4 ms; the bound leaves room for a busy machine
    assert best < 0.003
