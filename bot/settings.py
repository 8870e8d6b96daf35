"""What an operator can configure: ``ONECOUNTER_*`` over ``onecounter.toml`` over defaults.

Read by ``cli`` and ``wiring`` only. The merchant's own terms (rates, rules, hours) are in shop.yml.
"""

from __future__ import annotations

import difflib
import os
import secrets
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from bot.accounts import Account, Key, Secret, account_of, how
from bot.errors import ConfigError

PROJECT = Path(__file__).resolve().parent.parent
FILE_NAME = "onecounter.toml"
PREFIX = "ONECOUNTER_"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """Everything that can be configured. All paths are absolute.

    ``database_url`` is None until the embedded PostgreSQL was started or an own one was named.
    ``accounts`` has the channels that were given an account. ``simulator``: the others are played
    by pages of our own, with invented accounts.
    """

    home: Path
    database_url: Secret | None
    host: str
    port: int
    public_url: str
    shop_file: Path
    model_dir: Path
    log_level: str
    workers: int
    widget_origins: tuple[str, ...]
    widget_token_key: Secret
    simulator: bool = False
    accounts: Mapping[str, Account] = field(default_factory=dict, hash=False)

    @property
    def local_url(self) -> str:
        """Where this machine reaches the gateway itself, whatever its public address is."""
        here = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104
        return f"http://{here}:{self.port}"

    @property
    def database(self) -> str:
        """The database's URL in full. Raises ConfigError before there is one."""
        if self.database_url is None:
            raise ConfigError("no database: set ONECOUNTER_DATABASE_URL or use the onecounter CLI")
        return self.database_url.reveal()


@dataclass(frozen=True)
class _Given:
    """One value as somebody wrote it, and where, so that an error can say so."""

    value: object
    where: str
    folder: Path


Channels = Mapping[str, Sequence[Key]]
"""The keys of each channel that can be given an account."""


def load_settings(
    env: Mapping[str, str], *, home: Path | None = None, channels: Channels | None = None
) -> Settings:
    """Read and check all settings. Raises ConfigError naming the key and what would be right.

    ``channels`` are the channels that may be configured. Writes one file:
    ``secrets/widget_token_key`` under home, the first time.
    """
    place = (home or Path(env.get(f"{PREFIX}HOME") or PROJECT / "var")).expanduser().absolute()
    known = _known(channels or {})
    given = _from_file(place / FILE_NAME, known) | _from_env(env, known)

    def take(name: str, read: Callable[[_Given], T], default: T) -> T:
        return read(given[name]) if name in given else default

    host = take("host", _text, "127.0.0.1")
    port = take("port", _port, 8000)
    shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104  only compared
    return Settings(
        home=place,
        database_url=take("database_url", _database_url, None),
        host=host,
        port=port,
        public_url=take("public_url", _origin_or_url, f"http://{shown}:{port}").rstrip("/"),
        shop_file=take("shop_file", _path, PROJECT / "shop.yml"),
        model_dir=take("model_dir", _path, place / "models"),
        log_level=take("log_level", _log_level, "INFO"),
        workers=take("workers", _workers, 1),
        widget_origins=take("widget_origins", _origins, ()),
        widget_token_key=take("widget_token_key", _key, None) or _own_key(place),
        simulator=take("simulator", _switch, False),
        accounts=_accounts(channels or {}, given),
    )


def known_keys() -> tuple[str, ...]:
    """The keys that belong to no channel."""
    return tuple(field.name for field in fields(Settings) if field.name != "accounts")


def _known(channels: Channels) -> dict[str, str]:
    """Every setting, written as in the environment without the prefix, as it is kept."""
    known = {key.upper(): key for key in known_keys()}
    for channel, keys in channels.items():
        known |= {how(channel, key).removeprefix(PREFIX): f"{channel}.{key.name}" for key in keys}
    return known


def _accounts(channels: Channels, given: Mapping[str, _Given]) -> dict[str, Account]:
    """An account for each channel of which anything was set."""
    accounts = {}
    for channel, keys in channels.items():
        names = {key.name: given.get(f"{channel}.{key.name}") for key in keys}
        values = {name: str(value.value) for name, value in names.items() if value is not None}
        if values:
            accounts[channel] = account_of(channel, keys, values)
    return accounts


