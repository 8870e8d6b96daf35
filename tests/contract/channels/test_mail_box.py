"""A real mailbox: read once and in order, marked only after the commit, watched, numbered anew."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from bot.accounts import account_of
from bot.engine.errands import Errands
from bot.errors import AccountRefused, Unreachable
from bot.messages import Ignored, Inbound
from bot.store.migrate import sqlalchemy_url
from channels import mail_box
from channels.base import Collected
from channels.mail import Email
from tests.contract.channels.case import unreachable
from tests.contract.channels.case_mail import SETTINGS
from tests.peers.dovecot import MISSING, PASSWORD, Mailboxes, dovecot, free_ports, running

pytestmark = [
    pytest.mark.skipif(dovecot() is None, reason=MISSING),
    pytest.mark.timeout(120),
]
boxes = iter(range(1, 1000))
PROVEN = "Authentication-Results: mx.shop.example; dmarc=pass header.from=mail.example"


@pytest.fixture(scope="module")
def server() -> Iterator[Mailboxes]:
    with running() as mailboxes:
        yield mailboxes


@pytest.fixture
def user() -> str:
    """A mailbox of this test's own."""
    return f"support{next(boxes)}@shop.example"


def channel(server: Mailboxes, user: str, **changed: str) -> Email:
    settings = {
        **SETTINGS,
        "address": user,
        "imap_url": f"imap+plain://127.0.0.1:{server.imap}",
        "imap_password": PASSWORD,
        **changed,
    }
    return Email(account_of("email", Email.keys, settings), unreachable())


def mail(number: int, *, to: str, words: str = "", head: str = PROVEN) -> bytes:
    written = EmailMessage()
    written["From"] = "Dana Berg <dana@mail.example>"
    written["To"] = to
    written["Subject"] = "Where is order 1042?"
    written["Message-ID"] = f"<{number}@mail.example>"
    written.set_content(words or f"question {number}")
    return head.encode() + b"\n" + written.as_bytes()


def texts(collected: Collected) -> list[str]:
    return [one.text for one in collected.arrivals if isinstance(one, Inbound)]


async def first_look(one: Email) -> dict[str, Any]:
    return dict((await one.collect({})).memory)


async def test_reads_what_comes_after_the_first_look_and_nothing_before(
    server: Mailboxes, user: str
) -> None:
    server.deliver(user, mail(1, to=user))
    one = channel(server, user)
    memory = await first_look(one)
    assert texts(await one.collect(memory)) == []
    for number in (2, 3):
        server.deliver(user, mail(number, to=user))
    collected = await one.collect(memory)
    assert texts(collected) == ["question 2", "question 3"]
    assert all(isinstance(a, Inbound) and a.proven for a in collected.arrivals)
    assert texts(await one.collect(collected.memory)) == []
    await one.aclose()


async def test_marks_as_seen_only_what_was_kept(server: Mailboxes, user: str) -> None:
    one = channel(server, user)
    memory = await first_look(one)
    server.deliver(user, mail(1, to=user))
    newsletter = mail(2, to=user, head="List-Id: <news.mail.example>")
    server.deliver(user, newsletter)
    collected = await one.collect(memory)
    assert server.seen(user) == [False, False]
    await collected.after()
    assert server.seen(user) == [True, False], "what nobody answers stays for a person to find"
    assert isinstance(collected.arrivals[1], Ignored)
    await one.aclose()


async def test_a_mail_is_read_again_when_it_was_not_kept(server: Mailboxes, user: str) -> None:
    one = channel(server, user)
    memory = await first_look(one)
    server.deliver(user, mail(1, to=user))
    for _ in range(2):  # killed before the commit: the memory is still the old one
        collected = await one.collect(memory)
        assert [a.external_id for a in collected.arrivals if isinstance(a, Inbound)] == [
            "<1@mail.example> dana@mail.example"
        ]
    await one.aclose()


async def test_numbers_anew_and_loses_nothing(server: Mailboxes, user: str) -> None:
    """UIDVALIDITY changes: all of the last days is read again, known mails by their Message-ID."""
    one = channel(server, user)
    memory = await first_look(one)
    for number in (1, 2):
        server.deliver(user, mail(number, to=user))
    memory = dict((await one.collect(memory)).memory)
    await one.aclose()
    server.forget_numbering(user)
    server.deliver(user, mail(3, to=user))
    one = channel(server, user)
    collected = await one.collect(memory)
    assert collected.memory["uidvalidity"] != memory["uidvalidity"]
    assert sorted(texts(collected)) == ["question 1", "question 2", "question 3"]
    assert texts(await one.collect(collected.memory)) == []
    await one.aclose()


async def test_when_it_numbers_anew_what_came_before_the_first_look_stays_untouched(
    server: Mailboxes, user: str
) -> None:
    server.deliver(user, mail(1, to=user))
    one = channel(server, user)
    memory = {**await first_look(one), "uidvalidity": 1}
    memory["began"] = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert texts(await one.collect(memory)) == []
    await one.aclose()


async def test_reads_many_in_batches(
    server: Mailboxes, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_box, "BATCH", 3)
    one = channel(server, user)
    memory = await first_look(one)
    for number in range(8):
        server.deliver(user, mail(number, to=user))
    found, more = [], True
    while more:
        collected = await one.collect(memory)
        found.append(len(texts(collected)))
        memory, more = dict(collected.memory), collected.more
    assert found == [3, 3, 2]
    await one.aclose()


