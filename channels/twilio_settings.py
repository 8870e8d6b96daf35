"""What has to be known of an account at Twilio."""

from __future__ import annotations

from bot.accounts import Key

HOME = "https://api.twilio.com"
TOKENS = ("auth_token", "next_auth_token")
NUMBERS = r"\+?\d{5,15}(\s*,\s*\+?\d{5,15})*"
CONTENT = r"HX[0-9a-fA-F]{32}"

KEYS = (
    Key(
        "account_sid",
        "the account's SID, from the first page of Twilio's console",
        pattern=r"AC[0-9a-fA-F]{32}",
        example="AC00000000000000000000000000000000",
        simulated="AC00000000000000000000000000000000",
    ),
    Key("auth_token", "the account's primary auth token", secret=True, pattern=r"\S{16,}"),
    Key(
        "next_auth_token",
        "the secondary auth token, while you change tokens: then both are taken",
        secret=True,
        default="",
        pattern=r"\S{16,}",
    ),
    Key(
        "shared_key",
        "the secret of a shared key, if you have Twilio sign its calls with one",
        secret=True,
        default="",
        pattern=r"\S{16,}",
    ),
    Key(
        "from",
        "the number customers write to, with + and country code; several with commas between",
        pattern=NUMBERS,
        example="+12015550100",
        simulated="+12015550100",
    ),
    Key(
        "messaging_service",
        "the SID of the Messaging Service that sends, if you have one",
        default="",
        pattern=r"MG[0-9a-fA-F]{32}",
        example="MG00000000000000000000000000000000",
    ),
    Key(
        "api",
        "the address of Twilio's API",
        default=HOME,
        pattern=r"https?://\S+",
        simulated="{url}/simulator/twilio",
    ),
)
WHATSAPP_KEYS = (
    Key(
        "template",
        "the ContentSid of the approved template that brings an answer after 24 hours",
        default="",
        pattern=CONTENT,
        example="HX00000000000000000000000000000000",
    ),
    Key(
        "buttons",
        "the ContentSids of the quick-reply templates with one, two and three buttons",
        default="",
        pattern=rf"{CONTENT}(\s*,\s*{CONTENT}){{0,2}}",
        example="HX00000000000000000000000000000001, HX00000000000000000000000000000002",
    ),
)
