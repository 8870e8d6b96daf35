"""WhatsApp Cloud API, Messenger and Instagram: one platform, three products."""

from __future__ import annotations

from datetime import timedelta

from bot.accounts import Key
from channels.base import Capabilities, Provider

GRAPH = Key(
    "api",
    "the address of the Graph API, with its version",
    default="https://graph.facebook.com/v26.0",
    pattern=r"https?://\S+",
    simulated="{url}/simulator/meta",
)
WINDOW = timedelta(hours=24)


class WhatsApp(Provider):
    """WhatsApp Cloud API: three buttons, else a list of ten."""

    name = "whatsapp"
    title = "WhatsApp"
    personal = "phone"
    methods = ("GET", "POST")
    capabilities = Capabilities(
        max_text=4096,
        max_choices=3,
        max_choice_title=20,
        max_list=10,
        max_list_title=24,
        max_text_with_choices=1024,
        media=True,
        typing=True,
        reply_window=WINDOW,
    )
    keys = (GRAPH,)


class Messenger(Provider):
    """Messenger: quick replies, which go away with the next message."""

    name = "messenger"
    title = "Messenger"
    methods = ("GET", "POST")
    capabilities = Capabilities(
        max_text=2000,
        max_choices=13,
        max_choice_title=20,
        choices_in_text=True,
        media=True,
        typing=True,
        reply_window=WINDOW,
    )
    keys = (GRAPH,)


class Instagram(Provider):
    """Instagram: as Messenger, but a text's bytes count, and an echo does not say whose it is."""

    name = "instagram"
    title = "Instagram"
    methods = ("GET", "POST")
    capabilities = Capabilities(
        max_text=1000,
        unit="bytes",
        max_choices=13,
        max_choice_title=20,
        choices_in_text=True,
        media=True,
        typing=True,
        reply_window=WINDOW,
    )
    keys = (GRAPH,)
