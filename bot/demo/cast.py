"""Sets the stage for the personas: makes a customer, a basket, a parcel, an order by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.backends.exchange_format import Customer, Item, Order, Shipment
from bot.demo.baskets import Basket, basket
from bot.demo.catalogue import Catalogue, Pick
from bot.demo.clock import Clock
from bot.demo.inputs import Place
from bot.demo.orders import assemble
from bot.demo.parcels import track


@dataclass
class Cast:
    """Collects the personas and their orders."""

    clock: Clock
    catalogue: Catalogue
    places: dict[str, Place]
    customers: list[Customer] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)

    def person(
        self, name: str, country: str, *, street: str, city: int = 0, **rest: object
    ) -> Customer:
        """A customer at home in that country, with an address at example.com."""
        first, last = name.split(" ", 1)
        place = self.places[country]
        key = f"{first}.{last}".lower().replace(" ", "").replace("í", "i")
        house = 11 + len(self.customers)
        customer = Customer.model_validate(
            {
                "id": f"persona-{key}",
                "first_name": first,
                "last_name": last,
                "email": f"{key}@example.com",
                "default_address": place.address(street, house, place.cities[city]),
                "locale": place.locale,
                **rest,
            }
        )
        self.customers.append(customer)
        return customer

    def bag(self, customer: Customer, *picks: Pick, method: str = "standard") -> Basket:
        """The picks with what delivery to the customer costs."""
        assert customer.default_address
        return basket(picks, self.places[customer.default_address.country], method)

    def order(
        self, number: int, customer: Customer, bag: Basket, at: datetime, **rest: object
    ) -> None:
        """An order of theirs."""
        rest = {"shipping_address": customer.default_address, **rest}
        self.orders.append(assemble(number, customer, bag, at, **rest))

    def parcel(
        self,
        items: Sequence[Item],
        carrier: str,
        *tracking: str,
        left: int,
        due: int,
        promised: int | None = None,
        delivered: tuple[int, int] | None = None,
    ) -> Shipment:
        """A parcel; ``left``, ``due``, ``promised`` are days from today, ``delivered`` the minutes
        of that day's hour: (hour, minute)."""
        return Shipment(
            items=tuple(items),
            carrier=carrier,
            tracking_numbers=tracking,
            tracking_url=track(tracking[0]),
            shipped_at=self.clock.at(left, 16, 20),
            promised_delivery=self.clock.day(due if promised is None else promised),
            estimated_delivery=self.clock.day(due),
            delivered_at=self.clock.at(due, *delivered) if delivered else None,
        )
