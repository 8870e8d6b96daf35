"""Which lines and variants natural conversations speak of, among the customer's own orders.

``bot.shop.wanted`` resolves them: it belongs to the order actions. Where it is not there yet, there
is nothing to measure, and the summary of the run says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.shop.model import CustomerId, Line, Order, Variant
from tests.retail_shop import retail_shop
from tests.understanding.measuring import conversation_labels, named_turns

LABELS = conversation_labels()
lines = pytest.importorskip("bot.shop.wanted.lines", reason="the order actions are not merged")
replacing = pytest.importorskip("bot.shop.wanted.replacement")

ABOUT_A_NEW_ONE = {"order_exchange", "order_change_item"}


def among(name: str, which: str) -> list[Order]:
    """The customer's orders in question: of a status, one of a number, or all."""
    customer = LABELS["customers"][int(name.split(".", maxsplit=1)[0])]
    orders = retail_shop().orders_of(CustomerId(customer))
    if which == "all":
        return list(orders)
    return [o for o in orders if which in (o.status.value, o.id.lstrip("#"))]


def key(order: Order | str, line: Line) -> str:
    number = order if isinstance(order, str) else order.id
    return f"{number.lstrip('#')}/{line.variant_id}"


def right_lines(label: dict[str, Any], items: Any) -> list[bool]:
    """One verdict per line spoken of, and one per line that was not but was found."""
    found = {key(f.order_id, f.line) for f in items.found}
    if label.get("everything"):
        but = {key(f.order_id, f.line) for f in items.but}
        return [items.everything and but == set(label.get("but", ()))]
    meant, unclear = set(label.get("lines", ())), set(label.get("unclear", ()))
    verdicts = [line in found for line in meant]
    if unclear:
        verdicts.append({key(f.order_id, f.line) for f in items.unclear} == unclear)
    return verdicts + [False] * len(found - meant - unclear - set(label.get("given", ())))


def right_variants(
    text: str, label: dict[str, Any], items: Any, orders: Sequence[Order]
) -> list[bool]:
    """One verdict per line that is to become another variant."""
    verdicts = []
    products = {product.id: product for product in retail_shop().products()}
    for wanted, variant in (label.get("becoming") or {}).items():
        line = next(ln for o in orders for ln in o.lines if key(o, ln) == wanted)
        product = products[line.product_id]
        now: Variant = next(v for v in product.variants if v.id == line.variant_id)
        said = next((f.said for f in items.found if key(f.order_id, f.line) == wanted), "")
        found = replacing.replacement([said or text], product, now)
        verdicts.append([v.id for v in found.variants] == [str(variant)])
    return verdicts


def test_resolves_the_lines_and_variants_spoken_of() -> None:
    verdicts: list[bool] = []
    wrong = []
    for name, text in named_turns().items():
        label = LABELS["turns"][name]
        mentions = label.get("mentions")
        if mentions is None:
            continue
        orders = among(name, str(mentions["among"]))
        becoming = "becoming" in mentions or bool(ABOUT_A_NEW_ONE & set(label["intents"]))
        items = lines.read_items(text, orders, {}, becoming=becoming)
        mine = [*right_lines(mentions, items), *right_variants(text, mentions, items, orders)]
        verdicts += mine
        if not all(mine):
            wrong.append(f"{name} {text!r}: {mine}")
    share = sum(verdicts) / len(verdicts)
    print(f"{sum(verdicts)} of {len(verdicts)} mentions resolved, {share:.1%}")
    assert share >= 0.92, "\n".join(wrong)
