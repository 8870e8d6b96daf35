"""A file is fetched from its provider and from nowhere else, and a token goes to nobody else."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest

from bot.errors import BadPayload, BotError, Undeliverable, Unreachable
from bot.messages import Media
from channels.fetching import fetch

IMAGE = b"\x89PNG\r\n\x1a\n" + bytes(24)
BASE = "https://graph.example/v1"
HOSTS = (".files.example",)
BEARER = {"Authorization": "Bearer secret"}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to a public address, those of ``inside`` to one of this machine."""

    def resolve(host: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        address = "127.0.0.1" if host.startswith("inside") else "93.184.215.14"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def get(url: str, answers: dict[str, httpx.Response] | None = None) -> tuple[Media, list[Any]]:
    """The file, and every request made for it."""
    asked: list[httpx.Request] = []
    planned = answers or {}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return planned.get(request.url.path, httpx.Response(200, content=IMAGE))

    async def run() -> Media:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            return await fetch(
                client,
                Media(url, "text/plain", "a.txt"),
                hosts=HOSTS,
                limit=1000,
                base=BASE,
                headers=BEARER,
                headers_to=("key.files.example",),
            )

    return asyncio.run(run()), asked


def test_the_type_is_what_the_bytes_say() -> None:
    media, _ = get("https://a.files.example/1")
    assert (media.content_type, media.size, media.name) == ("image/png", len(IMAGE), "a.txt")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://graph.example/v1/file", True),
        ("https://key.files.example/file", True),
        ("https://a.files.example/file", False),
    ],
)
def test_the_token_goes_to_the_provider_and_to_hosts_that_are_named(url: str, told: bool) -> None:
    _, (request,) = get(url)
    assert ("authorization" in request.headers) is told


def test_the_token_does_not_follow_a_redirect() -> None:
    moved = httpx.Response(302, headers={"location": "https://a.files.example/there"})
    _, asked = get("https://key.files.example/here", {"/here": moved})
    assert ["authorization" in request.headers for request in asked] == [True, False]


def test_goes_to_the_address_that_was_checked_by_the_name_that_was_asked() -> None:
    _, (request,) = get("https://a.files.example/1")
    assert request.url.host == "93.184.215.14"
    assert request.headers["host"] == "a.files.example"
    assert request.extensions["sni_hostname"] == "a.files.example"


@pytest.mark.parametrize(
    "url",
    [
        "http://a.files.example/1",
        "https://a.files.example:8443/1",
        "https://user:pass@a.files.example/1",
        "https://files.example.evil.example/1",
        "https://evilfiles.example/1",
        "https://graph.example.evil.example/v1/x",
        "https://inside.files.example/1",
        "https://[::1/1",
        "https://a.files.example:port/1",
        "file:///etc/passwd",
        "gopher://a.files.example/1",
        "//a.files.example/1",
        "not an address",
        "",
    ],
)
def test_goes_nowhere_else(url: str) -> None:
    with pytest.raises(BadPayload):
        get(url)


@pytest.mark.parametrize("to", ["http://169.254.169.254/", "https://inside.files.example/", "//["])
def test_is_not_led_elsewhere(to: str) -> None:
    with pytest.raises(BadPayload):
        get("https://a.files.example/1", {"/1": httpx.Response(302, headers={"location": to})})


def test_gives_up_on_a_ring_of_redirects() -> None:
    ring = httpx.Response(302, headers={"location": "https://a.files.example/1"})
    with pytest.raises(BadPayload, match="redirects"):
        get("https://a.files.example/1", {"/1": ring})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(503), Unreachable),
        (httpx.Response(429), Unreachable),
        (httpx.Response(404), Undeliverable),
        (httpx.Response(200, content=bytes(1001)), BadPayload),
    ],
)
def test_says_why_it_has_none(answer: httpx.Response, error: type[BotError]) -> None:
    with pytest.raises(error):
        get("https://a.files.example/1", {"/1": answer})
