"""What the shared suite has to know of one way to reach customers, and nothing it could find out.

A new channel writes one ``Case`` into a ``case_<name>.py`` beside this file: how its provider
calls, independently of the code under test, and a played provider to send to.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx

from bot.accounts import account_of
from bot.messages import Arrival, Inbound, Kind, Receipt
from channels.base import Provider, Request
from tests.conftest import SHARED
from tests.providers.base import PlayedProvider

FIXTURES = SHARED / "channels" / "fixtures"
MANIFEST: Mapping[str, Any] = json.loads((FIXTURES / "manifest.json").read_text("utf-8"))
SECRETS: Mapping[str, str] = MANIFEST["secrets"]
PUBLIC = "https://hooks.shop.example"


@dataclass(frozen=True)
class Said:
    """One message of a customer: who (an address of the channel), what, and the provider's id."""

    who: str
    text: str
    ident: str
    choice: str = ""


@dataclass(frozen=True)
class Forgery:
    """A call that must be refused, and with which status."""

    name: str
    request: Request
    status: int


@dataclass(frozen=True)
class Case:
    """One provider. ``says`` makes the genuine, signed call that brings these messages, in one
    call where the provider batches (``batches``), else it is given one at a time.

    ``receipt`` makes the call that says how far a part came: (provider's id, our key, status);
    ``reports`` are the statuses that this provider ever tells of.
    ``forgeries`` are the channel's rows of the signature matrix. ``dedupes_sends``: after a crash
    the provider can be asked what was sent, so that nothing is ever sent twice.
    """

    section: str
    channel: type[Provider]
    settings: Mapping[str, str]
    played: Callable[[], PlayedProvider]
    says: Callable[[Sequence[Said]], Request]
    forgeries: Callable[[], Sequence[Forgery]]
    addresses: tuple[str, ...]
    folders: tuple[str, ...] = ()
    batches: bool = False
    signs_body: bool = True
    dedupes_sends: bool = False
    receipt: Callable[[str, str, str], Request] | None = None
    reports: Sequence[str] = ("sent", "delivered", "failed")
    echo: Callable[[str, str], Request] | None = None
    """The call that brings our own message back: (who it went to, its text)."""
    taps: bool = True
    idents: Callable[[int], str] = str
    """The n-th possible id of a message, in the provider's form."""
    checks: Mapping[str, Callable[[Case], None]] = field(default_factory=dict)
    """Fixtures whose manifest asks for more than one look at one call can tell."""
    recorded: Callable[[str], Request] | None = None
    """How a fixture of ours becomes a call, where that is not simply its bytes and headers."""
    fixture_settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Settings that the fixtures of one folder need instead."""
    way: str = ""
    """Another way into a channel that has a case already; out it goes by that one's."""

    @property
    def name(self) -> str:
        """The section, and the way in."""
        return f"{self.section}-{self.way}" if self.way else self.section

    def build(self, played: PlayedProvider | None = None, **changed: str) -> Provider:
        """The channel, its client ending at the played provider."""
        client = played.client() if played is not None else unreachable()
        there = played.settings if played is not None else {}
        given = {**self.settings, **there, **changed}
        account = account_of(self.section, self.channel.keys, given)
        url = f"{PUBLIC}/in/{self.channel.name}"
        return self.channel(replace(account, url=url), client)


def unreachable() -> httpx.AsyncClient:
    """A client for what must not call anybody."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"called {request.url.host} where nobody is to be called")

    return httpx.AsyncClient(transport=httpx.MockTransport(refuse))


@lru_cache
def cases() -> Mapping[str, Case]:
    """Every case beside this file, by its name."""
    found: dict[str, Case] = {}
    folder = Path(__file__).parent
    for module in pkgutil.iter_modules([str(folder)]):
        if module.name.startswith("case_"):
            loaded = importlib.import_module(f"{__package__}.{module.name}")
            found |= {case.name: case for case in loaded.CASES}
    return found


def recorded(file: str) -> Request:
    """The call a fixture holds, byte for byte."""
    entry = next(one for one in MANIFEST["fixtures"] if one["file"] == file)
    headers = {name.lower(): value for name, value in entry.get("headers", {}).items()}
    body = (FIXTURES / file).read_bytes()
    return Request(entry.get("method", "POST"), entry.get("url", PUBLIC), headers, body)


def messages(arrivals: Sequence[Arrival]) -> list[Inbound]:
    """What the brain is to answer."""
    inbounds = [one for one in arrivals if isinstance(one, Inbound)]
    return [one for one in inbounds if one.kind in (Kind.MESSAGE, Kind.START)]


def receipts(arrivals: Sequence[Arrival]) -> list[Receipt]:
    """What is said of our own messages."""
    return [one for one in arrivals if isinstance(one, Receipt)]
