"""What every channel has to do, whoever its provider is. A new one adds a case, not a test."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.accounts import Secret, account_of, simulated
from bot.errors import (
    AccountRefused,
    BadPayload,
    BotError,
    ConfigError,
    DeliveryError,
    MaybeSent,
    NotAuthentic,
    Throttled,
    Unreachable,
)
from bot.messages import Address, Card, Choice, Kind, Part, Reply, Status
from bot.render import render
from channels.base import Request
from tests.contract.channels.case import (
    PUBLIC,
    Case,
    Forgery,
    Said,
    cases,
    messages,
    receipts,
    unreachable,
)
from tests.providers.base import Fault, PlayedProvider, Trouble

EXAMPLES = int(os.environ.get("ONECOUNTER_TEST_EXAMPLES", "60"))
"""Of each property and channel; ``make test-full`` asks for 1,000."""
many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs"), exclude_characters="\x00"),
    min_size=1,
    max_size=300,
).filter(lambda text: text.strip())


def said(case: Case, text: str = "Where is my parcel?", number: int = 1, choice: str = "") -> Said:
    return Said(case.addresses[0], text, case.idents(number), choice)


def first(case: Case) -> Address:
    return Address(case.channel.name, case.addresses[0])


# --- what comes in --------------------------------------------------------------------------------


def test_accepts_and_reads_a_genuine_call(case: Case) -> None:
    channel = case.build()
    request = case.says([said(case)])
    channel.verify(request)
    (inbound,) = messages(channel.parse(request))
    assert inbound.text == "Where is my parcel?"
    assert inbound.address == first(case)
    assert inbound.kind is Kind.MESSAGE
    assert inbound.external_id
    assert 200 <= channel.answer(request).status < 300


def test_reads_the_same_call_the_same_way_twice(case: Case) -> None:
    channel = case.build()
    request = case.says([said(case)])
    one, two = (messages(channel.parse(request)) for _ in range(2))
    assert [m.external_id for m in one] == [m.external_id for m in two]


def test_reads_a_tap_as_the_choice_it_is(case: Case) -> None:
    if not case.taps:
        assert case.channel.capabilities.max_choices == 0
        return
    channel = case.build()
    request = case.says([said(case, "Yes", choice="btn_0123456789abcdef")])
    channel.verify(request)
    (inbound,) = messages(channel.parse(request))
    assert inbound.choice == "btn_0123456789abcdef"


def test_reads_every_message_of_a_batch_in_order(case: Case) -> None:
    if not case.batches:
        return
    channel = case.build()
    spoken = [said(case, f"number {n}", n) for n in range(1, 6)]
    request = case.says(spoken)
    channel.verify(request)
    assert [m.text for m in messages(channel.parse(request))] == [s.text for s in spoken]


def test_takes_a_command_of_the_brain_for_the_words_it_is(case: Case) -> None:
    words = '/order_cancel{"order": "#W1"}'
    channel = case.build()
    (inbound,) = messages(channel.parse(case.says([said(case, words)])))
    assert (inbound.text, inbound.choice) == (words, None)


FORGERIES = [
    (name, forgery) for name, one in sorted(cases().items()) for forgery in one.forgeries()
]


@pytest.mark.parametrize(("name", "forgery"), FORGERIES, ids=lambda one: getattr(one, "name", one))
def test_refuses_what_was_not_signed_by_the_provider(name: str, forgery: Forgery) -> None:
    channel = cases()[name].build()
    with pytest.raises(NotAuthentic) as refused:
        channel.verify(forgery.request)
    assert refused.value.status == forgery.status


def test_has_every_row_of_the_signature_matrix(case: Case) -> None:
    assert len(case.forgeries()) >= 12


def test_refuses_a_body_with_one_byte_changed(case: Case) -> None:
    if not case.signs_body:
        return
    channel = case.build()
    request = case.says([said(case)])
    for place in (0, len(request.body) // 2, len(request.body) - 1):
        body = bytearray(request.body)
        body[place] ^= 1
        with pytest.raises(NotAuthentic):
            channel.verify(replace(request, body=bytes(body)))


def test_does_not_start_with_an_empty_secret(case: Case) -> None:
    secrets = [key for key in case.channel.keys if key.secret and key.default is None]
    for key in secrets:
        with pytest.raises(ConfigError, match=key.name.upper()):
            account_of(case.section, case.channel.keys, {**case.settings, key.name: " "})


def test_the_simulator_can_play_an_account_of_it(case: Case) -> None:
    account = simulated(case.section, case.channel.keys, "http://127.0.0.1:8000", Secret("seed"))
    assert case.channel(account, unreachable()).name == case.channel.name


@many
@given(body=st.binary(max_size=400), way=st.sampled_from(["as is", "signed"]))
def test_never_breaks_on_arbitrary_bytes(case: Case, body: bytes, way: str) -> None:
    """Whoever reads is never surprised: it is refused, kept, or understood."""
    channel = case.build()
    request = replace(case.says([said(case)]), body=body)
    try:
        if way == "as is":
            channel.verify(request)
        channel.parse(request)
    except BotError as error:
        assert isinstance(error, NotAuthentic | BadPayload)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "entry",
                    "changes",
                    "value",
                    "messages",
                    "message",
                    "from",
                    "chat",
                    "id",
                    "type",
                    "text",
                    "body",
                    "messaging",
                    "sender",
                    "update_id",
                    "callback_query",
                    "contacts",
                    "statuses",
                    "field",
                    "object",
                    "timestamp",
                    "mid",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@many
@given(value=JSON)
def test_never_breaks_on_a_well_formed_call_of_no_known_shape(case: Case, value: object) -> None:
    channel = case.build()
    request = replace(case.says([said(case)]), body=json.dumps(value).encode())
    try:
        channel.parse(request)
    except BotError as error:
        assert isinstance(error, BadPayload)


@many
@given(text=WORDS)
def test_brings_the_customers_words_as_they_were_written(case: Case, text: str) -> None:
    channel = case.build()
    request = case.says([said(case, text)])
    channel.verify(request)
    found = messages(channel.parse(request))
    if found and found[0].kind is Kind.MESSAGE:  # an opt-out word or a greeting is no message
        assert " ".join(found[0].text.split()) == " ".join(text.split())


# --- what goes out --------------------------------------------------------------------------------


def send(case: Case, played: PlayedProvider, part: Part, key: str = "1") -> str:
    return asyncio.run(case.build(played).send(first(case), part, key=key))


def test_sends_a_text_and_names_it_as_the_provider_does(case: Case) -> None:
    played = case.played()
    ident = send(case, played, Part("Your parcel comes tomorrow.", plain="Your parcel comes."))
    (taken,) = played.taken
    assert "Your parcel comes" in taken.shown
    assert taken.to.lstrip("+") == case.addresses[0].lstrip("+")
    assert taken.id == ident
    assert played.wrong == []


def test_shows_choices_so_that_they_can_be_picked(case: Case) -> None:
    played = case.played()
    choices = (Choice("Yes, cancel", "/a", "btn_0000000000000001"), Choice("Keep", "/b", "btn_2"))
    capabilities = case.channel.capabilities
    for part in render(Reply("utter_x", "Cancel?", choices=choices), capabilities):
        send(case, played, part)
    shown = played.taken[-1]
    if capabilities.max_choices:
        assert shown.choices == tuple((c.id, c.title) for c in choices)
    else:
        assert "1. Yes, cancel" in shown.shown
        assert "2. Keep" in shown.shown
    assert played.wrong == []


titles = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=30)
texts = st.lists(st.text(st.characters(exclude_categories=("C",)), max_size=40), max_size=200)
replies = st.builds(
    Reply,
    st.just("utter_x"),
    texts.map(" ".join),
    choices=st.lists(
        titles.map(lambda title: Choice(title, "/x", f"btn_{abs(hash(title)):016x}")),
        max_size=14,
        unique_by=lambda choice: choice.title,
    ).map(tuple),
    cards=st.lists(
        st.builds(Card, st.just("order"), titles, rows=st.just((("Total", "5"),))), max_size=2
    ).map(tuple),
)


@many
@given(reply=replies)
def test_stays_within_the_providers_limits(case: Case, reply: Reply) -> None:
    played = case.played()
    for part in render(reply, case.channel.capabilities, numbering_hint="Reply with a number."):
        send(case, played, part)
    assert played.wrong == []
    shown = " ".join(taken.shown for taken in played.taken)
    tappable = {title for taken in played.taken for _, title in taken.choices}
    for choice in reply.choices:
        assert choice.title in tappable or choice.title in shown


CLASSES = {
    Fault.THROTTLED: Throttled,
    Fault.THROTTLED_WITH_WAIT: Throttled,
    Fault.REFUSED: Unreachable,
    Fault.HANGS: MaybeSent,
    Fault.RESET: MaybeSent,
}


@pytest.mark.parametrize("accepted", [False, True], ids=["refused", "accepted"])
@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name.lower())
def test_names_what_went_wrong(case: Case, fault: Fault, accepted: bool) -> None:
    """Provider faults (K8): every one is retryable or in doubt, and none passes for success."""
    if fault not in case.played().faults:
        return
    played = case.played()
    played.fail([Trouble(fault, accepted)])
    try:
        ident = send(case, played, Part("Hello"))
    except DeliveryError as error:
        assert isinstance(error, CLASSES.get(fault, Unreachable))
        assert error.retryable
        if fault is Fault.THROTTLED_WITH_WAIT:
            assert error.retry_after == timedelta(seconds=7)
        if isinstance(error, MaybeSent):
            assert fault not in (Fault.REFUSED, Fault.THROTTLED, Fault.THROTTLED_WITH_WAIT)
    else:
        # Accepted, and only its id is unknown: sending it again would double it.
        assert fault in (Fault.BROKEN_JSON, Fault.NO_ID)
        assert ident


def test_finds_what_was_sent_before_a_crash(case: Case) -> None:
    if not case.dedupes_sends or case.channel.find is None:
        return
    played = case.played()
    played.fail([Trouble(Fault.RESET, accepted=True)])
    with pytest.raises(MaybeSent):
        send(case, played, Part("Hello", plain="Hello"), key="7")
    assert len(played.taken) == 1


def test_reads_how_far_a_part_came(case: Case) -> None:
    if case.receipt is None:
        return
    channel = case.build()
    for status in map(Status, case.reports):
        request = case.receipt("provider-id-1", "42", status)
        channel.verify(request)
        found = receipts(channel.parse(request))
        assert [one.status for one in found] == [status]


# --- secrets and quiet ----------------------------------------------------------------------------


def test_shows_no_secret_anywhere(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    played = case.played()
    channel = case.build(played)
    secrets = [case.settings[key.name] for key in case.channel.keys if key.secret]
    secrets = [secret for secret in secrets if secret]
    said_in = [repr(channel), repr(vars(channel)), str(channel._account)]
    for fault in played.faults:
        played.fail([Trouble(fault)])
        try:
            send(case, played, Part("Hello"))
        except DeliveryError as error:
            said_in += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    for forgery in case.forgeries():
        try:
            channel.verify(forgery.request)
        except NotAuthentic as error:
            said_in += [str(error), repr(error)]
    said_in.append("\n".join(r.getMessage() for r in caplog.records if r.name.startswith(OURS)))
    assert secrets
    assert not [secret for secret in secrets for text in said_in if secret in text]


OURS = ("bot", "channels")


def test_an_account_that_is_refused_stops_the_channel_and_not_the_part(case: Case) -> None:
    played = case.played()
    played.revoke()
    with pytest.raises(DeliveryError) as refused:
        send(case, played, Part("Hello"))
    assert isinstance(refused.value, AccountRefused)
    assert refused.value.retryable


def test_a_call_from_nowhere_is_no_call(case: Case) -> None:
    with pytest.raises(NotAuthentic):
        case.build().verify(Request("POST", f"{PUBLIC}/in/{case.section}"))
