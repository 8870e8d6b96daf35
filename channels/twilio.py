"""SMS, MMS and WhatsApp by Twilio: the SMS API of 2010-04-01 and what WhatsApp adds to it.

Twilio never calls again by itself and has no idempotency key: what may have been missed is asked
for, and what may have been sent is looked up. https://www.twilio.com/docs/messaging
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit

from bot.accounts import Key
from bot.errors import ConfigError, OutsideWindow, Undeliverable
from bot.messages import Address, Arrival, Ignored, Inbound, Media, Part
from channels.base import Answer, Capabilities, Provider, Request
from channels.fetching import fetch
from channels.gsm7 import TYPOGRAPHIC
from channels.twilio_errors import TemplateRefused
from channels.twilio_reading import Reader, fields_of, form_of
from channels.twilio_settings import HOME, KEYS, TOKENS, WHATSAPP_KEYS
from channels.twilio_signing import is_json, require_signature

if TYPE_CHECKING:
    from channels.twilio_calls import Rest

FILE_HOSTS = ("api.twilio.com", ".twiliocdn.com", "s3-external-1.amazonaws.com")
"""Where Twilio keeps files, and where it sends on those who ask for one."""
HERE = ("localhost", "127.0.0.1", "::1")
EMPTY_TWIML = b"<Response/>"
"""The answer to a call; what we say goes out by the API, where it is ordered and looked up."""
TRIAL = "Sent from your Twilio trial account - "
LOOKED_THROUGH = 100
"""Messages to one customer among which one that may have been sent is looked for."""
LONGEST_IN_TEMPLATE = 900
"""Characters of an answer in a template, of whose 1,024 the template's own words take some."""


class Twilio(Provider):
    """What SMS and WhatsApp have in common: signatures, forms, receipts, sending and asking."""

    personal = "phone"
    catches_up = True
    ways = ("", "status")
    keys: ClassVar[tuple[Key, ...]] = KEYS
    prefix: ClassVar[str] = ""
    """What stands before an address of this channel (``whatsapp:``)."""
    carrier: ClassVar[bool] = False
    """Whether STOP and its like are the carriers' words."""

    def verify(self, request: Request) -> None:
        """Signed by Twilio for this account, with an auth token or a shared key; else 403."""
        require_signature(
            request,
            tokens=[self._account.secret(name) for name in TOKENS],
            shared_keys=[self._account.secret("shared_key")],
        )

    def parse(self, request: Request) -> Sequence[Arrival]:
        """One message or one receipt. Raises BadPayload."""
        if is_json(request):
            return [Ignored(self.name, "no message: those are forms")]
        key = parse_qs(urlsplit(request.url).query).get("mid", [""])[0]
        form = form_of(fields_of(request.body))
        return [self._reader.arrival(form, key=key[:64], now=datetime.now(UTC))]

    def answer(self, request: Request) -> Answer:
        """No words here."""
        return Answer(body=EMPTY_TWIML, content_type="text/xml")

    async def send(self, to: Address, part: Part, *, key: str) -> str:
        """Send one part as one message, more only where it brings more files than one can."""
        *before, last = self._contents(part)
        for content in before:
            await self._create(to, part, key, content)
        try:
            return await self._create(to, part, key, last)
        except TemplateRefused:
            if not part.window_open:
                raise
            return await self._create(to, part, key, {"body": part.plain or part.text})

    async def find(self, to: Address, part: Part, *, key: str, since: datetime) -> str | None:
        """Among the last messages to this address, the latest that says the same."""
        for message in await self._rest.latest_to(self.prefix + to.value, LOOKED_THROUGH):
            created = message.date_created
            if isinstance(created, datetime) and created < since:
                continue
            if str(message.direction).startswith("outbound") and self._says(message, part):
                return str(message.sid)
        return None

    async def missed(self, since: datetime) -> Sequence[Inbound]:
        """What came to our numbers since then, oldest first."""
        found = []
        for number in self._numbers:
            for at, form in await self._rest.received_since(self.prefix + number, since):
                arrival = self._reader.inbound(form, form["MessageSid"], at)
                if isinstance(arrival, Inbound):
                    found.append(arrival)
        return found

    async def check(self) -> str:
        """Whether the account is active, and who Twilio calls when somebody writes."""
        from channels.twilio_checks import account

        said = [await account(self._rest)]
        if self._unreachable():
            raise ConfigError("Twilio cannot call this machine: set ONECOUNTER_PUBLIC_URL")
        return "; ".join([*said, *await self._checked()])

    async def fetch(self, media: Media, limit: int) -> Media:
        """A file of a message. The account's token goes to Twilio's API and nowhere else."""
        api = self._account.text("api").rstrip("/")
        base = HOME if media.ref.startswith(f"{HOME}/") else api
        user, password = self._account.text("account_sid"), self._account.secret("auth_token")
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        return await fetch(
            self._client,
            media,
            hosts=FILE_HOSTS,
            limit=limit,
            base=base,
            headers={"Authorization": f"Basic {token}"},
        )

    @cached_property
    def _reader(self) -> Reader:
        return Reader(
            self.name,
            self._account.text("account_sid"),
            frozenset(self._numbers),
            self.prefix,
            self.carrier,
        )

    @cached_property
    def _rest(self) -> Rest:
        from channels.twilio_calls import Rest

        tokens = [self._account.secret(name) for name in TOKENS]
        return Rest(
            self._client,
            self._account.text("api"),
            self._account.text("account_sid"),
            [token for token in tokens if token],
        )

    @property
    def _numbers(self) -> list[str]:
        return [number.strip() for number in self._account.text("from").split(",")]

    async def _checked(self) -> list[str]:
        """What Twilio says of our numbers. Raises BotError."""
        raise NotImplementedError

    def _contents(self, part: Part) -> list[dict[str, Any]]:
        """What each message of a part is made of; the last one brings its text."""
        raise NotImplementedError

    async def _create(self, to: Address, part: Part, key: str, content: Mapping[str, Any]) -> str:
        service = self._account.text("messaging_service")
        written_to = str(part.envelope.get("to") or self._numbers[0])
        sender = (
            {"messaging_service_sid": service} if service else {"from_": self.prefix + written_to}
        )
        callback = self._callback(key)
        told = {"status_callback": callback} if callback else {}
        return await self._rest.create(to=self.prefix + to.value, **sender, **content, **told)

    def _callback(self, key: str) -> str | None:
        """Where receipts go. Twilio refuses a message that names an address it cannot reach."""
        if not self._account.url or self._unreachable():
            return None
        return f"{self._account.url}/status?mid={quote(key, safe='')}"

    def _unreachable(self) -> bool:
        """Whether we know no address of ours but this machine's own."""
        ours, api = self._account.url, self._account.text("api")
        return urlsplit(ours).hostname in HERE and urlsplit(api).hostname not in HERE

    def _says(self, message: Any, part: Part) -> bool:
        """Whether a message of Twilio's says what this part says; a template has more words."""
        sent = _comparable(str(message.body or "").removeprefix(TRIAL))
        wanted = {_comparable(part.text), _comparable(part.plain)} - {""}
        if not part.window_open:
            return any(words in sent for words in wanted)
        return sent in wanted or (not wanted and not sent)


