"""What Twilio is asked: what may have been sent, and what it may not have told us."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.engine.errands import Errands
from bot.errors import (
    AccountRefused,
    MaybeSent,
    Unreachable,
)
from bot.messages import Part
from tests.contract.channels.case import Said
from tests.contract.channels.case_twilio import ANN, BOB
from tests.contract.channels.conftest import Shop
from tests.contract.channels.playing_twilio import (
    ASKED,
    BSUID,
    SMS,
    WHATSAPP,
    answering,
    find,
    pictures,
    played,
    send,
)
from tests.providers.base import Fault, Trouble
from tests.providers.twilio import PlayedTwilio
from tests.providers.twilio_forms import ACCOUNT, called

# --- what may have been sent ----------------------------------------------------------------------


def test_finds_a_message_that_still_waits_in_twilios_queue() -> None:
    there = played(SMS)
    sid = send(SMS, there, Part("Your parcel comes tomorrow."))
    assert there.messages[0]["date_sent"] is None
    since = datetime.now(UTC) - timedelta(minutes=1)
    assert find(SMS, there, Part("Your parcel comes tomorrow."), since) == sid
    assert find(SMS, there, Part("Your parcel comes on Friday."), since) is None


def test_finds_nothing_that_was_sent_long_before() -> None:
    there = played(SMS)
    there.clock = lambda: datetime.now(UTC) - timedelta(minutes=30)
    send(SMS, there, Part("hello"))
    assert find(SMS, there, Part("hello"), datetime.now(UTC) - timedelta(minutes=2)) is None


def test_takes_no_customers_words_for_ours() -> None:
    there = played(SMS)
    there.received(ANN, "hello")
    there.messages[0]["to"] = ANN
    assert find(SMS, there, Part("hello"), datetime.now(UTC) - timedelta(minutes=2)) is None


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("It\u2019s here \u2013 enjoy!", "It's here - enjoy!"),
        ("Two\n\nlines ", "Two\n\nlines"),
        ("hello", "Sent from your Twilio trial account - hello"),
    ],
)
def test_finds_it_whatever_twilio_makes_of_its_marks(ours: str, theirs: str) -> None:
    there = played(SMS)
    sid = send(SMS, there, Part(ours))
    there.messages[0]["body"] = theirs
    assert find(SMS, there, Part(ours), datetime.now(UTC) - timedelta(minutes=2)) == sid


@pytest.mark.parametrize(
    "part",
    [ASKED, Part("It comes tomorrow.", window_open=False), Part("", media=pictures(1))],
    ids=["buttons", "template", "file"],
)
def test_finds_what_went_out_in_another_form(part: Part) -> None:
    there = played(WHATSAPP)
    sid = send(WHATSAPP, there, part)
    assert find(WHATSAPP, there, part, datetime.now(UTC) - timedelta(minutes=2)) == sid


def test_of_two_that_say_the_same_finds_the_later() -> None:
    there = played(SMS)
    send(SMS, there, Part("hello"))
    later = send(SMS, there, Part("hello"))
    assert find(SMS, there, Part("hello"), datetime.now(UTC) - timedelta(minutes=2)) == later


def test_sends_nothing_twice_that_it_can_look_up(shop: Shop) -> None:
    """The line breaks after Twilio took the message, and no receipt ever comes."""
    there = shop.open(SMS)
    there.fail([Trouble(Fault.RESET, accepted=True), None, Trouble(Fault.RESET, accepted=False)])
    for number in (1, 2, 3):
        shop.hear(SMS, Said(ANN, "hello", f"SM{number}"))
    shop.answer()
    shop.deliver(timedelta(hours=1))
    assert len(there.taken) == 3
    ids = [taken.id for taken in there.taken]
    assert shop.all("SELECT state, provider_id FROM outbox ORDER BY id") == [
        ("sent", ident) for ident in ids
    ]


def test_does_not_send_again_while_twilio_cannot_be_asked(shop: Shop) -> None:
    there = shop.open(SMS)
    there.fail([Trouble(Fault.RESET, accepted=True)])
    shop.hear(SMS, Said(ANN, "hello", "SM1"))
    shop.answer()
    listed: Callable[[httpx.Request], httpx.Response] = there.other
    there.other = lambda request: httpx.Response(503)  # type: ignore[method-assign]
    shop.deliver(timedelta(minutes=20))
    assert len(there.taken) == 1
    assert shop.all("SELECT state FROM outbox") == [("sending",)]
    there.other = listed  # type: ignore[method-assign]
    shop.deliver(timedelta(hours=1))
    assert len(there.taken) == 1
    assert shop.all("SELECT state FROM outbox") == [("sent",)]


# --- what may have been missed --------------------------------------------------------------------


def catch_up(shop: Shop) -> int:
    errands = Errands(shop.engine, shop.channels, clock=lambda: shop.now)
    return asyncio.run(errands.catch_up(shop.channels["sms"]))


def test_catches_up_with_everything_that_was_never_brought(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    there.largest_page = 7
    told = there.received(ANN, "told and listed", "SM" + "f" * 32)
    shop.call(SMS, called("https://hooks.shop.example/in/sms", told))
    for number in range(40):
        shop.now += timedelta(seconds=4)
        there.received((ANN, BOB)[number % 2], f"missed {number}")
    shop.now += timedelta(seconds=10)
    assert catch_up(shop) == 41
    texts = [text for (text,) in shop.all("SELECT text FROM inbox ORDER BY id")]
    assert texts == ["told and listed", *[f"missed {number}" for number in range(40)]]
    shop.now += timedelta(minutes=6)
    catch_up(shop)
    assert shop.one("SELECT count(*) FROM inbox") == 41
    shop.answer()
    shop.deliver()
    assert len(there.taken) == 41


def test_asks_only_for_what_came_lately_and_to_us(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    there.received(ANN, "an old one")
    there.messages[0]["to"] = "+15005550111"
    shop.now += timedelta(hours=5)
    there.received(ANN, "a new one")
    there.received(BOB, "for somebody else")
    there.messages[2]["to"] = "+15005550111"
    assert catch_up(shop) == 1
    assert shop.all("SELECT text FROM inbox") == [("a new one",)]
    assert there.wrong == []


def test_a_missed_stop_is_kept_and_a_missed_picture_comes_with_its_address(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    sid = "MM" + "a" * 32
    there.received(ANN, "", sid)
    there.messages[0]["num_media"] = "1"
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}/Media/ME1"
    there.files[sid] = [{"uri": f"{path}.json", "content_type": "image/png"}]
    there.received(BOB, "Stop")
    assert catch_up(shop) == 2
    assert shop.all("SELECT address, given FROM consent") == [(BOB, False)]
    assert shop.all("SELECT ref, content_type FROM media") == [
        (f"https://api.twilio.com{path}", "image/png")
    ]


def test_a_missed_message_is_dated_when_it_was_sent_and_closes_no_window(shop: Shop) -> None:
    there = shop.open(SMS)
    assert isinstance(there, PlayedTwilio)
    shop.now = datetime.now(UTC) - timedelta(minutes=20)
    sent_at = shop.now.replace(microsecond=0)
    there.received(ANN, "missed")
    shop.now += timedelta(minutes=20)
    shop.hear(SMS, Said(ANN, "a later one", "SM" + "e" * 32))
    assert catch_up(shop) == 1
    found = dict(shop.all("SELECT text, received_at FROM inbox"))
    assert found["missed"] == sent_at
    shop.answer()
    assert shop.one("SELECT heard_at FROM conversation") == found["a later one"]


def test_whatsapp_is_asked_for_as_well() -> None:
    there = played(WHATSAPP)
    there.received(BSUID, "hello")
    there.received(ANN, "STOP")
    channel = WHATSAPP.build(there)
    found = asyncio.run(channel.missed(datetime.now(UTC) - timedelta(minutes=5)))
    assert [(one.address.value, one.consent) for one in found] == [(BSUID, None), (ANN, None)]


def test_a_provider_that_cannot_be_asked_is_asked_again() -> None:
    there = played(SMS)
    there.revoke()
    with pytest.raises(AccountRefused):
        asyncio.run(SMS.build(there).missed(datetime.now(UTC)))
    channel, _ = answering(httpx.Response(503))
    with pytest.raises(Unreachable) as raised:
        asyncio.run(channel.missed(datetime.now(UTC)))
    assert not isinstance(raised.value, MaybeSent)
