"""What becomes of a part that was not sent: later, in doubt, or a dead letter with its reason."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.errors import DeliveryError, MaybeSent, OptedOut, RecipientGone
from bot.store import consents, inbox, outbox, transcript
from bot.store.outbox import Due
from channels.base import Capabilities

log = logging.getLogger(__name__)

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (1, 4, 15, 60, 300))
"""Before the second attempt, the third, ...; the last one from then on. Give or take a fifth."""
JITTER = 0.2
KEPT_FOR = timedelta(hours=24)
"""An answer that is a day late is no answer any more."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What came of an attempt: sent with ``provider_id``, to be seen to at ``due_at``, or ended.

    ``state`` is the outbox row's next one unless it was sent; ``error`` our code for the reason and
    ``code`` the provider's.
    """

    provider_id: str | None = None
    state: str = "new"
    due_at: datetime | None = None
    error: str = ""
    code: str = ""


def fate_of(error: DeliveryError, due: Due, now: datetime, capabilities: Capabilities) -> Fate:
    """Branches on what the error says of itself, not on the provider.

    A part whose whereabouts could not be asked now is in doubt as before.
    """
    if isinstance(error, MaybeSent):
        wait = now + max(capabilities.settles_after, _delay(due.attempts))
        if wait < due.created_at + KEPT_FOR:
            return Fate(None, "sending", wait, error.code, error.provider_code)
    if error.retryable:
        wait = now + (error.retry_after or _delay(due.attempts))
        if wait < due.created_at + KEPT_FOR:
            state = "sending" if due.maybe_sent else "new"
            return Fate(None, state, wait, error.code, error.provider_code)
        return Fate(None, "failed", None, f"gave_up:{error.code}", error.provider_code)
    if error.page:
        log.error("part %d: %s", due.id, error.code)
    return Fate(None, "failed", None, error.code, error.provider_code)


def refuse(connection: Connection, due: Due, fate: Fate, now: datetime) -> None:
    """End a part for good: a dead letter, a note at the desk, and consent where that is why."""
    outbox.end(connection, due.id, fate.state, fate.error, fate.code)
    if fate.error == OptedOut.code:
        consents.put(connection, due.to, given=False, reason="provider", source=str(due.id), at=now)
    if fate.error == RecipientGone.code:
        consents.gone(connection, due.to, str(due.id), now)
    conversation = inbox.lock(connection, due.conversation)
    body = {"note": "undelivered", "part": due.id, "error": fate.error, "code": fate.code}
    entry = {"author": "note", "text": "", "body": body}
    transcript.append(connection, conversation, [entry], now)
    transcript.keep_seq(connection, conversation)
    log.warning(
        "part %d on %s was not delivered: %s %s", due.id, due.to.channel, fate.error, fate.code
    )


def _delay(attempts: int) -> timedelta:
    delay = DELAYS[min(attempts, len(DELAYS) - 1)]
    return delay * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
