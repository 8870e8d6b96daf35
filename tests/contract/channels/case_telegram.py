"""Telegram's case: a secret header authenticates, updates come one at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from channels.base import Request
from channels.telegram import Telegram
from tests.contract.channels.case import PUBLIC, SECRETS, Case, Forgery, Said
from tests.providers.telegram import TOKEN, PlayedTelegram

URL = f"{PUBLIC}/in/telegram"
SECRET = SECRETS["telegram_secret_token"]
ANN, BOB = "5012345678", "5012345679"


def person(who: str) -> dict[str, Any]:
    return {"id": int(who), "is_bot": False, "first_name": "Dana", "language_code": "en"}


def update(said: Said) -> dict[str, Any]:
    chat = {"id": int(said.who), "first_name": "Dana", "type": "private"}
    if said.choice:
        query = {"id": f"q{said.ident}", "from": person(said.who), "chat_instance": "1"}
        query["message"] = {"message_id": 1, "date": 0, "chat": chat}
        return {"update_id": int(said.ident), "callback_query": query | {"data": said.choice}}
    message = {"message_id": int(said.ident), "date": 1795421500, "chat": chat, "text": said.text}
    return {"update_id": int(said.ident), "message": message | {"from": person(said.who)}}


def call(body: Any, secret: str | None = SECRET) -> Request:
    headers = {"content-type": "application/json"}
    if secret is not None:
        headers["x-telegram-bot-api-secret-token"] = secret
    return Request("POST", URL, headers, json.dumps(body).encode())


def says(messages: Sequence[Said]) -> Request:
    (said,) = messages
    return call(update(said))


def forgeries() -> Sequence[Forgery]:
    good = says([Said(ANN, "hello", "1")])
    header = "x-telegram-bot-api-secret-token"

    def with_secret(name: str, secret: str | None) -> Forgery:
        headers = {k: v for k, v in good.headers.items() if k != header}
        if secret is not None:
            headers[header] = secret
        return Forgery(name, replace(good, headers=headers), 401)

    return [
        with_secret("missing", None),
        with_secret("empty", ""),
        with_secret("wrong", "tg_Secret-Token_2"),
        with_secret("another shop's", "tg_Secret-Token_of_another_shop"),
        with_secret("truncated", SECRET[:-1]),
        with_secret("one more character", SECRET + "x"),
        with_secret("other case", SECRET.lower()),
        with_secret("with a blank", f" {SECRET}"),
        with_secret("the bot's token", TOKEN),
        with_secret("not ASCII", SECRET + "\u00e9"),
        Forgery("in the query", replace(good, url=f"{URL}?token={SECRET}", headers={}), 401),
        Forgery("in another header", replace(good, headers={"authorization": SECRET}), 401),
    ]


CASES = [
    Case(
        section="telegram",
        channel=Telegram,
        settings={"bot_token": TOKEN, "secret_token": SECRET},
        played=PlayedTelegram,
        says=says,
        forgeries=forgeries,
        addresses=(ANN, BOB),
        folders=("telegram",),
        signs_body=False,
    )
]
