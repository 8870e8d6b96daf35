"""Payment before buying: ways to pay in a country, when each is charged, invoice, instalments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.messages import Fact
from bot.shop.asking import Answer, Ask, Say, Value
from bot.shop.service.visit import Destination, destination, in_words, other_countries
from bot.shop.terms import Charged, PaymentOption
from bot.shop.words import joined, windows, words

# What customers call a kind of payment, also ones a shop may not take.
_CALLED: Mapping[str, tuple[str, ...]] = {
    "credit_card": (
        "credit card",
        "debit card",
        "bank card",
        "card",
        "visa",
        "mastercard",
        "master card",
        "amex",
        "american express",
        "maestro",
    ),
    "paypal": ("paypal",),
    "apple_pay": ("apple pay",),
    "google_pay": ("google pay", "gpay"),
    "amazon_pay": ("amazon pay",),
    "gift_card": ("gift card", "voucher", "gift certificate", "store credit"),
    "bank_transfer": ("bank transfer", "wire transfer", "transfer", "wire", "sepa", "iban"),
    "direct_debit": ("direct debit", "lastschrift"),
    "invoice": ("invoice", "on account", "pay later", "bill"),
    "instalments": ("instalment", "installment", "monthly", "financing", "in parts"),
    "klarna": ("klarna",),
    "ideal": ("ideal",),
    "bancontact": ("bancontact",),
    "sofort": ("sofort",),
    "twint": ("twint",),
    "cash": ("cash", "cash on delivery", "cod"),
    "cheque": ("cheque", "check payment", "personal check"),
    "bitcoin": ("bitcoin", "crypto", "btc"),
}
_NAMES = {
    "amazon_pay": "Amazon Pay",
    "apple_pay": "Apple Pay",
    "google_pay": "Google Pay",
    "klarna": "Klarna",
    "ideal": "iDEAL",
    "bancontact": "Bancontact",
    "sofort": "Sofort",
    "twint": "TWINT",
    "paypal": "PayPal",
    "bitcoin": "crypto",
}
_TIMING = {
    Charged.AT_ORDER: "utter_payment_timing_at_order",
    Charged.AT_SHIPMENT: "utter_payment_timing_at_shipment",
    Charged.ON_INVOICE: "utter_payment_timing_on_invoice",
    Charged.INSTALMENTS: "utter_payment_timing_instalments",
}
_KEYS = {
    joined([w.text for w in words(name)]): kind for kind, names in _CALLED.items() for name in names
}


def payment_options(ask: Ask) -> Answer:
    """How one can pay there, or whether one way is among them."""
    place = destination(ask)
    offered = _offered(ask, place)
    asked = named_kind(ask.text, ask.terms.payment.methods)
    if asked is not None:
        option = next((o for o in offered if o.kind == asked), None)
        return _yes(ask, place, option) if option else _no(ask, place, asked)
    return _answer(ask, place, [_list(ask, place, offered)])


def payment_timing(ask: Ask) -> Answer:
    """When the money is taken, for the way named or for all of them."""
    place = destination(ask)
    offered = _offered(ask, place)
    asked = named_kind(ask.text, ask.terms.payment.methods)
    if asked is not None and asked not in {option.kind for option in offered}:
        return _no(ask, place, asked)
    chosen = [o for o in offered if asked in (None, o.kind)]
    says = []
    for charged, utter in _TIMING.items():
        options = [o for o in chosen if o.charged is charged]
        if not options:
            continue
        values: dict[str, Value] = {"methods": [o.title for o in options]}
        if charged is Charged.ON_INVOICE:
            values["days"] = options[0].due_days
        facts = tuple(
            Fact(name, value, _source(ask, option))
            for option in options
            for name, value in (("payment_method", option.kind), ("charged", str(charged)))
        )
        says.append(Say(utter, values, facts))
    return _answer(ask, place, says, ask_country=any(o.countries for o in chosen))


def pay_by_invoice(ask: Ask) -> Answer:
    """Whether and how one can pay by invoice there."""
    return _by(ask, "invoice", Charged.ON_INVOICE)


def pay_by_instalments(ask: Ask) -> Answer:
    """Whether and how one can pay in instalments there."""
    return _by(ask, "instalments", Charged.INSTALMENTS)


def named_kind(text: str, methods: Sequence[PaymentOption]) -> str | None:
    """The kind of payment a text names, offered or not; the longest name counts."""
    own = {joined([w.text for w in words(m.title)]): m.kind for m in methods}
    offered = {m.kind for m in methods}
    for _, _, key in windows(words(text), 4):
        if kind := own.get(key) or _KEYS.get(key):
            # "monthly" is no way to pay of its own where instalments are called Klarna
            return kind if kind in offered or kind in _KEYS.values() else None
    return None


def _by(ask: Ask, kind: str, charged: Charged) -> Answer:
    place = destination(ask)
    option = next((o for o in _offered(ask, place) if o.charged is charged), None)
    return _yes(ask, place, option) if option else _no(ask, place, kind)


def _yes(ask: Ask, place: Destination, option: PaymentOption) -> Answer:
    values: dict[str, Value] = {"method": option.title, **_country(ask, place)}
    utter = "utter_payment_yes"
    if not option.countries and option.charged not in (Charged.ON_INVOICE, Charged.INSTALMENTS):
        say = Say("utter_payment_yes_everywhere", {"method": option.title})
        say = replace(say, facts=_facts(ask, place, option))
        return _answer(ask, place, [say, *_limits(ask, option)], ask_country=False)
    if option.charged is Charged.ON_INVOICE:
        utter, values = "utter_payment_yes_invoice", {**values, "days": option.due_days}
    elif option.charged is Charged.INSTALMENTS:
        months = [str(m) for m in option.months]
        utter, values = "utter_payment_yes_instalments", {**values, "months": months}
    says = [Say(utter, values, _facts(ask, place, option)), *_limits(ask, option)]
    return _answer(ask, place, says)


def _limits(ask: Ask, option: PaymentOption) -> list[Say]:
    """From and up to which amount it can be used, and what it costs."""
    says = []
    low, high = option.minimum, option.maximum
    if low is not None and high is not None:
        says.append(Say("utter_payment_between", {"min": low, "max": high}))
    elif low is not None:
        says.append(Say("utter_payment_from", {"min": low}))
    elif high is not None:
        says.append(Say("utter_payment_up_to", {"max": high}))
    if option.fee is not None and option.fee.amount:
        says.append(Say("utter_payment_fee", {"fee": option.fee}))
    if option.interest:
        free = option.interest.strip("% ") in {"0", "0.0", "0.00"}
        utter = "utter_payment_no_interest" if free else "utter_payment_interest"
        says.append(Say(utter, {} if free else {"interest": option.interest.strip("% ")}))
    return says


def _no(ask: Ask, place: Destination, kind: str) -> Answer:
    own = next((o.title for o in ask.terms.payment.methods if o.kind == kind), None)
    name = own or _NAMES.get(kind, kind.replace("_", " "))
    offered = _offered(ask, place)
    values: dict[str, Value] = {
        "method": name,
        "methods": [option.title for option in offered],
        **_country(ask, place),
    }
    facts = (
        Fact("payment_method", kind, "shop.yml#payment.methods"),
        Fact("offered", False, "shop.yml#payment.methods"),
        Fact("country", place.country, "shop.yml#payment.methods"),
    )
    utter = "utter_payment_no_here" if own else "utter_payment_no"
    if not own:
        del values["country"]
    return _answer(ask, place, [Say(utter, values, facts)], ask_country=own is not None)


def _list(ask: Ask, place: Destination, offered: Sequence[PaymentOption]) -> Say:
    methods = [option.title for option in offered]
    facts = tuple(fact for option in offered for fact in _facts(ask, place, option))
    if any(option.countries for option in ask.terms.payment.methods):
        return Say("utter_payment_options", {**_country(ask, place), "methods": methods}, facts)
    return Say("utter_payment_options_everywhere", {"methods": methods}, facts)


def _offered(ask: Ask, place: Destination) -> list[PaymentOption]:
    return [
        option
        for option in ask.terms.payment.methods
        if not option.countries or place.country in option.countries
    ]


def _answer(ask: Ask, place: Destination, says: list[Say], ask_country: bool = True) -> Answer:
    varies = any(option.countries for option in ask.terms.payment.methods)
    if place.assumed and varies and ask_country:
        says = [*says, other_countries(ask, place.country, "utter_payment_elsewhere")]
    memory = replace(place.remembered(ask.memory), answered=ask.intent)
    return Answer(tuple(says), replace(memory, task=None, wants=None, held={}))


def _country(ask: Ask, place: Destination) -> dict[str, Value]:
    return {"country": in_words(ask, place.country)}


def _facts(ask: Ask, place: Destination, option: PaymentOption) -> tuple[Fact, ...]:
    source = _source(ask, option)
    return (
        Fact("payment_method", option.kind, source),
        Fact("country", place.country, source),
    )


def _source(ask: Ask, option: PaymentOption) -> str:
    return f"shop.yml#payment.methods.{ask.terms.payment.methods.index(option)}"


ANSWERS: dict[str, Callable[[Ask], Answer]] = {
    "payment_options": payment_options,
    "payment_timing": payment_timing,
    "pay_by_invoice": pay_by_invoice,
    "pay_by_instalments": pay_by_instalments,
}
