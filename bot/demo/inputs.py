"""Reads the demo shop's input files: what it sells and where its customers live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.backends.exchange_format import Address

FILES = Path(__file__).resolve().parents[2] / "data" / "demo"


@dataclass(frozen=True, slots=True)
class Carriage:
    """One way to deliver to a country; ``days`` are working days, from and to."""

    price: Decimal
    days: tuple[int, int]
    carrier: str


@dataclass(frozen=True, slots=True)
class Place:
    """A country with customers."""

    country: str
    share: int
    locale: str
    phones: Sequence[str]
    vat: int
    free_from: Decimal
    carriage: Mapping[str, Carriage]
    pay: Mapping[str, int]
    first: Sequence[str]
    last: Sequence[str]
    streets: Sequence[str]
    cities: Sequence[Sequence[str]]

    def address(self, street: str, house: int, city: Sequence[str], name: str = "") -> Address:
        """An address here, the house number where the country writes it."""
        before = self.country in ("FR", "GB", "US")
        return Address(
            line1=f"{house} {street}" if before else f"{street} {house}",
            postcode=city[0],
            city=city[1],
            region=city[2] if len(city) > 2 else "",
            country=self.country,
            name=name,
        )


def read_catalogue() -> list[Mapping[str, Any]]:
    """The entries of ``catalogue.yml`` as they are written there."""
    entries: list[Mapping[str, Any]] = _load("catalogue.yml")
    return entries


def read_places() -> dict[str, Place]:
    """The countries of ``places.yml`` by code."""
    return {code: _place(code, entry) for code, entry in _load("places.yml").items()}


def _place(country: str, entry: Mapping[str, Any]) -> Place:
    return Place(
        country=country,
        share=entry["share"],
        locale=entry["locale"],
        phones=entry["phone"],
        vat=entry["vat"],
        free_from=Decimal(entry["free_from"]),
        carriage={method: _carriage(entry[method]) for method in ("standard", "express")},
        pay=entry["pay"],
        first=entry["first"],
        last=entry["last"],
        streets=entry["streets"],
        cities=entry["cities"],
    )


def _carriage(entry: Mapping[str, Any]) -> Carriage:
    first, last = entry["days"]
    return Carriage(Decimal(entry["price"]), (first, last), entry["carrier"])


def _load(name: str) -> Any:
    return YAML(typ="safe").load((FILES / name).read_text("utf-8"))
