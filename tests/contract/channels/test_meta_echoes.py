"""Who answers, and what was sent: Meta's echoes, receipts and handovers through the pipeline."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.engine.receive import receive
from bot.messages import Address, Inbound, Kind
from bot.store import letters
from channels.base import Request
from tests.contract.channels.case import Case, Said, recorded
from tests.contract.channels.case_meta import (
    BASE,
    INSTAGRAM,
    MESSENGER,
    PHONE,
    USER_ID,
    WHATSAPP,
    change,
    echo,
    event,
    page,
    whatsapp,
    whatsapp_receipt,
)
from tests.contract.channels.conftest import NOW, Shop
from tests.providers.base import Fault, Trouble
from tests.providers.meta import APP_ID, PlayedMeta

LATER = timedelta(seconds=BASE - NOW.timestamp() + 10)
"""When even what is held back a few seconds has its turn."""
PAGES = pytest.mark.parametrize("case", [MESSENGER, INSTAGRAM], ids=lambda case: case.section)


def opened(shop: Shop, case: Case) -> PlayedMeta:
    played = shop.open(case)
    assert isinstance(played, PlayedMeta)
    return played


def hear(shop: Shop, case: Case, words: str = "hello", number: int = 1) -> None:
    shop.hear(case, Said(case.addresses[0], words, case.idents(number)))


def owner(shop: Shop) -> object:
    return shop.one("SELECT owner FROM conversation")


def both_names(number: int, words: str) -> Request:
    """A WhatsApp message that names phone number and user id."""
    told = {"from": PHONE[1:], "from_user_id": USER_ID, "id": f"wamid.B{number}", "type": "text"}
    told |= {"timestamp": str(BASE + number), "text": {"body": words}}
    return whatsapp(change(messages=[told]))


# --- who answers ----------------------------------------------------------------------------------


@PAGES
def test_the_bot_is_silent_once_a_person_wrote_in_the_inbox_and_until_it_is_given_back(
    case: Case, shop: Shop
) -> None:
    played = opened(shop, case)
    hear(shop, case)
    shop.answer()
    message = {"mid": "m_eva", "app_id": 263902037430900, "text": "Eva here."}
    shop.call(case, echo(case.section, case.addresses[0], message))
    shop.answer()
    shop.deliver()
    assert played.taken == []  # what the bot had decided before is not said any more
    assert owner(shop) == "person"
    said = shop.all("SELECT author, text FROM message ORDER BY seq")
    assert said[-1] == ("person", "Eva here.")
    hear(shop, case, "thanks", 2)
    assert shop.answer().heard == []
    given = {"pass_thread_control": {"new_owner_app_id": APP_ID}}
    shop.call(case, page(case.section, event(case.section, case.addresses[0], 500, **given)))
    hear(shop, case, "where is it", 600)
    shop.answer()
    shop.deliver()
    assert [taken.shown for taken in played.taken] == ["heard: where is it"]


def test_a_persons_words_do_not_keep_the_window_open(shop: Shop) -> None:
    opened(shop, MESSENGER)
    hear(shop, MESSENGER)
    shop.answer()
    heard = shop.one("SELECT heard_at FROM conversation")
    message = {"mid": "m_eva", "app_id": 1, "text": "Eva here."}
    late = echo("messenger", MESSENGER.addresses[0], message, at=3_600_000)
    shop.call(MESSENGER, late)
    shop.answer()
    assert shop.one("SELECT heard_at FROM conversation") == heard


def test_a_word_of_consent_is_a_message_of_the_customers_and_keeps_the_window_open(
    shop: Shop,
) -> None:
    opened(shop, WHATSAPP)
    hear(shop, WHATSAPP)
    shop.answer()
    word = Inbound(
        Address("whatsapp", PHONE),
        "wamid.stop",
        "stop",
        NOW + timedelta(hours=20),
        kind=Kind.CONSENT,
        consent="in",
    )
    with shop.engine.begin() as connection:
        receive(connection, word)
    shop.answer()
    assert shop.one("SELECT heard_at FROM conversation") == NOW + timedelta(hours=20)


def test_instagrams_echo_of_our_own_answer_changes_nothing(shop: Shop) -> None:
    played = opened(shop, INSTAGRAM)
    hear(shop, INSTAGRAM)
    shop.answer()
    shop.deliver()
    (taken,) = played.taken
    told = {"mid": taken.id, "text": taken.shown}
    shop.call(INSTAGRAM, echo("instagram", taken.to, told))
    shop.answer()
    assert shop.one("SELECT count(*) FROM inbox WHERE state = 'new'") == 1  # held back
    shop.now += LATER
    shop.answer()
    assert shop.one("SELECT count(*) FROM inbox WHERE state = 'new'") == 0
    assert owner(shop) == "bot"


def test_instagrams_echo_tells_what_became_of_an_answer_whose_sender_died(shop: Shop) -> None:
    played = opened(shop, INSTAGRAM)
    played.fail([Trouble(Fault.RESET, accepted=True)])
    hear(shop, INSTAGRAM)
    shop.answer()
    shop.deliver()
    (taken,) = played.taken
    shop.call(INSTAGRAM, echo("instagram", taken.to, {"mid": taken.id, "text": taken.shown}))
    shop.now += LATER
    shop.answer()
    shop.deliver(timedelta(minutes=5))
    assert shop.all("SELECT state, provider_id FROM outbox") == [("sent", taken.id)]
    assert len(played.taken) == 1


def test_instagrams_echo_of_a_person_silences_the_bot(shop: Shop) -> None:
    opened(shop, INSTAGRAM)
    hear(shop, INSTAGRAM)
    shop.answer()
    shop.call(INSTAGRAM, echo("instagram", INSTAGRAM.addresses[0], {"mid": "x", "text": "Eva"}))
    shop.now += LATER
    shop.answer()
    assert owner(shop) == "person"


def test_instagrams_echo_of_a_file_we_sent_before_the_words_is_nobody_taking_over(
    shop: Shop,
) -> None:
    played = opened(shop, INSTAGRAM)
    hear(shop, INSTAGRAM)
    shop.answer()
    with shop.engine.begin() as connection:
        media = '[{"ref": "https://shop.example/a.jpg", "content_type": "image/jpeg"}]'
        connection.execute(
            text("UPDATE outbox SET part = part || jsonb_build_object('media', :m ::jsonb)"),
            {"m": media},
        )
    shop.deliver()
    file, words = played.taken
    attached = {"mid": file.id, "attachments": [{"type": "image", "payload": {"url": "https://x"}}]}
    shop.call(INSTAGRAM, echo("instagram", file.to, attached))
    shop.call(INSTAGRAM, echo("instagram", words.to, {"mid": words.id, "text": words.shown}))
    shop.now += LATER
    shop.answer()
    assert owner(shop) == "bot"


# --- what was sent --------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [WHATSAPP, MESSENGER], ids=lambda case: case.section)
@pytest.mark.parametrize("fault", [Fault.FAILS, Fault.BROKEN_JSON, Fault.NO_ID, Fault.HANGS])
def test_an_answer_in_doubt_is_settled_by_the_word_of_meta(
    case: Case, shop: Shop, fault: Fault
) -> None:
    played = opened(shop, case)
    played.fail([Trouble(fault, accepted=True)])
    assert case.receipt is not None
    tell = case.receipt
    played.on_taken = lambda taken: shop.call(case, tell(taken.id, taken.key, "sent"))
    hear(shop, case)
    shop.answer()
    shop.deliver(timedelta(minutes=10))
    (taken,) = played.taken
    assert shop.all("SELECT state, status, provider_id FROM outbox") == [("sent", "sent", taken.id)]


def test_a_reading_up_to_a_time_is_of_what_was_sent_by_then(shop: Shop) -> None:
    played = opened(shop, MESSENGER)
    for number in (1, 2):
        hear(shop, MESSENGER, f"word{number}", number)
        shop.answer()
        shop.deliver()
        shop.now += timedelta(minutes=10)
    read = {"watermark": int((NOW + timedelta(minutes=5)).timestamp() * 1000)}
    shop.call(MESSENGER, page("messenger", event("messenger", played.taken[0].to, read=read)))
    assert shop.all("SELECT status FROM outbox ORDER BY id") == [("read",), (None,)]


def test_a_message_is_read_although_we_heard_of_its_sending_after_the_reader(shop: Shop) -> None:
    """Meta's time of a message lies between our asking and its answer."""
    played = opened(shop, MESSENGER)
    hear(shop, MESSENGER)
    shop.answer()
    shop.deliver()
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET sent_at = sent_at + interval '2 seconds'"))
    read = {"watermark": int((NOW + timedelta(seconds=1)).timestamp() * 1000)}
    shop.call(MESSENGER, page("messenger", event("messenger", played.taken[0].to, read=read)))
    assert shop.all("SELECT status FROM outbox") == [("read",)]


