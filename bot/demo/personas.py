"""Customers with a story, for newcomers and tests to play: ``docs/demo-shop.md`` tells each.

Their e-mail addresses, phone numbers and order numbers never change; dates follow now.
"""

from __future__ import annotations

from decimal import Decimal

from bot.backends.exchange_format import Address, PaymentMethod, Refund, Return
from bot.demo.cast import Cast
from bot.demo.orders import invoice
from bot.demo.paying import Bill, instalments, payment
from bot.demo.people import card
from bot.shop.model import OrderStatus, PaymentStatus, RefundStatus, ReturnStatus

CAPTURED = PaymentStatus.CAPTURED


def play(cast: Cast) -> None:
    """Add every persona and their orders."""
    for scene in SCENES:
        scene(cast)


def _arrives_tomorrow(cast: Cast) -> None:
    clock = cast.clock
    anna = cast.person("Anna Becker", "DE", street="Lindenstraße", phone="+493023125001",
                       payment_methods=(card("card-anna", "visa", "4242"),))  # fmt: skip
    bag = cast.bag(anna, cast.catalogue.pick("keyboard", "grey", "clicky"))
    cast.order(
        10001, anna, bag, clock.at(-2, 19, 5),
        status=OrderStatus.PROCESSED,
        shipments=(cast.parcel(bag.items(), "DHL", "00340434161094000001", left=-1, due=1),),
        payments=(payment(anna, "credit_card", bag.total, CAPTURED, clock.at(-1, 16, 20)),),
        invoices=(invoice(10001, clock.at(-1, 16, 20)),),
    )  # fmt: skip


def _delayed(cast: Cast) -> None:
    clock = cast.clock
    paypal = PaymentMethod(id="paypal-jonas", kind="paypal")
    jonas = cast.person("Jonas Weber", "DE", street="Waldstraße", city=5, phone="+496990009002",
                        payment_methods=(paypal,))  # fmt: skip
    bag = cast.bag(jonas, cast.catalogue.pick("hiking-boots", "43", "brown"))
    parcel = cast.parcel(bag.items(), "DHL", "00340434161094000002", left=-6, due=2, promised=-3)
    cast.order(
        10002, jonas, bag, clock.at(-7, 8, 41),
        status=OrderStatus.PROCESSED,
        shipments=(parcel,),
        payments=(payment(jonas, "paypal", bag.total, CAPTURED, clock.at(-7, 8, 41)),),
        invoices=(invoice(10002, clock.at(-6, 16, 20)),),
    )  # fmt: skip


def _partly_there(cast: Cast) -> None:
    clock, shop = cast.clock, cast.catalogue
    sophie = cast.person("Sophie Laurent", "FR", street="rue des Lilas", city=1,
                         phone="+33639980003",
                         payment_methods=(card("card-sophie", "mastercard", "5454"),))  # fmt: skip
    bag = cast.bag(
        sophie,
        shop.pick("rain-jacket", "M", "black"),
        shop.pick("daypack", "25 litres", "black"),
        shop.pick("mug", "sand", quantity=4),
    )
    parcel = cast.parcel(bag.items(1, 2), "GLS", "50346500003", left=-5, due=-2, delivered=(11, 8))
    cast.order(
        10003, sophie, bag, clock.at(-6, 12, 30),
        status=OrderStatus.PROCESSED,
        shipments=(parcel,),
        payments=(payment(sophie, "credit_card", bag.total, CAPTURED, clock.at(-5, 16, 20)),),
        invoices=(invoice(10003, clock.at(-5, 16, 20)),),
    )  # fmt: skip


