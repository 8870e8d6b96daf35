"""Turns the text of a ``shop.yml`` into ``Terms``, or into one ConfigError with all that is wrong.

``docs/shop-yml.md`` explains every key to the merchant.
"""

from __future__ import annotations

from datetime import date, time

from bot.shop import yaml_values as values
from bot.shop.model import Money, OrderStatus, PostalAddress
from bot.shop.terms import (
    MONDAY_TO_FRIDAY,
    BusinessDays,
    ChangeTerms,
    Charged,
    DeliveryMethod,
    DeliveryTerms,
    ExchangeTerms,
    Holidays,
    Links,
    Opening,
    PaidBy,
    PaymentOption,
    PaymentTerms,
    RefundTerms,
    ReturnTerms,
    SupportTerms,
    Surcharge,
    Terms,
    Zone,
)
from bot.shop.yaml_reading import Problems, Section, open_yaml

NO_HOURS: tuple[Opening, ...] = ()


def read_terms(text: str, file_name: str) -> Terms:
    """Read and check the merchant's file; the currency comes first, every amount needs it."""
    problems = Problems(file_name)
    top = open_yaml(text, problems)
    currency = top.value("currency", values.read_currency)
    money = currency if isinstance(currency, str) else "EUR"
    country = top.value("country", values.read_country)
    words = top.section("words")
    payment = _payment(top.section("payment", required=True), money)
    terms = Terms(
        name=top.text("name"),
        currency=money,
        country=country,
        timezone=top.value("timezone", values.read_timezone, "UTC"),
        locale=top.value("locale", values.read_locale, "en_US"),
        delivery=_delivery(top.section("delivery", required=True), money),
        payment=payment,
        cancellation=_changes(top.section("cancellation"), money),
        changes=_changes(top.section("changes"), money),
        returns=_returns(top.section("returns"), money),
        exchanges=_exchanges(top.section("exchanges")),
        refunds=_refunds(top.section("refunds"), payment),
        support=_support(top.section("support")),
        links=_links(top.section("links")),
        address=_address(top.section("address")) if "address" in top else None,
        words={word: words.each(word, values.read_scalar) for word in words.written()},
    )
    top.close()
    problems.raise_if_any()
    return terms


def _delivery(part: Section, currency: str) -> DeliveryTerms:
    sections = part.sections("zones", required=True)
    zones = [_zone(section, currency) for section in sections]
    _report_overlaps(sections, zones)
    days = frozenset().union(*part.each("working_days", values.read_weekdays)) or MONDAY_TO_FRIDAY
    terms = DeliveryTerms(
        zones=tuple(zones),
        cut_off=part.value("cut_off", values.read_time, time(14)),
        working_days=days,
        holidays=_holidays(part),
    )
    part.close()
    return terms


def _zone(part: Section, currency: str) -> Zone:
    sections = part.sections("methods", required=True)
    methods = tuple(_method(section, currency) for section in sections)
    for number, (section, method) in enumerate(zip(sections, methods, strict=True)):
        if method.id in {other.id for other in methods[:number]}:
            section.wrong("id", f"{method.id!r} is already another method of this zone")
    if "countries" not in part:
        part.wrong("countries", "missing; list the countries of this zone such as [DE, AT]")
    zone = Zone(
        name=part.text("name"),
        countries=part.each("countries", values.read_country),
        methods=methods,
        postcodes=_postcodes(part),
        surcharges=tuple(_surcharge(s, currency) for s in part.sections("surcharges")),
        customs=part.yes_no("customs", False),
    )
    part.close()
    return zone


def _method(part: Section, currency: str) -> DeliveryMethod:
    method = DeliveryMethod(
        id=part.text("id"),
        title=part.text("title"),
        price=_amount(part, "price", currency),
        days=part.value("days", values.read_days),
        free_from=part.money("free_from", currency, None),
        carrier=part.text("carrier", ""),
    )
    part.close()
    return method


def _surcharge(part: Section, currency: str) -> Surcharge:
    if "postcodes" not in part:
        part.wrong("postcodes", "missing; list the beginnings of the postcodes meant")
    surcharge = Surcharge(
        title=part.text("title"),
        postcodes=_postcodes(part),
        add=_amount(part, "add", currency),
        extra_days=part.whole("extra_days", 0) or 0,
        countries=part.each("countries", values.read_country),
    )
    part.close()
    return surcharge


def _postcodes(part: Section) -> tuple[str, ...]:
    return tuple(code for codes in part.each("postcodes", values.read_postcodes) for code in codes)


def _report_overlaps(sections: list[Section], zones: list[Zone]) -> None:
    seen: dict[tuple[str, str], int] = {}
    for number, (section, zone) in enumerate(zip(sections, zones, strict=True)):
        for country in zone.countries:
            for postcode in zone.postcodes or ("",):
                other = seen.setdefault((country, postcode), number)
                if other != number:
                    place = f"{country} {postcode}".strip()
                    section.wrong(
                        "countries", f"{place} is already in the zone delivery.zones[{other}]"
                    )


def _payment(part: Section, currency: str) -> PaymentTerms:
    methods = tuple(_option(s, currency) for s in part.sections("methods", required=True))
    part.close()
    return PaymentTerms(methods)