def test_instagram_tells_which_message_was_read(shop: Shop) -> None:
    played = opened(shop, INSTAGRAM)
    hear(shop, INSTAGRAM)
    shop.answer()
    shop.deliver()
    (taken,) = played.taken
    read = {"mid": taken.id}
    shop.call(INSTAGRAM, page("instagram", event("instagram", taken.to, read=read)))
    assert shop.all("SELECT status FROM outbox") == [("read",)]


def test_statuses_in_any_order_end_in_the_furthest(shop: Shop) -> None:
    opened(shop, WHATSAPP)
    hear(shop, WHATSAPP)
    shop.answer()
    shop.deliver()
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET provider_id = 'wamid.T1VUMDAwMDAx'"))
    shop.call(WHATSAPP, recorded("whatsapp_cloud/status_out_of_order.json"))
    assert shop.all("SELECT status FROM outbox") == [("read",)]


def test_what_was_said_of_the_first_attempt_is_not_said_of_a_dead_letter_sent_again(
    shop: Shop,
) -> None:
    """Both carry the same key of ours, and Meta repeats its statuses."""
    played = opened(shop, WHATSAPP)
    hear(shop, WHATSAPP)
    shop.answer()
    shop.deliver()
    failed = whatsapp_receipt(played.taken[0].id, played.taken[0].key, "failed")
    shop.call(WHATSAPP, failed)
    with shop.engine.begin() as connection:
        (letter,) = letters.listed(connection, ["failed"])
        assert letters.resend(connection, letter.id, shop.now)
    shop.deliver()
    shop.call(WHATSAPP, failed)
    assert shop.all("SELECT state, provider_id FROM outbox") == [("sent", played.taken[1].id)]


def test_the_last_of_several_messages_stands_for_all_of_them(shop: Shop) -> None:
    """A file that was sent says nothing of the words that come after it."""
    played = opened(shop, MESSENGER)
    hear(shop, MESSENGER)
    shop.answer()
    with shop.engine.begin() as connection:
        media = '[{"ref": "https://shop.example/a.jpg", "content_type": "image/jpeg"}]'
        connection.execute(
            text("UPDATE outbox SET part = part || jsonb_build_object('media', :m ::jsonb)"),
            {"m": media},
        )
    played.fail([None, Trouble(Fault.HANGS)])
    deliverer = shop.deliverer
    asyncio.run(deliverer.step())
    (file,) = played.taken
    assert file.key == ""
    shop.call(MESSENGER, echo("messenger", file.to, {"mid": file.id, "app_id": int(APP_ID)}))
    assert shop.all("SELECT state FROM outbox") == [("sending",)]
    shop.deliver(timedelta(minutes=10))
    assert played.taken[-1].shown == "heard: hello"
