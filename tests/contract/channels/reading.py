"""What a genuine call becomes, for the tests of single channels."""

from __future__ import annotations

from bot.messages import Arrival, Inbound
from channels.base import Request
from tests.contract.channels.case import Case


def read(case: Case, request: Request) -> list[Arrival]:
    """All that a call brings, once its signature was checked."""
    channel = case.build()
    channel.verify(request)
    return list(channel.parse(request))


def one(case: Case, request: Request) -> Inbound:
    """The one message or happening that a call brings."""
    (arrival,) = read(case, request)
    assert isinstance(arrival, Inbound), arrival
    return arrival
