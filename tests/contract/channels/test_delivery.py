"""From a stored message to the provider and back: once, in order, or a dead letter with a why."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from bot.brain.base import Message, Thought
from bot.errors import Undeliverable, Unreachable
from bot.messages import Reply
from bot.store import letters
from tests.contract.channels.case import Case, Said, cases
from tests.contract.channels.conftest import Shop
from tests.providers.base import Fault, Taken, Trouble
from tests.scripted_brain import offering


@pytest.fixture(params=sorted(name for name, case in cases().items() if not case.way))
def case(request: pytest.FixtureRequest) -> Case:
    """Each channel and provider once: out it goes by one way, however it came in."""
    return cases()[request.param]


def say(case: Case, words: str, number: int = 1, person: int = 0, choice: str = "") -> Said:
    return Said(case.addresses[person], words, case.idents(number), choice)


def chatty(message: Message) -> Thought:
    """Three replies to everything, each saying which message it answers."""
    replies = tuple(Reply(f"utter_{n}", f"{message.text} / {n}") for n in range(3))
    return Thought(replies, "chat", 1.0, (), (), {})


def shown(taken: list[Taken]) -> list[str]:
    return [line for one in taken for line in one.shown.splitlines() if " / " in line]


def test_an_answer_goes_to_whoever_asked(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    shop.deliver()
    (taken,) = played.taken
    assert "heard: hello there" in taken.shown
    assert taken.to.lstrip("+") == case.addresses[0].lstrip("+")
    assert shop.all("SELECT state, provider_id, attempts FROM outbox") == [("sent", taken.id, 1)]
    assert played.wrong == []


def test_a_call_that_comes_five_times_is_one_message(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    shop.hear(case, *[say(case, "hello there")] * 5)
    shop.answer()
    shop.deliver()
    assert shop.one("SELECT count(*) FROM turn") == 1
    assert len(played.taken) == 1


def test_the_parts_of_a_turn_go_out_in_order(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    shop.hear(case, say(case, "one", 1), say(case, "two", 2))
    shop.answer(chatty)
    shop.deliver()
    assert shown(played.taken) == [f"{word} / {n}" for word in ("one", "two") for n in range(3)]


def test_a_picked_choice_means_what_it_said(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    shop.hear(case, say(case, "which", 1))
    shop.answer(offering("kettle", "boots"))
    shop.deliver()
    if played.taken[-1].choices:
        ident, title = played.taken[-1].choices[1]
        assert title == "boots"
        shop.hear(case, say(case, title, 2, choice=ident))
    else:
        shop.hear(case, say(case, "2", 2))
    shop.answer(offering("kettle", "boots"))
    shop.deliver()
    assert 'heard: /pick{"title": "boots"}' in played.taken[-1].shown


def test_a_choice_of_somebody_else_means_nothing(case: Case, shop: Shop) -> None:
    if not case.taps:
        return
    played = shop.open(case)
    shop.hear(case, say(case, "which", 1))
    shop.answer(offering("kettle", "boots"))
    shop.deliver()
    ident, _ = played.taken[-1].choices[0]
    shop.hear(case, say(case, "kettle", 2, person=1, choice=ident))
    shop.answer(offering("kettle", "boots"))
    shop.deliver()
    assert "utter_choice_expired" in played.taken[-1].shown


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.FAILS, Fault.REFUSED], ids=str)
def test_what_fails_is_tried_again_and_nothing_overtakes_it(
    case: Case, shop: Shop, fault: Fault
) -> None:
    played = shop.open(case)
    if fault not in played.faults:
        return
    played.fail([Trouble(fault)] * 3)
    shop.hear(case, say(case, "one", 1), say(case, "two", 2))
    shop.answer(chatty)
    shop.deliver()
    assert played.taken == []
    shop.deliver(timedelta(hours=1))
    assert shown(played.taken) == [f"{word} / {n}" for word in ("one", "two") for n in range(3)]


def test_one_who_cannot_be_reached_holds_up_nobody_else(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    played.fail([Trouble(Fault.REFUSED)])
    shop.hear(case, say(case, "one", 1), say(case, "two", 2, person=1))
    shop.answer()
    shop.deliver()
    assert [taken.to.lstrip("+") for taken in played.taken] == [case.addresses[1].lstrip("+")]


def test_what_a_dead_sender_had_in_hand_is_sent_once_where_that_can_be_known(
    case: Case, shop: Shop
) -> None:
    """The message went out, and the sender died before it wrote that down."""
    played = shop.open(case)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    deliverer = shop.deliverer
    claimed = deliverer._claim()
    assert claimed is not None
    asyncio.run(deliverer._send(claimed[0]))  # and no more: killed here
    assert len(played.taken) == 1
    if case.receipt is not None:
        taken = played.taken[0]
        shop.call(case, case.receipt(taken.id, str(claimed[0].id), "sent"))
    shop.deliver(timedelta(minutes=10))
    assert shop.all("SELECT DISTINCT state FROM outbox") == [("sent",)]
    assert len(played.taken) == (1 if case.dedupes_sends else 2)


def test_what_a_dead_sender_never_sent_is_sent(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    assert shop.deliverer._claim() is not None  # killed before the call
    shop.deliver(timedelta(minutes=10))
    assert len(played.taken) == 1
    assert shop.all("SELECT DISTINCT state FROM outbox") == [("sent",)]


def test_what_may_have_been_sent_waits_until_the_provider_can_be_asked(
    case: Case, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = shop.open(case)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    deliverer = shop.deliverer
    claimed = deliverer._claim()
    assert claimed is not None
    asyncio.run(deliverer._send(claimed[0]))  # and no more: killed here

    async def away(*_: object, **__: object) -> None:
        raise Unreachable("not now")

    monkeypatch.setattr(shop.channels[case.channel.name], "find", away)
    shop.deliver(timedelta(minutes=30))
    assert len(played.taken) == 1
    assert shop.all("SELECT state, error FROM outbox") == [("sending", "unreachable")]


def test_an_earlier_part_that_said_the_same_is_not_taken_for_this_one(
    case: Case, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = shop.open(case)
    shop.hear(case, say(case, "hello there", 1))
    shop.answer()
    shop.deliver()
    shop.hear(case, say(case, "hello there", 2))
    shop.answer()
    assert shop.deliverer._claim() is not None  # killed before the call

    async def find(*_: object, **__: object) -> str:
        return played.taken[0].id

    monkeypatch.setattr(shop.channels[case.channel.name], "find", find)
    shop.deliver(timedelta(minutes=10))
    assert len(played.taken) == 2
    ids = [taken.id for taken in played.taken]
    assert shop.all("SELECT state, provider_id FROM outbox ORDER BY id") == [
        ("sent", ident) for ident in ids
    ]


def test_gives_up_after_a_day_with_the_reason(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    played.misbehave = lambda: Trouble(Fault.REFUSED)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    shop.deliver(timedelta(days=2))
    assert played.taken == []
    assert shop.all("SELECT state, error FROM outbox") == [("failed", "gave_up:unreachable")]
    notes = shop.all("SELECT body ->> 'note' FROM message WHERE author = 'note'")
    assert notes == [("undelivered",)]


def test_a_dead_letter_is_sent_again_when_the_operator_says_so(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    played.misbehave = lambda: Trouble(Fault.REFUSED)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    shop.deliver(timedelta(days=2))
    played.misbehave = lambda: None
    with shop.engine.begin() as connection:
        (letter,) = letters.listed(connection, ["failed"])
        assert letters.resend(connection, letter.id, shop.now)
        assert not letters.resend(connection, letter.id, shop.now)
    shop.deliver()
    assert [state for (state,) in shop.all("SELECT state FROM outbox")] == ["sent"]


def test_a_refused_account_stops_the_channel_and_keeps_the_queue(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    played.revoke()
    shop.hear(case, say(case, "one", 1), say(case, "two", 2, person=1))
    shop.answer()
    shop.deliver()
    assert shop.all("SELECT DISTINCT state FROM outbox") == [("new",)]
    played.revoked = False
    shop.deliver(timedelta(minutes=30))
    assert len(played.taken) == 2


def test_sends_nothing_to_whoever_opted_out(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    with shop.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO consent (channel, address, given, reason, at) "
                "SELECT channel, address, false, 'desk', now() FROM conversation"
            )
        )
    shop.deliver()
    assert played.taken == []
    assert shop.all("SELECT state, error FROM outbox") == [("dropped", "opted_out")]


def test_says_nothing_more_once_a_person_has_taken_over(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    with shop.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE conversation SET owner = 'person', owner_epoch = owner_epoch + 1, "
                "person_epoch = owner_epoch + 1"
            )
        )
    shop.deliver()
    assert played.taken == []
    assert shop.all("SELECT state, error FROM outbox") == [("dropped", "person_took_over")]


def test_two_deliverers_send_nothing_twice(case: Case, shop: Shop) -> None:
    played = shop.open(case)
    for number in range(1, 11):
        shop.hear(case, say(case, f"word{number}", number, person=number % 2))
    shop.answer(chatty)

    async def both() -> None:
        deliverers = [shop.deliverer for _ in range(3)]

        async def until_done(deliverer: object) -> None:
            for _ in range(200):
                if not await deliverer.step():  # type: ignore[attr-defined]
                    await asyncio.sleep(0.005)
                if not shop.one("SELECT count(*) FROM outbox WHERE state <> 'sent'"):
                    return

        await asyncio.gather(*map(until_done, deliverers))

    asyncio.run(both())
    assert len(shown(played.taken)) == 30
    by_person: dict[str, list[str]] = defaultdict(list)
    for taken in played.taken:
        by_person[taken.to] += shown([taken])
    for person in (0, 1):
        address = case.addresses[person].lstrip("+")
        numbers = [n for n in range(1, 11) if n % 2 == person]
        wanted = [f"word{number} / {n}" for number in numbers for n in range(3)]
        assert next(v for k, v in by_person.items() if k.lstrip("+") == address) == wanted


def test_a_bug_in_a_channel_is_a_dead_letter_and_not_the_end(
    case: Case, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.open(case)

    async def broken(*_: object, **__: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(shop.channels[case.channel.name], "send", broken)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    shop.deliver()
    assert shop.all("SELECT state, error FROM outbox") == [("failed", "bug:ZeroDivisionError")]


def test_an_answer_does_not_wait_for_the_mark_that_it_is_coming(
    case: Case, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = shop.open(case)
    monkeypatch.setattr("bot.engine.deliver.SEEN_WITHIN", 0.01)

    async def hangs(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(shop.channels[case.channel.name], "seen", hangs)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    shop.deliver()
    assert len(played.taken) == 1


def test_what_the_provider_will_never_take_is_a_dead_letter(
    case: Case, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.open(case)

    async def refused(*_: object, **__: object) -> str:
        raise Undeliverable("no", provider_code="4711")

    monkeypatch.setattr(shop.channels[case.channel.name], "send", refused)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    shop.deliver()
    assert shop.all("SELECT state, error, provider_code FROM outbox") == [
        ("failed", "undeliverable", "4711")
    ]


def test_receipts_in_any_order_end_in_the_furthest(case: Case, shop: Shop) -> None:
    if case.receipt is None:
        return
    played = shop.open(case)
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    shop.deliver()
    (taken,), key = played.taken, str(shop.one("SELECT id FROM outbox"))
    for status in ("delivered", "sent", "delivered", "failed"):
        if status not in case.reports:
            continue
        shop.call(case, case.receipt(taken.id, key, status))
    assert shop.all("SELECT state, status FROM outbox") == [("sent", "delivered")]


def test_a_receipt_that_comes_first_is_not_forgotten(case: Case, shop: Shop) -> None:
    if case.receipt is None:
        return
    played = shop.open(case)
    played.on_taken = lambda taken: shop.call(
        case, case.receipt(taken.id, str(shop.one("SELECT id FROM outbox")), "delivered")
    )  # type: ignore[misc]
    shop.hear(case, say(case, "hello there"))
    shop.answer()
    shop.deliver()
    assert shop.all("SELECT state, status FROM outbox") == [("sent", "delivered")]


# --- all channels at once -------------------------------------------------------------------------


def test_five_hundred_messages_five_times_each_and_shuffled(shop: Shop) -> None:
    """Each is one turn and one delivery of each part, in the order of its conversation."""
    everyone = list(cases().values())
    taken_by = {case.section: shop.open(case) for case in unique(everyone)}
    calls = []
    for number in range(500):
        case = unique(everyone)[number % len(unique(everyone))]
        person = (number // len(unique(everyone))) % 2
        calls.append((case, say(case, f"word{number}", number + 1, person)))
    randomness = random.Random(20261123)
    deliveries = [(case, said) for case, said in calls for _ in range(5)]
    window = 40
    for start in range(0, len(deliveries), window):
        part = deliveries[start : start + window]
        randomness.shuffle(part)
        deliveries[start : start + window] = part
    for case, said in deliveries:
        shop.hear(case, said)
    shop.answer()
    shop.deliver()
    assert shop.one("SELECT count(*) FROM turn") == 500
    sent = [taken for played in taken_by.values() for taken in played.taken]
    assert len(sent) == 500
    assert shop.one("SELECT count(*) FROM outbox WHERE state = 'sent'") == 500
    assert not [wrong for played in taken_by.values() for wrong in played.wrong]
    rows = shop.all(
        "SELECT conversation_id, text FROM inbox ORDER BY conversation_id, sequence, id"
    )
    turns = shop.all(
        "SELECT t.conversation_id, i.text FROM turn t JOIN inbox i ON i.id = t.inbox_id "
        "ORDER BY t.conversation_id, t.id"
    )
    assert turns == rows
    answers = shop.all(
        "SELECT conversation_id, text FROM message WHERE author = 'bot' "
        "ORDER BY conversation_id, seq"
    )
    assert [text.removeprefix("heard: ") for _, text in answers] == [text for _, text in turns]
    order = shop.all(
        "SELECT conversation_id, seq FROM outbox ORDER BY conversation_id, sent_at, id"
    )
    assert order == sorted(order)


def test_with_every_third_call_failing_all_is_delivered_in_order_or_told_why(shop: Shop) -> None:
    randomness = random.Random(4711)
    everyone = unique(list(cases().values()))
    taken_by = {case.section: shop.open(case) for case in everyone}
    for case in everyone:
        played = taken_by[case.section]
        kinds = [f for f in played.faults if f in TRANSIENT]

        def misbehave(kinds: list[Fault] = kinds) -> Trouble | None:
            if randomness.random() >= 0.3:
                return None
            fault = randomness.choice(kinds)
            accepted = fault in (Fault.HANGS, Fault.RESET) and randomness.random() < 0.5
            return Trouble(fault, accepted)

        played.misbehave = misbehave
        if case.dedupes_sends and case.receipt is not None:
            played.on_taken = partial(_tell, shop, case)  # type: ignore[assignment]
        for number in range(1, 21):
            shop.hear(case, say(case, f"word{number}", number, person=number % 2))
    shop.answer()
    shop.deliver(timedelta(days=2))
    states = dict(shop.all("SELECT state, count(*) FROM outbox GROUP BY state"))
    assert sum(states.values()) == 20 * len(everyone)
    assert set(states) <= {"sent", "failed"}
    assert shop.one("SELECT count(*) FROM outbox WHERE state = 'failed' AND error IS NULL") == 0
    for case in everyone:
        _in_order_and_complete(case, shop, taken_by[case.section].taken)


def _tell(shop: Shop, case: Case, taken: Taken) -> None:
    """A provider that cannot be asked what was sent tells us by itself."""
    assert case.receipt is not None
    shop.call(case, case.receipt(taken.id, taken.key, "sent"))


TRANSIENT = frozenset(
    {Fault.THROTTLED, Fault.FAILS, Fault.UNAVAILABLE, Fault.HANGS, Fault.RESET, Fault.REFUSED}
)


def _in_order_and_complete(case: Case, shop: Shop, taken: list[Taken]) -> None:
    """Nothing overtook anything; a double stands next to its twin, and only where it may."""
    delivered: dict[str, list[int]] = defaultdict(list)
    for one in taken:
        word = one.shown.partition("heard: word")[2].split()[0]
        delivered[one.to].append(int(word))
    failed = shop.one(
        f"SELECT count(*) FROM outbox WHERE state = 'failed' AND channel = '{case.channel.name}'"
    )
    for numbers in delivered.values():
        assert numbers == sorted(numbers)
        if case.dedupes_sends:
            assert len(numbers) == len(set(numbers))
    assert sum(len(set(numbers)) for numbers in delivered.values()) + int(str(failed)) >= 20


def unique(everyone: list[Case]) -> list[Case]:
    """One case for each channel: two providers of one channel are not had at once."""
    return list({case.channel.name: case for case in reversed(everyone)}.values())
