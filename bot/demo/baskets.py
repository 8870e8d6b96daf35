"""What an order of the demo shop is about and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.backends.exchange_format import Item, Line
from bot.demo.catalogue import Pick
from bot.demo.inputs import Place

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Basket:
    """Lines and amounts that fit each other; ``tax`` is contained in ``total``."""

    lines: tuple[Line, ...]
    delivery_method: str
    shipping_cost: Decimal
    discount: Decimal | None
    tax: Decimal | None
    total: Decimal

    def items(self, *numbers: int) -> tuple[Item, ...]:
        """The whole of the lines of these numbers (from 1), or of all lines."""
        chosen = [self.lines[n - 1] for n in numbers] or self.lines
        return tuple(Item(variant_id=line.variant_id, quantity=line.quantity) for line in chosen)

    def costs(self, *numbers: int) -> Decimal:
        """What the goods of these lines cost."""
        chosen = [self.lines[n - 1] for n in numbers] or self.lines
        return sum((line.unit_price * line.quantity for line in chosen), Decimal(0))


def basket(
    picks: Sequence[Pick], place: Place, method: str = "standard", percent_off: int = 0
) -> Basket:
    """The picks with delivery, discount and contained tax as the shop's terms have them."""
    unique = {pick.variant.id: pick for pick in picks}
    lines = tuple(
        Line(
            product_id=pick.product.id,
            variant_id=pick.variant.id,
            title=pick.product.title,
            options=pick.variant.options,
            quantity=pick.quantity,
            unit_price=pick.variant.price,
        )
        for pick in unique.values()
    )
    goods = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
    free = method == "standard" and goods >= place.free_from
    shipping = Decimal("0.00") if free else place.carriage[method].price
    discount = (goods * percent_off / 100).quantize(CENT) if percent_off else None
    total = (goods + shipping - (discount or 0)).quantize(CENT)
    return Basket(
        lines=lines,
        delivery_method=method,
        shipping_cost=shipping,
        discount=discount,
        tax=(total * place.vat / (100 + place.vat)).quantize(CENT) if place.vat else None,
        total=total,
    )
