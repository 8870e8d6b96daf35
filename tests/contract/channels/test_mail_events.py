"""What providers say became of a mail of ours, and of people who want no more."""

from __future__ import annotations

import contextlib
import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts import Secret
from bot.errors import BadPayload
from bot.messages import Arrival, Ignored, Inbound, Kind, Receipt
from channels.base import Request
from channels.mail_threads import Threads
from tests.contract.channels.case import Case, Said, cases
from tests.contract.channels.case_mail import (
    ANN,
    SHOP,
    THREAD_KEY,
    mailgun_fields,
    posted,
    postmark,
    sendgrid,
    signed,
)
from tests.contract.channels.test_every_channel import many

OURS = Threads(SHOP, Secret(THREAD_KEY)).message_id("018f2b6e00017000", 1)
FOREIGN = "<c-018f2b6e00017000.m1.0000000000@shop.example>"

# --- what became of a mail of ours ----------------------------------------------------------------


def mailgun_event(**event: Any) -> Request:
    body = {"signature": mailgun_fields("e" * 50), "event-data": {"id": "ev1", **event}}
    return posted("mailgun", json.dumps(body).encode(), "application/json")


def postmark_event(**event: Any) -> Request:
    good = postmark([Said(ANN, "hi", "1")])
    return replace(good, body=json.dumps({"MessageID": "pm1", "Email": ANN, **event}).encode())


def sendgrid_event(**event: Any) -> Request:
    body = json.dumps([{"email": ANN, "sg_event_id": "s1", **event}]).encode()
    return signed(body, content_type="application/json")


def told(request: Request) -> Arrival:
    channel = cases()["email"].build()
    channel.verify(request)
    (arrival,) = channel.parse(request)
    return arrival


ours = {"headers": {"message-id": OURS.strip("<>")}}
FATES = {
    "mailgun delivered": (mailgun_event(event="delivered", message=ours), "delivered", ""),
    "mailgun gone": (
        mailgun_event(event="failed", severity="permanent", reason="bounce", message=ours,
                      **{"delivery-status": {"code": 550, "message": "5.1.1 User unknown"}}),
        "failed", "recipient_gone",
    ),
    "mailgun blocked": (
        mailgun_event(event="failed", severity="permanent", reason="generic", message=ours,
                      **{"delivery-status": {"code": 550, "message": "5.7.1 Spam"}}),
        "failed", "bounced",
    ),
    "mailgun later": (
        mailgun_event(event="failed", severity="temporary", reason="generic",
                      **{"user-variables": {"our_id": "42"}}),
        "delayed", "bounced",
    ),
    "postmark delivered": (
        postmark_event(RecordType="Delivery", Metadata={"our_id": "42"}), "delivered", ""),
    "postmark gone": (
        postmark_event(RecordType="Bounce", Type="HardBounce", Details="550 5.1.1",
                       Metadata={"our_id": "42"}),
        "failed", "recipient_gone",
    ),
    "postmark full": (
        postmark_event(RecordType="Bounce", Type="SoftBounce", TypeCode=4096,
                       Metadata={"our_id": "42"}),
        "failed", "bounced",
    ),
    "postmark later": (
        postmark_event(RecordType="Bounce", Type="Transient", Metadata={"our_id": "42"}),
        "delayed", "bounced",
    ),
    "sendgrid delivered": (sendgrid_event(event="delivered", our_id="42"), "delivered", ""),
    "sendgrid gone": (
        sendgrid_event(event="bounce", type="bounce", status="5.1.1", our_id="42"),
        "failed", "recipient_gone",
    ),
    "sendgrid blocked": (
        sendgrid_event(event="bounce", type="blocked", status="5.7.1", **{"smtp-id": OURS}),
        "failed", "bounced",
    ),
    "sendgrid later": (sendgrid_event(event="deferred", our_id="42"), "delayed", "bounced"),
    "sendgrid dropped": (
        sendgrid_event(event="dropped", reason="Bounced Address", our_id="42"),
        "failed", "undeliverable",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FATES)
def test_learns_what_became_of_a_mail(name: str) -> None:
    request, status, error = FATES[name]
    receipt = told(request)
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.error) == (status, error)
    assert receipt.provider_id == OURS or receipt.key == "42"


NO_USE = [
    mailgun_event(event="opened", message=ours),
    mailgun_event(event="delivered", message={"headers": {"message-id": FOREIGN.strip("<>")}}),
    postmark_event(RecordType="Open", Metadata={"our_id": "42"}),
    postmark_event(RecordType="Bounce", Type="HardBounce"),
    postmark_event(RecordType="Bounce", Type="AutoResponder", Metadata={"our_id": "42"}),
    sendgrid_event(event="delivered", **{"smtp-id": FOREIGN}),
    sendgrid_event(event="click", our_id="42"),
]


@pytest.mark.parametrize("number", range(len(NO_USE)))
def test_has_no_use_for_other_events(number: int) -> None:
    assert isinstance(told(NO_USE[number]), Ignored)


UNWANTED = [
    mailgun_event(event="complained", recipient=ANN),
    mailgun_event(event="unsubscribed", recipient=ANN),
    postmark_event(RecordType="SpamComplaint", ID=5),
    sendgrid_event(event="spamreport"),
    sendgrid_event(event="group_unsubscribe"),
]


@pytest.mark.parametrize("number", range(len(UNWANTED)))
def test_a_complaint_ends_what_nobody_asked_for(number: int) -> None:
    found = told(UNWANTED[number])
    assert isinstance(found, Inbound)
    assert (found.kind, found.consent, found.address.value) == (Kind.CONSENT, "unasked", ANN)


def test_reads_every_event_of_a_batch_in_order() -> None:
    events = [{"email": ANN, "event": "delivered", "our_id": str(n)} for n in range(5)]
    request = signed(json.dumps(events).encode(), content_type="application/json")
    found = cases()["email"].build().parse(request)
    assert [one.key for one in found if isinstance(one, Receipt)] == ["0", "1", "2", "3", "4"]


CALLS = [case.says([Said(ANN, "hello", "3")]) for case in (cases()["email"],)]
CALLS += [mailgun_event(event="delivered", message=ours), postmark([Said(ANN, "hello", "3")])]
CALLS += [sendgrid([Said(ANN, "hello", "3")]), sendgrid_event(event="bounce", our_id="1")]


@many
@given(data=st.data())
def test_never_breaks_on_a_call_with_a_few_bytes_changed(data: st.DataObject) -> None:
    request = data.draw(st.sampled_from(CALLS))
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    body = bytearray(request.body)
    for _ in range(data.draw(st.integers(1, 10))):
        body[chance.randrange(len(body))] = chance.randrange(256)
    case: Case = cases()["email"]
    with contextlib.suppress(BadPayload):
        case.build().parse(replace(request, body=bytes(body)))
