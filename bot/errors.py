"""Every error the product raises on purpose, in one tree.

    BotError                 retryable, page, code
    ├─ ConfigError           settings, shop.yml or the installation is wrong; at start
    ├─ BadInput              a file or a command line we cannot use; names the value
    ├─ NotAuthentic          the provider (or browser) did not sign exactly this: nothing is stored
    ├─ BadPayload            authentic but unreadable: kept raw
    ├─ ShopError
    │  ├─ ShopUnavailable    the shop's records cannot be reached now
    │  └─ ShopRejected       the shop refused what we asked of it
    ├─ BrainError
    │  ├─ BrainSilent        a turn ended without a reply
    │  └─ BrainTimeout       a turn took too long
    └─ DeliveryError
       ├─ Unreachable        provider away or 5xx; certainly not sent
       │  ├─ Throttled       provider asked us to wait
       │  └─ MaybeSent       the line broke after the request was written
       ├─ AccountRefused     our account is wrong or stopped: nothing goes out on this channel
       ├─ OptedOut           the customer withdrew consent
       ├─ OutsideWindow      the provider's reply window is closed
       └─ Undeliverable      final for any other reason
          ├─ RecipientGone   nobody is reached at that address any more
          └─ Bounced         sent back after all; the address may still be right

Callers branch on ``retryable`` and ``page`` alone, never on the class.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar


class BotError(Exception):
    """Base of the tree. ``retryable``: the same call may work later. ``page``: wake an operator."""

    retryable: ClassVar[bool] = False
    page: ClassVar[bool] = False
    code: ClassVar[str] = "error"


class ConfigError(BotError):
    """The operator has to change something before the product can start."""

    page = True
    code = "config"


class BadInput(BotError):
    """Something a person gave us (a file, an option) cannot be used; the message names it."""

    code = "bad_input"


class NotAuthentic(BotError):
    """The request was not signed by who it claims to come from.

    ``status`` is the HTTP status this provider has to hear; some stop for ever on a wrong one.
    """

    code = "not_authentic"

    def __init__(self, message: str, *, status: int = 401) -> None:
        super().__init__(message)
        self.status = status


class BadPayload(BotError):
    """An authentic request that cannot be read."""

    page = True
    code = "bad_payload"


class ShopError(BotError):
    """The shop's back end did not do what was asked."""

    code = "shop"


class ShopUnavailable(ShopError):
    """The shop's records cannot be reached at the moment."""

    retryable = True
    code = "shop_unavailable"


class ShopRejected(ShopError):
    """The shop refused a request we believed to be allowed."""

    page = True
    code = "shop_rejected"


class BrainError(BotError):
    """The turn could not be thought through."""

    code = "brain"


class BrainSilent(BrainError):
    """The turn produced no reply at all."""

    retryable = True
    code = "brain_silent"


class BrainTimeout(BrainError):
    """The turn did not end within its limit."""

    retryable = True
    code = "brain_timeout"


class DeliveryError(BotError):
    """A part of a reply was not delivered.

    ``provider_code`` is the provider's own code for it; ``retry_after`` how long it asked us to
    wait.
    """

    code = "delivery"

    def __init__(
        self, message: str, *, provider_code: str = "", retry_after: timedelta | None = None
    ) -> None:
        super().__init__(message)
        self.provider_code = provider_code
        self.retry_after = retry_after


class Unreachable(DeliveryError):
    """The provider did not answer, or answered with its own failure."""

    retryable = True
    code = "unreachable"


class Throttled(Unreachable):
    """The provider asked us to slow down."""

    code = "throttled"


class MaybeSent(Unreachable):
    """Nobody can tell whether it was sent: to be asked before it is sent again."""

    code = "maybe_sent"


class AccountRefused(DeliveryError):
    """The provider refuses our account: the channel stands still, its queue is kept."""

    retryable = True
    page = True
    code = "account_refused"


class OptedOut(DeliveryError):
    """The customer does not want messages on this address."""

    code = "opted_out"


class OutsideWindow(DeliveryError):
    """The provider's reply window for this customer is closed."""

    code = "outside_window"


class Undeliverable(DeliveryError):
    """The provider will never deliver this part."""

    code = "undeliverable"


class RecipientGone(Undeliverable):
    """There is nobody at this address: nothing more is sent there."""

    code = "recipient_gone"


class Bounced(Undeliverable):
    """The recipient's side sent it back or cannot take it now; too many of these and it is gone."""

    code = "bounced"