def _refunds(cast: Cast) -> None:
    clock, shop = cast.clock, cast.catalogue
    paypal = PaymentMethod(id="paypal-emma", kind="paypal")
    emma = cast.person("Emma de Vries", "NL", street="Parklaan", payment_methods=(paypal,))
    bag = cast.bag(emma, shop.pick("kettle", "black"))
    cast.order(
        10004, emma, bag, clock.at(-20, 10, 2),
        status=OrderStatus.DELIVERED,
        shipments=(cast.parcel(bag.items(), "PostNL", "3S0000000000004", left=-19, due=-16,
                               delivered=(13, 15)),),
        payments=(payment(emma, "ideal", bag.total, CAPTURED, clock.at(-20, 10, 2)),),
        returns=(Return(items=bag.items(), status=ReturnStatus.RECEIVED,
                        requested_at=clock.at(-8, 9), received_at=clock.at(-1, 10, 30),
                        reason="not as expected"),),
        refunds=(Refund(amount=bag.costs(), method_kind="ideal", status=RefundStatus.REQUESTED,
                        requested_at=clock.at(-1, 10, 30), reason="return"),),
        invoices=(invoice(10004, clock.at(-19, 16, 20)),),
    )  # fmt: skip
    bag = cast.bag(emma, shop.pick("sandals", "38"), shop.pick("wool-socks", "36-39", "grey"))
    cast.order(
        10005, emma, bag, clock.at(-60, 21, 17),
        status=OrderStatus.DELIVERED,
        shipments=(cast.parcel(bag.items(), "PostNL", "3S0000000000005", left=-59, due=-56,
                               delivered=(9, 50)),),
        payments=(payment(emma, "paypal", bag.total, CAPTURED, clock.at(-60, 21, 17)),),
        returns=(Return(items=bag.items(1), status=ReturnStatus.REFUNDED,
                        requested_at=clock.at(-50, 9), received_at=clock.at(-44, 10),
                        reason="does not fit"),),
        refunds=(Refund(amount=bag.costs(1), payment_method_id="paypal-emma",
                        status=RefundStatus.SETTLED, requested_at=clock.at(-44, 10),
                        sent_at=clock.at(-42, 9), settled_at=clock.at(-41, 9), reason="return"),),
        invoices=(invoice(10005, clock.at(-59, 16, 20)),),
    )  # fmt: skip


def _delivered_yesterday(cast: Cast) -> None:
    clock, shop = cast.clock, cast.catalogue
    lukas = cast.person("Lukas Gruber", "AT", street="Alpenstraße", city=3,
                        payment_methods=(card("card-lukas", "mastercard", "0006"),))  # fmt: skip
    bag = cast.bag(lukas, shop.pick("wool-blanket", "herringbone"), shop.pick("candle", quantity=2))
    cast.order(
        10006, lukas, bag, clock.at(-5, 7, 55),
        status=OrderStatus.DELIVERED,
        shipments=(cast.parcel(bag.items(), "GLS", "50346500006", left=-4, due=-1,
                               delivered=(14, 32)),),
        payments=(payment(lukas, "credit_card", bag.total, CAPTURED, clock.at(-4, 16, 20)),),
        invoices=(invoice(10006, clock.at(-4, 16, 20)),),
    )  # fmt: skip


def _payment_failed(cast: Cast) -> None:
    clock = cast.clock
    olivia = cast.person("Olivia Smith", "GB", street="Mill Road", city=3, phone="+447700900006",
                         payment_methods=(card("card-olivia", "visa", "0007"),))  # fmt: skip
    bag = cast.bag(olivia, cast.catalogue.pick("binoculars", "8x"))
    failed = payment(olivia, "credit_card", bag.total, PaymentStatus.FAILED,
                     clock.at(-1, 18, 3), failure="card expired")  # fmt: skip
    cast.order(
        10007, olivia, bag, clock.at(-1, 18, 3), status=OrderStatus.PENDING, payments=(failed,)
    )


def _gift_card(cast: Cast) -> None:
    clock = cast.clock
    gift = PaymentMethod(id="gift-emily", kind="gift_card", balance=Decimal("37.50"))
    emily = cast.person("Emily Johnson", "US", street="Maple Drive", phone="+12025550107",
                        payment_methods=(gift, card("card-emily", "amex", "1008")))  # fmt: skip
    bag = cast.bag(emily, cast.catalogue.pick("headphones", "sand"))
    ordered_at = clock.at(0, 8, 12)
    part = Decimal("50.00")
    cast.order(
        10008, emily, bag, ordered_at,
        status=OrderStatus.PENDING,
        payments=(
            payment(emily, "gift_card", part, CAPTURED, ordered_at),
            payment(emily, "credit_card", bag.total - part, PaymentStatus.AUTHORISED, ordered_at),
        ),
    )  # fmt: skip


