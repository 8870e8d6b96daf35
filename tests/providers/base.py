"""What all played providers share: they remember what they accepted, and misbehave on request.

A provider is the transport of a channel's HTTP client, so nothing of ours is patched. A body that
its own contract does not allow is answered as the provider would answer it, and counted: a test
that sends one fails.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

import httpx


@dataclass(frozen=True)
class Taken:
    """A message the provider accepted. ``shown`` is all of it that a customer would read."""

    to: str
    shown: str
    id: str
    key: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """(id, title) of what can be tapped."""


class Fault(Enum):
    """How a provider may fail a call."""

    THROTTLED = "429"
    THROTTLED_WITH_WAIT = "429 with a waiting time"
    FAILS = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    HANGS = "no answer in time"
    RESET = "the line breaks after the request"
    REFUSED = "no connection"
    BROKEN_JSON = "200 with broken JSON"
    NO_ID = "200 without an id"


@dataclass(frozen=True)
class Trouble:
    """One failing call; ``accepted``: the message went out all the same."""

    fault: Fault
    accepted: bool = False


ACCEPTED_ANYWAY = frozenset({Fault.BROKEN_JSON, Fault.NO_ID})
"""A 200 is a 200: the message is out, whatever the body says."""
STATUS = {
    Fault.THROTTLED: 429,
    Fault.THROTTLED_WITH_WAIT: 429,
    Fault.FAILS: 500,
    Fault.BAD_GATEWAY: 502,
    Fault.UNAVAILABLE: 503,
}


@dataclass
class PlayedProvider:
    """Subclasses implement ``accept`` (a message), ``other`` (any other call) and ``refusal``."""

    taken: list[Taken] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """What was sent against the contract."""
    calls: list[httpx.Request] = field(default_factory=list)
    troubles: deque[Trouble | None] = field(default_factory=deque)
    """What happens to the next messages, in order; None: nothing."""
    misbehave: Callable[[], Trouble | None] = lambda: None
    """Asked once the list is empty."""
    on_taken: Callable[[Taken], None] = lambda _: None
    revoked: bool = False
    """Our account is no longer good: every call is refused."""
    faults: tuple[Fault, ...] = tuple(Fault)
    """What can go wrong with this provider."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    """The provider's own time."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings of the channel that lead to it, where its client alone does not."""

    def revoke(self) -> None:
        """From now on the account is refused."""
        self.revoked = True

    def client(self) -> httpx.AsyncClient:
        """A client whose every call ends here."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self.handle))

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """One call to the provider."""
        self.calls.append(request)
        await asyncio.sleep(0)
        if not self.is_message(request):
            return self.other(request)
        if self.revoked:
            return self.refusal(401, None)
        trouble = self.troubles.popleft() if self.troubles else self.misbehave()
        if trouble is None:
            return self.accept(request)
        return self._troubled(request, trouble)

    def fail(self, faults: Iterable[Trouble | None]) -> None:
        """Have the next messages fail like this."""
        self.troubles.extend(faults)

    def _troubled(self, request: httpx.Request, trouble: Trouble) -> httpx.Response:
        fault = trouble.fault
        accepted = None
        if trouble.accepted or fault in ACCEPTED_ANYWAY:
            accepted = self.accept(request)
        if fault is Fault.REFUSED:
            raise httpx.ConnectError("connection refused", request=request)
        if fault is Fault.RESET:
            raise httpx.ReadError("connection reset", request=request)
        if fault is Fault.HANGS:
            raise httpx.ReadTimeout("no answer", request=request)
        if fault is Fault.BROKEN_JSON:
            return httpx.Response(200, content=b'{"ok": tru')
        if fault is Fault.NO_ID:
            return httpx.Response(accepted.status_code if accepted else 200, json={})
        wait = "7" if fault is Fault.THROTTLED_WITH_WAIT else None
        return self.refusal(STATUS[fault], wait)

    def take(self, taken: Taken) -> None:
        """Remember an accepted message."""
        self.taken.append(taken)
        self.on_taken(taken)

    def complain(self, what: str) -> None:
        """Something was sent that the contract does not allow."""
        self.wrong.append(what)

    def is_message(self, request: httpx.Request) -> bool:
        """Whether this call sends a message to a customer."""
        raise NotImplementedError

    def accept(self, request: httpx.Request) -> httpx.Response:
        """Check and take a message."""
        raise NotImplementedError

    def other(self, request: httpx.Request) -> httpx.Response:
        """Any other call."""
        raise NotImplementedError

    def refusal(self, status: int, wait: str | None) -> httpx.Response:
        """The provider's own way to say 429 or 5xx."""
        raise NotImplementedError
