"""What a message is about: which products, which of their variants, which orders. Pure text work,
no guess: what the text leaves open stays several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.shop.model import Order, Product, Variant
from bot.shop.options import BARE, Hit, Options, named_options, not_offered, option_hits
from bot.shop.titles import Mention, Titles, meant_titles, named_titles, names_kind
from bot.shop.words import COMMON, words

_KEPT = 20_000
_ABOUT_PRODUCTS = frozenset(
    """cost price much pricey expensive cheap stock available availability sold out have got carry
    sell offer come variant version option kind choice choose pick colour size model item product
    article thing catalogue range assortment selection collection currently moment right restock
    again when will euro dollar pound buck tell know please hey hello there thanks many left piece
    number unit inventory warehouse store shop online purchase buy get detail describe description
    info information feature spec specification about different various type style other else say
    interested would could wonder wondering love want wanna gonna looking find still yet today
    tomorrow week soon mate guys folks sir madam dear team ship shipping pay paying basket cart
    your you our mean meant sorry actually instead ask question quick""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class VariantMatch:
    """The variants that fit all options the text names; ``named`` are those options.

    ``missing`` are values the text wants that the product does not come in: then none fits.
    """

    variants: tuple[Variant, ...]
    named: Mapping[str, str]
    missing: tuple[str, ...] = ()


def mentioned_products(
    text: str, products: Sequence[Product], also: Mapping[str, Sequence[str]] | None = None
) -> list[Product]:
    """The products a text speaks of, best first; several when it fits several equally well.

    ``also`` are the merchant's own words (``Terms.words``): word -> titles.
    """
    index = Titles.of(tuple(p.title for p in products), _frozen(also))
    named = _not_options(text, named_titles(text, index), products)
    if named:
        return [products[mention.title] for mention in named]
    return _fitting_options(text, [products[n] for n in meant_titles(text, index)])


def only_likened(
    text: str, product: Product, products: Sequence[Product], also: Mapping[str, Sequence[str]]
) -> bool:
    """Whether the text names something else that only shares a word with this product's title."""
    index = Titles.of(tuple(p.title for p in products), _frozen(also))
    named = any(products[m.title] is product for m in named_titles(text, index))
    return not (named or names_kind(text, product.title, index) or not unmentioned(text, product))


def matching_variants(text: str, product: Product) -> VariantMatch:
    """The variants consistent with every option the text names (all of them if it names none)."""
    index = _options_of(product)
    hits = option_hits(text, index)
    missing = not_offered(text, index, hits)
    fitting = () if missing else tuple(v for v in product.variants if _fits(v.options, hits))
    named: dict[str, str] = {}
    for hit in hits:
        values = {v.options.get(hit.option) for v in fitting}
        if not fitting or values == {hit.value}:
            named[hit.option] = hit.value
    order = {name: place for v in product.variants for place, name in enumerate(v.options)}
    named = dict(sorted(named.items(), key=lambda item: order[item[0]]))
    return VariantMatch(fitting, named, missing)


def asked_options(text: str, product: Product) -> list[str]:
    """The options of a product that a text asks about by name ("what colors does it come in")."""
    asked = set(named_options(text, _options_of(product)))
    names = dict.fromkeys(name for variant in product.variants for name in variant.options)
    return [name for name in names if name in asked]


def orders_mentioning(text: str, orders: Sequence[Order]) -> list[Order]:
    """The orders with a product in them that the text speaks of, in the order given.

    Options narrow them ("the red boots") as long as any order is left.
    """
    titles = tuple(dict.fromkeys(line.title for order in orders for line in order.lines))
    index = Titles.of(titles, ())
    numbers = [mention.title for mention in named_titles(text, index)] or meant_titles(text, index)
    meant = {titles[number] for number in numbers}
    having = [o for o in orders if any(line.title in meant for line in o.lines)]
    variants: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for order in having:
        for line in order.lines:
            variants[line.title].append(line.options)
    hits = {title: option_hits(text, Options.of(title, variants[title])) for title in meant}
    exact = [
        order
        for order in having
        if any(
            line.title in meant and _fits(line.options, hits[line.title]) for line in order.lines
        )
    ]
    return exact or having


def _frozen(also: Mapping[str, Sequence[str]] | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((word, tuple(titles)) for word, titles in also.items()) if also else ()


_known: dict[str, tuple[Product, Options]] = {}


def _options_of(product: Product) -> Options:
    """The product's index, made once for as long as the catalogue keeps the same record."""
    kept = _known.get(product.id)
    if kept is not None and kept[0] is product:
        return kept[1]
    if len(_known) >= _KEPT:
        _known.clear()
    index = Options.of(product.title, [v.options for v in product.variants])
    _known[product.id] = (product, index)
    return index


def _fits(options: Mapping[str, str], hits: Iterable[Hit]) -> bool:
    """Whether every span of the text is true of these options.

    A bare word may mean any option that has it; two values of one option are alternatives.
    """
    spans: dict[tuple[int, int], list[Hit]] = defaultdict(list)
    for hit in hits:
        spans[hit.start, hit.end].append(hit)
    wanted: dict[frozenset[str], list[Hit]] = defaultdict(list)
    for same in spans.values():
        wanted[frozenset(hit.option for hit in same)] += same
    return all(
        any(options.get(hit.option) == hit.value for hit in alternatives)
        for alternatives in wanted.values()
    )


def _not_options(text: str, mentions: list[Mention], products: Sequence[Product]) -> list[Mention]:
    """Without titles that are only an option of another product named (``laptop`` backpack)."""
    if len(mentions) < 2:
        return mentions
    said = [w.text for w in words(text)]
    hits = {m: option_hits(text, _options_of(products[m.title])) for m in mentions}
    kept = []
    for mention in mentions:
        others = [m for m in mentions if m is not mention]
        if not any(_is_option_of(mention, other, hits[other], said) for other in others):
            kept.append(mention)
    return kept or mentions


def _is_option_of(
    mention: Mention, other: Mention, hits: Iterable[Hit], said: Sequence[str]
) -> bool:
    """Whether these words rather name an option of the other product than a second product."""
    same = [h for h in hits if h.start <= mention.start and mention.end <= h.end]
    if any(hit.strength > BARE for hit in same):
        return True
    first, second = sorted((mention, other), key=lambda m: m.start)
    between = said[first.end : second.start]
    return bool(same) and not {"and", "or"}.intersection(between)


def _fitting_options(text: str, products: list[Product]) -> list[Product]:
    """Of products that fit equally well by name, those with the most of the options named."""
    if len(products) < 2:
        return products
    counts = [len({h.start for h in option_hits(text, _options_of(p))}) for p in products]
    return [p for p, count in zip(products, counts, strict=True) if count == max(counts)]


def unmentioned(text: str, product: Product | None) -> str:
    """A text without everyday words and this product's own: what is left may be another product."""
    known = COMMON | _ABOUT_PRODUCTS
    if product is not None:
        hits = option_hits(text, _options_of(product))
        own = {w.text for w in words(product.title)} | _options_of(product).vocabulary
    else:
        hits, own = [], set()
    named = {place for hit in hits for place in range(hit.start, hit.end)}
    return " ".join(
        word.raw
        for place, word in enumerate(words(text))
        if len(word.text) > 2
        and word.text.isalpha()
        and word.text not in known
        and word.text not in own
        and place not in named
    )
