"""What Messenger and Instagram share: both write by a page's token, to ids of theirs alone.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from bot.accounts import Key
from bot.errors import OutsideWindow, Undeliverable
from bot.messages import Address, Arrival, Kind, Media, Part
from channels.fetching import fetch
from channels.meta_bodies import by_a_person, page, page_text
from channels.meta_graph import FILE_HOSTS, Graph
from channels.meta_page_reader import PageReader

APP_ID = Key(
    "app_id",
    "the app's id, from its settings under Basic",
    pattern=r"\d{6,20}",
    example="1517776481860111",
    simulated="300000000000003",
)
HUMAN_AGENT = Key(
    "human_agent",
    "yes once Meta has approved the Human Agent feature: people may answer for seven days; or no",
    default="no",
    pattern="yes|no",
    example="yes",
)
"""The bot itself never writes after a day, whatever is set here."""
FIELDS = frozenset(
    {
        "messages",
        "messaging_postbacks",
        "message_echoes",
        "message_deliveries",
        "message_reads",
        "messaging_handovers",
    }
)
"""What a page has to tell us of, for all of this to work."""


class Page(Graph):
    """One account, reached by a page's token."""

    account_key: ClassVar[str]
    """The setting that names the account our calls have to be about."""
    carries_key: ClassVar[bool] = False
    """Whether a message takes our own id along."""
    unnamed: ClassVar[Kind] = Kind.TAKEN
    """What an echo is that does not say whose it is."""

    def _entry(self, entry: Mapping[str, Any]) -> Iterable[Arrival]:
        account, app = self._account.text(self.account_key), self._account.text("app_id")
        return PageReader(self.name, account, app, self.unnamed).entry(entry)

    async def send(self, to: Address, part: Part, *, key: str) -> str:
        """A text with quick replies, cards or files."""
        *before, last = page(part)
        if self.carries_key:
            last["metadata"] = key
        ident = ""
        for message in [*before, last]:
            ident = await self._send(to, part, message)
        return ident

    async def seen(self, to: Address, envelope: Mapping[str, Any]) -> None:
        """Seen, and that an answer is being typed, for at most 20 seconds."""
        for action in ("mark_seen", "typing_on"):
            body = {"recipient": {"id": to.value}, "sender_action": action}
            await self._call("POST", "me/messages", body)

    async def fetch(self, media: Media, limit: int) -> Media:
        """A file from Meta's own hosts; its address is the key to it."""
        return await fetch(self._client, media, hosts=FILE_HOSTS, limit=limit, base=self._api())

    async def _send(self, to: Address, part: Part, message: dict[str, Any]) -> str:
        """One message; in plain words where its cards are refused (a picture nobody can load)."""
        try:
            return await self._send_in_time(to, part, message)
        except Undeliverable:
            if message.get("attachment", {}).get("type") != "template":
                raise
        plain = page_text(part, part.plain) | {
            name: value for name, value in message.items() if name == "metadata"
        }
        return await self._send_in_time(to, part, plain)

    async def _send_in_time(self, to: Address, part: Part, message: dict[str, Any]) -> str:
        """Inside of the window as an answer; after it, what a person writes goes out as such."""
        person = part.by_person and self._account.text("human_agent") == "yes"
        if part.window_open:
            try:
                return await self._post(to, {"messaging_type": "RESPONSE"}, message)
            except OutsideWindow:
                if not person:
                    raise
        if not person:
            raise OutsideWindow(f"{self.name}: a day has passed since the customer wrote")
        return await self._post(to, by_a_person(part), message)

    async def _post(self, to: Address, way: dict[str, Any], message: dict[str, Any]) -> str:
        body = {"recipient": {"id": to.value}, **way, "message": message}
        answer = await self._call("POST", "me/messages", body)
        return self._named(answer.get("message_id"))
