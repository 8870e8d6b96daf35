"""What Meta's error codes mean to us. The code decides, hardly ever the status or the words.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.errors import (
    AccountRefused,
    DeliveryError,
    MaybeSent,
    OutsideWindow,
    Throttled,
    Undeliverable,
    Unreachable,
)

OUTSIDE_WINDOW = frozenset({131047})
OUTSIDE_WINDOW_WITH = frozenset({2018278, 2018065, 2534022})
"""Subcodes of 10 and 200: Messenger's and Instagram's word for it."""
THROTTLED = frozenset({4, 17, 32, 341, 613, 80006, 80007, 130429, 131048, 131056, 133016})
PAIR_RATE = 131056
PAIR_RATE_WAIT = timedelta(seconds=6)
"""One message in six seconds to one person; a few more at once are tolerated."""
NOT_NOW = frozenset({131016, 131053, 131057})
"""Not sent, and worth another attempt: overloaded, a file not fetched, account in maintenance."""
ONLY_THIS_ONE = frozenset({1545041, 2018001, 2018108, 2018300})
"""Subcodes of 10, 100 and 200 that are about one person: gone, blocked us, or another app's."""
NO_SUCH_ACCOUNT = (100, 33)
ACCOUNT = frozenset({0, 3, 10, 102, 190, 368, 131005, 131031, 131042, 131045, 133010})
PERMISSIONS = range(200, 300)
UNKNOWN_FATE = frozenset({1, 2, 131000})


def meaning(code: int | None, subcode: int | None = None) -> type[DeliveryError]:
    """The error a code stands for, wherever it is said: in an answer or in a webhook."""
    if code in OUTSIDE_WINDOW or (_about_rights(code) and subcode in OUTSIDE_WINDOW_WITH):
        return OutsideWindow
    if subcode in ONLY_THIS_ONE or code is None:
        return Undeliverable
    if code in THROTTLED:
        return Throttled
    if code in NOT_NOW:
        return Unreachable
    if (code, subcode) == NO_SUCH_ACCOUNT or code in ACCOUNT or code in PERMISSIONS:
        return AccountRefused
    if code in UNKNOWN_FATE:
        return MaybeSent
    return Undeliverable


def error_of(
    channel: str, status: int, answer: Mapping[str, Any], wait: timedelta | None
) -> DeliveryError:
    """The error an answer of the Graph API is. Its words may repeat the customer's: left out."""
    error = answer.get("error")
    error = error if isinstance(error, dict) else {}
    code, subcode = number(error.get("code")), number(error.get("error_subcode"))
    kind = meaning(code, subcode)
    if code is None or (kind is Undeliverable and status >= 500):
        kind = _by_status(status)
    if kind is Throttled and code == PAIR_RATE:
        wait = wait or PAIR_RATE_WAIT
    said = "/".join(str(one) for one in (code, subcode) if one is not None) or str(status)
    return kind(f"{channel}: Meta says {said}", provider_code=said, retry_after=wait)


def number(value: object) -> int | None:
    """A code, which is sometimes written as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _by_status(status: int) -> type[DeliveryError]:
    if status == 429:
        return Throttled
    if status in (401, 403):
        return AccountRefused
    if status >= 500:
        return MaybeSent
    return Unreachable if 300 <= status < 400 else Undeliverable


def _about_rights(code: int | None) -> bool:
    return code == 10 or code in PERMISSIONS
