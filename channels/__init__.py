"""The only list of channels: a channel is known to the product by being named here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from channels.base import Capabilities, Channel
from channels.console import TypedEmail, TypedSms, TypedWhatsApp
from channels.widget import Widget

CHANNELS: Mapping[str, type[Channel]] = MappingProxyType(
    {"web": Widget, "sms": TypedSms, "email": TypedEmail, "whatsapp": TypedWhatsApp}
)


def capabilities_of(channel: str) -> Capabilities:
    """What a channel can show. Raises KeyError for a channel nobody knows."""
    return CHANNELS[channel].capabilities
