"""Twilio's cases: SMS and WhatsApp, a form in each call, signed over the address and all fields."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from channels.base import Request
from channels.twilio import Sms, TwilioWhatsApp
from tests.contract.channels.case import PUBLIC, SECRETS, Case, Forgery, Said
from tests.providers.twilio import BUTTONS, LATE, PlayedTwilio
from tests.providers.twilio_forms import ACCOUNT, NUMBER, called, inbound, receipt, signature

TOKEN, SHARED_KEY = SECRETS["twilio_auth_token"], SECRETS["twilio_shared_key"]
NEXT_TOKEN = "test-next-auth-token-0123456789"
ANN, BOB = "+15005550188", "+15005550189"
SETTINGS = {
    "account_sid": ACCOUNT,
    "auth_token": TOKEN,
    "next_auth_token": NEXT_TOKEN,
    "shared_key": SHARED_KEY,
    "from": NUMBER,
}
SIGNED = "x-twilio-signature"
ALGORITHM = "x-twilio-webhooks-signature-settings"


def says(channel: str, prefix: str, messages: Sequence[Said]) -> Request:
    (said,) = messages
    more = {}
    if said.choice:
        more = {
            "MessageType": "interactive",
            "ButtonText": said.text,
            "ButtonPayload": said.choice,
        }
    form = inbound(said.ident, prefix + said.who, prefix + NUMBER, said.text, **more)
    return called(f"{PUBLIC}/in/{channel}", form)


def receipts(channel: str, prefix: str, provider_id: str, key: str, status: str) -> Request:
    code = "30003" if status == "failed" else ""
    form = receipt(provider_id, status, prefix + ANN, code)
    return called(f"{PUBLIC}/in/{channel}/status?mid={key}", form)


def with_headers(request: Request, **changed: str | None) -> Request:
    named = {name.replace("_", "-"): value for name, value in changed.items()}
    headers = {k: v for k, v in {**request.headers, **named}.items() if v is not None}
    return replace(request, headers=headers)


def forgeries(channel: str, prefix: str) -> Sequence[Forgery]:
    url = f"{PUBLIC}/in/{channel}"
    form = inbound("SM1", prefix + ANN, prefix + NUMBER, "cancel order 1042")
    good = called(url, form)
    right = good.headers[SIGNED]

    def signed(name: str, given: str | None, settings: str | None = None) -> Forgery:
        changed = {"x_twilio_signature": given, ALGORITHM.replace("-", "_"): settings}
        return Forgery(name, with_headers(good, **changed), 403)

    def by(secret: str, digest: str = "sha1", at: str = url) -> str:
        return signature(at, form, secret, digest)

    sha256 = "key=webhooks_sharedkey_test,algorithm=HMAC_SHA256"
    body = json.dumps({"MessageSid": "SM1"}).encode()
    hashed = f"{url}?bodySHA256={hashlib.sha256(b'{}').hexdigest()}"
    as_json = {"content-type": "application/json", SIGNED: signature(url, {}, TOKEN)}
    wrong_hash = {**as_json, SIGNED: signature(hashed, {}, TOKEN)}
    return [
        signed("missing", None),
        signed("empty", ""),
        signed("wrong secret", by("another-secret-0123456789")),
        signed("truncated", right[:-1]),
        signed("one more character", right + "A"),
        signed("other case", right.swapcase()),
        signed("in hex", by(TOKEN).encode().hex()),
        signed("with a blank", f" {right}"),
        signed("not ASCII", right + "\u00e9"),
        signed("of another channel's address", by(TOKEN, at=f"{PUBLIC}/in/telegram")),
        signed("of another host", by(TOKEN, at=f"https://evil.example/in/{channel}")),
        signed("the token with the shared key's algorithm", by(TOKEN, "sha256"), sha256),
        signed("the token's signature, said to be a shared key's", right, sha256),
        signed("a shared key's, said to be the token's", by(SHARED_KEY, "sha256")),
        signed("the shared key with the old algorithm", by(SHARED_KEY)),
        signed("an algorithm nobody has", by(TOKEN, "md5"), "key=k,algorithm=HMAC_MD5"),
        Forgery("a field more", replace(good, body=good.body + b"&OptOutType=STOP"), 403),
        Forgery("a query more", replace(good, url=f"{url}?mid=1"), 403),
        Forgery("over plain http", replace(good, url=url.replace("https:", "http:")), 403),
        Forgery("as JSON without a hash", Request("POST", url, as_json, body), 403),
        Forgery("as JSON with another's hash", Request("POST", hashed, wrong_hash, body), 403),
        Forgery(
            "a form without its fields",
            replace(good, body=b"", headers={**good.headers, SIGNED: by("")}),
            403,
        ),
    ]


def case(kind: type[Sms] | type[TwilioWhatsApp], folder: str, **more: str) -> Case:
    name, prefix = kind.name, kind.prefix
    return Case(
        section=kind.section(),
        channel=kind,
        settings=SETTINGS | more,
        played=partial(PlayedTwilio, prefix),
        says=partial(says, name, prefix),
        forgeries=partial(forgeries, name, prefix),
        addresses=(ANN, BOB),
        folders=(folder,),
        dedupes_sends=True,
        receipt=partial(receipts, name, prefix),
        taps=kind.capabilities.max_choices > 0,
        idents=lambda number: f"SM{number:032x}",
    )


CASES = [
    case(Sms, "twilio_sms"),
    case(TwilioWhatsApp, "twilio_whatsapp", template=LATE, buttons=", ".join(BUTTONS)),
]
