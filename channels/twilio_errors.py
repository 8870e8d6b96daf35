"""What Twilio's error codes mean to us, in an answer and in a receipt.

https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

import httpx

from bot.errors import (
    AccountRefused,
    DeliveryError,
    MaybeSent,
    OptedOut,
    OutsideWindow,
    Throttled,
    Undeliverable,
    Unreachable,
)
from channels.calling import body_of, retry_after


class TemplateRefused(Undeliverable):
    """Twilio will not make a message of this template and these values."""

    code = "template"


CODES: dict[str, type[DeliveryError]] = {
    "21610": OptedOut,
    "63016": OutsideWindow,
    # asked to wait, or thrown out of a full queue
    "14107": Throttled,
    "20429": Throttled,
    "21611": Throttled,
    "30001": Throttled,
    "63018": Throttled,
    # nothing of ours goes out, to whomever. What may depend on whom we write to is not among them:
    # it would hold up everybody else.
    "20003": AccountRefused,
    "20005": AccountRefused,
    "21603": AccountRefused,
    "21606": AccountRefused,
    "21660": AccountRefused,
    "21703": AccountRefused,
    "21705": AccountRefused,
    "30002": AccountRefused,
    "63007": AccountRefused,
    "21654": TemplateRefused,
    "21655": TemplateRefused,
    "21656": TemplateRefused,
    "21657": TemplateRefused,
    "21658": TemplateRefused,
}
"""Every other code is final for this message: a wrong number, a landline, a filter, a block.

63014 (the customer blocked us) is one of those and no opt-out: nobody tells us when the block ends,
and the customer who writes again afterwards must be answered.
"""


def meaning_of(code: str) -> type[DeliveryError]:
    """The error a code of Twilio's stands for."""
    return CODES.get(code, Undeliverable)


def error_of(response: httpx.Response, *, sends: bool) -> DeliveryError:
    """What a refusal means. Twilio's own words may hold the customer's number: left out.

    ``sends``: the call may have had an effect. A 5xx leaves open whether it did.
    """
    status = response.status_code
    code = str(body_of(response).get("code") or "")
    said = f"{status} {code}".strip()
    wait = retry_after(response)
    if status == 429:
        return Throttled("twilio asks us to wait", provider_code=code or "429", retry_after=wait)
    if status >= 500:
        kind: type[DeliveryError] = MaybeSent if sends else Unreachable
        return kind(f"twilio failed: {said}", provider_code=code, retry_after=wait)
    kind = AccountRefused if status == 401 else meaning_of(code)
    if kind is AccountRefused:
        return kind(f"twilio refuses our account or sender: {said}", provider_code=code)
    return kind(f"twilio refused: {said}", provider_code=code or str(status), retry_after=wait)