def _from_file(path: Path, known: Mapping[str, str]) -> dict[str, _Given]:
    if not path.exists():
        return {}
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    found = {}
    for key, value in table.items():
        # a channel's keys stand in a table of its name: [sms] from = "+12015550100"
        inside = value.items() if isinstance(value, dict) else [(None, value)]
        for name, one in inside:
            kept = key if name is None else f"{key}.{name}"
            if kept not in known.values() or kept == "home":
                allowed = [one for one in known.values() if one != "home"]
                raise ConfigError(f"{path}: unknown setting {kept!r}{_nearest(kept, allowed)}")
            found[kept] = _Given(one, f"{path}: {kept}", path.parent)
    return found


def _from_env(env: Mapping[str, str], known: Mapping[str, str]) -> dict[str, _Given]:
    found = {}
    for name, value in env.items():
        if not name.startswith(PREFIX) or name.startswith(f"{PREFIX}TEST_"):
            continue
        kept = known.get(name.removeprefix(PREFIX))
        if kept is None:
            names = [f"{PREFIX}{one}" for one in known]
            raise ConfigError(f"unknown setting {name}{_nearest(name, names)}")
        if value:
            found[kept] = _Given(value, name, Path.cwd())
    return found


def _nearest(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; there are {', '.join(one for one in known if '.' not in one)}"


def _wrong(given: _Given, needed: str) -> ConfigError:
    return ConfigError(f"{given.where} is {given.value!r}; it must be {needed}")


def _text(given: _Given) -> str:
    if not isinstance(given.value, str) or not given.value.strip():
        raise _wrong(given, "a text")
    return given.value.strip()


def _number(given: _Given, least: int, most: int, needed: str) -> int:
    try:
        number = int(str(given.value))
    except ValueError:
        raise _wrong(given, needed) from None
    if isinstance(given.value, bool) or not least <= number <= most:
        raise _wrong(given, needed)
    return number


def _port(given: _Given) -> int:
    return _number(given, 1, 65535, "a port number from 1 to 65535")


def _workers(given: _Given) -> int:
    return _number(given, 1, 64, "a number of worker processes from 1 to 64")


def _switch(given: _Given) -> bool:
    switches = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    wanted = switches.get(str(given.value).strip().lower())
    if wanted is None:
        raise _wrong(given, "true or false")
    return wanted


def _path(given: _Given) -> Path:
    return (given.folder / Path(_text(given)).expanduser()).absolute()


def _log_level(given: _Given) -> str:
    level = _text(given).upper()
    if level not in LOG_LEVELS:
        raise _wrong(given, f"one of {', '.join(LOG_LEVELS)}")
    return level


def _database_url(given: _Given) -> Secret:
    text = _text(given)
    # The value may hold a password: the message must not repeat it.
    hidden = _Given("***", given.where, given.folder)
    if urlsplit(text).scheme not in {"postgresql", "postgres"}:
        raise _wrong(hidden, "a PostgreSQL URL such as postgresql://user:password@host:5432/shop")
    return Secret(text)


def _origin_or_url(given: _Given) -> str:
    url = urlsplit(_text(given))
    if url.scheme not in {"http", "https"} or not url.netloc:
        raise _wrong(given, "an address such as https://chat.example.com")
    return _text(given)


def _origins(given: _Given) -> tuple[str, ...]:
    parts = given.value if isinstance(given.value, list) else str(given.value).split(",")
    return tuple(_origin(_Given(part, given.where, given.folder)) for part in parts if part)


def _origin(given: _Given) -> str:
    text = _text(given).rstrip("/")
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.netloc or url.path or url.query:
        raise _wrong(given, "origins of shop pages such as https://www.example.com")
    return text.lower()


def _key(given: _Given) -> Secret:
    if not isinstance(given.value, str) or len(given.value) < 32:
        hidden = _Given("***", given.where, given.folder)
        raise _wrong(hidden, "a random text of at least 32 characters")
    return Secret(given.value)


def _own_key(home: Path) -> Secret:
    """The key of this installation, made once; two processes starting at once agree on one."""
    path = home / "secrets" / "widget_token_key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return Secret(path.read_text().strip())
