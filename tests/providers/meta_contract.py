"""What Meta's API allows: its own lengths and counts, and our table of limits where it has none.

Its schemas refuse its own examples, so bodies are not validated with them as a whole: what a field
may be called, how long it may be and how many of it there may be is read from them one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML

from tests.conftest import SHARED

BEYOND_V23 = frozenset({"recipient", "biz_opaque_callback_data", "caption", "filename"})
"""Fields that are newer than the description, or that it leaves out."""
TYPES = {
    "text": "TextMessage",
    "image": "ImageMessage",
    "video": "VideoMessage",
    "audio": "AudioMessage",
    "document": "DocumentMessage",
    "interactive": "InteractiveMessage",
    "template": "TemplateMessage",
}


@lru_cache
def limits(channel: str) -> Mapping[str, Any]:
    """The limits of one channel, without the kind of their source."""
    table = json.loads((SHARED / "contracts" / "channel_limits.json").read_text("utf-8"))
    return {name: value for name, (value, _) in table[channel].items()}


@lru_cache
def described() -> Mapping[str, Any]:
    """Meta's description of WhatsApp messages."""
    path = SHARED / "contracts" / "whatsapp_cloud_messages_webhooks.openapi.yaml"
    loaded: Mapping[str, Any] = YAML(typ="safe").load(path.read_text("utf-8"))
    return loaded


def examples() -> Mapping[str, Any]:
    """Meta's own examples of messages that are sent, by name."""
    operation = described()["paths"]["/{Version}/{Phone-Number-ID}/messages"]["post"]
    found = operation["requestBody"]["content"]["application/json"]["examples"]
    return {name: example["value"] for name, example in found.items()}


def whatsapp_faults(body: Mapping[str, Any]) -> list[str]:
    """What is wrong with a WhatsApp message that is to be sent."""
    if body.get("messaging_product") != "whatsapp":
        return ["messaging_product is missing"]
    kind = body.get("type", "text")
    if kind not in TYPES or kind not in body:
        return [f"a message of type {kind!r} without one"]
    schema = _schema({"$ref": f"#/components/schemas/{TYPES[kind]}"})
    return [*_reached(body), *_faults("", body, schema), *_whatsapp_rules(body, kind)]


def _reached(body: Mapping[str, Any]) -> Iterator[str]:
    if ("to" in body) == ("recipient" in body):
        yield "either a phone number or a user id"
    if not str(body.get("to", "1")).isdecimal():
        yield f"to is {body['to']!r}"
    if (
        len(body.get("biz_opaque_callback_data", ""))
        > limits("whatsapp_cloud")["callback_data_max"]
    ):
        yield "biz_opaque_callback_data is too long"


def _whatsapp_rules(body: Mapping[str, Any], kind: str) -> Iterator[str]:
    """What the description says in words, or not at all."""
    limit = limits("whatsapp_cloud")
    if kind == "text" and not 1 <= len(body["text"]["body"]) <= limit["text_max"]:
        yield f"a text of {len(body['text']['body'])} characters"
    if len(body[kind].get("caption", "")) > limit["caption_max"]:
        yield "a caption that is too long"
    if kind == "template":
        yield from _template_rules(body["template"])
    if kind != "interactive":
        return
    if not body["interactive"]["body"]["text"].strip():
        yield "buttons without a text"
    action = body["interactive"]["action"]
    picked = [button["reply"] for button in action.get("buttons", ())]
    rows = [row for section in action.get("sections", ()) for row in section["rows"]]
    if len(rows) > limit["rows_max_total"]:
        yield f"{len(rows)} rows in all"
    if rows and not action["button"].strip():
        yield "a list without a button"
    for name in ("id", "title"):
        values = [one[name] for one in picked + rows]
        if not all(value.strip() for value in values) or len(set(values)) < len(values):
            yield f"every {name} has to be there, and another one"


def _template_rules(template: Mapping[str, Any]) -> Iterator[str]:
    for component in template.get("components", ()):
        for parameter in component["parameters"]:
            text = parameter.get("text", "x")
            if any(mark in text for mark in "\n\t") or "     " in text or not text:
                yield "a variable with line breaks, tabs, rows of blanks, or nothing in it"
            if len(text) > 1024:
                yield "a variable that is too long"


