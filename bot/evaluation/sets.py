"""Labelled messages to measure with: CSV files of utterances, YAML files by intent or by topic."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.errors import BadInput
from bot.settings import PROJECT

OWN_WORDINGS = PROJECT / "tests" / "understanding" / "other_wordings.yml"
OWN_OUT_OF_SCOPE = PROJECT / "tests" / "understanding" / "out_of_scope.yml"
_TEXT = ("utterance", "text", "message")


@dataclass(frozen=True, slots=True)
class Sample:
    """A message and the intents that are right for it, the one meant first.

    ``flags`` are one-letter marks of its kind (``Z``: typing errors). No intents: out of scope.
    """

    text: str
    intents: tuple[str, ...]
    flags: str = ""


def read_labelled(file: Path, names: Path | None = None) -> list[Sample]:
    """The samples of a CSV (``utterance`` or ``text``, ``intent``, ``flags``) or of a YAML file
    (intent: texts). ``names`` maps the file's intents to ours. Raises BadInput naming the line.
    """
    ours = _names(names) if names else None
    if file.suffix in (".yml", ".yaml"):
        rows = [
            (f"{file.name}: {intent}", text, intent, "")
            for intent, texts in _loaded(file).items()
            for text in texts
        ]
    else:
        rows = _csv_rows(file)
    return [Sample(text, _mapped(ours, intent, at), flags) for at, text, intent, flags in rows]


def read_out_of_scope(file: Path) -> list[Sample]:
    """The texts of a YAML file by topic, or of a text file, one a line."""
    if file.suffix in (".yml", ".yaml"):
        texts = [text for some in _loaded(file).values() for text in some]
    else:
        texts = [line.strip() for line in _lines(file) if line.strip()]
    return [Sample(str(text), ()) for text in texts]


def _csv_rows(file: Path) -> list[tuple[str, str, str, str]]:
    reader = csv.DictReader(_lines(file))
    fields = reader.fieldnames or ()
    column = next((name for name in _TEXT if name in fields), None)
    if column is None or "intent" not in fields:
        raise BadInput(f"{file.name}: needs the columns intent and one of {', '.join(_TEXT)}")
    return [
        (f"{file.name}:{number}", row[column] or "", row["intent"] or "", row.get("flags") or "")
        for number, row in enumerate(reader, 2)
    ]


def _mapped(ours: Mapping[str, Sequence[str]] | None, intent: str, at: str) -> tuple[str, ...]:
    if ours is None:
        return (intent,)
    if intent not in ours:
        raise BadInput(f"{at}: the map has no intent {intent!r}")
    return tuple(ours[intent])


def _names(file: Path) -> Mapping[str, Sequence[str]]:
    return {
        name: (found,) if isinstance(found, str) else tuple(found)
        for name, found in _loaded(file).items()
    }


def _loaded(file: Path) -> Mapping[str, Any]:
    try:
        loaded = YAML(typ="safe").load("\n".join(_lines(file)))
    except Exception as error:
        raise BadInput(f"{file.name}: {error}") from error
    if not isinstance(loaded, dict):
        raise BadInput(f"{file.name}: needs a list of texts under each name")
    return loaded


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file}: {error}") from error
