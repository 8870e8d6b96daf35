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
       ├─ Unreachable        provider away or 5xx
       │  └─ Throttled       provider asked us to wait
       ├─ OptedOut           the customer withdrew consent
       ├─ OutsideWindow      the provider's reply window is closed
       └─ Undeliverable      final for any other reason

Callers branch on ``retryable`` and ``page`` alone, never on the class.
"""

from __future__ import annotations

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
    """The request was not signed by who it claims to come from."""

    code = "not_authentic"


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
    """A part of a reply was not delivered."""

    code = "delivery"


class Unreachable(DeliveryError):
    """The provider did not answer, or answered with its own failure."""

    retryable = True
    code = "unreachable"


class Throttled(Unreachable):
    """The provider asked us to slow down."""

    code = "throttled"


class OptedOut(DeliveryError):
    """The customer does not want messages on this address."""

    code = "opted_out"


class OutsideWindow(DeliveryError):
    """The provider's reply window for this customer is closed."""

    code = "outside_window"


class Undeliverable(DeliveryError):
    """The provider will never deliver this part."""

    code = "undeliverable"
