"""Which of our drawings stands for a product: the first whose word is in its id or its title."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from bot.shop.model import Product

TILES = Path(__file__).resolve().parent / "static" / "store" / "tiles"
ANYTHING = "parcel"
WORDS = {
    "sleeping-bag": "sleeping bag",
    "mat": "mat",
    "tent": "tent",
    "stove": "stove",
    "headphones": "headphones|earbuds|speaker",
    "headlamp": "headlamp",
    "lantern": "lantern",
    "desk-lamp": "desk lamp",
    "lamp": "lamp|light|bulb",
    "cool-box": "cool box|cooler",
    "hammock": "hammock",
    "dry-bag": "dry bag",
    "backpack": "backpack|daypack|rucksack",
    "bag": "bag|duffel|luggage",
    "wellies": "wellies|rubber boots",
    "boots": "boots",
    "sandals": "sandals",
    "shoes": "shoes|sneakers",
    "socks": "socks",
    "vest": "vest",
    "jacket": "jacket|coat|fleece",
    "shirt": "shirt|base layer",
    "trousers": "trousers|pants|jeans|shorts",
    "beanie": "beanie",
    "hat": "hat|cap",
    "gloves": "gloves",
    "poles": "poles",
    "bottle": "bottle",
    "binoculars": "binoculars",
    "compass": "compass",
    "first-aid": "first aid",
    "power": "power bank|charger",
    "keyboard": "keyboard",
    "mouse": "mouse",
    "garden-chair": "garden chair|patio",
    "chair": "chair",
    "desk": "desk",
    "notebook": "notebook",
    "coffee": "espresso|coffee maker",
    "grinder": "grinder",
    "teapot": "teapot",
    "kettle": "kettle",
    "mug": "mug",
    "pan": "pan|skillet",
    "pot": "dutch oven|cookset|pot",
    "knife": "knife",
    "board": "board",
    "plates": "dinner set|tableware|plates",
    "bedding": "bedding|sheets|duvet",
    "blanket": "blanket",
    "towels": "towel",
    "candle": "candle",
    "clock": "clock|watch",
    "shelf": "shelf|bookshelf",
    "fire": "fire bowl|grill",
    "secateurs": "secateurs|hose",
    "gift-card": "gift card",
}


@lru_cache(maxsize=4096)
def _drawing(words: str) -> str:
    for name, pattern in WORDS.items():
        if re.search(rf"\b(?:{pattern})s?\b", words):
            return name
    return ANYTHING


def picture_of(product: Product) -> str:
    """The path of the product's picture: the shop's own when it is on this site, else a drawing."""
    if re.fullmatch(r"/static/[\w./-]+", product.image):
        return product.image
    return f"/static/store/tiles/{_drawing(f'{product.title} {product.id}'.lower())}.svg"
