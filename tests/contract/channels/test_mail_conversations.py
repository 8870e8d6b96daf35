"""Whole exchanges by mail: who joins which conversation, loops that end, dead addresses."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from itertools import count
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from bot.brain.base import Message, Thought
from bot.messages import Address, Ignored, Reply
from bot.store import consents, inbox, outbox, transcript
from tests.contract.channels.case import Case, cases
from tests.contract.channels.case_mail import ANN, BOB, SHOP, mailgun_fields, posted
from tests.contract.channels.conftest import Shop
from tests.contract.channels.test_mail_reading import ROBOTS
from tests.providers.mail import PlayedMail, plain_of
from tests.scripted_brain import ScriptedBrain, offering

numbers = count(1)
LIMITS = ((5, timedelta(hours=1)), (20, timedelta(days=1)))


@pytest.fixture
def case() -> Case:
    """The shop's own mail server stands before the provider, so its word counts."""
    settings = {**cases()["email"].settings, "authserv_ways": "mailgun-mime"}
    return replace(cases()["email"], settings=settings)


@pytest.fixture
def post(case: Case, shop: Shop) -> Post:
    return Post(case, shop)


class Post:
    """A customer's mail program, and the post between it and the shop."""

    def __init__(self, case: Case, shop: Shop) -> None:
        self.case, self.shop = case, shop
        played = shop.open(case)
        assert isinstance(played, PlayedMail)
        self.played: PlayedMail = played

    def write(
        self,
        words: str,
        *,
        sender: str = ANN,
        to: str = SHOP,
        answers: EmailMessage | None = None,
        proven: bool = True,
        **headers: str,
    ) -> None:
        """Send a mail to the shop, as an answer to one of its own or as a new one."""
        mail = EmailMessage()
        if proven:
            domain = sender.rpartition("@")[2]
            mail["Authentication-Results"] = f"mx.shop.example; dmarc=pass header.from={domain}"
        given = {"From": sender, "To": to, "Subject": "A question"}
        if answers is not None:
            given |= {"To": str(answers["reply-to"]), "Subject": str(answers["subject"])}
            given |= {"In-Reply-To": str(answers["message-id"])}
            given |= {"References": f"{answers['references']} {answers['message-id']}"}
        given |= {"Message-ID": f"<{next(numbers)}@mail.example>"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in given.items():
            if value:
                mail[name] = value
        mail.set_content(words)
        self.bring(mail.as_bytes())

    def bring(self, raw: bytes) -> None:
        """Hand any mail to the shop."""
        token = hashlib.sha256(str(next(numbers)).encode()).hexdigest()[:50]
        fields = {"recipient": "", "body-mime": raw, **mailgun_fields(token)}
        self.shop.call(self.case, posted("mailgun-mime", urlencode(fields).encode()))

    def answered(self, script: object = None) -> list[EmailMessage]:
        """Think and deliver; the mails that went out for it."""
        before = len(self.played.mails)
        self.shop.answer(script) if script else self.shop.answer()  # type: ignore[arg-type]
        self.shop.deliver()
        assert self.played.wrong == []
        return self.played.mails[before:]


def conversations(shop: Shop) -> int:
    return int(str(shop.one("SELECT count(*) FROM conversation")))


# --- the same conversation, or not ----------------------------------------------------------------


def test_an_answer_goes_on_in_its_conversation(post: Post, shop: Shop) -> None:
    post.write("which?")
    (first,) = post.answered(offering("kettle", "boots"))
    assert "2. boots" in plain_of(first)
    post.write("2\n\nOn Mon, Nov 23, 2026 at 9:00 AM Acme wrote:\n> 1. kettle\n", answers=first)
    (second,) = post.answered(offering("kettle", "boots"))
    assert 'heard: /pick{"title": "boots"}' in plain_of(second)
    assert conversations(shop) == 1
    assert second["in-reply-to"] != first["in-reply-to"]
    assert str(first["message-id"]) in str(second["references"]).split()
    assert first["reply-to"] == second["reply-to"]


def test_the_address_for_answers_is_enough(post: Post, shop: Shop) -> None:
    """Some programs forget the references."""
    post.write("hello")
    (first,) = post.answered()
    post.write("and more", to=str(first["reply-to"]))
    post.answered()
    assert conversations(shop) == 1


def test_a_second_mail_before_the_first_answer_is_the_same_thread(post: Post, shop: Shop) -> None:
    post.write("hello", Message_ID="<root@mail.example>")
    post.write("and more", References="<root@mail.example>", In_Reply_To="<root@mail.example>")
    assert len(post.answered()) == 2
    assert conversations(shop) == 1


def test_a_new_mail_is_a_new_conversation(post: Post, shop: Shop) -> None:
    post.write("hello")
    post.answered()
    post.write("something else")
    post.answered()
    assert conversations(shop) == 2


def test_somebody_else_who_answers_starts_anew_and_the_desk_is_told(post: Post, shop: Shop) -> None:
    post.write("hello")
    (first,) = post.answered()
    post.write("I am her husband", sender=BOB, answers=first)
    (second,) = post.answered()
    assert conversations(shop) == 2
    assert second["to"].addresses[0].addr_spec == BOB
    notes = shop.all(
        "SELECT body ->> 'note', body ->> 'conversation' = (SELECT id FROM conversation "
        f"WHERE address = '{ANN}') FROM message WHERE author = 'note'"
    )
    assert notes == [("not_theirs", True)]


@pytest.mark.parametrize("proven_first", [True, False])
def test_the_proven_and_the_unproven_never_share_a_conversation(
    post: Post, shop: Shop, proven_first: bool
) -> None:
    post.write("hello", proven=proven_first)
    (first,) = post.answered()
    post.write("and more", answers=first, proven=not proven_first)
    post.answered()
    assert conversations(shop) == 2
    rows = shop.all(
        "SELECT DISTINCT i.proven, starts_with(c.thread, '?') FROM inbox i "
        "JOIN conversation c ON c.id = i.conversation_id ORDER BY 1"
    )
    assert rows == [(False, True), (True, False)]


def test_an_unproven_sender_goes_on_in_their_own_conversation(post: Post, shop: Shop) -> None:
    post.write("hello", proven=False)
    (first,) = post.answered()
    post.write("and more", answers=first, proven=False)
    post.answered()
    assert conversations(shop) == 1


# --- what is said and heard -----------------------------------------------------------------------


def test_several_answers_of_one_turn_are_one_mail(post: Post) -> None:
    def all_of_them(message: Message) -> Thought:
        replies = tuple(Reply(f"utter_{n}", f"answer {n}") for n in range(3))
        return Thought(replies, "many", 1.0, (), (), {})

    post.write("Where is it? What does it cost? When are you open?")
    (mail,) = post.answered(all_of_them)
    assert [f"answer {n}" in plain_of(mail) for n in range(3)] == [True] * 3


def test_an_order_named_in_the_subject_alone_is_heard(post: Post, shop: Shop) -> None:
    post.write("Where is it?", Subject="Order FH-10001")
    post.write("Where is FH-10002?", Subject="Order FH-10002")
    post.write("Where is it?", Subject="Re: Order FH-10003")
    brain: ScriptedBrain = shop.answer()
    assert [words.strip() for words in brain.heard] == [
        "Order FH-10001\nWhere is it?",
        "Where is FH-10002?",
        "Where is it?",
    ]
    shown = shop.all("SELECT text FROM message WHERE author = 'customer' ORDER BY inbox_id")
    assert shown[0] == ("Where is it?",)


def test_what_a_person_writes_at_the_desk_goes_under_the_last_question(
    post: Post, shop: Shop
) -> None:
    post.write("hello", Subject="Broken lid")
    (first,) = post.answered()
    post.write("still broken", answers=first)
    post.answered()
    ident = shop.one("SELECT id FROM conversation")
    with shop.engine.begin() as connection:
        conversation = inbox.lock(connection, ident)  # type: ignore[arg-type]
        said = {"author": "person", "text": "Kim here"}
        (seq,) = transcript.append(connection, conversation, [said], shop.now)
        transcript.keep_seq(connection, conversation)
        outbox.put(
            connection, conversation, [(seq, {"text": "Kim here"})],
            turn_id=None, at=shop.now, author="person",
        )  # fmt: skip
    shop.deliver()
    mail = post.played.mails[-1]
    assert str(mail["subject"]) == "Re: Broken lid"
    assert "> still broken" in plain_of(mail)
    assert "auto-submitted" not in mail


# --- loops ----------------------------------------------------------------------------------------


def test_two_of_our_own_shops_stop_at_one_mail(post: Post, shop: Shop) -> None:
    post.write("hello", sender="support@other-shop.example")
    (mail,) = post.answered()
    other = cases()["email"].build(
        address="support@other-shop.example", thread_key="another-shop-altogether"
    )
    token = mailgun_fields("c" * 50)
    fields = {"recipient": "", "body-mime": post.played.raw[-1], **token}
    (found,) = other.parse(posted("mailgun-mime", urlencode(fields).encode()))
    assert isinstance(found, Ignored)
    assert mail["auto-submitted"] == "auto-replied"


NEEDS_MORE = {"From", "Content_Type", "Message_ID"}
STYLES = [name for name, headers in ROBOTS.items() if not NEEDS_MORE & set(headers)]


@pytest.mark.parametrize("style", STYLES)
def test_a_machine_that_answers_us_is_not_answered(style: str, post: Post) -> None:
    post.write("hello")
    (first,) = post.answered()
    head = {k: v for k, v in ROBOTS[style].items() if k not in ("In_Reply_To", "References")}
    post.write("Back on Monday", answers=first, **head)
    assert post.answered() == []


def test_there_are_a_dozen_styles_of_machines_and_more() -> None:
    assert len(STYLES) >= 12


def test_a_machine_without_any_sign_is_braked_and_a_person_takes_over(
    post: Post, shop: Shop
) -> None:
    shop.most_answers = LIMITS
    post.write("I am away")
    mails = post.answered()
    for _ in range(10):
        if mails:
            post.write("I am away", answers=mails[-1])
        mails = post.answered()
    assert len(post.played.mails) == 5
    assert shop.all("SELECT owner, handoff_reason FROM conversation") == [("waiting", "braked")]
    assert shop.one("SELECT body ->> 'note' FROM message WHERE author = 'note'") == "braked"


def test_the_brake_counts_all_conversations_of_an_address_and_of_no_other(
    post: Post, shop: Shop
) -> None:
    shop.most_answers = LIMITS
    for number in range(8):
        post.write(f"question {number}")
    post.write("and me?", sender=BOB)
    post.answered()
    assert [to for _, to in post.played.envelopes].count(ANN) == 5
    assert [to for _, to in post.played.envelopes].count(BOB) == 1


def test_the_brake_lets_go_after_an_hour_and_not_for_more_than_twenty_a_day(
    post: Post, shop: Shop
) -> None:
    shop.most_answers = LIMITS
    sent = []
    for _ in range(6):
        for number in range(6):
            post.write(f"question {number}")
        sent.append(len(post.answered()))
        shop.now += timedelta(minutes=61)
    assert sent == [5, 5, 5, 5, 0, 0]


# --- addresses that are gone ----------------------------------------------------------------------

REPORT = """From: Mail Delivery Subsystem <mailer-daemon@mx.mail.example>
To: support@shop.example
Subject: Undelivered
Message-ID: <dsn{number}@mx.mail.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.mail.example

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}

--b1
Content-Type: text/rfc822-headers

Message-ID: {ident}
--b1--
"""


def report(post: Post, mail: EmailMessage, action: str, status: str) -> None:
    post.bring(
        REPORT.format(
            number=next(numbers), to=ANN, action=action, status=status, ident=mail["message-id"]
        ).encode()
    )


def consent(shop: Shop) -> list[tuple[object, ...]]:
    return shop.all("SELECT address, given, reason FROM consent")


def test_one_hard_bounce_ends_an_address_until_it_writes_again(post: Post, shop: Shop) -> None:
    post.write("hello")
    (mail,) = post.answered()
    report(post, mail, "failed", "5.1.1")
    assert shop.all("SELECT state, status, error, provider_code FROM outbox") == [
        ("failed", "failed", "recipient_gone", "5.1.1")
    ]
    assert consent(shop) == [(ANN, False, "bounce")]
    with shop.engine.connect() as connection:
        assert not consents.may_write(connection, Address("email", ANN))
    shop.now += timedelta(hours=1)
    post.write("it works again")
    assert consent(shop) == [(ANN, True, "wrote")]
    assert len(post.answered()) == 1


def test_a_forged_bounce_ends_nothing(post: Post, shop: Shop) -> None:
    post.write("hello")
    (mail,) = post.answered()
    del mail["message-id"]
    mail["message-id"] = "<c-00000000.m1.0123456789@shop.example>"
    report(post, mail, "failed", "5.1.1")
    assert consent(shop) == []
    assert shop.one("SELECT state FROM outbox") == "sent"


def test_five_soft_bounces_within_a_week_end_an_address(post: Post, shop: Shop) -> None:
    for number in range(5):
        assert consent(shop) == []
        post.write(f"question {number}")
        (mail,) = post.answered()
        report(post, mail, "delayed", "4.2.2")
        report(post, mail, "delayed", "4.2.2")  # the same one again
    assert consent(shop) == [(ANN, False, "bounce")]


def test_an_address_the_server_does_not_know_is_gone_at_once(post: Post, shop: Shop) -> None:
    post.played.gone.add(ANN)
    post.write("hello")
    assert post.answered() == []
    assert shop.all("SELECT state, error, provider_code FROM outbox") == [
        ("failed", "recipient_gone", "550 5.1.1")
    ]
    assert consent(shop) == [(ANN, False, "bounce")]


def test_a_full_mailbox_is_tried_again(post: Post, shop: Shop) -> None:
    post.played.full.add(ANN)
    post.write("hello")
    assert post.answered() == []
    assert shop.all("SELECT state, error, provider_code FROM outbox") == [
        ("new", "throttled", "452 4.2.2")
    ]
    post.played.full.clear()
    shop.deliver(timedelta(minutes=5))
    assert len(post.played.mails) == 1


def test_who_wants_nothing_unasked_still_gets_answers(post: Post, shop: Shop) -> None:
    post.write("hello")
    post.answered()
    with shop.engine.begin() as connection:
        consents.put(
            connection, Address("email.unasked", ANN), given=False, reason="word", source="",
            at=shop.now,
        )  # fmt: skip
        connection.execute(
            text(
                "INSERT INTO outbox (conversation_id, seq, channel, address, part, due_at) "
                "SELECT id, 99, channel, address, CAST(:part AS jsonb), :now FROM conversation"
            ),
            {"part": '{"text": "Your parcel comes tomorrow", "proactive": true}', "now": shop.now},
        )
    shop.deliver()
    assert len(post.played.mails) == 1
    assert shop.one("SELECT error FROM outbox WHERE seq = 99") == "opted_out"
    post.write("where is it?")
    assert len(post.answered()) == 1