def page_faults(channel: str, body: Mapping[str, Any]) -> list[str]:
    """What is wrong with a message to Messenger or Instagram."""
    return list(_page_faults(channel, body))


def _page_faults(channel: str, body: Mapping[str, Any]) -> Iterator[str]:
    if set(body) - {"recipient", "messaging_type", "tag", "message"}:
        yield f"unknown fields in {sorted(body)}"
    if set(body["recipient"]) != {"id"}:
        yield "no recipient"
    tag, way = body.get("tag"), body.get("messaging_type")
    if (way, tag) not in {("RESPONSE", None), ("UPDATE", None), ("MESSAGE_TAG", "HUMAN_AGENT")}:
        yield f"sent as {way} with the tag {tag}"
    message, limit = body["message"], limits(channel)
    if ("text" in message) == ("attachment" in message):
        yield "either a text or an attachment"
    if set(message) - {"text", "attachment", "quick_replies", "metadata"}:
        yield f"unknown fields in {sorted(message)}"
    if "metadata" in message and (channel == "instagram" or len(message["metadata"]) > 1000):
        yield "metadata that is too long, or where there is none"
    text = message.get("text", "x")
    most = limit.get("text_max_bytes_utf8") or limit["text_max"]
    size = len(text.encode()) if channel == "instagram" else len(text)
    if not text.strip() or size > most:
        yield f"a text of {size}"
    yield from _quick_reply_faults(message.get("quick_replies"), limit)
    if message.get("attachment", {}).get("type") == "template":
        yield from _template_faults(message["attachment"]["payload"])
    elif "attachment" in message and not message["attachment"]["payload"].get("url"):
        yield "a file without an address"


def _quick_reply_faults(replies: Any, limit: Mapping[str, Any]) -> Iterator[str]:
    if replies is None:
        return
    if not 1 <= len(replies) <= limit["quick_replies_max"]:
        yield f"{len(replies)} quick replies"
    for reply in replies:
        if reply["content_type"] != "text":
            yield "a quick reply that is no text"
        if not 1 <= len(reply["title"]) <= limit["quick_reply_title"]:
            yield f"a title of {len(reply['title'])}"
        if not 1 <= len(reply["payload"]) <= limits("messenger")["payload_max"]:
            yield "a payload that is too long, or none"


def _template_faults(payload: Mapping[str, Any]) -> Iterator[str]:
    limit = limits("messenger")  # Instagram's are the same; the table does not repeat them
    if payload["template_type"] != "generic":
        yield "a template of another kind"
    if not 1 <= len(payload["elements"]) <= limit["generic_elements"]:
        yield f"{len(payload['elements'])} cards"
    for element in payload["elements"]:
        if not 1 <= len(element["title"]) <= limit["generic_title"]:
            yield "a card without a title, or with a long one"
        if len(element.get("subtitle", "")) > limit["generic_subtitle"]:
            yield "a long subtitle"
        if len(element) < 2:
            yield "a card with nothing but a title"
        buttons = element.get("buttons", ())
        if len(buttons) > limit["buttons_per_element"]:
            yield f"{len(buttons)} buttons on a card"
        if not all(1 <= len(button["title"]) <= limit["button_title"] for button in buttons):
            yield "a button's title"


def _schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with its references followed and its parts put together."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _schema(described()["components"]["schemas"][name])
    properties = dict(schema.get("properties", {}))
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ())):
        properties |= _schema(part).get("properties", {})
    return {**schema, "properties": properties}


def _faults(where: str, value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) > schema.get("maxLength", len(value)):
            yield f"{where} is longer than {schema['maxLength']}"
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where} is {value!r}"
    elif isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{len(value)} in {where}"
        for one in value:
            yield from _faults(where, one, _schema(schema.get("items", {})))
    elif isinstance(value, dict) and schema.get("properties"):
        for name, one in value.items():
            if name in schema["properties"]:
                inner = _schema(schema["properties"][name])
                yield from _faults(f"{where}.{name}", one, inner)
            elif name not in BEYOND_V23:
                yield f"unknown field {where}.{name}"
