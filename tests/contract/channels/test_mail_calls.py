"""Calls of Postmark, Mailgun and SendGrid at the gateway: tokens, forms, only where set up."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from bot.accounts import Secret, account_of, simulated
from bot.errors import BadPayload, ConfigError
from bot.messages import Address, Inbound, Part
from bot.wiring import Services
from channels.base import Request
from channels.mail import Email
from channels.mail_forms import form_of
from channels.mail_threads import Threads
from tests.contract.channels.case import PUBLIC, Said, cases, unreachable
from tests.contract.channels.case_mail import (
    ANN,
    SETTINGS,
    SHOP,
    THREAD_KEY,
    EmailThen,
    mailgun_fields,
    mime,
    posted,
    postmark,
    raw_mail,
    sendgrid,
    signed,
)
from tests.contract.channels.test_every_channel import many
from tests.contract.web import gateway, services_on

OURS = Threads(SHOP, Secret(THREAD_KEY)).message_id("018f2b6e00017000", 1)
FOREIGN = "<c-018f2b6e00017000.m1.0000000000@shop.example>"


@pytest.fixture
def services(database: str) -> Services:
    channel = EmailThen(account_of("email", Email.keys, SETTINGS), unreachable())
    return replace(services_on(database), channels={"email": channel})


@pytest.fixture
async def http(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(services) as client:
        yield client


async def call(http: httpx.AsyncClient, request: Request) -> int:
    path = request.url.removeprefix(PUBLIC)
    answer = await http.post(path, content=request.body, headers=dict(request.headers))
    return answer.status_code


def stored(services: Services, query: str) -> list[tuple[Any, ...]]:
    with services.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


async def test_a_token_is_good_for_one_mail(http: httpx.AsyncClient, services: Services) -> None:
    first = raw_mail("email_mailgun/inbound_parsed.txt")
    changed = raw_mail("email_mailgun/inbound_changed_body_same_signature.txt")
    assert [await call(http, one) for one in (first, first, changed)] == [200, 200, 401]
    assert stored(services, "SELECT text FROM inbox") == [("Yes please cancel it.",)]


async def test_takes_mail_by_every_way_and_once(
    http: httpx.AsyncClient, services: Services
) -> None:
    said = Said(ANN, "Where is my parcel?", "77")
    for make in (postmark, sendgrid, postmark):
        assert await call(http, make([said])) == 200
    assert stored(services, "SELECT text FROM inbox") == [("Where is my parcel?",)]


async def test_never_answers_403_which_would_stop_postmark_for_ever(
    http: httpx.AsyncClient, services: Services
) -> None:
    good = postmark([Said(ANN, "hi", "1")])
    assert await call(http, replace(good, headers={"content-type": "application/json"})) == 401
    assert stored(services, "SELECT count(*) FROM inbox") == [(0,)]


async def test_keeps_what_it_cannot_read(http: httpx.AsyncClient, services: Services) -> None:
    good = postmark([Said(ANN, "hi", "1")])
    assert await call(http, replace(good, body=b'{"Subject": "no sender"}')) == 200
    ((channel, body),) = stored(services, "SELECT channel, body FROM unread_call")
    assert (channel, bytes(body)) == ("email", b'{"Subject": "no sender"}')


@pytest.mark.parametrize("way", ["postmark", "mailgun", "mailgun-mime", "sendgrid"])
async def test_a_way_that_is_not_set_up_is_not_there(way: str, database: str) -> None:
    nothing = {"postmark_login": "", "mailgun_signing_key": "", "sendgrid_public_key": ""}
    given = {**SETTINGS, **nothing, "imap_url": "imaps://imap.shop.example"}
    channel = EmailThen(account_of("email", Email.keys, given), unreachable())
    assert channel.ways == ("unsubscribe",)
    services = replace(services_on(database), channels={"email": channel})
    async with gateway(services) as http:
        assert (await http.post(f"/in/email/{way}", content=b"x")).status_code == 404
        assert (await http.post("/in/email", content=b"x")).status_code == 404


async def test_one_click_ends_what_nobody_asked_for(
    http: httpx.AsyncClient, services: Services
) -> None:
    channel: Any = services.channels["email"]
    one = Part("Your parcel comes tomorrow", conversation="018f2b6e00017000", proactive=True)
    (link, *_) = channel._writer._unsubscribe(Address("email", ANN), one)["List-Unsubscribe"]
    path = link.partition(">")[0].removeprefix(f"<{PUBLIC}")
    body = {"List-Unsubscribe": "One-Click"}
    assert (await http.post(path, data=body)).status_code == 200
    assert (await http.post(path, data=body)).status_code == 200
    assert (await http.post(path.replace("ann", "bob"), data=body)).status_code == 401
    assert (await http.post("/in/email/unsubscribe", data=body)).status_code == 401
    assert (await http.get(path)).status_code == 405, "a look at the link is no click"
    rows = stored(services, "SELECT channel, address, given FROM consent")
    assert rows == [("email.unasked", ANN, False)]


def test_says_what_is_missing_for_mail_to_come_in() -> None:
    given = {"address": SHOP, "smtp_url": "smtps://smtp.shop.example", "thread_key": THREAD_KEY}
    with pytest.raises(ConfigError, match="no way in"):
        Email(account_of("email", Email.keys, given), unreachable())


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"address": "support"}, "ADDRESS"),
        ({"smtp_url": "smtp.shop.example"}, "SMTP_URL"),
        ({"smtp_url": "smtps://me:secret@smtp.shop.example"}, "SMTP_URL"),
        ({"imap_url": "https://imap.shop.example"}, "IMAP_URL"),
        ({"postmark_login": "hook:short"}, "POSTMARK_LOGIN"),
        ({"verify_dkim": "maybe"}, "VERIFY_DKIM"),
        ({"accent": "green"}, "ACCENT"),
        ({"sendgrid_public_key": "A" * 80}, "SendGrid's verification key"),
        ({"authserv_ways": "everywhere"}, "AUTHSERV_WAYS"),
        ({"thread_key": "short"}, "THREAD_KEY"),
    ],
)
def test_names_the_setting_that_is_wrong(changed: Mapping[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Email(account_of("email", Email.keys, {**SETTINGS, **changed}), unreachable())


def test_plays_without_an_account() -> None:
    seed = Secret("a seed of this installation alone")
    account = simulated("email", Email.keys, "http://127.0.0.1:8000", seed)
    channel = Email(
        account.filled(seed, shop="Fernhill", url="http://127.0.0.1:8000"), unreachable()
    )
    assert "mailgun-mime" in channel.ways
    assert not channel.collects
    assert account.filled(seed, shop="Fernhill", url="x").text("sender_name") == "Fernhill"


# --- the forms mail comes in ----------------------------------------------------------------------


def raw_ways(raw: bytes) -> list[Request]:
    """The same mail as it is, in each provider's form."""
    body = json.loads(postmark([Said(ANN, "hi", "1")]).body)
    head = b'--xYzZY\r\nContent-Disposition: form-data; name="email"\r\n\r\n'
    fields = {"recipient": SHOP, "body-mime": raw, **mailgun_fields("f" * 50)}
    return [
        posted("mailgun-mime", urlencode(fields).encode()),
        replace(
            postmark([Said(ANN, "hi", "1")]),
            body=json.dumps({**body, "RawEmail": raw.decode("ascii")}).encode(),
        ),
        signed(head + raw + b"\r\n--xYzZY--\r\n"),
    ]


