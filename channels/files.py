"""Files as messages bring them: safe names, and places and contacts kept as files for a person."""

from __future__ import annotations

from bot.messages import Media

LONGEST_NAME = 120


def file_name(given: str) -> str:
    """The last part of a name a stranger gave, without what a file system takes for a path."""
    name = "".join(c for c in given.replace("\\", "/").rpartition("/")[2] if c.isprintable())
    return name.strip(". ")[:LONGEST_NAME]


def note(kind: str, content: str) -> Media:
    """A place or a contact, as a file of text."""
    return Media(
        f"{kind}:{content}", "text/plain", f"{kind}.txt", data=content.encode("utf-8", "replace")
    )
