"""The only list of channels: a channel is known to the product by being named here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from channels.app import App
from channels.base import Capabilities, Provider
from channels.mail import Email
from channels.meta import Instagram, Messenger, WhatsApp
from channels.telegram import Telegram
from channels.twilio import Sms, TwilioWhatsApp
from channels.widget import Widget

PROVIDERS: tuple[type[Provider], ...] = (
    Sms,
    WhatsApp,
    TwilioWhatsApp,
    Messenger,
    Instagram,
    Telegram,
    Email,
    App,
)
"""Every way to reach customers through somebody else, the usual one of a channel first."""

SECTIONS: Mapping[str, type[Provider]] = MappingProxyType({p.section(): p for p in PROVIDERS})
"""By the name of its settings: ``whatsapp``, ``whatsapp_twilio``."""

_CAPABILITIES: dict[str, Capabilities] = {Widget.name: Widget.capabilities}
for _provider in reversed(PROVIDERS):
    _CAPABILITIES[_provider.name] = _provider.capabilities

CHANNELS: Mapping[str, Capabilities] = MappingProxyType(_CAPABILITIES)
"""What each channel can show, by the name that stands in an address."""


def capabilities_of(channel: str) -> Capabilities:
    """What a channel can show with its usual provider. Raises KeyError for an unknown channel."""
    return CHANNELS[channel]