def test_a_mail_as_it_is_reads_the_same_from_everybody() -> None:
    raw = mime(Said(ANN, "Hol van a csomagom? Őszi kabát", "9"))
    channel = cases()["email"].build()
    found = [channel.parse(request) for request in raw_ways(raw)]
    assert [[one.text for one in arrivals] for arrivals in found] == [  # type: ignore[union-attr]
        ["Hol van a csomagom? Őszi kabát"]
    ] * 3
    assert len({one.external_id for (one,) in found}) == 1  # type: ignore[union-attr]


def multipart(parts: list[tuple[str, bytes]]) -> bytes:
    pieces = [f"--BB\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data
              for head, data in parts]  # fmt: skip
    return b"\r\n".join([*pieces, b"--BB--\r\n"])


@many
@given(data=st.binary(max_size=400))
def test_keeps_every_byte_of_a_file_in_a_form(data: bytes) -> None:
    if b"--BB" in data:
        return
    body = multipart([('name="a"', data), ('name="f"; filename="x.bin"', data)])
    form = form_of(posted("sendgrid", body, "multipart/form-data; boundary=BB"))
    assert form.fields == {"a": data}
    assert [file[2] for file in form.files] == [data]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--BB",
        b"--BB\r\n\r\n",
        multipart([('name="a"', b"x")])[:-10],
        multipart([(f'name="{n}"', b"x") for n in range(600)]),
    ],
)
def test_a_form_that_is_cut_off_or_endless_is_not_read(body: bytes) -> None:
    with pytest.raises(BadPayload):
        form_of(posted("sendgrid", body, "multipart/form-data; boundary=BB"))


def test_sendgrid_says_in_which_charset_each_field_is() -> None:
    parts = [
        ('name="headers"', b"From: dana@mail.example\nMessage-ID: <1@x.example>\n"),
        ('name="text"', "Őszi kabát".encode("iso-8859-2")),
        ('name="charsets"', b'{"text": "iso-8859-2"}'),
        ('name="attachment1"; filename="lid.jpg"', b"\xff\xd8\xff\xe0photo"),
    ]
    request = signed(multipart(parts), content_type="multipart/form-data; boundary=BB")
    (found,) = cases()["email"].build().parse(request)
    assert isinstance(found, Inbound)
    assert found.text == "Őszi kabát"
    assert [(f.name, f.content_type) for f in found.media] == [("lid.jpg", "image/jpeg")]


def test_mailgun_brings_files_beside_the_parsed_mail() -> None:
    fields = {
        "from": "Dana <dana@mail.example>", "recipient": SHOP, "subject": "lid",
        "body-html": "<p>see <b>photo</b></p>", "Message-Id": "<5@mail.example>",
        "message-headers": json.dumps([["Message-Id", "<5@mail.example>"]]),
        **mailgun_fields("d" * 50),
    }  # fmt: skip
    parts = [(f'name="{name}"', value.encode()) for name, value in fields.items()]
    parts.append(('name="attachment-1"; filename="lid.jpg"', b"\xff\xd8\xff\xe0photo"))
    request = posted("mailgun", multipart(parts), "multipart/form-data; boundary=BB")
    channel = cases()["email"].build()
    channel.verify(request)
    (found,) = channel.parse(request)
    assert isinstance(found, Inbound)
    assert found.text == "see photo"
    assert found.media[0].data == b"\xff\xd8\xff\xe0photo"
    assert not found.proven
