"""What a clause says is *not* wanted: ``I don't want to cancel``, ``instead of returning it``."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ACTS: Mapping[str, str] = {
    "cancel": "order_cancel cancellation_policy",
    "return": "order_return return_policy",
    "send": "order_return",
    "exchange": "order_exchange",
    "swap": "order_exchange order_change_item",
    "refund": "refund_request order_refund refund_policy",
    "change": "order_change order_change_item order_change_address order_change_payment "
    "order_change_quantity account_edit",
    "modify": "order_change order_change_item",
    "edit": "order_change order_change_item account_edit",
    "delete": "account_delete",
    "close": "account_delete",
    "unsubscribe": "newsletter_unsubscribe",
    "subscribe": "newsletter",
    "complain": "complaint",
    "withdraw": "withdrawal order_cancel",
    "order": "place_order",
    "buy": "place_order",
    "pay": "payment_options",
}
_ACT = r"(?P<act>" + "|".join(_ACTS) + r")(?:l?ing|ed|s)?\b"
_WISHING = (
    r"(?:want|wish|need|mean|like|plan|intend|try|trying|wanting|planning|looking|going|asking"
    r"|here|calling|writing)"
)
_NOT = (
    r"(?:do not|don't|dont|don’t|did not|didn't|didn’t|does not|doesn't|not|never|no longer"
    r"|wouldn't|would not|won't|will not|prefer not|rather not)"
)
_REFUSED = re.compile(
    rf"\b{_NOT}\s+(?:really\s+|actually\s+|even\s+)?(?:{_WISHING}\s+)?(?:to|for)?\s*"
    rf"(?:a |the |any |be )?(?:be\s+)?{_ACT}"
    rf"|\b(?:instead of|rather than|without)\s+(?:a |the )?{_ACT.replace('act>', 'other>')}"
    rf"|\bno (?:need|reason) to\s+{_ACT.replace('act>', 'needless>')}",
    re.I,
)
_ASKED = re.compile(r"^\W*(?:why|how|what if|can(?:'t|not)|could(?:n't| not)|is it)\b", re.I)
"""``why can't I cancel`` and ``can I not cancel`` want it all the same."""


def refused(clause: str) -> frozenset[str]:
    """The intents a clause says are not wanted; none for a question or where nothing is denied."""
    if _ASKED.search(clause):
        return frozenset()
    found: set[str] = set()
    for match in _REFUSED.finditer(clause):
        act = match["act"] or match["other"] or match["needless"]
        found.update(_ACTS[act.lower()].split())
    return frozenset(found)
