"""The answer as a mail: in its place, the same in text and HTML, and nothing a stranger put in."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Address, Card, Choice, Media, Part, Reply
from bot.render import render
from channels.mail import Email
from channels.mail_colours import NIGHT, PAPER, READABLE, contrast, shades
from tests.contract.channels.case import FIXTURES, cases
from tests.contract.channels.case_mail import THREAD_KEY
from tests.contract.channels.mail_fixtures import CONVERSATION, mac, with_our_macs
from tests.contract.channels.test_every_channel import many
from tests.providers.mail import PlayedMail, html_of, plain_of

DANA = Address("email", "dana@mail.example")
ENVELOPE = {
    "subject": "Where is order 1042?",
    "message_id": "<orig1@mail.example>",
    "references": ["<orig1@mail.example>"],
    "name": "Dana Berg",
    "date": "Mon, 23 Nov 2026 09:12:00 +0000",
    "proven": True,
}


def part(text: str = "Order 1042 is out for delivery today.", **more: Any) -> Part:
    given: dict[str, Any] = {
        "envelope": ENVELOPE,
        "conversation": CONVERSATION,
        "number": 1,
        **more,
    }
    return Part(text, plain=given.pop("plain", text), **given)


def sent(one: Part, to: Address = DANA, **settings: str) -> EmailMessage:
    """The mail as the server got it."""
    played = PlayedMail()
    asyncio.run(cases()["email"].build(played, **settings).send(to, one, key="7"))
    assert played.wrong == []
    return played.mails[0]


def test_is_laid_out_as_the_recorded_answer() -> None:
    raw = with_our_macs((FIXTURES / "email" / "outbound_reply.eml").read_bytes(), THREAD_KEY)
    recorded = email.message_from_bytes(raw, policy=email.policy.default)
    reply = Reply(
        "utter_x",
        "Order 1042 is out for delivery today.\n\nShall I do anything else?",
        choices=(Choice("Change the address", "/a"), Choice("Talk to a person", "/b")),
    )
    (rendered,) = render(reply, Email.capabilities)
    ours = sent(replace(rendered, envelope=ENVELOPE, conversation=CONVERSATION, number=1))
    for name in recorded:
        if name.lower() not in ("reply-to", "content-type", "mime-version", "date"):
            assert str(ours[name]) == str(recorded[name]), name
    assert recorded["reply-to"].addresses[0].addr_spec == ours["reply-to"].addresses[0].addr_spec
    assert ours.get_content_type() == recorded.get_content_type() == "multipart/alternative"
    kinds = [p.get_content_type() for p in ours.iter_parts()]  # type: ignore[attr-defined]
    assert kinds == ["text/plain", "text/html"]
    plain = plain_of(ours)
    assert "Order 1042 is out for delivery today." in plain
    assert "1. Change the address\n2. Talk to a person" in plain


def test_has_the_same_ids_whenever_it_is_sent() -> None:
    one, again = sent(part()), sent(part())
    assert one["message-id"] == again["message-id"]
    assert one["message-id"] != sent(part(number=2))["message-id"]
    wanted = f"<c-{CONVERSATION}.m1.{mac(f'm:{CONVERSATION}.1', THREAD_KEY)}@shop.example>"
    assert one["message-id"] == wanted


def test_quotes_the_question_of_who_is_proven() -> None:
    mail = sent(part(question="Where is my parcel?\n\nDana"))
    assert plain_of(mail).endswith(
        "Dana Berg, 2026-11-23 09:12:\n> Where is my parcel?\n>\n> Dana\n"
    )
    assert "<blockquote" in html_of(mail)


def test_repeats_nothing_of_a_sender_who_is_not_proven() -> None:
    """Else anybody could have us mail anything to anybody."""
    envelope = {
        "subject": "Buy at https://evil.example/now www.evil.example cheap",
        "message_id": "<s1@evil.example>",
        "references": ["<s1@evil.example>"],
    }
    mail = sent(part(envelope=envelope, question="Visit evil.example for pills"))
    whole = mail.as_string()
    assert str(mail["subject"]) == "Re: Buy at cheap"
    assert "pills" not in whole
    assert "evil.example/now" not in whole


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("Where?", "Re: Where?"),
        ("Re: Where?", "Re: Where?"),
        ("RE: AW: Re: Where?", "Re: Where?"),
        ("", "Re: Acme Shop"),
        ("Fwd: Where?", "Re: Where?"),
        ("a" * 500, "Re: " + "a" * 150),
        ("Rückgabe – Größe 📦", "Re: Rückgabe – Größe 📦"),
        ("one\r\nBcc: eve@evil.example", "Re: one Bcc: eve@evil.example"),
        ("tab\tand\x0bmore\x00", "Re: tab and more"),
    ],
)
def test_answers_under_the_subject_of_the_question(subject: str, wanted: str) -> None:
    mail = sent(part(envelope={**ENVELOPE, "subject": subject}))
    assert str(mail["subject"]) == wanted
    assert "bcc" not in [name.lower() for name in mail]


def test_keeps_long_ids_of_a_thread_whole() -> None:
    chain = [f"<{'x' * 200}{n}@mail.example>" for n in range(10)]
    mail = sent(part(envelope={**ENVELOPE, "message_id": chain[-1], "references": chain}))
    assert str(mail["references"]).split() == chain
    assert str(mail["in-reply-to"]).split() == chain[-1:]


def test_a_person_at_the_desk_is_no_machine() -> None:
    played = PlayedMail()
    one = part("Hello, this is Kim.", by_person=True)
    asyncio.run(cases()["email"].build(played).send(DANA, one, key="7"))
    assert "auto-submitted" not in played.mails[0]
    assert "x-auto-response-suppress" not in played.mails[0]
    assert played.mails[0]["in-reply-to"] == "<orig1@mail.example>"


def test_only_what_nobody_asked_for_can_be_unsubscribed_from() -> None:
    assert "list-unsubscribe" not in sent(part())
    mail = sent(part("Your parcel comes tomorrow.", proactive=True))
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    links = re.findall(r"<([^>]+)>", str(mail["list-unsubscribe"]))
    assert links[0].startswith("https://hooks.shop.example/in/email/unsubscribe?")
    assert links[1].startswith("mailto:support+u-")


def test_a_mail_that_answers_none_has_its_own_first_words_for_a_subject() -> None:
    mail = sent(part("Your parcel comes tomorrow.\n\nMore", envelope={}, proactive=True))
    assert str(mail["subject"]) == "Your parcel comes tomorrow."
    assert "in-reply-to" not in mail


def test_a_shop_without_plus_addresses_is_answered_at_its_own() -> None:
    assert "reply-to" not in sent(part(), reply_tag="no")
    long = "a-very-long-name-for-a-support-address@shop.example"
    played = PlayedMail()
    asyncio.run(cases()["email"].build(played, address=long).send(DANA, part(), key="7"))
    assert "reply-to" not in played.mails[0], "64 octets are all there is before the @"


def test_shows_cards_as_tables_and_says_them_in_text() -> None:
    card = Card(
        "order", "FH-10001", "Keyboard, grey", (("Carrier", "DHL"), ("Total", "€139.00")),
        (("Ordered", True), ("On its way", True), ("Delivered", False)),
        link="https://dhl.example/track?n=1",
    )  # fmt: skip
    (rendered,) = render(Reply("utter_x", "It is on its way.", cards=(card,)), Email.capabilities)
    mail = sent(replace(rendered, envelope=ENVELOPE))
    html = html_of(mail)
    for words in ("FH-10001", "Keyboard, grey", "DHL", "€139.00", "Ordered", "Delivered"):
        assert words in html
    assert 'href="https://dhl.example/track?n=1"' in html
    assert "Total: €139.00" in plain_of(mail)
    assert "https://dhl.example/track?n=1" in plain_of(mail)


def test_a_link_that_is_no_web_address_is_none() -> None:
    card = Card("order", "FH-1", link="javascript:alert(1)", image="file:///etc/passwd")
    html = html_of(sent(part("see javascript:alert(1)", cards=(card,))))
    assert 'href="javascript' not in html
    assert "<img" not in html


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} {% for x in y %}",
    "https://evil.example/\"onclick='x'",
    "\u202eevil\u202c",
    ".\n.\nFrom here\n.",
    "=?utf-8?q?=3Cscript=3E?=",
    "\x00 and \x1b[31m",
    "😀" * 50,
]


@pytest.mark.parametrize("words", HOSTILE)
def test_shows_hostile_words_as_words(words: str) -> None:
    card = Card("order", words, words, ((words, words),), ((words, True),))
    envelope = {**ENVELOPE, "subject": words, "name": words}
    mail = sent(part(words, cards=(card,), envelope=envelope, question=words))
    html = html_of(mail)
    assert "<script>" not in html
    assert "<img src=x" not in html
    assert "onclick='x'" not in html
    assert [str(a.addr_spec) for a in mail["to"].addresses] == [DANA.value]


def test_attaches_files_and_links_what_is_elsewhere() -> None:
    files = (
        Media("f1", "application/pdf", "Label Größe.pdf", data=b"%PDF-1.4"),
        Media("https://shop.example/invoice/1", "application/pdf", "Invoice"),
    )
    mail = sent(part(media=files))
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "Label Größe.pdf"
    assert attached.get_content() == b"%PDF-1.4"
    assert "https://shop.example/invoice/1" in plain_of(mail)
    assert 'href="https://shop.example/invoice/1"' in html_of(mail)


def test_gives_each_provider_our_own_id_to_give_back() -> None:
    mail = sent(part())
    assert mail["x-pm-metadata-our_id"] == "7"
    assert '"our_id": "7"' in str(mail["x-mailgun-variables"])
    assert '"our_id": "7"' in str(mail["x-smtpapi"])
    nobody = {"postmark_login": "", "mailgun_signing_key": "", "sendgrid_public_key": ""}
    alone = sent(part(), imap_url="imaps://imap.shop.example", **nobody)
    assert not [name for name in alone if name.lower().startswith(("x-pm", "x-mailgun"))]


@many
@given(
    text=st.text(max_size=300),
    subject=st.text(max_size=100),
    name=st.text(max_size=60),
    question=st.text(max_size=200),
)
def test_is_a_proper_mail_whatever_stands_in_it(
    text: str, subject: str, name: str, question: str
) -> None:
    envelope = {**ENVELOPE, "subject": subject, "name": name}
    writer = cases()["email"].build()._writer  # type: ignore[attr-defined]
    now = cases()["email"].build().now()  # type: ignore[attr-defined]
    one = part(text, envelope=envelope, question=question)
    written = writer.write(DANA, one, key="7", now=now, marks={})
    mail = email.message_from_bytes(written.data, policy=email.policy.default)
    assert [a.addr_spec for a in mail["to"].addresses] == [DANA.value]
    assert [a.addr_spec for a in mail["from"].addresses] == ["support@shop.example"]
    assert len(mail.get_all("subject")) == len(mail.get_all("message-id")) == 1
    assert max(map(len, written.data.split(b"\r\n"))) <= 998


@given(colour=st.from_regex("#[0-9a-f]{6}", fullmatch=True))
def test_any_colour_of_a_shop_can_be_read(colour: str) -> None:
    found = shades(colour)
    assert contrast(found.light, PAPER) >= READABLE
    assert contrast(found.dark, NIGHT) >= READABLE
    assert contrast(found.light, found.on_light) >= READABLE
    assert contrast(found.dark, found.on_dark) >= READABLE
