"""Reads a merchant's YAML value by value and collects every problem with its line.

A ``Section`` is one mapping of the file: ask it for keys by type, then ``close`` it, and what
nobody asked for is reported as unknown, with the nearest key that exists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.errors import ConfigError
from bot.shop.model import Money
from bot.shop.yaml_values import WrongValueError, nearest, read_amount, read_scalar

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
MANDATORY: Any = object()


@dataclass
class Problems:
    """What is wrong with one file, in the order of its lines."""

    file_name: str
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, path: str, what: str) -> None:
        """Note that the value at this path, on this line (from 1), cannot be used."""
        where = f"{path}: " if path else ""
        self.found.append((line, f"{self.file_name}:{line}: {where}{what}"))

    def raise_if_any(self) -> None:
        """Raises ConfigError with every problem, one a line."""
        if self.found:
            raise ConfigError("\n".join(text for _, text in sorted(self.found)))


class Section:
    """One mapping of the file, read key by key."""

    def __init__(self, node: CommentedMap, path: str, line: int, problems: Problems) -> None:
        self._node = node
        self._path = path
        self._line = line
        self._asked: list[str] = []
        self.problems = problems

    def __contains__(self, key: str) -> bool:
        return self._node.get(key) is not None

    def path(self, key: str) -> str:
        """Where a key of this section is, as errors name it."""
        return f"{self._path}.{key}" if self._path else key

    def line(self, key: str) -> int:
        """The line a key is on (the section's own if it is missing)."""
        if key not in self._node:
            return self._line
        return int(self._node.lc.key(key)[0]) + 1

    def wrong(self, key: str, what: str) -> None:
        """Note a problem with a key."""
        self.problems.add(self.line(key), self.path(key), what)

    def value(self, key: str, read: Callable[[Any], T], default: T = MANDATORY) -> T:
        """What ``read`` (raises WrongValueError) makes of it; the default if missing or wrong."""
        self._asked.append(key)
        raw = self._node.get(key)
        if raw is None:
            if default is MANDATORY:
                self.wrong(key, "missing")
            return default
        try:
            return read(raw)
        except WrongValueError as problem:
            self.wrong(key, str(problem))
            return default

    def text(self, key: str, default: str = MANDATORY) -> str:
        """A text; a number is taken as it is written."""
        return self.value(key, read_scalar, default)

    def money(self, key: str, currency: str, default: Money | None = MANDATORY) -> Money | None:
        """An amount of at least 0, ``free`` for 0."""
        return self.value(key, lambda raw: read_amount(raw, currency), default)

    def whole(self, key: str, default: int | None = MANDATORY, least: int = 0) -> int | None:
        """A whole number of at least ``least``."""

        def read(raw: Any) -> int:
            if isinstance(raw, bool) or not isinstance(raw, int) or raw < least:
                raise WrongValueError(f"{raw!r} is not a whole number of {least} or more")
            return int(raw)

        return self.value(key, read, default)

    def yes_no(self, key: str, default: bool) -> bool:
        """true or false; yes and no are understood."""

        def read(raw: Any) -> bool:
            word = str(raw).lower()
            if word not in {"true", "false", "yes", "no"}:
                raise WrongValueError(f"{raw!r} is neither yes nor no")
            return word in {"true", "yes"}

        return self.value(key, read, default)

    def choice(self, key: str, kind: type[E], default: E = MANDATORY) -> E:
        """One of a fixed set of words."""

        def read(raw: Any) -> E:
            known = [str(member) for member in kind]
            if str(raw) not in known:
                hint = nearest(str(raw), known)
                raise WrongValueError(f"{raw!r} is not one of {', '.join(known)}{hint}")
            return kind(str(raw))

        return self.value(key, read, default)

    def each(self, key: str, read: Callable[[Any], T]) -> tuple[T, ...]:
        """A list, each item read by ``read``; a single value counts as a list of one."""
        self._asked.append(key)
        raw = self._node.get(key)
        if raw is None:
            return ()
        items = raw if isinstance(raw, CommentedSeq) else [raw]
        good: list[T] = []
        for number, item in enumerate(items):
            path, line = self.path(key), self.line(key)
            if isinstance(raw, CommentedSeq):
                path, line = f"{path}[{number}]", int(raw.lc.item(number)[0]) + 1
            try:
                good.append(read(item))
            except WrongValueError as problem:
                self.problems.add(line, path, str(problem))
        return tuple(good)

    def section(self, key: str, required: bool = False) -> Section:
        """A mapping below this one; an empty one if it is missing or no mapping."""
        self._asked.append(key)
        raw = self._node.get(key)
        if raw is None and required:
            self.wrong(key, "missing")
        if raw is not None and not isinstance(raw, CommentedMap):
            self.wrong(key, f"{_shown(raw)} is no section; write its keys on indented lines below")
        node = raw if isinstance(raw, CommentedMap) else CommentedMap()
        return Section(node, self.path(key), self.line(key), self.problems)

    def sections(self, key: str, required: bool = False) -> list[Section]:
        """A list of mappings below this one."""
        self._asked.append(key)
        raw = self._node.get(key)
        if raw is None or raw == []:
            if required:
                self.wrong(key, "missing; list at least one")
            return []
        if not isinstance(raw, CommentedSeq):
            self.wrong(key, "must be a list; begin each item with '- '")
            return []
        good = []
        for number, item in enumerate(raw):
            path, line = f"{self.path(key)}[{number}]", int(raw.lc.item(number)[0]) + 1
            if isinstance(item, CommentedMap):
                good.append(Section(item, path, line, self.problems))
            else:
                self.problems.add(line, path, f"{_shown(item)} is no section with keys")
        return good

    def written(self) -> list[str]:
        """Every key that is written here, for sections whose keys are the merchant's own words."""
        return [str(key) for key in self._node]

    def close(self) -> None:
        """Report every key nobody asked for."""
        for key in self._node:
            if key not in self._asked:
                hint = nearest(str(key), self._asked) or f"; known here: {', '.join(self._asked)}"
                self.problems.add(
                    int(self._node.lc.key(key)[0]) + 1, self.path(str(key)), f"unknown key{hint}"
                )


def _shown(raw: object) -> str:
    return "a list" if isinstance(raw, Sequence) and not isinstance(raw, str) else repr(raw)


def open_yaml(text: str, problems: Problems) -> Section:
    """The whole file as a section. Raises ConfigError when it is no YAML mapping at all."""
    try:
        node = YAML(typ="rt").load(text)
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.add(line, "", f"{(error.problem or 'a key twice').splitlines()[0]}")
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.add(line, "", f"this is no valid YAML: {error.problem or error.context}")
    except (YAMLError, ValueError, AttributeError, TypeError) as error:
        # ruamel.yaml trips over some tagged values (!!set x) instead of refusing them
        problems.add(1, "", f"this is no valid YAML: {str(error).splitlines()[0]}")
    else:
        if isinstance(node, CommentedMap):
            return Section(node, "", 1, problems)
        problems.add(1, "", "the file must hold keys such as 'name: My shop'")
    problems.raise_if_any()
    raise AssertionError("unreachable")
