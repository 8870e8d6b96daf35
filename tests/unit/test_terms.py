"""shop.yml: the merchant's own two files are read, and every mistake is named with its line."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.shop.model import Money, OrderStatus
from bot.shop.terms import BusinessDays, Charged, Opening, PaidBy, parse_terms

ROOT = Path(__file__).resolve().parents[2]

SMALL = """\
name: Small
country: DE
currency: EUR
timezone: Europe/Berlin
delivery:
  cut_off: 14:00
  zones:
    - name: Home
      countries: [DE]
      methods:
        - id: standard
          title: Standard
          price: 4.90
          free_from: 50
          days: 2-4
payment:
  methods:
    - kind: credit_card
      title: card
      charged: at_order
support:
  hours:
    monday-friday: 9:00-18:00
"""


def problems_of(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        parse_terms(text, "shop.yml")
    return str(raised.value).splitlines()


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1
    return SMALL.replace(old, new)


@pytest.mark.parametrize("name", ["shop.yml", "tests/retail/shop.yml"])
def test_reads_the_files_we_ship(name: str) -> None:
    terms = parse_terms((ROOT / name).read_text(), name)
    assert terms.delivery.zones
    assert terms.payment.methods
    assert terms.delivery_countries[0] == terms.country


def test_reads_every_part_of_a_small_file() -> None:
    terms = parse_terms(SMALL, "shop.yml")
    method = terms.delivery.zones[0].methods[0]
    assert (terms.name, terms.currency, terms.timezone) == ("Small", "EUR", "Europe/Berlin")
    assert method.price == Money(490, "EUR")
    assert method.free_from == Money(5000, "EUR")
    assert method.days == BusinessDays(2, 4)
    assert terms.delivery.cut_off == time(14)
    assert terms.payment.methods[0].charged is Charged.AT_ORDER
    assert terms.support.hours[4] == (Opening(time(9), time(18)),)
    assert 5 not in terms.support.hours


def test_gives_everything_optional_a_sensible_default() -> None:
    terms = parse_terms(SMALL, "shop.yml")
    assert terms.cancellation.until is OrderStatus.PENDING
    assert terms.returns.window_days == 30
    assert terms.returns.paid_by is PaidBy.CUSTOMER
    assert terms.refunds.days_for("credit_card") == BusinessDays(5, 7)
    assert terms.delivery.working_days == frozenset(range(5))
    assert terms.support.answer_within is None
    assert terms.links.shop == ""


def test_reads_holidays_of_every_year_and_around_easter() -> None:
    text = changed("  cut_off: 14:00\n", "  holidays: [2026-11-25, 12-25, easter-2]\n")
    holidays = parse_terms(text, "shop.yml").delivery.holidays
    assert date(2026, 11, 25) in holidays
    assert date(2031, 12, 25) in holidays
    assert date(2026, 4, 3) in holidays
    assert date(2026, 4, 2) not in holidays


def test_keeps_the_zero_at_the_start_of_a_postcode() -> None:
    surcharge = "      surcharges: [{title: Far, postcodes: [01067, 18-19], add: 3}]\n"
    text = changed("      methods:\n        - id", f"{surcharge}      methods:\n        - id")
    codes = parse_terms(text, "shop.yml").delivery.zones[0].surcharges[0].postcodes
    assert codes == ("01067", "18", "19")


def test_reads_how_soon_a_person_answers() -> None:
    text = SMALL + "  answer_within: 4 hours\n"
    assert parse_terms(text, "shop.yml").support.answer_within == timedelta(hours=4)


ZONE_TWICE = """\
    - name: Again
      countries: [DE]
      methods: [{id: a, title: A, price: 1, days: 1}]
