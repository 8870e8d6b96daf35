"""E-mail: a mailbox by IMAP, or a provider that brings each mail; answers go out by SMTP."""

from __future__ import annotations

from channels.base import Capabilities, Provider


class Email(Provider):
    """One address of the shop. Long text and cards; a whole turn is one mail."""

    name = "email"
    title = "E-mail"
    personal = "email"
    capabilities = Capabilities(max_text=100_000, joins=True, cards=True, media=True)
    keys = ()
