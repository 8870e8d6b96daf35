"""SMS and WhatsApp by Twilio."""

from __future__ import annotations

from datetime import timedelta

from bot.accounts import Key
from channels.base import Capabilities, Provider

API = Key(
    "api",
    "the address of Twilio's API",
    default="https://api.twilio.com",
    pattern=r"https?://\S+",
    simulated="{url}/simulator/twilio",
)


class Sms(Provider):
    """SMS and MMS. Choices are numbers: words such as CANCEL and YES are the carriers' own."""

    name = "sms"
    title = "SMS"
    personal = "phone"
    catches_up = True
    capabilities = Capabilities(max_text=1600, plain_punctuation=True, joins=True, media=True)
    keys = (API,)


class TwilioWhatsApp(Provider):
    """WhatsApp through Twilio. Without templates there are no buttons: choices are numbers."""

    name = "whatsapp"
    title = "WhatsApp by Twilio"
    provider = "twilio"
    personal = "phone"
    catches_up = True
    capabilities = Capabilities(
        max_text=1600, typing=True, media=True, reply_window=timedelta(hours=24)
    )
    keys = (API,)
