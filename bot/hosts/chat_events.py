"""The event stream of one open chat, in the wire format of server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html. Every line of the transcript comes
once, in its order, with its number as the event's id; a page that comes back says the last it saw.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.hosts.hub import Hub, Listener
from bot.hosts.threads import in_thread
from bot.store import chat_news
from bot.store.chat_news import News
from bot.store.transcript import Entry

HEARTBEAT = 25.0
"""Seconds of silence after which a comment shows that the line is alive."""
SHOWN_TO_CUSTOMERS = frozenset({"customer", "bot", "person"})


async def chat_events(
    engine: Engine, hub: Hub, session: str, after: int | None
) -> AsyncGenerator[str, None]:
    """Everything said after line ``after`` (None: the recent ones), then what is said from now on.

    Ends when the session is closed, the server stops or the database goes away.
    """
    with hub.joined(session) as listener:
        shown: dict[str, Any] | None = None
        yield ": open\n\n"
        while not hub.closed:
            listener.woken.clear()
            try:
                news = await in_thread(engine, chat_news.news, session, after)
            except SQLAlchemyError:
                return
            if not news.open:
                yield event("closed", {})
                return
            for entry in news.entries:
                after = entry.seq
                if entry.author in SHOWN_TO_CUSTOMERS:
                    yield event("message", line(entry), entry.seq)
            after = _know(listener, news, after)
            if after < news.seq:
                continue
            state = {"owner": news.owner, "typing": news.waiting and news.owner == "bot"}
            if state != shown:
                shown = state
                yield event("state", state)
            if not await listener.wait(HEARTBEAT):
                yield ": still here\n\n"


def _know(listener: Listener, news: News, after: int | None) -> int:
    """Note how far this stream is; returns its position, which is 0 before the first line."""
    position = after if after is not None else news.seq
    listener.conversation, listener.seq = news.conversation, max(position, news.seq)
    return position


def line(entry: Entry) -> dict[str, Any]:
    """A line of the transcript as the browser gets it: what is shown, and nothing it stands on."""
    shown: dict[str, Any] = {
        "seq": entry.seq,
        "author": entry.author,
        "text": entry.text,
        "at": entry.at.isoformat(),
    }
    if entry.author == "customer":
        # The id a message was stored under is "session:cid"; the page knows its message by the cid.
        shown["cid"] = str(entry.body.get("id", "")).rpartition(":")[2]
    for name in ("choices", "cards"):
        if entry.body.get(name):
            shown[name] = entry.body[name]
    return shown


def event(name: str, data: dict[str, Any], number: int | None = None) -> str:
    """One event; JSON has no line breaks outside of strings, so it is always one data line."""
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
