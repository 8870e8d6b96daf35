"""The merchant's own rules as plain data: what ``shop.yml`` says once it was read and checked.

Nothing here decides (see ``policy``, ``delivery``) or words anything; reading is in ``terms_file``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dateutil.easter import easter

from bot.shop.model import Money, OrderStatus, PostalAddress

MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days off: single dates, (month, day) of every year, and days after Easter Sunday (-2: Good
    Friday)."""

    dates: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()
    after_easter: frozenset[int] = frozenset()

    def __contains__(self, day: date) -> bool:
        if day in self.dates or (day.month, day.day) in self.yearly:
            return True
        return bool(self.after_easter) and (day - easter(day.year)).days in self.after_easter


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """From ``min`` to ``max`` working days; equal when the shop promises one number."""

    min: int
    max: int


@dataclass(frozen=True, slots=True)
class DeliveryMethod:
    """One way to get a parcel. ``days`` count from the day it leaves the shop."""

    id: str
    title: str
    price: Money
    days: BusinessDays
    free_from: Money | None = None
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class Surcharge:
    """Islands and other far places: postcodes starting like this cost and take more.

    No ``countries``: in every country of the zone.
    """

    title: str
    postcodes: tuple[str, ...]
    add: Money
    extra_days: int = 0
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Zone:
    """Countries (ISO-2) delivered alike. With ``postcodes`` only those beginnings of a postcode."""

    name: str
    countries: tuple[str, ...]
    methods: tuple[DeliveryMethod, ...]
    postcodes: tuple[str, ...] = ()
    surcharges: tuple[Surcharge, ...] = ()
    customs: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """``working_days`` are the days parcels leave (Monday is 0); ``cut_off`` is the shop's time."""

    zones: tuple[Zone, ...] = ()
    cut_off: time = time(14)
    working_days: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: Holidays = Holidays()


class Charged(StrEnum):
    """When the customer's money is taken."""

    AT_ORDER = "at_order"
    AT_SHIPMENT = "at_shipment"
    ON_INVOICE = "on_invoice"
    INSTALMENTS = "instalments"


@dataclass(frozen=True, slots=True)
class PaymentOption:
    """A way to pay here. No ``countries``: everywhere. ``due_days`` after the invoice, ``months``
    and ``interest`` (percent a year, as written) of instalments."""

    kind: str
    title: str
    charged: Charged
    countries: tuple[str, ...] = ()
    fee: Money | None = None
    minimum: Money | None = None
    maximum: Money | None = None
    due_days: int | None = None
    months: tuple[int, ...] = ()
    interest: str = ""


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    methods: tuple[PaymentOption, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeTerms:
    """``until``: the last status in which an order may still be cancelled or changed."""

    until: OrderStatus = OrderStatus.PENDING
    reasons: tuple[str, ...] = ()
    fee: Money | None = None


class PaidBy(StrEnum):
    SHOP = "shop"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class ReturnTerms:
    """``window_days`` from delivery, 0: no returns. ``cost`` of sending back; None: it is free
    (``paid_by`` shop) or what the post charges (``paid_by`` customer)."""

    window_days: int = 30
    paid_by: PaidBy = PaidBy.CUSTOMER
    cost: Money | None = None
    conditions: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class ExchangeTerms:
    """``same_product``: only for another option (size, colour) of the same product."""

    offered: bool = True
    window_days: int = 30
    same_product: bool = True


@dataclass(frozen=True, slots=True)
class RefundTerms:
    """Working days until the money is back, by kind of payment; ``days`` for every other kind."""

    days: BusinessDays = BusinessDays(5, 7)
    by_kind: Mapping[str, BusinessDays] = field(default_factory=dict)
    original_method: bool = True

    def days_for(self, kind: str) -> BusinessDays:
        """How long a refund to this kind of payment takes."""
        return self.by_kind.get(kind, self.days)


@dataclass(frozen=True, slots=True)
class Opening:
    """One stretch of a day in which people answer; the shop's time."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class SupportTerms:
    """When and where people answer. ``hours`` by weekday (Monday is 0); a missing day is closed."""

    hours: Mapping[int, tuple[Opening, ...]] = field(default_factory=dict)
    holidays: Holidays = Holidays()
    email: str = ""
    phone: str = ""
    contact_page: str = ""
    answer_within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Links:
    """Pages of the shop that an answer may point to; empty when the shop has none."""

    shop: str = ""
    account: str = ""
    sign_up: str = ""
    password: str = ""
    edit_account: str = ""
    delete_account: str = ""
    orders: str = ""
    newsletter: str = ""
    review: str = ""
    privacy: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything the merchant decided. ``words``: other words customers use -> product titles."""

    name: str
    currency: str
    country: str
    timezone: str = "UTC"
    locale: str = "en_US"
    delivery: DeliveryTerms = DeliveryTerms()
    payment: PaymentTerms = PaymentTerms()
    cancellation: ChangeTerms = ChangeTerms()
    changes: ChangeTerms = ChangeTerms()
    returns: ReturnTerms = ReturnTerms()
    exchanges: ExchangeTerms = ExchangeTerms()
    refunds: RefundTerms = RefundTerms()
    support: SupportTerms = SupportTerms()
    links: Links = Links()
    address: PostalAddress | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def delivery_countries(self) -> tuple[str, ...]:
        """Every country delivered to, the shop's own first."""
        found = dict.fromkeys(c for zone in self.delivery.zones for c in zone.countries)
        return tuple(sorted(found, key=lambda code: code != self.country))


def parse_terms(text: str, file_name: str) -> Terms:
    """Read and check ``shop.yml``. Raises one ConfigError with every problem and its line."""
    from bot.shop.terms_file import read_terms

    return read_terms(text, file_name)