def _option(part: Section, currency: str) -> PaymentOption:
    option = PaymentOption(
        kind=part.value("kind", values.read_kind),
        title=part.text("title"),
        charged=part.choice("charged", Charged),
        countries=part.each("countries", values.read_country),
        fee=part.money("fee", currency, None),
        minimum=part.money("min", currency, None),
        maximum=part.money("max", currency, None),
        due_days=part.whole("due_days", None, least=1),
        months=part.each("months", values.read_months),
        interest=part.text("interest", ""),
    )
    if option.minimum and option.maximum and option.maximum < option.minimum:
        part.wrong("max", f"{option.maximum} is below min, which is {option.minimum}")
    if option.charged is Charged.ON_INVOICE and "due_days" not in part:
        part.wrong("due_days", "missing; say how many days customers have to pay")
    if option.charged is Charged.INSTALMENTS and "months" not in part:
        part.wrong("months", "missing; list the numbers of months such as [3, 6]")
    part.close()
    return option


def _changes(part: Section, currency: str) -> ChangeTerms:
    until = part.choice("until", OrderStatus, OrderStatus.PENDING)
    if until not in {OrderStatus.PENDING, OrderStatus.PROCESSED}:
        part.wrong("until", "must be pending or processed; later it is a return")
    terms = ChangeTerms(
        until=until,
        reasons=part.each("reasons", values.read_scalar),
        fee=part.money("fee", currency, None),
    )
    part.close()
    return terms


def _returns(part: Section, currency: str) -> ReturnTerms:
    terms = ReturnTerms(
        window_days=_number(part, "window_days", 30),
        paid_by=part.choice("paid_by", PaidBy, PaidBy.CUSTOMER),
        cost=part.money("cost", currency, None),
        conditions=part.each("conditions", values.read_scalar),
        exclusions=part.each("exclusions", values.read_scalar),
        excluded_categories=part.each("excluded_categories", values.read_scalar),
        link=part.value("link", values.read_link, ""),
    )
    if terms.paid_by is PaidBy.SHOP and terms.cost is not None and terms.cost.amount:
        part.wrong("cost", "the shop pays (paid_by: shop), so there is no cost to state")
    part.close()
    return terms


def _exchanges(part: Section) -> ExchangeTerms:
    terms = ExchangeTerms(
        offered=part.yes_no("offered", True),
        window_days=_number(part, "window_days", 30),
        same_product=part.yes_no("same_product", True),
    )
    part.close()
    return terms


def _refunds(part: Section, payment: PaymentTerms) -> RefundTerms:
    kinds = [m.kind for m in payment.methods if isinstance(m.kind, str)]
    by_kind = part.section("by_kind")
    days: dict[str, BusinessDays] = {}
    for kind in by_kind.written():
        if kind not in kinds:
            hint = values.nearest(kind, kinds) or f"; known here: {', '.join(kinds)}"
            by_kind.wrong(kind, f"no way to pay under payment.methods has this kind{hint}")
        days[kind] = by_kind.value(kind, values.read_days)
    terms = RefundTerms(
        days=part.value("days", values.read_days, BusinessDays(5, 7)),
        by_kind=days,
        original_method=part.yes_no("original_method", True),
    )
    part.close()
    return terms


def _support(part: Section) -> SupportTerms:
    terms = SupportTerms(
        hours=_hours(part.section("hours")),
        holidays=_holidays(part),
        email=part.value("email", values.read_email, ""),
        phone=part.text("phone", ""),
        contact_page=part.value("contact_page", values.read_link, ""),
        answer_within=part.value("answer_within", values.read_duration, None),
    )
    part.close()
    return terms


def _hours(part: Section) -> dict[int, tuple[Opening, ...]]:
    hours: dict[int, tuple[Opening, ...]] = {}
    for key in part.written():
        openings: tuple[Opening, ...] = part.value(key, values.read_openings, NO_HOURS)
        try:
            days = values.read_weekdays(key)
        except values.WrongValueError as problem:
            part.wrong(key, str(problem))
            continue
        if twice := sorted(days & hours.keys()):
            part.wrong(key, f"day {twice[0] + 1} of the week is already given above")
        hours.update(dict.fromkeys(days, openings))
    return {day: openings for day, openings in sorted(hours.items()) if openings}


def _holidays(part: Section) -> Holidays:
    days = part.each("holidays", values.read_holiday)
    return Holidays(
        dates=frozenset(d for d in days if isinstance(d, date)),
        yearly=frozenset(d for d in days if isinstance(d, tuple)),
        after_easter=frozenset(d for d in days if isinstance(d, int)),
    )


def _links(part: Section) -> Links:
    names = list(Links.__dataclass_fields__)
    links = Links(**{name: part.value(name, values.read_link, "") for name in names})
    part.close()
    return links


def _address(part: Section) -> PostalAddress:
    address = PostalAddress(
        name=part.text("name", ""),
        line1=part.text("line1"),
        line2=part.text("line2", ""),
        postcode=part.text("postcode"),
        city=part.text("city"),
        region=part.text("region", ""),
        country=part.value("country", values.read_country),
    )
    part.close()
    return address


def _amount(part: Section, key: str, currency: str) -> Money:
    return part.money(key, currency) or Money(0, currency)


def _number(part: Section, key: str, default: int) -> int:
    value = part.whole(key, default)
    return default if value is None else value
