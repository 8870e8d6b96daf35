"""Mail that is never answered: automatic answers, bounces, lists, our own (RFC 3834, RFC 2919).

Two machines that answer each other do so until somebody pulls a plug. Ours says what it is in every
mail (``Auto-Submitted``, ``X-Auto-Response-Suppress``, ``X-Loop``), and listens for the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

NOBODY = re.compile(
    r"(mailer-daemon|postmaster|mail-?daemon|no-?_?reply|do-?_?not-?_?reply|nicht-?antworten"
    r"|ne-?pas-?repondre)([+._-].*)?|bounces?([+=-].*)?|.*[._-](no-?_?reply|bounces?)"
)
"""Names before the ``@`` behind which no person reads."""
PRECEDENCE = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
SUPPRESSED = frozenset({"all", "autoreply", "oof"})
LIST_HEADERS = ("list-id", "list-unsubscribe", "list-post", "x-mailing-list")
ROBOT_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-mail-autoreply")
AWAY = re.compile(
    r"\s*(auto(mati[ck]\w*)?[ -]?(reply|response|antwort)|automatische antwort|out of (the )?office"
    r"|abwesenheits\w*|abwesend|réponse automatique|absence du bureau|respuesta automática"
    r"|risposta automatica|fuori sede|automatisch antwoord|afwezig\w*|autosvar|automatické odpověď"
    r"|automatikus válasz|odpowiedź automatyczna)\s*[:\]\-–—!]",
    re.IGNORECASE,
)
"""How automatic answers begin that carry no header saying so."""


def why_not(
    headers: Mapping[str, str], *, sender: str, ours: Collection[str], answers_us: bool
) -> str:
    """Why this mail must not be answered, or empty text. ``headers`` have lower-case names.

    ``sender`` is the address in From; ``ours`` are the shop's own, in lower case. ``answers_us``:
    it answers a mail of ours, so a subject like “Out of office:” is believed.
    """
    name = sender.rpartition("@")[0]
    suppress = _words(headers.get("x-auto-response-suppress", ""))
    checks = (
        ("our own mail", sender in ours or headers.get("x-loop", "").strip().lower() in ours),
        ("an empty return path: a bounce", headers.get("return-path", "").strip() == "<>"),
        ("sent by a machine", _submitted(headers.get("auto-submitted", "no")) != "no"),
        ("sent in bulk", headers.get("precedence", "").strip().lower() in PRECEDENCE),
        ("asks for no automatic answer", bool(SUPPRESSED & suppress)),
        ("from a mailing list", any(name in headers for name in LIST_HEADERS)),
        ("an automatic answer", any(name in headers for name in ROBOT_HEADERS)),
        ("nobody reads answers there", NOBODY.fullmatch(name) is not None),
        ("a report", headers.get("content-type", "").lower().startswith("multipart/report")),
        ("says in its subject that it is automatic", answers_us and _away(headers)),
    )
    return next((why for why, so in checks if so), "")


def _submitted(value: str) -> str:
    """The keyword of Auto-Submitted, without its comments and parameters (RFC 3834 5)."""
    return re.sub(r"\(.*?\)", "", value).partition(";")[0].strip().lower() or "no"


def _words(value: str) -> set[str]:
    return {word.strip().lower() for word in value.split(",")}


def _away(headers: Mapping[str, str]) -> bool:
    subject = re.sub(r"^\s*((re|aw|fwd?|wg)\s*:\s*)+", "", headers.get("subject", ""), flags=re.I)
    return AWAY.match(f"{subject[:200]}:") is not None
