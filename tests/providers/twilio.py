"""Twilio's Messages API, played: every form is checked against Twilio's own OpenAPI description.

It also lists what it has (for what was missed or may have been sent), opts customers out, knows
templates, and says how far a message came, in calls it signs by its own reckoning.
"""

from __future__ import annotations

import base64
import email.utils
import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import jsonschema

from channels.base import Request
from tests.conftest import SHARED
from tests.contract.channels.case import SECRETS
from tests.providers.base import PlayedProvider, Taken
from tests.providers.twilio_forms import ACCOUNT, NUMBER, called, inbound, receipt

SERVICE = "MG0f1e2d3c0f1e2d3c0f1e2d3c0f1e2d3c"
BUTTONS = tuple(f"HX{number:032x}" for number in (1, 2, 3))
LATE = "HXabababababababababababababababab"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
TYPES = {"integer": int, "number": float, "boolean": {"true": True, "false": False}.get}
PHONE = re.compile(r"\+[1-9]\d{6,14}")
SCOPED = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,140}")


@lru_cache
def contract() -> dict[str, Any]:
    """Twilio's description of creating and listing messages."""
    path = SHARED / "contracts" / "twilio_messages.openapi.json"
    return dict(json.loads(path.read_text("utf-8")))


@lru_cache
def _validator() -> tuple[dict[str, Any], Any]:
    operation = contract()["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
    schema = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    whole = {**schema, "additionalProperties": False, "components": contract()["components"]}
    return schema["properties"], jsonschema.Draft202012Validator(whole)


def faults_of(form: Mapping[str, list[str]]) -> list[str]:
    """What the description does not allow in the form of a new message."""
    properties, validator = _validator()
    values: dict[str, Any] = {}
    for name, given in form.items():
        kind = properties.get(name, {}).get("type", "string")
        if kind == "array":
            values[name] = given
        elif len(given) > 1:
            return [f"{name} is given {len(given)} times"]
        else:
            values[name] = TYPES.get(kind, str)(given[0])
    return [error.message for error in validator.iter_errors(values)]


def unknown_filters(query: str) -> list[str]:
    """Names in a list's query that the description does not have."""
    operation = contract()["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["get"]
    known = {parameter["name"] for parameter in operation["parameters"]}
    return [name for name, _ in parse_qsl(query, keep_blank_values=True) if name not in known]


class PlayedTwilio(PlayedProvider):
    """One account with one number. ``prefix`` is ``whatsapp:`` for a WhatsApp sender."""

    def __init__(self, prefix: str = "") -> None:
        super().__init__()
        self.prefix = prefix
        self.token = SECRETS["twilio_auth_token"]
        self.messages: list[dict[str, Any]] = []
        """What came and went, oldest first, as the API shows it."""
        self.callbacks: dict[str, str] = {}
        self.files: dict[str, list[dict[str, str]]] = {}
        self.opted_out: set[str] = set()
        self.refused: dict[str, tuple[int, int, str]] = {}
        """(status, code, words) for each address that cannot be written to."""
        self.typing: list[dict[str, str]] = []
        self.resources: dict[str, Any] = {}
        """Whatever else the API shows, by host and path."""
        self.templates_refused = False
        self.largest_page = 1000
        self._ids = count(1)

    def is_message(self, request: httpx.Request) -> bool:
        return request.method == "POST" and request.url.path == PATH

    # --- what is sent -----------------------------------------------------------------------------

    def accept(self, request: httpx.Request) -> httpx.Response:
        if refused := self._unauthorised(request):
            return refused
        form = parse_qs(request.content.decode(), keep_blank_values=True, strict_parsing=True)
        for fault in faults_of(form):
            return self._wrong(20001, fault)
        one = {name: values[0] for name, values in form.items()}
        if fault := self._impossible(form, one):
            return self._wrong(*fault)
        to = one["To"].removeprefix(self.prefix)
        if to in self.opted_out:
            return self.error(400, 21610, "Attempt to send to unsubscribed recipient")
        if to in self.refused:
            return self.error(*self.refused[to])
        if "ContentSid" in one and self.templates_refused:
            return self.error(400, 21656, "The ContentVariables Parameter is invalid")
        shown, choices, faults = self._shown(one)
        for fault in faults:
            return self._wrong(21656, fault)
        return self._taken(one, form.get("MediaUrl", []), shown, choices)

    def _taken(
        self, one: dict[str, str], media: list[str], shown: str, choices: list[tuple[str, str]]
    ) -> httpx.Response:
        sid = f"{'MM' if media else 'SM'}{next(self._ids):032x}"
        message = self._resource(sid, one.get("From"), one["To"], shown, "outbound-api", "accepted")
        message["num_media"] = str(len(media))
        message["date_sent"] = None
        message["messaging_service_sid"] = one.get("MessagingServiceSid")
        self.messages.append(message)
        self.callbacks[sid] = one.get("StatusCallback", "")
        key = dict(parse_qsl(urlsplit(self.callbacks[sid]).query)).get("mid", "")
        said = "\n".join([*media, shown]).strip()
        to = one["To"].removeprefix(self.prefix)
        self.take(Taken(to, said, sid, key, tuple(choices)))
        return httpx.Response(201, json=message)

    def _impossible(
        self, form: Mapping[str, list[str]], one: Mapping[str, str]
    ) -> tuple[int, str] | None:
        """What no schema says and Twilio refuses all the same."""
        to = one["To"]
        rest = to.removeprefix(self.prefix)
        if not to.startswith(self.prefix) or not (
            PHONE.fullmatch(rest) or (self.prefix and SCOPED.fullmatch(rest))
        ):
            return 21211, f"Invalid 'To' Phone Number: {to}"
        if "MessagingServiceSid" not in one and one.get("From") != self.prefix + NUMBER:
            return 21606, f"the sender {one.get('From')} is not ours"
        if "ContentSid" in one and {"Body", "MediaUrl"} & set(one):
            return 20001, "a template and a text"
        if not {"Body", "MediaUrl", "ContentSid"} & set(one):
            return 21602, "Message body is required"
        if len(one.get("Body", "").encode("utf-16-le")) // 2 > 1600 or one.get("Body") == "":
            return 21617, "The concatenated message body exceeds the 1600 character limit"
        if len(form.get("MediaUrl", ())) > (1 if self.prefix else 10):
            return 21623, "too many files"
        callback = urlsplit(one.get("StatusCallback", "https://no.example"))
        if callback.scheme not in ("http", "https") or "_" in (callback.hostname or "_"):
            return 21609, "Invalid 'StatusCallback'"
        return None

    def _shown(self, one: Mapping[str, str]) -> tuple[str, list[tuple[str, str]], list[str]]:
        """What the customer reads and can tap, and what the template's values do wrong."""
        if "ContentSid" not in one:
            return one.get("Body", ""), [], []
        values = json.loads(one["ContentVariables"])
        faults = [f"{name} is {value!r}" for name, value in values.items() if not value]
        if one["ContentSid"] == LATE:
            words = f"About your question: {values['1']} Write to us if there is more."
            if set(values) != {"1"} or len(words) > 1024 or re.search(r"\s{4}|[\n\t]", words):
                faults.append(f"not a value of an approved template: {values}")
            return words, [], faults
        number = BUTTONS.index(one["ContentSid"]) + 1
        if set(values) != {str(name) for name in range(1, 2 * number + 2)}:
            faults.append(f"{number} buttons of {sorted(values)}")
            return "", [], faults
        names = range(1, number + 1)
        choices = [(values[str(2 * n + 1)], values[str(2 * n)]) for n in names]
        if len(values["1"]) > 1024 or any(len(title) > 20 for _, title in choices):
            faults.append("a text over 1,024 or a title over 20 characters")
        if len({title for _, title in choices}) < number or any(len(i) > 256 for i, _ in choices):
            faults.append("equal titles or an id over 256 characters")
        return values["1"], choices, faults

    # --- what else is asked -----------------------------------------------------------------------

    def other(self, request: httpx.Request) -> httpx.Response:
        if refused := self._unauthorised(request):
            return refused
        path = request.url.path
        if path == PATH:
            return self._list(request)
        if found := re.fullmatch(PATH.removesuffix(".json") + r"/(\w+)/Media\.json", path):
            sid = found.group(1)
            return httpx.Response(200, json={"media_list": self.files[sid], "next_page_uri": None})
        if request.url.host == "messaging.twilio.com" and path == "/v3/Indicators/Typing.json":
            self.typing.append(json.loads(request.content))
            return httpx.Response(200, json={"success": True})
        if (resource := self.resources.get(f"{request.url.host}{path}")) is not None:
            return httpx.Response(200, json=resource)
        return self.error(404, 20404, f"The requested resource {path} was not found")

    def _list(self, request: httpx.Request) -> httpx.Response:
        """Newest first, in pages; what has no date of sending yet passes no filter by date."""
        query = request.url.query.decode()
        for name in unknown_filters(query):
            self.complain(f"a list is asked for by {name}")
        asked = dict(parse_qsl(query))
        found = [m for m in reversed(self.messages) if asked.get("To") in (None, m["to"])]
        if after := asked.get("DateSent>"):
            since = datetime.fromisoformat(after.replace("Z", "+00:00")).replace(microsecond=0)
            dates = ((m, m["date_sent"]) for m in found)
            found = [m for m, at in dates if at and _read(at) >= since]
        size = min(int(asked.get("PageSize", 50)), self.largest_page)
        start = int(asked.get("PageToken", "0"))
        onward = {**asked, "PageToken": str(start + size)}
        more = f"{PATH}?{urlencode(onward)}" if start + size < len(found) else None
        page = {"messages": found[start : start + size], "next_page_uri": more, "page_size": size}
        return httpx.Response(200, json={**page, "page": 0, "uri": PATH, "start": start})

    # --- what happens by itself -------------------------------------------------------------------

    def received(self, who: str, text: str, sid: str = "", **form: str) -> dict[str, str]:
        """A customer writes; the form of the call that would tell us, which may never be made."""
        sid = sid or f"SM{next(self._ids):032x}"
        sender, ours = self.prefix + who, self.prefix + NUMBER
        self.messages.append(self._resource(sid, sender, ours, text, "inbound", "received"))
        return inbound(sid, sender, ours, text, **form)

    def told(self, sid: str, status: str, code: str = "") -> Request:
        """The call that says how far a message came."""
        message = next(m for m in self.messages if m["sid"] == sid)
        message["status"], message["error_code"] = status, int(code) if code else None
        form = receipt(sid, status, message["to"], code)
        return called(self.callbacks[sid], form, self.token)

    def refusal(self, status: int, wait: str | None) -> httpx.Response:
        if status == 401:
            return self.error(401, 20003, "Authenticate")
        if status == 429:
            headers = {"Retry-After": wait} if wait else {}
            return self.error(429, 20429, "Too Many Requests", headers)
        return httpx.Response(status, text="<html>Service Unavailable</html>")

    def error(
        self, status: int, code: int, words: str, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """An error as the API says it."""
        more = f"https://www.twilio.com/docs/errors/{code}"
        body = {"code": code, "message": words, "more_info": more, "status": status}
        return httpx.Response(status, json=body, headers=dict(headers or {}))

    def _wrong(self, code: int, what: str) -> httpx.Response:
        self.complain(f"{code}: {what}")
        return self.error(400, code, what)

    def _unauthorised(self, request: httpx.Request) -> httpx.Response | None:
        right = base64.b64encode(f"{ACCOUNT}:{self.token}".encode()).decode()
        if self.revoked or request.headers.get("authorization") != f"Basic {right}":
            return self.error(401, 20003, "Authenticate")
        return None

    def _resource(
        self, sid: str, sender: str | None, to: str, text: str, direction: str, status: str
    ) -> dict[str, Any]:
        now = email.utils.format_datetime(self.clock())
        return {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": text,
            "date_created": now,
            "date_sent": now,
            "date_updated": now,
            "direction": direction,
            "error_code": None,
            "error_message": None,
            "from": sender,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "sid": sid,
            "status": status,
            "subresource_uris": {},
            "to": to,
            "uri": PATH.replace(".json", f"/{sid}.json"),
        }


def _read(date: str) -> datetime:
    return email.utils.parsedate_to_datetime(date)