payment:
"""
INVOICE = "charged: on_invoice"

MISTAKES = [
    pytest.param(
        "price: 4.90",
        "price: '4,90'",
        "shop.yml:13: delivery.zones[0].methods[0].price: '4,90' is not an amount; "
        "write it like 4.90",
        id="comma",
    ),
    pytest.param("price: 4.90", "price: 4.905", "price: 4.905 has more than the 2", id="places"),
    pytest.param("free_from: 50", "free_from: -1", "free_from: -1 is below 0", id="negative"),
    pytest.param(
        "  cut_off: 14:00",
        "  cut_of: 14:00",
        "shop.yml:6: delivery.cut_of: unknown key; did you mean cut_off?",
        id="unknown key",
    ),
    pytest.param("  cut_off: 14:00", "  cut_off: 25:00", "not a time of day", id="time"),
    pytest.param("name: Small\n", "", "shop.yml:1: name: missing", id="missing name"),
    pytest.param("          days: 2-4\n", "", "shop.yml:11: delivery.zones[0]", id="missing days"),
    pytest.param("days: 2-4", "days: 4-2", "ends before it begins", id="days backwards"),
    pytest.param("days: 2-4", "days: soon", "is not a number of days", id="days"),
    pytest.param("currency: EUR", "currency: EURO", "not a currency code", id="currency"),
    pytest.param("currency: EUR", "currency: eur", "did you mean EUR?", id="currency case"),
    pytest.param(
        "timezone: Europe/Berlin",
        "timezone: Europe/Berlim",
        "shop.yml:4: timezone: 'Europe/Berlim' is not a time zone; did you mean Europe/Berlin?",
        id="timezone",
    ),
    pytest.param("countries: [DE]", "countries: [UK]", "did you mean GB?", id="UK"),
    pytest.param("countries: [DE]", "countries: [Germany]", "did you mean DE?", id="name"),
    pytest.param("countries: [DE]", "countries: [EU]", "not a country code", id="EU"),
    pytest.param("      countries: [DE]\n", "", "countries: missing", id="no countries"),
    pytest.param(
        "payment:\n", ZONE_TWICE, "DE is already in the zone delivery.zones[0]", id="overlap"
    ),
    pytest.param("charged: at_order", "charged: at_orde", "did you mean at_order?", id="charged"),
    pytest.param("charged: at_order", INVOICE, "due_days: missing", id="invoice"),
    pytest.param("charged: at_order", "charged: instalments", "months: missing", id="instalments"),
    pytest.param("kind: credit_card", "kind: Credit Card", "write it like credit_card", id="kind"),
    pytest.param("9:00-18:00", "18:00-9:00", "ends before it begins", id="hours backwards"),
    pytest.param("9:00-18:00", "9:00-12:00, 11:00-18:00", "overlaps", id="hours overlap"),
    pytest.param("9:00-18:00", "nine to five", "write them like 9:00-18:00", id="hours"),
    pytest.param("monday-friday", "mon-fryday", "is not a day of the week", id="weekday"),
    pytest.param("support:\n  hours:", "refunds:\n  by_kind:", "has this kind", id="refund kind"),
    pytest.param("support:\n", "support:\n  email: us\n", "not an e-mail", id="email"),
    pytest.param("support:\n", "support:\n  holidays: [13-01]\n", "easter+1", id="holiday"),
    pytest.param(
        "support:\n", "links: {shop: fernhill}\nsupport:\n", "https://shop.example", id="link"
    ),
    pytest.param(
        "support:\n", "returns: 30\nsupport:\n", "30 is no section", id="section expected"
    ),
    pytest.param(
        "support:\n",
        "cancellation: {until: delivered}\nsupport:\n",
        "must be pending or processed",
        id="cancel until",
    ),
    pytest.param(
        "support:\n",
        "returns: {paid_by: shop, cost: 5}\nsupport:\n",
        "the shop pays",
        id="free return with a cost",
    ),
    pytest.param("name: Small", "name: Small\nname: Twice", "shop.yml:2", id="key twice"),
    pytest.param("countries: [DE]", "countries: [DE", "no valid YAML", id="not YAML"),
    pytest.param("support:\n", "locale: klingon\nsupport:\n", "write it like en_GB", id="locale"),
]


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_names_the_mistake(old: str, new: str, said: str) -> None:
    found = problems_of(changed(old, new))
    assert any(said in line for line in found), found
    assert all(line.startswith("shop.yml:") for line in found)


def test_lists_all_mistakes_at_once_in_the_order_of_their_lines() -> None:
    text = SMALL.replace("4.90", "'4,90'").replace("EUR", "XYZ").replace("Europe/", "")
    lines = [int(line.split(":")[1]) for line in problems_of(text)]
    assert len(lines) == 3
    assert lines == sorted(lines)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "42"])
def test_refuses_a_file_that_holds_no_keys(text: str) -> None:
    assert problems_of(text)[0].startswith("shop.yml:1:")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**8), st.sampled_from(["EUR", "USD", "JPY", "CHF", "KWD"]))
def test_reads_back_every_amount_it_writes(minor: int, currency: str) -> None:
    amount = Money(minor, currency)
    text = SMALL.replace("price: 4.90", f"price: {amount}").replace("EUR", currency)
    assert parse_terms(text, "shop.yml").delivery.zones[0].methods[0].price == amount


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=40) | st.sampled_from(["[", "{}", "*a", "&a 1", "!!set x", "2026-13-01"]),
    st.sampled_from(["4.90", "EUR", "14:00", "2-4", "at_order", "9:00-18:00", "[DE]"]),
)
def test_says_what_is_wrong_with_any_value_instead_of_breaking(value: str, old: str) -> None:
    said = ""
    try:
        parse_terms(SMALL.replace(old, value), "shop.yml")
    except ConfigError as error:
        said = str(error)
    assert not said or said.startswith("shop.yml:")
