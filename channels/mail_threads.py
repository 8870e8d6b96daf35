"""How a mail says which conversation it belongs to: ids and addresses that only we can make.

A Message-ID of ours is ``<c-{conversation}.m{number}.{mac}@domain>``, the address for answers
``name+c-{conversation}.{mac}@domain``. The MAC is 40 bits: enough, because the sender must take
part in the conversation as well.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.accounts import Secret

LONGEST_LOCAL_PART = 64
"""Octets before the ``@`` (RFC 5321 4.5.3.1.1)."""
_ID = re.compile(r"<?c-([0-9a-z]{1,64})\.m([0-9]{1,18})\.([0-9a-f]{10})@[^\s<>@]+>?")
_TAG = re.compile(r"\+([cu])-([0-9a-z]{1,64})\.([0-9a-f]{10})@")


@dataclass(frozen=True, slots=True)
class Threads:
    """The ids of one shop's mail. ``address`` is where customers write to."""

    address: str
    key: Secret = field(repr=False)

    def message_id(self, conversation: str, number: int) -> str:
        """The Message-ID of a part: the same whenever it is sent."""
        mac = self._mac(f"m:{conversation}.{number}")
        return f"<c-{conversation}.m{number}.{mac}@{self.domain}>"

    def is_ours(self, message_id: str) -> bool:
        """Whether we made this Message-ID."""
        return self._conversation_in(message_id) is not None

    def answer_to(self, conversation: str) -> str | None:
        """The address for answers in this conversation; None where it would be too long."""
        return self._tagged("c", conversation)

    def unsubscribe_at(self, conversation: str) -> str | None:
        """The address that ends messages nobody asked for."""
        return self._tagged("u", conversation)

    def unsubscribe_mac(self, conversation: str, address: str) -> str:
        """What makes a link that ends them belong to this address alone."""
        return self._mac(f"u:{conversation}.{address}")

    def continued(self, recipients: Iterable[str], references: Iterable[str]) -> str | None:
        """The conversation a mail says it answers: by the address it was sent to, else by the
        Message-IDs it names, nearest first."""
        return self._tag("c", recipients) or next(
            filter(None, (self._conversation_in(one) for one in references)), None
        )

    def unsubscribed(self, recipients: Iterable[str]) -> str | None:
        """The conversation whose unasked messages are to end."""
        return self._tag("u", recipients)

    @property
    def domain(self) -> str:
        """The shop's part behind the ``@``."""
        return self.address.rpartition("@")[2]

    def _tagged(self, kind: str, conversation: str) -> str | None:
        name, _, domain = self.address.rpartition("@")
        tagged = f"{name}+{kind}-{conversation}.{self._mac(f'{kind}:{conversation}')}"
        return f"{tagged}@{domain}" if len(tagged.encode()) <= LONGEST_LOCAL_PART else None

    def _tag(self, kind: str, recipients: Iterable[str]) -> str | None:
        for recipient in recipients:
            for found in _TAG.finditer(recipient.lower()):
                given, conversation, mac = found.groups()
                if given == kind and self._right(f"{kind}:{conversation}", mac):
                    return conversation
        return None

    def _conversation_in(self, message_id: str) -> str | None:
        found = _ID.fullmatch(message_id.strip().lower())
        if found is None:
            return None
        conversation, number, mac = found.groups()
        return conversation if self._right(f"m:{conversation}.{number}", mac) else None

    def _right(self, content: str, mac: str) -> bool:
        return hmac.compare_digest(self._mac(content), mac)

    def _mac(self, content: str) -> str:
        key = self.key.reveal().encode()
        return hmac.digest(key, content.encode(), "sha256").hex()[:10]