class Sms(Twilio):
    """SMS and MMS. Choices are numbers: words such as CANCEL and YES are the carriers' own."""

    name = "sms"
    title = "SMS"
    carrier = True
    capabilities = Capabilities(
        max_text=1600, unit="utf16", plain_punctuation=True, joins=True, media=True
    )

    async def _checked(self) -> list[str]:
        from channels.twilio_checks import number

        service = self._account.text("messaging_service")
        return [
            await number(self._rest, ours, self._account.url, service) for ours in self._numbers
        ]

    def _contents(self, part: Part) -> list[dict[str, Any]]:
        return list(_with_files(part.text, [file.ref for file in part.media], 10))


class TwilioWhatsApp(Twilio):
    """WhatsApp through Twilio. Buttons need a template each; without them choices are numbers."""

    name = "whatsapp"
    title = "WhatsApp by Twilio"
    provider = "twilio"
    prefix = "whatsapp:"
    capabilities = Capabilities(
        max_text=1600,
        unit="utf16",
        max_choices=3,
        max_choice_title=20,
        max_text_with_choices=1024,
        typing=True,
        media=True,
        reply_window=timedelta(hours=24),
    )
    keys = (*KEYS, *WHATSAPP_KEYS)

    async def seen(self, to: Address, envelope: Mapping[str, Any]) -> None:
        """Mark the message as read and show that it is being answered."""
        if sid := envelope.get("sid"):
            await self._rest.typing(str(sid))

    async def _checked(self) -> list[str]:
        from channels import twilio_checks as checks

        said = [await checks.sender(self._rest, one, self._account.url) for one in self._numbers]
        if self._buttons:
            said.append(await checks.buttons(self._rest, self._buttons))
        if template := self._account.text("template"):
            said.append(await checks.template(self._rest, template))
        return said

    @property
    def _buttons(self) -> list[str]:
        """A template for one button, for two, for three; as many as there are."""
        return [sid.strip() for sid in self._account.text("buttons").split(",") if sid.strip()]

    def _contents(self, part: Part) -> list[dict[str, Any]]:
        files = [file.ref for file in part.media]
        if not part.window_open:
            return [self._templated(part)]
        if not part.choices:
            return list(_with_files(part.text, files, 1))
        if len(part.choices) > len(self._buttons) or not part.text:
            return list(_with_files(part.plain or part.text, files, 1))
        values = {"1": part.text}
        for number, choice in enumerate(part.choices, start=1):
            values |= {str(2 * number): choice.title, str(2 * number + 1): choice.id}
        content = {
            "content_sid": self._buttons[len(part.choices) - 1],
            "content_variables": json.dumps(values),
        }
        return [*_with_files("", files, 1), content] if files else [content]

    def _templated(self, part: Part) -> dict[str, Any]:
        """All that may go out once the window is closed: the answer as a template's one value."""
        words = " ".join((part.plain or part.text).split())
        template = self._account.text("template")
        if not template:
            raise OutsideWindow("the reply window is closed, and there is no template")
        if part.media or not 0 < len(words) <= LONGEST_IN_TEMPLATE:
            raise OutsideWindow(f"no template holds files, or a text of {len(words)} characters")
        return {"content_sid": template, "content_variables": json.dumps({"1": words})}


def _with_files(text: str, files: Sequence[str], most: int) -> Iterator[dict[str, Any]]:
    """Messages of at most so many files, the text with the last ones."""
    groups = [list(files[start : start + most]) for start in range(0, len(files), most)] or [[]]
    for group in groups[:-1]:
        yield {"media_url": group}
    last: dict[str, Any] = {"media_url": groups[-1]} if groups[-1] else {}
    if text:
        last["body"] = text
    if not last:
        raise Undeliverable("there is nothing to send")
    yield last


def _comparable(text: str) -> str:
    """Twilio may straighten marks (Smart Encoding) and trim ends."""
    return " ".join(text.translate(TYPOGRAPHIC).split())
