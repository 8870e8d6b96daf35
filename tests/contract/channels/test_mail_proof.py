"""Who sent a mail: a server we trust is believed, or the sender's own domain, and nobody else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest

from bot.messages import Inbound
from channels.base import Request
from channels.mail_proof import vouched_by_server
from tests.contract.channels.case import cases, messages
from tests.contract.channels.case_mail import mailgun_fields, posted, urlencode
from tests.peers.dns import SIGNED, Names, running, signed

DANA, DOMAIN = "dana@mail.example", "mail.example"
OURS = {"mx.shop.example"}
GOOD = "mx.shop.example; dmarc=pass header.from=mail.example"


@pytest.fixture(scope="module")
def dns() -> Iterator[Names]:
    with running() as names:
        names.publish(DOMAIN)
        names.publish("evil.example")
        names.publish(DOMAIN, selector="trying", tags="t=y; ")
        names.publish(DOMAIN, selector="short", bits=1024)
        names.texts[f"empty._domainkey.{DOMAIN}."] = "v=DKIM1; p="
        names.texts[f"odd._domainkey.{DOMAIN}."] = "p=%%%%; k=\x01"
        yield names


def mail(sender: str = DANA, **headers: str) -> bytes:
    written = EmailMessage()
    written["From"] = sender
    written["To"] = "support@shop.example"
    written["Subject"] = "Where is order 1042?"
    written["Date"] = "Mon, 23 Nov 2026 09:12:00 +0000"
    written["Message-ID"] = "<1@mail.example>"
    for name, value in headers.items():
        written[name.replace("_", "-")] = value
    written.set_content("Where is my parcel?\n")
    return written.as_bytes()


def brought(raw: bytes, dns: Names, **settings: str) -> Inbound:
    """What becomes of a mail that Mailgun brings as it came."""
    channel = cases()["email"].build(dns_server=dns.address, **settings)
    fields = {"recipient": "", "body-mime": raw, **mailgun_fields("a" * 50)}
    request: Request = posted("mailgun-mime", urlencode(fields).encode())
    channel.verify(request)
    known = asyncio.run(channel.look_up(request))
    (inbound,) = messages(channel.parse(replace(request, known=known)))
    return inbound


def test_a_mail_its_own_domain_has_signed_is_proven(dns: Names) -> None:
    inbound = brought(signed(mail(), DOMAIN), dns)
    assert inbound.proven
    assert inbound.address.value == DANA
    assert not inbound.thread.startswith("?")


def test_an_unsigned_mail_is_answered_and_proves_nothing(dns: Names) -> None:
    inbound = brought(mail(), dns)
    assert not inbound.proven
    assert inbound.thread.startswith("?")
    assert "name" not in inbound.envelope


def test_asks_no_dns_when_told_not_to(dns: Names) -> None:
    dns.asked.clear()
    assert not brought(signed(mail(), DOMAIN), dns, verify_dkim="no").proven
    assert dns.asked == []


def test_asks_only_for_keys_of_the_senders_own_domain(dns: Names) -> None:
    dns.asked.clear()
    brought(signed(signed(mail(), "evil.example"), "other.example"), dns)
    assert dns.asked == []


BODY, SUBJECT = b"Where is my parcel?", b"Where is order 1042?"
SPOOFS = {
    "signed by somebody else's domain": signed(mail(), "evil.example"),
    "signed by a subdomain": signed(mail(), "sub.mail.example"),
    "another body": signed(mail(), DOMAIN).replace(BODY, b"Cancel my order"),
    "another subject": signed(mail(), DOMAIN).replace(SUBJECT, b"Cancel order 1042"),
    "another sender": signed(mail("m@evil.example"), "evil.example").replace(
        b"From: m@evil.example", b"From: dana@mail.example"
    ),
    "a second From above": b"From: eve@mail.example\r\n" + signed(mail(), DOMAIN),
    "a second Subject above": b"Subject: Cancel\r\n" + signed(mail(), DOMAIN),
    "a second Content-Type above": b"Content-Type: text/html\r\n" + signed(mail(), DOMAIN),
    "only its beginning signed": signed(mail(), DOMAIN, length=True) + b"and cancel it\r\n",
    "its subject not signed": signed(
        mail(), DOMAIN, include=tuple(name for name in SIGNED if name != b"subject")
    ),
    "a key that is being tried out": signed(mail(), DOMAIN, selector="trying"),
    "a key that was withdrawn": signed(mail(), DOMAIN, selector="empty"),
    "a key that is none": signed(mail(), DOMAIN, selector="odd"),
    "a key nobody published": signed(mail(), DOMAIN, selector="gone"),
    "a key the domain did not publish": signed(mail(), DOMAIN, selector="short"),
    "a signature that is none": b"DKIM-Signature: v=1; a=rsa-sha256; d=mail.example; s=s1; "
    b"h=from:subject; bh=AAAA; b=AAAA\r\n" + mail(),
    "a broken signature": b"DKIM-Signature: ;;;=\r\n" + mail(),
    "a name in display": signed(mail(f'"{DANA}" <m@evil.example>'), DOMAIN),
}


@pytest.mark.parametrize("name", SPOOFS)
def test_a_forged_signature_proves_nothing(name: str, dns: Names) -> None:
    channel = cases()["email"].build(dns_server=dns.address)
    fields = {"recipient": "", "body-mime": SPOOFS[name], **mailgun_fields("a" * 50)}
    request = posted("mailgun-mime", urlencode(fields).encode())
    known = asyncio.run(channel.look_up(request))
    found = messages(channel.parse(replace(request, known=known)))
    assert not [one for one in found if one.proven and one.address.value == DANA]


def test_a_hundred_signatures_cost_no_hundred_questions(dns: Names) -> None:
    many = b"".join(
        signed(mail(), DOMAIN, selector=f"nobody{n}").partition(b"\r\nFrom:")[0] + b"\r\n"
        for n in range(30)
    )
    dns.asked.clear()
    assert not brought(many + mail(), dns).proven
    assert len(set(dns.asked)) <= 8


def test_a_dns_that_does_not_answer_only_costs_the_proof() -> None:
    begun = time.monotonic()
    silent = Names(port=9)
    assert not brought(signed(mail(), DOMAIN), silent).proven
    assert time.monotonic() - begun < 60


# --- the word of a server -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "believed"),
    [
        ([GOOD], True),
        (["MX.Shop.Example; DMARC=Pass (p=reject) header.from=Mail.Example"], True),
        (["mx.shop.example 1; spf=fail; dmarc=pass header.from=mail.example"], True),
        (["mx.shop.example; dkim=pass header.d=mail.example"], True),
        ([], False),
        ([""], False),
        (["mx.shop.example; none"], False),
        (["mx.evil.example; dmarc=pass header.from=mail.example"], False),
        (["mx.shop.example.evil.example; dmarc=pass header.from=mail.example"], False),
        (["mx.shop.example; dmarc=fail header.from=mail.example"], False),
        (["mx.shop.example; dmarc=none header.from=mail.example"], False),
        (["mx.shop.example; dmarc=pass header.from=evil.example"], False),
        (["mx.shop.example; dmarc=pass"], False),
        (["mx.shop.example; spf=pass smtp.mailfrom=mail.example"], False),
        (["mx.shop.example; dkim=pass header.d=evil.example"], False),
        (["mx.shop.example; dmarc=fail header.from=mail.example", GOOD], False),
        (["mx.evil.example; dmarc=pass header.from=mail.example", GOOD], True),
        (["mx.shop.example; dmarc=fail; dkim=pass header.d=mail.example"], False),
        (["mx.shop.example; dmarc=pass header.from=mail.example; dmarc=fail"], False),
        (["mx.shop.example; x=(dmarc=pass header.from=mail.example"], False),
        (['mx.shop.example; spf=fail reason="dmarc=pass header.from=mail.example"'], False),
        (["mx.shop.example" + "(" * 5000 + "; dmarc=pass header.from=mail.example"], False),
    ],
)
def test_only_the_topmost_word_of_a_trusted_server_counts(
    results: list[str], believed: bool
) -> None:
    assert vouched_by_server(results, OURS, DOMAIN) is believed


def test_the_word_of_a_server_counts_only_where_it_is_the_last_before_us(dns: Names) -> None:
    """A provider that brings mail does not take away such a header: the sender may have put it."""
    raw = mail(Authentication_Results=GOOD)
    assert not brought(raw, dns).proven
    assert brought(raw, dns, authserv_ways="mailgun-mime").proven
    assert not brought(raw, dns, authserv_ways="mailgun-mime", authserv_id="").proven
