"""Where a parcel would go and what would be in it, as far as message, talk or page say."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.messages import Choice
from bot.shop.asking import Ask, Memory, Say
from bot.shop.finding import matching_variants, mentioned_products
from bot.shop.identity import Level
from bot.shop.model import Money, Variant
from bot.shop.wording import Wording

_POSTCODE_OF = {
    "GB": re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.I),
    "NL": re.compile(r"\d{4} ?[A-Z]{2}", re.I),
    "CA": re.compile(r"[A-Z]\d[A-Z] ?\d[A-Z]\d", re.I),
}
_DIGITS = {
    **dict.fromkeys("DE FR ES IT FI SE PL CZ US".split(), 5),  # noqa: SIM905
    **dict.fromkeys("AT CH LI BE LU DK NO PT HU".split(), 4),  # noqa: SIM905
}
_WITH_ARTICLE = frozenset("US GB NL AE PH BS GM MV DO CF CD FO FK KY MH".split())  # noqa: SIM905
_OFFERED_COUNTRIES = 4


@dataclass(frozen=True, slots=True)
class Destination:
    """A country (ISO-2) and maybe a postcode. ``assumed``: nobody said so, it is where we are."""

    country: str
    postcode: str | None = None
    assumed: bool = False

    def remembered(self, memory: Memory) -> Memory:
        """The memory with this country, unless it was only assumed."""
        return memory if self.assumed else replace(memory, country=self.country)


def destination(ask: Ask) -> Destination:
    """The place asked about: said, remembered, told by the page, on file, or the shop's own."""
    postcode = ask.entity("postcode")
    said = ask.entity("country") or _country_of(postcode)
    told = ask.context.get("country")
    country = said or ask.memory.country or (told if isinstance(told, str) else None)
    postcode = postcode or _bare_postcode(ask, country or ask.terms.country)
    if country is not None:
        same = told == country and not postcode
        return Destination(country, _told_postcode(ask) if same else postcode)
    if ask.who.level >= Level.CHANNEL and ask.who.customer_id is not None:
        customer = ask.shop.customer(ask.who.customer_id)
        if customer is not None and customer.default_address is not None:
            home = customer.default_address
            return Destination(home.country, postcode or home.postcode)
    return Destination(ask.terms.country, postcode, assumed=postcode is None)


def _country_of(postcode: str | None) -> str | None:
    if not postcode:
        return None
    return next((c for c, form in _POSTCODE_OF.items() if form.fullmatch(postcode)), None)


def _bare_postcode(ask: Ask, country: str) -> str | None:
    """A number as long as that country's postcodes, unless it is an amount."""
    if (length := _DIGITS.get(country)) is None:
        return None
    amounts = {entity.value for entity in ask.entities if entity.kind == "money"}
    found = re.findall(rf"(?<![\w#.,€$£-])\d{{{length}}}(?![\w%.,€$£-])", ask.text)
    return next((number for number in found if number not in amounts), None)


def _told_postcode(ask: Ask) -> str | None:
    postcode = ask.context.get("postcode")
    return postcode if isinstance(postcode, str) else None


def in_words(ask: Ask, country: str) -> str:
    """A country as a sentence names it: ``the United States``."""
    name = Wording.of(ask).country(country)
    return f"the {name}" if country in _WITH_ARTICLE else name


def other_countries(ask: Ask, assumed: str, utter: str) -> Say:
    """An invitation to name another country, with the nearest ones to tap."""
    wording = Wording.of(ask)
    others = [code for code in ask.terms.delivery_countries if code != assumed]
    choices = tuple(
        Choice(
            wording.country(code),
            f'/choose{{"intent": "{ask.intent}", "country": "{code}"}}',
        )
        for code in others[:_OFFERED_COUNTRIES]
    )
    return Say(utter, choices=choices)


def total(ask: Ask) -> Money | None:
    """The value of what would be ordered: an amount or a product said, else the page's basket."""
    currency = ask.terms.currency
    if (amount := ask.entity("money")) is not None and re.fullmatch(r"\d+(\.\d{1,2})?", amount):
        return Money.of(amount, currency)
    for product in mentioned_products(ask.text, ask.shop.products(), ask.terms.words)[:1]:
        prices = {v.price for v in matching_variants(ask.text, product).variants}
        price = prices.pop() if len(prices) == 1 else None
        return price if price is not None and price.currency == currency else None
    return _basket(ask)


def _basket(ask: Ask) -> Money | None:
    lines = ask.context.get("basket")
    if not isinstance(lines, list) or not lines:
        return None
    prices = _variants(ask)
    value = Money(0, ask.terms.currency)
    for line in lines:
        variant = prices.get(str(line.get("variant"))) if isinstance(line, dict) else None
        if variant is None or variant.price.currency != value.currency:
            # a basket we cannot price in full has no value we could name
            return None
        value += variant.price * int(line.get("quantity", 1))
    return value


def _variants(ask: Ask) -> dict[str, Variant]:
    return {str(v.id): v for product in ask.shop.products() for v in product.variants}
