"""What a tap, a typed number or a typed title means: one of the choices the last turn offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OURS = "btn_"
"""What the ids of our choices begin with."""

Offered = tuple[str, int, str, str]
"""(id, number, title, payload)"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """``payload`` of the choice that was picked; ``expired`` for a tap on one no longer offered."""

    payload: str | None = None
    title: str = ""
    expired: bool = False


def chosen(tapped: str | None, text: str, offered: Sequence[Offered]) -> Chosen:
    """Read a message as a choice. A tap must be on an offered id; text may be its number or title.

    Text that is neither is no choice and goes to the brain as it is. So does what stands on a
    button that is not ours (a greeting's, a template's, an advertisement's).
    """
    if tapped:
        for ident, _, title, payload in offered:
            if ident == tapped:
                return Chosen(payload, title)
        if tapped.startswith(OURS) or not text.strip():
            return Chosen(expired=True)
    said = text.strip().casefold()
    for _, number, title, payload in offered:
        if said.strip("#().: ") == str(number) or said == title.strip().casefold():
            return Chosen(payload, title)
    return Chosen()
