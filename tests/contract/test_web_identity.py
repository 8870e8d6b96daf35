"""Who a chat belongs to: only a genuine, fresh, unused token says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import Engine

from bot.errors import NotAuthentic
from bot.hosts.customer_token import AUDIENCE, claimed_customer, read_token, sign_token
from bot.wiring import Services
from tests.contract.web import (
    KEY,
    MANIFEST,
    REFUSED,
    WIDGET,
    Page,
    add_customer,
    answer_all,
    gateway,
    level_of,
    lines,
    recorded,
    services_on,
    token,
    transcript_of,
)


async def test_a_signed_token_proves_the_customer(page: Page, engine: Engine) -> None:
    add_customer(engine, "cust_77")
    await page.say("hello")
    first = page.token
    answer = await page.identify(token())
    assert (answer.status_code, answer.json()["level"]) == (200, "channel")
    assert level_of(engine, page.session) == (2, "cust_77")
    assert page.token != first


async def test_a_conversation_begun_after_identifying_is_the_customers_too(
    page: Page, engine: Engine
) -> None:
    add_customer(engine, "cust_77")
    await page.identify(token())
    await page.say("where is my order?")
    assert level_of(engine, page.session) == (2, "cust_77")


def test_the_recorded_genuine_token_is_genuine() -> None:
    frame = recorded("identify_jwt.json")
    claims = read_recorded(frame["token"])
    assert claims == WIDGET["identify_jwt.json"]["expect"]["customer"]


def read_recorded(recorded_token: str) -> str:
    """Read a recorded token with the recording's key and audience, at its own time."""
    issued = jwt.decode(recorded_token, options={"verify_signature": False})["iat"]
    now = datetime.fromtimestamp(issued, UTC) + timedelta(seconds=5)
    key = MANIFEST["secrets"]["widget_jwt_key"]
    return read_token(recorded_token, key, now, audience="widget:acme").customer_id


@pytest.mark.parametrize("name", REFUSED)
async def test_a_recorded_bad_token_is_refused_and_nothing_is_gained(
    page: Page, engine: Engine, name: str
) -> None:
    add_customer(engine, "cust_77")
    await page.say("hello")
    answer = await page.post("identify", recorded(name))
    assert answer.json()["error"] == WIDGET[name]["expect"]["error"]
    assert answer.json()["level"] == "anonymous"
    assert level_of(engine, page.session) == (0, None)


@pytest.mark.parametrize("name", [name for name in REFUSED if name != "identify_empty_token.json"])
def test_a_recorded_bad_token_is_bad_by_itself(name: str) -> None:
    """Not only because the recording is old: each is refused at its own time and place."""
    with pytest.raises(NotAuthentic):
        read_recorded(recorded(name)["token"])


NOW = int(datetime.now(UTC).timestamp())


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW + 86_400},
        {"iat": NOW + 86_400, "exp": NOW + 86_700},
        {"iat": None},
        {"jti": None},
        {"sub": "  "},
        {"sub": "nobody"},
        {"aud": "onecounter"},
        {"aud": None},
        {"exp": "soon"},
    ],
    # No times in the names: every process of a test run has to find the same tests.
    ids=[
        "an hour to live",
        "an issue still to come",
        "no issue",
        "no number",
        "a blank customer",
        "an unknown customer",
        "another audience",
        "no audience",
        "no expiry that is a time",
    ],
)
async def test_refuses_a_token_with(page: Page, engine: Engine, changes: dict[str, Any]) -> None:
    add_customer(engine, "cust_77")
    try:
        given = token(**changes)
    except TypeError:
        given = "not.a.token"
    assert (await page.identify(given)).status_code == 403


async def test_a_token_works_once(services: Services, engine: Engine) -> None:
    add_customer(engine, "cust_77")
    given = token()
    async with gateway(services) as http:
        first, second = await Page(http).open(), await Page(http).open()
        assert (await first.identify(given)).status_code == 200
        assert (await second.identify(given)).status_code == 403


async def test_a_refused_token_of_the_same_customer_takes_nothing_away(
    page: Page, engine: Engine
) -> None:
    add_customer(engine, "cust_77")
    given = token()
    await page.say("hello")
    await page.identify(given)
    session = page.session
    assert (await page.identify(given)).json()["level"] == "channel"
    assert page.session == session
    assert level_of(engine, session) == (2, "cust_77")


async def test_somebody_else_at_the_same_computer_gets_a_session_of_their_own(
    page: Page, engine: Engine, services: Services
) -> None:
    for customer in ("cust_77", "cust_78"):
        add_customer(engine, customer)
    await page.identify(token())
    await page.say("my secret order")
    await answer_all(services)
    before, secret = page.session, page.token
    assert (await page.identify(token(sub="cust_78"))).json()["new"] is True
    assert page.session != before
    assert lines(await transcript_of(services, page)) == []
    page.token = secret
    assert (await page.say("again")).status_code == 401


async def test_a_bad_token_that_names_somebody_else_ends_the_open_chat(
    page: Page, engine: Engine
) -> None:
    add_customer(engine, "cust_77")
    await page.identify(token())
    before = page.session
    other = token(sub="cust_78", exp=NOW - 10, iat=NOW - 20)
    assert claimed_customer(other) == "cust_78"
    answer = await page.identify(other)
    assert (answer.status_code, answer.json()["level"]) == (403, "anonymous")
    assert page.session != before
    await page.say("hello")
    assert level_of(engine, page.session) == (0, None)


async def test_reads_a_token_signed_with_the_shops_own_key_pair(database: str) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    now = int(datetime.now(UTC).timestamp())
    claims = {"aud": AUDIENCE, "sub": "c1", "iat": now, "exp": now + 600, "jti": "0123456789"}
    services = services_on(database, public.decode())
    add_customer(services.engine, "c1")
    async with gateway(services) as http:
        page = await Page(http).open()
        signed = jwt.encode(claims, private, algorithm="EdDSA")
        assert (await page.identify(signed)).status_code == 200
        forged = jwt.encode({**claims, "jti": "another-one"}, "x" * 32, algorithm="HS256")
        assert (await page.identify(forged)).status_code == 403


def test_our_own_tokens_are_read() -> None:
    now = datetime.now(UTC)
    assert read_token(sign_token("c1", KEY, now), KEY, now).customer_id == "c1"
