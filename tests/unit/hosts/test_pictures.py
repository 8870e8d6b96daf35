"""Every product has a drawing, and every drawing is there."""

from __future__ import annotations

import pytest

from bot.hosts.pictures import ANYTHING, TILES, WORDS, picture_of
from bot.shop.model import Product, ProductId


def product(title: str, image: str = "") -> Product:
    return Product(ProductId("p"), title, (), image=image)


@pytest.mark.parametrize("name", [*WORDS, ANYTHING])
def test_the_drawing_is_there(name: str) -> None:
    assert (TILES / f"{name}.svg").exists()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Drift Sleeping Bag", "sleeping-bag"),
        ("Puddle Rubber Boots", "wellies"),
        ("Terrace Garden Chair", "garden-chair"),
        ("Heron Desk Lamp", "desk-lamp"),
        ("Air Purifier", ANYTHING),
    ],
)
def test_the_most_particular_word_wins(title: str, name: str) -> None:
    assert picture_of(product(title)) == f"/static/store/tiles/{name}.svg"


def test_a_picture_elsewhere_is_not_loaded_from_there() -> None:
    assert picture_of(product("Mug", "https://cdn.example/x.png")).endswith("/mug.svg")
    assert picture_of(product("Mug", "/static/my.png")) == "/static/my.png"
