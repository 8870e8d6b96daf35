"""WhatsApp Cloud API, Messenger and Instagram: one platform, three products, what differs here.

Nothing tells what was sent: WhatsApp's statuses and Messenger's echoes bring our own id back,
Instagram's echoes only the words. So after a crash we wait for them, and Instagram may double.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from bot.accounts import Key
from bot.errors import BadPayload, ConfigError, OutsideWindow
from bot.messages import Address, Arrival, Kind, Media, Part
from channels.base import Capabilities
from channels.fetching import fetch
from channels.meta_bodies import template, to_whatsapp, whatsapp
from channels.meta_graph import APP_SECRET, FILE_HOSTS, VERIFY_TOKEN, Graph, access_token, api
from channels.meta_page import APP_ID, FIELDS, HUMAN_AGENT, Page
from channels.meta_whatsapp_reader import WhatsAppReader

WINDOW = timedelta(hours=24)
HOW = "add it in the app under Messenger > Messenger API Settings > Webhooks"


class WhatsApp(Graph):
    """WhatsApp Cloud API: three buttons, else a list of ten; a template once a day has passed."""

    name = "whatsapp"
    title = "WhatsApp"
    personal = "phone"
    about = "whatsapp_business_account"
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
    keys = (
        Key(
            "phone_number_id",
            "the phone number's id (not the number itself), from the app's WhatsApp > API Setup",
            pattern=r"\d{6,20}",
            example="106540352242922",
            simulated="100000000000001",
        ),
        access_token("a system user's token with whatsapp_business_messaging"),
        APP_SECRET,
        VERIFY_TOKEN,
        Key(
            "template_name",
            "an approved template with one variable, for answers after the window has closed",
            default="",
            pattern=r"[a-z0-9_]{1,512}",
            example="answer_to_your_question",
        ),
        Key(
            "template_language",
            "the template's language, as Meta writes it",
            default="en",
            pattern=r"[a-z]{2,3}(_[A-Z]{2})?",
            example="en_US",
        ),
        api("whatsapp"),
    )

    def _entry(self, entry: Mapping[str, Any]) -> Iterable[Arrival]:
        return WhatsAppReader(self.name, self._account.text("phone_number_id")).entry(entry)

    async def send(self, to: Address, part: Part, *, key: str) -> str:
        """A text, buttons, a list or files; a template where nothing else may be sent."""
        if part.window_open:
            try:
                return await self._send(to, whatsapp(part), key)
            except OutsideWindow:
                if not self._account.text("template_name"):
                    raise
        name, language = (self._account.text(f"template_{one}") for one in ("name", "language"))
        return await self._send(to, [template(part, name, language)], key)

    async def seen(self, to: Address, envelope: Mapping[str, Any]) -> None:
        """Two blue ticks, and that an answer is being typed, for at most 25 seconds."""
        if message := envelope.get("message"):
            body = {"messaging_product": "whatsapp", "status": "read", "message_id": message}
            await self._call(
                "POST", self._messages(), body | {"typing_indicator": {"type": "text"}}
            )

    async def fetch(self, media: Media, limit: int) -> Media:
        """A file by its id, in two steps; both need the token. Its address lasts five minutes."""
        if not re.fullmatch(r"\w{1,100}", media.ref, re.ASCII):
            raise BadPayload("not the id of a file")
        found = await self._call("GET", media.ref)
        fetched = await fetch(
            self._client,
            Media(str(found.get("url") or ""), media.content_type, media.name),
            hosts=FILE_HOSTS,
            limit=limit,
            base=self._api(),
            headers=self._bearer(),
            headers_to=("lookaside.fbsbx.com",),
        )
        return Media(media.ref, fetched.content_type, media.name, fetched.size, fetched.data)

    async def check(self) -> str:
        """Whose number it is, and what Meta thinks of it."""
        number = self._account.text("phone_number_id")
        fields = "display_phone_number,verified_name,quality_rating"
        found = await self._call("GET", f"{number}?fields={fields}")
        named = f"{found.get('display_phone_number')} ({found.get('verified_name')})"
        name = self._account.text("template_name")
        late = f"template {name}" if name else "no template: no answer after the window has closed"
        return f"{named}, quality {found.get('quality_rating')}; {late}"

    def _messages(self) -> str:
        return f"{self._account.text('phone_number_id')}/messages"

    async def _send(self, to: Address, messages: list[dict[str, Any]], key: str) -> str:
        """Send in order. Only the last one tells us of itself by our key: it stands for all."""
        *before, last = messages
        for message in before:
            await self._call("POST", self._messages(), to_whatsapp(to, message, ""))
        answer = await self._call("POST", self._messages(), to_whatsapp(to, last, key))
        sent = answer.get("messages")
        first = sent[0] if isinstance(sent, list) and sent else {}
        return self._named(first.get("id") if isinstance(first, dict) else None)


class Messenger(Page):
    """Messenger: quick replies, which go away with the next message."""

    name = "messenger"
    title = "Messenger"
    about = "page"
    account_key = "page_id"
    carries_key = True
    capabilities = Capabilities(
        max_text=2000,
        max_choices=13,
        max_choice_title=20,
        choices_in_text=True,
        max_cards=10,
        max_card_text=80,
        media=True,
        typing=True,
        reply_window=WINDOW,
    )
    keys = (
        Key(
            "page_id",
            "the Facebook page's id",
            pattern=r"\d{3,20}",
            example="1906385232743451",
            simulated="200000000000002",
        ),
        APP_ID,
        access_token("the page's token with pages_messaging"),
        APP_SECRET,
        VERIFY_TOKEN,
        HUMAN_AGENT,
        api("messenger"),
    )

    async def check(self) -> str:
        """Whose token it is, and whether the page tells our app all it has to."""
        page_id, app_id = self._account.text("page_id"), self._account.text("app_id")
        me = await self._call("GET", "me?fields=id,name")
        if me.get("id") != page_id:
            raise ConfigError(
                f"the token is of {me.get('name')!r}, not of the page {page_id}: make one for it"
            )
        listed = (await self._call("GET", f"{page_id}/subscribed_apps")).get("data")
        apps = [app for app in listed or () if isinstance(app, dict)]
        ours = next((app for app in apps if str(app.get("id")) == app_id), None)
        if ours is None:
            raise ConfigError(f"the page {page_id} is not subscribed to the app {app_id}: {HOW}")
        if missing := FIELDS - set(ours.get("subscribed_fields") or ()):
            fields = ", ".join(sorted(missing))
            raise ConfigError(f"the page does not tell the app of {fields}: {HOW}")
        return f"page {me.get('name')}, subscribed to all it needs"


class Instagram(Page):
    """Instagram: as Messenger, but a text's bytes count, and an echo does not say whose it is."""

    name = "instagram"
    title = "Instagram"
    about = "instagram"
    account_key = "account_id"
    unnamed = Kind.ECHO
    capabilities = Capabilities(
        max_text=1000,
        unit="bytes",
        max_choices=13,
        max_choice_title=20,
        choices_in_text=True,
        max_cards=10,
        max_card_text=80,
        media=True,
        typing=True,
        reply_window=WINDOW,
    )
    keys = (
        Key(
            "account_id",
            "the id of the Instagram professional account",
            pattern=r"\d{3,20}",
            example="17841405822304914",
            simulated="400000000000004",
        ),
        APP_ID,
        access_token("the token of the page the account is linked to"),
        APP_SECRET,
        VERIFY_TOKEN,
        HUMAN_AGENT,
        api("instagram"),
    )

    async def check(self) -> str:
        """Whether the token's page is linked to this account."""
        account = self._account.text("account_id")
        fields = "id,name,instagram_business_account{id,username}"
        me = await self._call("GET", f"me?fields={fields}")
        linked = me.get("instagram_business_account")
        linked = linked if isinstance(linked, dict) else {}
        if linked.get("id") != account:
            raise ConfigError(f"the page {me.get('name')!r} is not linked to the account {account}")
        return f"@{linked.get('username')}, by the page {me.get('name')}"