def _cancelled(cast: Cast) -> None:
    clock = cast.clock
    paypal = PaymentMethod(id="paypal-mads", kind="paypal")
    mads = cast.person("Mads Jensen", "DK", street="Skovvej", city=1, payment_methods=(paypal,))
    bag = cast.bag(mads, cast.catalogue.pick("tent-2", "moss"))
    cast.order(
        10009, mads, bag, clock.at(-4, 20, 44),
        status=OrderStatus.CANCELLED,
        cancelled_at=clock.at(-3, 8, 15),
        cancel_reason="no longer needed",
        payments=(payment(mads, "paypal", bag.total, CAPTURED, clock.at(-4, 20, 44)),),
        refunds=(Refund(amount=bag.total, payment_method_id="paypal-mads",
                        status=RefundStatus.SENT, requested_at=clock.at(-3, 8, 15),
                        sent_at=clock.at(-1, 9), reason="cancelled"),),
    )  # fmt: skip


def _several_orders(cast: Cast) -> None:
    clock, shop = cast.clock, cast.catalogue
    giulia = cast.person("Giulia Rossi", "IT", street="via Dante", city=3,
                         payment_methods=(card("card-giulia", "visa", "0010"),))  # fmt: skip
    bag = cast.bag(giulia, shop.pick("coffee-grinder", "hand"))
    cast.order(
        10010, giulia, bag, clock.at(-4, 13, 20),
        status=OrderStatus.PROCESSED,
        shipments=(cast.parcel(bag.items(), "GLS", "50346500010", left=-3, due=3),),
        payments=(payment(giulia, "credit_card", bag.total, CAPTURED, clock.at(-3, 16, 20)),),
    )  # fmt: skip
    bag = cast.bag(giulia, shop.pick("dutch-oven", "4 litres", "cream"))
    ordered_at = clock.at(-1, 23, 1)
    held = payment(giulia, "credit_card", bag.total, PaymentStatus.AUTHORISED, ordered_at)
    cast.order(10011, giulia, bag, ordered_at, status=OrderStatus.PENDING, payments=(held,))
    bag = cast.bag(giulia, shop.pick("beanie", "rust"))
    cast.order(
        10012, giulia, bag, clock.at(-30, 17, 9),
        status=OrderStatus.DELIVERED,
        shipments=(cast.parcel(bag.items(), "GLS", "50346500012", left=-29, due=-22,
                               delivered=(10, 5)),),
        payments=(payment(giulia, "credit_card", bag.total, CAPTURED, clock.at(-29, 16, 20)),),
    )  # fmt: skip


def _return_on_its_way(cast: Cast) -> None:
    clock = cast.clock
    carlos = cast.person("Carlos García", "ES", street="calle Mayor",
                         payment_methods=(card("card-carlos", "mastercard", "0013"),))  # fmt: skip
    bag = cast.bag(carlos, cast.catalogue.pick("trail-shoes", "42", "black"))
    cast.order(
        10013, carlos, bag, clock.at(-16, 15, 48),
        status=OrderStatus.DELIVERED,
        shipments=(cast.parcel(bag.items(), "GLS", "50346500013", left=-15, due=-8,
                               delivered=(16, 41)),),
        payments=(payment(carlos, "credit_card", bag.total, CAPTURED, clock.at(-15, 16, 20)),),
        returns=(Return(items=bag.items(), status=ReturnStatus.IN_TRANSIT,
                        requested_at=clock.at(-4, 11), reason="does not fit"),),
        invoices=(invoice(10013, clock.at(-15, 16, 20)),),
    )  # fmt: skip


def _waits_for_money(cast: Cast) -> None:
    clock = cast.clock
    marie = cast.person("Marie Peeters", "BE", street="Veldstraat", city=2)
    bag = cast.bag(marie, cast.catalogue.pick("wall-clock", "35 cm"))
    waiting = payment(marie, "bank_transfer", bag.total, PaymentStatus.PENDING, None,
                      due_on=clock.day(5))  # fmt: skip
    cast.order(
        10014, marie, bag, clock.at(-2, 9, 33), status=OrderStatus.PENDING, payments=(waiting,)
    )


