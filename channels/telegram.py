"""Telegram bots, Bot API 10.1 (https://core.telegram.org/bots/api).

A secret header is all that authenticates a call. Up to forty calls come at once, so order is ours
to keep. Nothing tells whether a message was sent: one may be doubled by a crash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

import httpx

from bot.accounts import Key
from bot.errors import (
    AccountRefused,
    BadPayload,
    DeliveryError,
    OptedOut,
    Throttled,
    Undeliverable,
    Unreachable,
)
from bot.messages import Address, Arrival, Ignored, Inbound, Kind, Media, Part
from channels.base import Answer, Capabilities, Provider, Request
from channels.calling import body_of, call, waiting_time
from channels.fetching import fetch
from channels.files import file_name, note
from channels.signing import require

HOSTS = ("api.telegram.org",)
FILES = ("document", "voice", "audio", "video", "video_note", "animation")
REACTIONS = ("sticker", "dice")
NOT_MODIFIED = "message is not modified"
ENTITIES = "can't parse entities"


class Telegram(Provider):
    """One bot. Its conversations are private chats; in groups it only says so."""

    name = "telegram"
    title = "Telegram"
    capabilities = Capabilities(
        max_text=4096,
        unit="utf16",
        max_choices=12,
        max_choice_title=60,
        media=True,
        typing=True,
        asks_contact=True,
        settles_after=timedelta(),
    )
    keys = (
        Key(
            "bot_token",
            "the bot's token, from @BotFather",
            secret=True,
            pattern=r"\d+:[\w-]{20,}",
            example="123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            simulated="123456789:{secret}",
        ),
        Key(
            "secret_token",
            "the secret Telegram sends with each call: 16 to 256 of A-Z a-z 0-9 _ -",
            secret=True,
            pattern=r"[\w-]{16,256}",
        ),
        Key(
            "api",
            "the address of the Bot API",
            default="https://api.telegram.org",
            pattern=r"https?://\S+",
            simulated="{url}/simulator/telegram",
        ),
    )

    def verify(self, request: Request) -> None:
        """The header Telegram was given with setWebhook; nothing else authenticates a call."""
        given = request.header("x-telegram-bot-api-secret-token")
        require(given, [self._account.secret("secret_token")], "the secret token")

    def parse(self, request: Request) -> Sequence[Arrival]:
        """One update. Its id is the message's id; kinds we have no use for are ignored."""
        try:
            update = json.loads(request.body)
        except (ValueError, RecursionError) as error:
            raise BadPayload("telegram: not JSON") from error
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            raise BadPayload("telegram: no update")
        try:
            return [self._read(update)]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadPayload(f"telegram: {type(error).__name__} in an update") from error

    def answer(self, request: Request) -> Answer:
        """Anything but 2xx would have it sent again."""
        return Answer()

    async def send(self, to: Address, part: Part, *, key: str) -> str:
        """Send one message, as HTML; once more as plain text if Telegram cannot read that."""
        for file in part.media:
            await self._call(_sending(file), _file_message(to, file))
        message = _message(to, part)
        try:
            result = await self._call("sendMessage", message)
        except _Unreadable:
            result = await self._call("sendMessage", _plain_message(to, part))
        return str(result.get("message_id") or f"unknown:{key}")

    async def seen(self, to: Address, envelope: Mapping[str, Any]) -> None:
        """End the waiting on a tapped button; else show that an answer is being typed."""
        if callback := envelope.get("callback"):
            await self._call("answerCallbackQuery", {"callback_query_id": callback})
        else:
            await self._call("sendChatAction", {"chat_id": to.value, "action": "typing"})

    async def fetch(self, media: Media, limit: int) -> Media:
        """A file by its id, in two steps; the second address holds the bot's token."""
        found = await self._call("getFile", {"file_id": media.ref})
        base = f"{self._api()}/file/bot{self._account.secret('bot_token')}"
        there = Media(f"{base}/{found.get('file_path')}", media.content_type, media.name)
        fetched = await fetch(self._client, there, hosts=HOSTS, limit=limit, base=self._api())
        return Media(media.ref, fetched.content_type, media.name, fetched.size, fetched.data)

    async def check(self) -> str:
        """Who the bot is, and what Telegram says of the webhook."""
        bot = await self._call("getMe", {})
        hook = await self._call("getWebhookInfo", {})
        said = f"@{bot.get('username')}; webhook {hook.get('url') or 'not set'}"
        waiting, error = hook.get("pending_update_count"), hook.get("last_error_message")
        said += f"; {waiting} updates wait" if waiting else ""
        return said + (f"; last error: {error}" if error else "")

    def _read(self, update: Mapping[str, Any]) -> Arrival:
        if "message" in update:
            return self._message(update["update_id"], update["message"])
        if "edited_message" in update:
            return self._edited(update["update_id"], update["edited_message"])
        if "callback_query" in update:
            return self._tapped(update["update_id"], update["callback_query"])
        if "my_chat_member" in update:
            return self._member(update["update_id"], update["my_chat_member"])
        return Ignored(self.name, "an update of a kind we have no use for")

    def _message(self, number: int, message: Mapping[str, Any]) -> Arrival:
        sender, chat = message.get("from") or {}, message["chat"]
        if sender.get("is_bot"):
            return Ignored(self.name, "another bot")
        if chat["type"] != "private" or chat["id"] != sender.get("id"):
            group = self._inbound(number, message, str(message.get("text") or ""), Kind.GROUP)
            return group if message.get("text") else Ignored(self.name, "no text in a group")
        if any(kind in message for kind in REACTIONS):
            return Ignored(self.name, "a reaction")
        if "contact" in message:
            return self._contact(number, message)
        text = str(message.get("text") or message.get("caption") or "")
        command, _, parameter = text.partition(" ")
        if command == "/start":
            return self._inbound(number, message, "", Kind.START, start=parameter.strip()[:64])
        if files := _files(message):
            return self._inbound(number, message, text, Kind.MESSAGE, media=files)
        if text:
            return self._inbound(number, message, text, Kind.MESSAGE)
        return Ignored(self.name, "a message of a kind we have no use for")

    def _contact(self, number: int, message: Mapping[str, Any]) -> Arrival:
        """A shared number proves something only if it is the sender's own: Telegram says whose."""
        contact = message["contact"]
        own = contact.get("user_id") == message["from"]["id"] and contact.get("user_id") is not None
        phone = "+" + str(contact["phone_number"]).strip().lstrip("+")
        return self._inbound(
            number,
            message,
            "",
            Kind.MESSAGE,
            vouched=("phone", phone) if own else None,
            media=() if own else (note("contact", phone),),
        )

    def _edited(self, number: int, message: Mapping[str, Any]) -> Arrival:
        text = str(message.get("text") or message.get("caption") or "")
        return self._inbound(number, message, text, Kind.EDITED, of=str(message["message_id"]))

    def _tapped(self, number: int, query: Mapping[str, Any]) -> Arrival:
        """A tap; the message it stands under may be out of Telegram's reach by now."""
        sender = query["from"]
        return Inbound(
            address=Address(self.name, str(sender["id"])),
            external_id=str(number),
            text="",
            received_at=datetime.now(UTC),
            choice=str(query.get("data") or "")[:64] or "none",
            context=_context(sender),
            sequence=number,
            envelope={"callback": str(query["id"])},
        )

    def _member(self, number: int, change: Mapping[str, Any]) -> Arrival:
        """The customer blocked the bot, or let it in again."""
        chat, status = change["chat"], change["new_chat_member"]["status"]
        if chat["type"] != "private" or status not in ("kicked", "member"):
            return Ignored(self.name, "a change of membership that is no consent")
        return Inbound(
            address=Address(self.name, str(chat["id"])),
            external_id=str(number),
            text="",
            received_at=datetime.now(UTC),
            kind=Kind.CONSENT,
            sequence=number,
            consent="out" if status == "kicked" else "in",
        )

    def _inbound(
        self,
        number: int,
        message: Mapping[str, Any],
        text: str,
        kind: Kind,
        *,
        vouched: tuple[str, str] | None = None,
        media: tuple[Media, ...] = (),
        **envelope: Any,
    ) -> Inbound:
        return Inbound(
            address=Address(self.name, str(message["chat"]["id"])),
            external_id=str(number),
            text=text,
            received_at=datetime.now(UTC),
            context=_context(message.get("from") or {}),
            proven=vouched is not None,
            kind=kind,
            vouched=vouched,
            sequence=number,
            media=media,
            envelope={"ref": str(message["message_id"]), **envelope},
        )

    def _api(self) -> str:
        return self._account.text("api").rstrip("/")

    async def _call(self, method: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The result of one method. The token is part of the address, so no error repeats that."""
        url = f"{self._api()}/bot{self._account.secret('bot_token')}/{method}"
        response = await call(self._client, "POST", url, name="telegram", json=dict(body))
        answer = body_of(response)
        if response.status_code == 200:
            result = answer.get("result")
            return result if isinstance(result, dict) else {}
        said = str(answer.get("description") or "")
        if NOT_MODIFIED in said:
            return {}
        raise _error(response, answer, said)


class _Unreadable(Undeliverable):
    """Telegram cannot read our markup."""

    code = "markup"


def _error(response: httpx.Response, answer: Mapping[str, Any], said: str) -> DeliveryError:
    """What Telegram's refusal means to us. Its own words may hold the customer's: left out."""
    status = response.status_code
    code = str(answer.get("error_code") or status)
    if status == 429:
        parameters = answer.get("parameters") or {}
        wait = waiting_time(parameters.get("retry_after"))
        return Throttled("telegram asks us to wait", provider_code=code, retry_after=wait)
    if status >= 500:
        return Unreachable(f"telegram failed: {status}", provider_code=code)
    if status in (401, 404):
        return AccountRefused("telegram does not know this bot token", provider_code=code)
    if status == 403:
        return OptedOut("the customer has blocked the bot", provider_code=code)
    if ENTITIES in said:
        return _Unreadable("telegram cannot read our markup", provider_code=code)
    return Undeliverable(f"telegram refused the message: {status}", provider_code=code)


def _context(sender: Mapping[str, Any]) -> dict[str, object]:
    language = sender.get("language_code")
    return {"locale": language} if isinstance(language, str) and language.isascii() else {}


def _files(message: Mapping[str, Any]) -> tuple[Media, ...]:
    """The largest size of a photo, or whichever other file the message has."""
    if message.get("photo"):
        largest = max(message["photo"], key=lambda size: size.get("file_size") or 0)
        return (Media(str(largest["file_id"]), "image/jpeg", "", largest.get("file_size")),)
    for kind in FILES:
        if kind in message:
            file = message[kind]
            return (
                Media(
                    str(file["file_id"]),
                    str(file.get("mime_type") or "application/octet-stream"),
                    file_name(str(file.get("file_name") or "")),
                    file.get("file_size"),
                ),
            )
    if "location" in message:
        place = message["location"]
        return (note("location", f"{place['latitude']},{place['longitude']}"),)
    return ()


def _message(to: Address, part: Part) -> dict[str, Any]:
    message = {"chat_id": to.value, "text": escape(part.text, quote=False), "parse_mode": "HTML"}
    return message | _markup(part)


def _plain_message(to: Address, part: Part) -> dict[str, Any]:
    return {"chat_id": to.value, "text": part.text} | _markup(part)


def _markup(part: Part) -> dict[str, Any]:
    """One button a row: two beside each other cut their titles off on a phone."""
    if part.choices:
        rows = [[{"text": c.title, "callback_data": c.id}] for c in part.choices]
        return {"reply_markup": {"inline_keyboard": rows}}
    if part.ask_contact:
        button = {"text": part.ask_contact, "request_contact": True}
        keyboard = {"keyboard": [[button]], "one_time_keyboard": True, "resize_keyboard": True}
        return {"reply_markup": keyboard}
    return {}


def _sending(file: Media) -> str:
    return "sendPhoto" if file.content_type.startswith("image/") else "sendDocument"


def _file_message(to: Address, file: Media) -> dict[str, Any]:
    kind = "photo" if file.content_type.startswith("image/") else "document"
    return {"chat_id": to.value, kind: file.ref}
