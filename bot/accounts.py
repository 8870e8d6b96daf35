"""How a channel is configured: the keys it has, and the values of one account at a provider.

A channel declares its keys; settings, help, documentation and ``onecounter doctor`` read them.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.errors import ConfigError

OWN = "{secret}"
"""As a secret's default: one that this installation makes by itself."""


class Secret:
    """A text that no log, error message or repr shows. ``reveal`` is the only way to it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; never into a log or an error message."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._text.encode(), other._text.encode()
        )

    def __hash__(self) -> int:
        return hash(("Secret", self._text))


@dataclass(frozen=True, slots=True)
class Key:
    """One value a channel can be given: ``ONECOUNTER_<CHANNEL>_<NAME>`` or a line in a table.

    ``default`` None: it has to be given. ``pattern`` is a regular expression the whole value must
    match, ``example`` one that does. ``simulated`` is the value in the simulator; in it ``{url}``
    stands for our own address and ``{secret}`` for a text only this installation knows. A secret
    is that text unless it says otherwise, anything else its default.

    In a default ``{shop}`` stands for the shop's name, ``{url}`` for the address the outside knows
    us by, and ``{secret}`` as above.
    """

    name: str
    help: str
    secret: bool = False
    default: str | None = None
    pattern: str = ".+"
    example: str = ""
    simulated: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """The values a channel works with; every key of the channel has one, if only its default.

    ``url`` is where the channel's provider calls us, for providers that are told with each message.
    """

    channel: str
    values: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    url: str = ""

    def text(self, name: str) -> str:
        """A value that may be shown. Raises KeyError for a key the channel has not declared."""
        return self.values[name]

    def secret(self, name: str) -> str:
        """A secret, to be used and not kept; empty when an optional one was not given."""
        return self.secrets[name].reveal()

    def filled(self, seed: Secret, **known: str) -> Account:
        """The same with what only this installation knows put in for the ``{...}`` of defaults."""
        values = {name: _filled(value, known) for name, value in self.values.items()}
        secrets = {
            name: Secret(derived(self.channel, name, seed)) if text.reveal() == OWN else text
            for name, text in self.secrets.items()
        }
        return Account(self.channel, values, secrets, self.url)


def account_of(
    channel: str, keys: Sequence[Key], given: Mapping[str, str], where: str = ""
) -> Account:
    """The account that ``given`` makes. Raises ConfigError naming the key and what would be right.

    An empty secret is refused: it would let anybody in.
    """
    values, secrets = {}, {}
    for key in keys:
        value = given.get(key.name, "").strip()
        if not value and key.default is None:
            raise ConfigError(f"channel {channel}: {how(channel, key)} is missing ({key.help})")
        if value and not re.fullmatch(key.pattern, value):
            shown = "its value" if key.secret else repr(value)
            example = f", such as {key.example}" if key.example else ""
            raise ConfigError(
                f"channel {channel}: {how(channel, key)}: {shown} is not {key.help}{example}"
            )
        value = value or (key.default or "")
        if key.secret:
            secrets[key.name] = Secret(value)
        else:
            values[key.name] = value
    return Account(channel, values, secrets)


def simulated(channel: str, keys: Sequence[Key], url: str, seed: Secret) -> Account:
    """An invented account whose provider is a page of ours at ``url``."""
    given = {}
    for key in keys:
        value = key.simulated or (OWN if key.secret else key.default or "")
        secret = derived(channel, key.name, seed)
        given[key.name] = value.replace("{url}", url).replace(OWN, secret)
    return account_of(channel, keys, given)


def derived(channel: str, name: str, seed: Secret) -> str:
    """A secret nobody has to think up: 64 characters, always the same in one installation."""
    return hmac.digest(seed.reveal().encode(), f"{channel}.{name}".encode(), "sha256").hex()


def _filled(value: str, known: Mapping[str, str]) -> str:
    for name, text in known.items():
        value = value.replace(f"{{{name}}}", text)
    return value


def how(channel: str, key: Key) -> str:
    """The name of a key as it is set in the environment."""
    return f"ONECOUNTER_{channel}_{key.name}".upper()