def _pays_later(cast: Cast) -> None:
    clock, shop = cast.clock, cast.catalogue
    felix = cast.person("Felix Wagner", "DE", street="Kastanienweg", city=2,
                        emails=("felix@example.org",), phone="+498999998012",
                        phones=("+494066969012",))  # fmt: skip
    bag = cast.bag(felix, shop.pick("garden-chair", "none", quantity=2))
    due = payment(felix, "invoice", bag.total, PaymentStatus.PENDING, None, due_on=clock.day(9))
    cast.order(
        10015, felix, bag, clock.at(-6, 18, 26),
        status=OrderStatus.DELIVERED,
        shipments=(cast.parcel(bag.items(), "DHL", "00340434161094000015", left=-5, due=-3,
                               delivered=(12, 2)),),
        payments=(due,),
        invoices=(invoice(10015, clock.at(-5, 16, 20)),),
    )  # fmt: skip
    bag = cast.bag(felix, shop.pick("standing-desk", "160 cm", "bamboo"))
    ordered_at = clock.at(-15, 20, 0)
    parcel = cast.parcel(bag.items(), "DHL", "00340434161094000016", "00340434161094001016",
                         left=-2, due=4)  # fmt: skip
    bill = Bill(bag.total, ordered_at, parcel.shipped_at, clock.now)
    cast.order(
        10016, felix, bag, ordered_at,
        status=OrderStatus.PROCESSED,
        shipments=(parcel,),
        payments=tuple(instalments(felix, bag.total, bill)),
        invoices=(invoice(10016, clock.at(-2, 16, 20)),),
    )  # fmt: skip


def _two_parcels(cast: Cast) -> None:
    clock, shop = cast.clock, cast.catalogue
    office = Address(line1="Marktplatz 3", postcode="20095", city="Hamburg", country="DE",
                     name="Hannah Klein, Studio Elbe")  # fmt: skip
    paypal = PaymentMethod(id="paypal-hannah", kind="paypal")
    hannah = cast.person("Hannah Klein", "DE", street="Gartenstraße", city=1,
                         phone="+493023125013", addresses=(office,),
                         payment_methods=(paypal,))  # fmt: skip
    bag = cast.bag(
        hannah, shop.pick("desk-lamp", "brass"), shop.pick("bookshelf", "180 cm", "dark")
    )
    cast.order(
        10017, hannah, bag, clock.at(-3, 11, 11),
        status=OrderStatus.PROCESSED,
        shipping_address=office,
        shipments=(
            cast.parcel(bag.items(1), "DHL", "00340434161094000017", left=-2, due=0),
            cast.parcel(bag.items(2), "UPS", "1Z0000000000000017", left=-1, due=5),
        ),
        payments=(payment(hannah, "paypal", bag.total, CAPTURED, clock.at(-3, 11, 11)),),
        invoices=(invoice(10017, clock.at(-2, 16, 20)),),
    )  # fmt: skip
    bag = cast.bag(hannah, shop.pick("towels", "sage"))
    cast.order(
        10018, hannah, bag, clock.at(-45, 6, 30),
        status=OrderStatus.DELIVERED,
        shipments=(cast.parcel(bag.items(), "DHL", "00340434161094000018", left=-44, due=-42,
                               delivered=(15, 0)),),
        payments=(payment(hannah, "paypal", bag.total, CAPTURED, clock.at(-45, 6, 30)),),
        returns=(Return(items=bag.items(), status=ReturnStatus.REJECTED,
                        requested_at=clock.at(-20, 9), received_at=clock.at(-14, 9),
                        reason="changed my mind"),),
        invoices=(invoice(10018, clock.at(-44, 16, 20)),),
    )  # fmt: skip


def _nothing_yet(cast: Cast) -> None:
    cast.person("Tom Miller", "US", street="Oak Lane", city=3, phone="+14155550114")


SCENES = (
    _arrives_tomorrow,
    _delayed,
    _partly_there,
    _refunds,
    _delivered_yesterday,
    _payment_failed,
    _gift_card,
    _cancelled,
    _several_orders,
    _return_on_its_way,
    _waits_for_money,
    _pays_later,
    _two_parcels,
    _nothing_yet,
)
