"""What doctor finds out from Twilio, and how it says to mend it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.accounts import account_of
from bot.errors import (
    AccountRefused,
    BotError,
    ConfigError,
)
from channels.twilio import Sms, Twilio
from tests.contract.channels.case import Case
from tests.contract.channels.case_twilio import SETTINGS, TOKEN
from tests.contract.channels.playing_twilio import (
    SMS,
    WHATSAPP,
    played,
)
from tests.providers.twilio import BUTTONS, LATE, SERVICE, PlayedTwilio
from tests.providers.twilio_forms import ACCOUNT, NUMBER


def resources(case: Case, **changed: Any) -> PlayedTwilio:
    """An account where all is well, but for what a test changes: (host, path) to a resource."""
    there = played(case)
    account = f"api.twilio.com/2010-04-01/Accounts/{ACCOUNT}"
    url = f"https://hooks.shop.example/in/{case.channel.name}"
    hooks = f"{url}#rc=5&rp=all"
    number = {
        "phone_number": NUMBER,
        "capabilities": {"sms": True, "mms": True, "voice": False},
        "sms_url": hooks,
        "sms_fallback_url": hooks,
        "sms_application_sid": "",
    } | changed.get("number", {})
    sender = {
        "sender_id": f"whatsapp:{NUMBER}",
        "status": "ONLINE",
        "webhook": {"callback_url": hooks, "fallback_url": hooks},
    } | changed.get("sender", {})
    there.resources = {
        f"{account}.json": {"friendly_name": "Shop", "status": "active", "type": "Full"}
        | changed.get("account", {}),
        f"{account}/IncomingPhoneNumbers.json": {
            "incoming_phone_numbers": changed.get("numbers", [number]),
            "next_page_uri": None,
        },
        "messaging.twilio.com/v2/Channels/Senders": {
            "senders": changed.get("senders", [sender]),
            "meta": {"key": "senders", "next_page_url": None},
        },
        f"messaging.twilio.com/v1/Services/{SERVICE}": {
            "friendly_name": "Pool",
            "use_inbound_webhook_on_number": False,
            "inbound_request_url": hooks,
            "fallback_url": hooks,
        }
        | changed.get("service", {}),
        f"content.twilio.com/v1/Content/{LATE}/ApprovalRequests": {
            "whatsapp": {"status": changed.get("approval", "approved")}
        },
    }
    for count, sid in enumerate(BUTTONS, start=1):
        actions = [{"title": "{{2}}", "id": "{{3}}"}] * (count + changed.get("more_buttons", 0))
        there.resources[f"content.twilio.com/v1/Content/{sid}"] = {
            "sid": sid,
            "types": {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}},
        }
    return there


def check(case: Case, there: PlayedTwilio, **settings: str) -> str:
    return asyncio.run(case.build(there, **settings).check())


def test_says_that_all_is_well() -> None:
    assert check(SMS, resources(SMS)) == f"account Shop; {NUMBER} calls us"
    assert check(SMS, resources(SMS), messaging_service=SERVICE).endswith("Service Pool calls us")
    said = check(WHATSAPP, resources(WHATSAPP))
    assert said == f"account Shop; {NUMBER} calls us; 3 templates for buttons; template approved"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"account": {"type": "Trial"}}, "on trial"),
        ({"number": {"sms_url": "https://hooks.shop.example/in/sms"}}, "only once: add #rc=5"),
        ({"number": {"sms_fallback_url": ""}}, "no fallback address"),
        ({"number": {"sms_application_sid": "AP1"}}, "TwiML app"),
    ],
)
def test_says_what_could_be_better(changed: dict[str, Any], said: str) -> None:
    assert said in check(SMS, resources(SMS, **changed))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"account": {"status": "suspended"}}, "suspended"),
        ({"numbers": []}, "no number of this account"),
        ({"number": {"sms_url": "https://demo.twilio.com/welcome"}}, "set it to https://hooks"),
        ({"number": {"sms_url": ""}}, "calls nobody"),
        ({"number": {"capabilities": {"voice": True}}}, "cannot send or receive SMS"),
    ],
)
def test_says_what_is_wrong_and_how_to_mend_it(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BotError, match=said):
        check(SMS, resources(SMS, **changed))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sender": {"status": "OFFLINE"}}, "OFFLINE"),
        ({"sender": {"webhook": {"callback_url": ""}}}, "calls nobody"),
        ({"more_buttons": 1}, "no quick-reply template of 1 buttons"),
        ({"approval": "pending"}, "pending, not yet approved"),
    ],
)
def test_says_what_is_wrong_with_whatsapp(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check(WHATSAPP, resources(WHATSAPP, **changed))
    assert "sandbox" in check(WHATSAPP, resources(WHATSAPP, senders=[]))


def test_says_so_when_twilio_cannot_call() -> None:
    there = resources(SMS)
    local = replace(account_of("sms", Sms.keys, SETTINGS), url="http://127.0.0.1:8000/in/sms")
    with pytest.raises(ConfigError, match="ONECOUNTER_PUBLIC_URL"):
        asyncio.run(Sms(local, there.client()).check())
    there.revoke()
    with pytest.raises(AccountRefused):
        check(SMS, there)


def test_a_short_code_is_a_number_of_ours_too() -> None:
    assert "short code" in check(SMS, resources(SMS), **{"from": "72975"})
    assert isinstance(SMS.build(), Twilio)
    assert TOKEN not in repr(vars(SMS.build()))