async def test_reads_many_in_batches_when_it_numbers_anew(
    server: Mailboxes, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_box, "BATCH", 3)
    one = channel(server, user)
    memory = {**await first_look(one), "uidvalidity": 1}
    memory["began"] = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    for number in range(7):
        server.deliver(user, mail(number, to=user))
    found: list[str] = []
    more = True
    while more:
        collected = await one.collect(memory)
        found += texts(collected)
        memory, more = dict(collected.memory), collected.more
    assert found == [f"question {number}" for number in range(7)]
    assert "since" not in memory
    await one.aclose()


async def test_of_a_mail_that_is_too_large_the_words_are_read(
    server: Mailboxes, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.mail_mime.LARGEST", 200_000)
    monkeypatch.setattr(mail_box, "LARGEST", 200_000)
    monkeypatch.setattr(mail_box, "BEGINNING", 50_000)
    one = channel(server, user)
    memory = await first_look(one)
    written = EmailMessage()
    written["From"], written["To"] = "dana@mail.example", user
    written["Message-ID"] = "<large@mail.example>"
    written.set_content("see my film")
    written.add_attachment(b"x" * 300_000, maintype="video", subtype="mp4", filename="film.mp4")
    server.deliver(user, written.as_bytes())
    (inbound,) = (await one.collect(memory)).arrivals
    assert isinstance(inbound, Inbound)
    assert inbound.text == "see my film"
    (note,) = inbound.media
    assert note.name == "too_large.txt"
    assert b"<large@mail.example>" in (note.data or b"")
    await one.aclose()


async def test_keeps_a_mail_that_nobody_can_read(server: Mailboxes, user: str) -> None:
    one = channel(server, user)
    memory = await first_look(one)
    parts = "".join(f"--b\nContent-Type: text/plain\n\n{n}\n" for n in range(150))
    head = f"From: dana@mail.example\nTo: {user}\nContent-Type: multipart/mixed; boundary=b\n\n"
    server.deliver(user, f"{head}{parts}--b--\n".encode())
    server.deliver(user, mail(2, to=user))
    collected = await one.collect(memory)
    assert texts(collected) == ["question 2"]
    ((raw, why),) = collected.unread
    assert b"149" in raw
    assert "100 parts" in why
    await one.aclose()


async def test_waits_until_a_mail_comes(server: Mailboxes, user: str) -> None:
    one = channel(server, user)
    await first_look(one)
    waiting = asyncio.create_task(one.wait(timedelta(seconds=60)))
    assert await asyncio.wait([waiting], timeout=0.5) == (set(), {waiting})
    server.deliver(user, mail(1, to=user))
    await asyncio.wait_for(waiting, 30)
    await one.aclose()


async def test_does_not_wait_when_a_mail_came_between(server: Mailboxes, user: str) -> None:
    one = channel(server, user)
    await first_look(one)
    server.deliver(user, mail(1, to=user))
    await asyncio.wait_for(one.wait(timedelta(seconds=60)), 20)
    await one.aclose()


async def test_stops_waiting_when_told_to(server: Mailboxes, user: str) -> None:
    one = channel(server, user)
    await first_look(one)
    waiting = asyncio.create_task(one.wait(timedelta(minutes=5)))
    await asyncio.wait([waiting], timeout=0.5)
    begun = time.monotonic()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await one.aclose()  # waits for the thread that was watching
    assert time.monotonic() - begun < 30, "minutes, had it not been told"


async def test_says_what_is_wrong_with_the_account(server: Mailboxes, user: str) -> None:
    with pytest.raises(AccountRefused, match="name and password"):
        await channel(server, user, imap_password="wrong").collect({})
    with pytest.raises(AccountRefused, match="Nowhere"):
        await channel(server, user, imap_folder="Nowhere").collect({})
    (port,) = free_ports(1)
    with pytest.raises(Unreachable):
        await channel(server, user, imap_url=f"imap+plain://127.0.0.1:{port}").collect({})


async def test_connects_again_after_the_line_broke(server: Mailboxes, user: str) -> None:
    one = channel(server, user)
    memory = await first_look(one)
    box = one._collector.box._open
    assert box is not None
    box.client.sock.shutdown(socket.SHUT_RDWR)
    with pytest.raises(Unreachable):
        await one.collect(memory)
    server.deliver(user, mail(1, to=user))
    assert texts(await one.collect(memory)) == ["question 1"]
    await one.aclose()


async def test_tells_the_operator_who_has_checked_the_newest_mail(
    server: Mailboxes, user: str
) -> None:
    server.deliver(user, mail(1, to=user))
    one = channel(server, user, authserv_id="", smtp_url="http://127.0.0.1:9/simulator/email")
    said = await one.check()
    assert "1 mails in INBOX" in said
    assert "'mx.shop.example'" in said
    assert "ONECOUNTER_EMAIL_AUTHSERV_ID" in said
    await one.aclose()


async def test_an_errand_stores_each_mail_once_and_then_marks_it(
    server: Mailboxes, user: str, database: str
) -> None:
    engine = create_engine(sqlalchemy_url(database))
    one = channel(server, user)
    errands = Errands(engine, {"email": one})
    await errands.collect(one)
    for number in (1, 2):
        server.deliver(user, mail(number, to=user))
    for _ in range(3):
        await errands.collect(one)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT text, proven FROM inbox ORDER BY id")).all()
    assert [tuple(row) for row in found] == [("question 1", True), ("question 2", True)]
    assert server.seen(user) == [True, True]
    await one.aclose()
    engine.dispose()
