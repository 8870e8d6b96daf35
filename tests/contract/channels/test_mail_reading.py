"""What a mail is to us: which conversation it continues, what is never answered, what came back."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts import Secret
from bot.errors import BadPayload
from bot.messages import Arrival, Ignored, Inbound, Kind, Receipt
from channels.mail_mime import read_mime
from channels.mail_reading import Reader
from channels.mail_threads import Threads
from tests.contract.channels.case import FIXTURES
from tests.contract.channels.case_mail import NOW, SHOP, THREAD_KEY
from tests.contract.channels.mail_fixtures import CONVERSATION, mac
from tests.contract.channels.test_every_channel import many

THREADS = Threads(SHOP, Secret(THREAD_KEY))
READER = Reader(THREADS, frozenset({SHOP, "info@shop.example"}))
OURS = f"<c-{CONVERSATION}.m1.{mac(f'm:{CONVERSATION}.1', THREAD_KEY)}@shop.example>"
TAG = f"c-{CONVERSATION}.{mac(f'c:{CONVERSATION}', THREAD_KEY)}"


def read(raw: bytes | str, *, proven: bool = True) -> Arrival:
    data = raw.encode() if isinstance(raw, str) else raw
    return READER.read(read_mime(data), proven=proven, now=NOW)


def inbound(raw: bytes | str, *, proven: bool = True) -> Inbound:
    arrival = read(raw, proven=proven)
    assert isinstance(arrival, Inbound), arrival
    return arrival


def head(**more: str) -> str:
    lines = {"From": "Dana Berg <dana@mail.example>", "To": SHOP, "Message-ID": "<q1@mail.example>"}
    lines |= {name.replace("_", "-"): value for name, value in more.items()}
    return "".join(f"{name}: {value}\n" for name, value in lines.items() if value)


# --- which conversation ---------------------------------------------------------------------------


def test_continues_the_conversation_that_is_named_by_what_only_we_can_write() -> None:
    for mail in (
        head(To=f"Acme <support+{TAG}@shop.example>"),
        head(Delivered_To=f"support+{TAG}@shop.example"),
        head(In_Reply_To=OURS),
        head(References=f"<q0@mail.example> {OURS} <q1@mail.example>"),
        head(In_Reply_To=OURS.upper().replace("<C-", "<c-")),
    ):
        assert inbound(mail + "\nhi").continues == CONVERSATION, mail


@pytest.mark.parametrize(
    "mail",
    [
        head(In_Reply_To=OURS.replace(".m1.", ".m2.")),
        head(In_Reply_To=OURS.replace(CONVERSATION, "0" * 16)),
        head(In_Reply_To=f"<c-{CONVERSATION}.m1.0000000000@shop.example>"),
        head(In_Reply_To=f"<c-{CONVERSATION}.m1.@shop.example>"),
        head(To=f"support+c-{CONVERSATION}.0000000000@shop.example"),
        head(To=f"support+{TAG.replace('c-', 'u-')}@shop.example"),
        head(Subject=f"Re: [#c-{CONVERSATION}] Where?"),
        head(Subject=f"Re: {OURS}"),
        head(X_Thread=OURS),
    ],
)
def test_a_guessed_id_continues_nothing(mail: str) -> None:
    assert inbound(mail + "\nhi").continues is None


def test_mails_of_one_exchange_are_of_one_thread_and_the_unproven_are_apart() -> None:
    first = inbound(head(Message_ID="<root@mail.example>") + "\nhi")
    more = inbound(head(References="<root@mail.example> <x@y.example>") + "\nhi")
    reply = inbound(head(In_Reply_To="<root@mail.example>") + "\nhi")
    other = inbound(head(Message_ID="<other@mail.example>") + "\nhi")
    forged = inbound(head(References="<root@mail.example>") + "\nhi", proven=False)
    assert first.thread == more.thread == reply.thread != other.thread
    assert forged.thread == f"?{first.thread}"


def test_carries_on_the_first_and_the_newest_ids_of_a_long_thread() -> None:
    chain = [f"<m{n}@mail.example>" for n in range(40)]
    found = inbound(head(References=" ".join(chain)) + "\nhi")
    assert found.envelope["references"] == [chain[0], *chain[-8:], "<q1@mail.example>"]
    assert found.envelope["message_id"] == "<q1@mail.example>"


def test_two_mails_with_one_message_id_are_one_only_when_one_person_sent_them() -> None:
    one, again = inbound(head() + "\nhi"), inbound(head() + "\nhi")
    other = inbound(head(From="eve@evil.example") + "\nhi")
    assert one.external_id == again.external_id != other.external_id
    nameless = [inbound(head(Message_ID="") + f"\n{words}") for words in ("a", "a", "b")]
    assert nameless[0].external_id == nameless[1].external_id != nameless[2].external_id


def test_an_address_of_the_shop_ends_messages_nobody_asked_for() -> None:
    tag = f"u-{CONVERSATION}.{mac(f'u:{CONVERSATION}', THREAD_KEY)}"
    found = inbound(head(To=f"support+{tag}@shop.example", Auto_Submitted="auto-generated") + "\n")
    assert (found.kind, found.consent, found.continues) == (Kind.CONSENT, "unasked", CONVERSATION)


# --- never answered -------------------------------------------------------------------------------

ROBOTS = {
    "an empty return path": {"Return_Path": "<>"},
    "auto-generated": {"Auto_Submitted": "auto-generated"},
    "auto-replied, with a comment": {"Auto_Submitted": "(by me) auto-replied; owner-email=x"},
    "auto-notified, in capitals": {"Auto_Submitted": "AUTO-NOTIFIED"},
    "precedence bulk": {"Precedence": "bulk"},
    "precedence junk": {"Precedence": "Junk"},
    "precedence list": {"Precedence": "list"},
    "precedence auto_reply": {"Precedence": "auto_reply"},
    "Exchange": {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
    "all suppressed": {"X_Auto_Response_Suppress": "All"},
    "a list": {"List_Id": "<users.lists.example>"},
    "a newsletter": {"List_Unsubscribe": "<mailto:u@lists.example>"},
    "an old autoresponder": {"X_Autoreply": "yes"},
    "another one": {"X_Autorespond": "1"},
    "our own loop": {"X_Loop": SHOP},
    "us": {"From": f"Acme <{SHOP}>"},
    "us with a tag": {"From": "support+x@shop.example"},
    "our other address": {"From": "INFO@shop.example"},
    "our own id": {"Message_ID": OURS},
    "mailer-daemon": {"From": "MAILER-DAEMON@mx.mail.example"},
    "postmaster": {"From": "postmaster@mail.example"},
    "noreply": {"From": "noreply@vendor.example"},
    "no-reply with a tag": {"From": "no-reply+123@vendor.example"},
    "donotreply": {"From": "do_not_reply@vendor.example"},
    "a vendor's noreply": {"From": "invoices-noreply@vendor.example"},
    "a read receipt": {"Content_Type": "multipart/report; report-type=disposition-notification"},
    "out of office without a header": {"Subject": "Out of Office: Re: x", "In_Reply_To": OURS},
    "the same in German": {"Subject": "Automatische Antwort: x", "References": OURS},
    "the same in French": {"Subject": "Réponse automatique : x", "References": OURS},
    "two senders": {"From": "dana@mail.example, eve@evil.example"},
    "a group of senders": {"From": "A: dana@mail.example, eve@evil.example;"},
    "nobody": {"From": ""},
    "no address": {"From": "Dana"},
    "half an address": {"From": "dana@"},
}


@pytest.mark.parametrize("style", ROBOTS)
def test_never_answers_what_no_person_has_written(style: str) -> None:
    found = read(head(**ROBOTS[style]) + "\nBack on Monday, yes cancel it")
    assert isinstance(found, Ignored), found
    assert found.why


@pytest.mark.parametrize(
    "mail",
    [
        head(Auto_Submitted="no"),
        head(Auto_Submitted="No (a person)"),
        head(Precedence="normal"),
        head(X_Loop="support@another.example"),
        head(X_Auto_Response_Suppress="DR, RN"),
        head(Subject="Automatic reply machines: which do you sell?"),
        head(Subject="Out of office: what now?"),
        head(From="bounce.house.lover@mail.example"),
        head(From="replyto@mail.example"),
        head(Return_Path="<dana@mail.example>"),
    ],
)
def test_answers_people_who_only_look_a_little_like_machines(mail: str) -> None:
    assert inbound(mail + "\nWhere is my parcel?").text == "Where is my parcel?"


def test_a_report_is_believed_only_about_what_we_have_sent() -> None:
    raw = (FIXTURES / "email" / "bounce_soft_4_2_2.eml").read_bytes()
    assert isinstance(read(raw), Ignored)
    ours = raw.replace(b"<c-018f2b6e00017000.m1.6b1f0c2d9a@shop.example>", OURS.encode())
    found = read(ours)
    assert isinstance(found, Receipt)
    assert (found.provider_id, found.status, found.code) == (OURS, "delayed", "4.2.2")
    assert found.error == "bounced"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("5.1.1", "recipient_gone"),
        ("5.4.1", "recipient_gone"),
        ("5.2.2 (mailbox full)", "bounced"),
        ("5.7.1", "bounced"),
        ("4.4.7", "bounced"),
        ("nonsense", "recipient_gone"),
    ],
)
def test_tells_an_address_that_is_gone_from_a_mail_that_was_refused(
    status: str, error: str
) -> None:
    raw = (FIXTURES / "email" / "bounce_hard_5_1_1.eml").read_bytes()
    raw = raw.replace(b"<c-018f2b6e00017000.m1.6b1f0c2d9a@shop.example>", OURS.encode())
    found = read(raw.replace(b"Status: 5.1.1", f"Status: {status}".encode()))
    assert isinstance(found, Receipt)
    assert (found.status, found.error) == ("failed", error)


# --- hostile --------------------------------------------------------------------------------------


def test_refuses_more_than_its_limits() -> None:
    parts = "".join(f"--b\n\n{n}\n" for n in range(101))
    with pytest.raises(BadPayload, match="100 parts"):
        read(head(Content_Type="multipart/mixed; boundary=b") + f"\n{parts}--b--\n")
    with pytest.raises(BadPayload, match="bytes"):
        read(head() + "\n" + "x" * (25 * 1024 * 1024))
    with pytest.raises(BadPayload, match="deep"):
        read(head() + nested(30))
    with pytest.raises(BadPayload, match="parts"):
        read(head() + nested(2000))


def nested(depth: int) -> str:
    lines = [f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}" for n in range(depth)]
    return "\n".join([*lines, "Content-Type: text/plain", "", "deep inside"])


@many
@given(data=st.data())
def test_never_breaks_on_a_mail_with_a_few_bytes_changed(data: st.DataObject) -> None:
    files = sorted((FIXTURES / "email").glob("*.eml"))
    raw = bytearray(data.draw(st.sampled_from(files)).read_bytes())
    chance = random.Random(data.draw(st.integers(0, 2**32)))
    for _ in range(data.draw(st.integers(1, 20))):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    if data.draw(st.booleans()):
        del raw[chance.randrange(len(raw)) :]
    try:
        found = read(bytes(raw))
    except BadPayload:
        return
    assert isinstance(found, Inbound | Receipt | Ignored)


@many
@given(
    body=st.binary(max_size=300), content_type=st.text(max_size=40), encoding=st.text(max_size=12)
)
def test_never_breaks_on_any_body(body: bytes, content_type: str, encoding: str) -> None:
    clean = "".join(c for c in content_type if c.isprintable())
    how = "".join(c for c in encoding if c.isprintable())
    lines = head(Content_Type=clean, Content_Transfer_Encoding=how)
    try:
        found = read(lines.encode("utf-8", "replace") + b"\n" + body)
    except BadPayload:
        return
    assert isinstance(found, Inbound | Receipt | Ignored)
