"""A merchant's own app, or anything else that speaks JSON: signed in, signed out."""

from __future__ import annotations

from channels.base import Capabilities, Provider


class App(Provider):
    """Shows what the web chat shows; the app's own server vouches for who is writing."""

    name = "app"
    title = "Your own app"
    capabilities = Capabilities(
        max_text=8000, max_choices=12, max_choice_title=100, cards=True, typing=True
    )
    keys = ()
