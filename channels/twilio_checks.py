"""What ``onecounter doctor`` asks Twilio: is the account good, and does Twilio call us?

Raises ConfigError that says how to mend what is wrong, DeliveryError when Twilio cannot be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.errors import AccountRefused, ConfigError
from channels.twilio_calls import Rest, understood

RETRIES = "#rc=5&rp=all"
"""Without it Twilio tells us of a message once only."""


async def account(rest: Rest) -> str:
    """The account's name; whether it may send at all."""
    with understood():
        found = await rest.client.api.v2010.accounts(rest.client.account_sid).fetch_async()
    if found.status != "active":
        raise AccountRefused(f"the account {found.friendly_name} is {found.status} at Twilio")
    trial = ", on trial: it sends to verified numbers only" if found.type == "Trial" else ""
    return f"account {found.friendly_name}{trial}"


async def number(rest: Rest, ours: str, url: str, service: str) -> str:
    """Whether messages to one of our numbers come to ``url``."""
    if not ours.startswith("+"):
        return f"{ours} is a short code: not looked up"
    with understood():
        found = await rest.client.incoming_phone_numbers.list_async(phone_number=ours, limit=1)
    if not found:
        raise ConfigError(f"{ours} is no number of this account; correct `from`")
    if not (found[0].capabilities or {}).get("sms"):
        raise ConfigError(f"{ours} cannot send or receive SMS; take another number for `from`")
    if found[0].sms_application_sid:
        return f"{ours} belongs to a TwiML app, whose address is not looked up"
    calls, fallback, where = found[0].sms_url, found[0].sms_fallback_url, ours
    if service:
        with understood():
            has = await rest.client.messaging.v1.services(service).fetch_async()
        if not has.use_inbound_webhook_on_number:
            calls, fallback = has.inbound_request_url, has.fallback_url
            where = f"the Messaging Service {has.friendly_name}"
    return _called(where, url, calls, fallback)


async def sender(rest: Rest, ours: str, url: str) -> str:
    """Whether a WhatsApp sender is online and its messages come to ``url``."""
    with understood():
        senders = await rest.client.messaging.v2.channels_senders.list_async(channel="whatsapp")
    found = next((one for one in senders if one.sender_id == f"whatsapp:{ours}"), None)
    if found is None:
        return f"{ours} is not among the account's WhatsApp senders (the sandbox never is)"
    if not str(found.status).upper().startswith("ONLINE"):
        raise ConfigError(f"the WhatsApp sender {ours} is {found.status}, not online, at Twilio")
    hook = found.webhook
    return _called(ours, url, _of(hook, "callback_url"), _of(hook, "fallback_url"))


async def buttons(rest: Rest, contents: Sequence[str]) -> str:
    """Whether the templates are quick replies of one, two and three buttons, in that order."""
    for wanted, sid in enumerate(contents, start=1):
        with understood():
            content = await rest.client.content.v1.contents(sid).fetch_async()
        actions = ((content.types or {}).get("twilio/quick-reply") or {}).get("actions") or ()
        if len(actions) != wanted:
            raise ConfigError(f"`buttons`: {sid} is no quick-reply template of {wanted} buttons")
    return f"{len(contents)} templates for buttons"


async def template(rest: Rest, sid: str) -> str:
    """Whether WhatsApp has approved the template for answers after 24 hours."""
    with understood():
        found = await rest.client.content.v1.contents(sid).approval_fetch().fetch_async()
    status = (found.whatsapp or {}).get("status")
    if status != "approved":
        raise ConfigError(f"`template`: {sid} is {status or 'not submitted'}, not yet approved")
    return "template approved"


def _of(hook: Any, name: str) -> str | None:
    """A field of a webhook, which the library hands on as it came."""
    value = hook.get(name) if isinstance(hook, dict) else getattr(hook, name, None)
    return value if isinstance(value, str) else None


def _called(where: str, url: str, calls: str | None, fallback: str | None) -> str:
    """Raise ConfigError unless messages to ``where`` come to our address."""
    address, _, overrides = (calls or "").partition("#")
    if address != url:
        has = f"calls {calls}" if calls else "calls nobody"
        raise ConfigError(f"{where} {has}; set it to {url}{RETRIES} with HTTP POST")
    said = f"{where} calls us"
    if "rc=" not in overrides:
        said += f", but only once: add {RETRIES} to the address"
    return said if fallback else f"{said}; there is no fallback address yet"
