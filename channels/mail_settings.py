"""The settings of the e-mail channel."""

from __future__ import annotations

from bot.accounts import OWN, Key

YES = frozenset({"yes", "on", "true", "1"})
_SWITCH = "(?i:yes|no|on|off|true|false|1|0)"
_SERVER = r"({p}s?|{p}\+plain)://[^\s/@]+(:\d+)?/?"

KEYS = (
    Key(
        "address",
        "the address customers write to",
        pattern=r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+",
        example="support@shop.example",
        simulated="support@shop.example",
    ),
    Key("sender_name", "the name beside it that customers see", default="{shop}"),
    Key("also", "other addresses of yours, with commas between: never answered", default=""),
    Key(
        "smtp_url",
        "the server that sends your mail: smtps://host, or smtp://host with STARTTLS",
        pattern=rf"{_SERVER.format(p='smtp')}|https?://\S+",
        example="smtps://smtp.example.com",
        simulated="{url}/simulator/email",
    ),
    Key("smtp_user", "the name to log in there with", default=""),
    Key("smtp_password", "the password that goes with it", secret=True, default=""),
    Key(
        "imap_url",
        "the server your mailbox is on: imaps://host, or imap://host with STARTTLS",
        default="",
        pattern=_SERVER.format(p="imap"),
        example="imaps://imap.example.com",
    ),
    Key("imap_user", "the name to log in there with; without one, the address", default=""),
    Key("imap_password", "the password that goes with it", secret=True, default=""),
    Key("imap_folder", "the folder that is read", default="INBOX"),
    Key(
        "postmark_login",
        "user:password as they stand in the address given to Postmark, 12 characters or more",
        secret=True,
        default="",
        pattern=r"[^\s:@/]+:[^\s@/]{12,}",
        example="hook:correct-horse-battery",
        simulated="hook:{secret}",
    ),
    Key("mailgun_signing_key", "Mailgun's HTTP webhook signing key", secret=True, default=""),
    Key(
        "sendgrid_public_key",
        "the verification key of SendGrid's security policy",
        default="",
        pattern=r"(?s)[A-Za-z0-9+/=\s-]{60,}",
    ),
    Key(
        "authserv_id",
        "the name your own mail server signs its Authentication-Results with",
        default="",
        pattern=r"[\w.,: -]+",
        example="mx.google.com",
        simulated="simulator.invalid",
    ),
    Key(
        "authserv_ways",
        "the ways in on which that server is the last one before us",
        default="imap",
        pattern=r"((imap|postmark|mailgun-mime|sendgrid)[, ]*)+",
        simulated="mailgun-mime",
    ),
    Key(
        "verify_dkim",
        "yes or no: look up senders' keys and check their signatures ourselves",
        default="yes",
        pattern=_SWITCH,
        simulated="no",
    ),
    Key(
        "dns_server",
        "the DNS server to ask for those keys; without one, the system's",
        default="",
        pattern=r"\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?",
        example="127.0.0.1",
    ),
    Key(
        "reply_tag",
        "yes or no: let answers come to name+something@domain, which tells the conversation",
        default="yes",
        pattern=_SWITCH,
    ),
    Key(
        "accent",
        "the colour of your shop in mails",
        default="#1f4d3a",
        pattern="#[0-9A-Fa-f]{6}",
    ),
    Key(
        "thread_key",
        "a secret that conversations are marked with; without one, this installation makes it",
        secret=True,
        default=OWN,
        pattern=".{16,}",
    ),
    Key(
        "public_url",
        "the address this installation is reached at from outside",
        default="{url}",
        pattern=r"https?://\S+|\{url\}",
    ),
)
