"""Every recorded call becomes what its manifest says: read, refused or ignored, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from bot.errors import BotError, NotAuthentic
from bot.messages import Arrival, Ignored, Inbound, Kind, Receipt
from channels.base import Request
from tests.contract.channels.case import MANIFEST, Case, cases, messages, receipts, recorded

Expected = Mapping[str, Any]


def owner_of(file: str) -> Case | None:
    folder = file.partition("/")[0]
    return next((case for case in cases().values() if folder in case.folders), None)


INBOUND = [
    entry
    for entry in MANIFEST["fixtures"]
    if entry["direction"] == "inbound" and owner_of(entry["file"]) is not None
]


def read(case: Case, file: str) -> tuple[Request, Sequence[Arrival]]:
    folder = file.partition("/")[0]
    channel = case.build(**case.fixture_settings.get(folder, {}))
    request = case.recorded(file) if case.recorded else recorded(file)
    channel.verify(request)
    return request, channel.parse(request)


@pytest.mark.parametrize("entry", INBOUND, ids=lambda entry: entry["file"])
def test_a_recorded_call_becomes_what_it_has_to(entry: Mapping[str, Any]) -> None:
    expected: Expected = entry["expect"]
    case = owner_of(entry["file"])
    assert case is not None
    if (check := case.checks.get(entry["file"])) is not None:
        check(case)
        return
    if expected.get("status") in (401, 403):
        with pytest.raises(NotAuthentic) as refused:
            read(case, entry["file"])
        assert refused.value.status == expected["status"]
        return
    _, arrivals = read(case, entry["file"])
    if "kind" in expected:
        KINDS[expected["kind"]](arrivals, expected)
    else:
        _batch(arrivals, expected)


def _one(arrivals: Sequence[Arrival]) -> Inbound:
    (inbound,) = (one for one in arrivals if isinstance(one, Inbound))
    return inbound


def _batch(arrivals: Sequence[Arrival], expected: Expected) -> None:
    if expected.get("stored") == 0:
        assert all(isinstance(one, Ignored) for one in arrivals)
        return
    assert len({one.external_id for one in messages(arrivals)}) == expected["messages"]
    assert len(receipts(arrivals)) == expected.get("statuses", 0)
    if "order" in expected:
        texts = [one.text for one in messages(arrivals)]
        assert all(word in text for word, text in zip(expected["order"], texts, strict=True))


def _text(arrivals: Sequence[Arrival], expected: Expected) -> None:
    inbound = _one(arrivals)
    assert inbound.kind is Kind.MESSAGE
    assert inbound.consent is None
    assert inbound.choice is None
    assert not inbound.media
    if "text" in expected:
        assert inbound.text == expected["text"]
    assert inbound.text
    assert all(words in inbound.text for words in expected.get("contains", ()))
    assert not any(words in inbound.text for words in expected.get("must_not_contain", ()))
    _identity(inbound, expected)
    if "reply_to" in expected:
        assert inbound.envelope["reply_to"] == expected["reply_to"]


def _identity(inbound: Inbound, expected: Expected) -> None:
    """An identity is a phone number or another id; numbers are kept with their plus."""
    identity = expected.get("identity", ())
    wanted = [identity] if isinstance(identity, str) else list(identity)
    known = {value.lstrip("+") for value in (inbound.address.value, *inbound.aliases)}
    assert {value.lstrip("+") for value in wanted} <= known
    assert inbound.address.value
    if expected.get("phone", "") is None:
        assert not any(value.startswith("+") for value in known)
        assert inbound.vouched is None or inbound.vouched[0] != "phone"
    if expected.get("level") == "anonymous":
        assert not inbound.proven


def _media(arrivals: Sequence[Arrival], expected: Expected) -> None:
    inbound = _one(arrivals)
    assert inbound.kind is Kind.MESSAGE
    assert len(inbound.media) == expected.get("count", 1)
    if "text" in expected:
        assert inbound.text == expected["text"]
    if "file_id" in expected:
        assert inbound.media[0].ref == expected["file_id"]
    for media in inbound.media:
        assert media.ref
        assert not set("/\\\0") & set(media.name)


def _kept(arrivals: Sequence[Arrival], expected: Expected) -> None:
    """A place, a contact, a form or an order: kept for a person, no proof of anything new."""
    inbound = _one(arrivals)
    assert inbound.kind is Kind.MESSAGE
    proof = expected.get("proof_of_phone", False)
    if "proof_of_phone" in expected or inbound.vouched is None:
        assert (inbound.vouched is not None and inbound.proven) is proof
    else:  # the channel vouches for the sender's own number, whatever is in the message
        assert inbound.vouched[1] in (inbound.address.value, *inbound.aliases)
    assert proof or inbound.media or inbound.text


def _choice(arrivals: Sequence[Arrival], expected: Expected) -> None:
    inbound = _one(arrivals)
    assert inbound.kind is Kind.MESSAGE
    assert inbound.choice
    assert inbound.choice == expected.get("id", inbound.choice)


def _consent(way: str | None) -> Callable[[Sequence[Arrival], Expected], None]:
    def check(arrivals: Sequence[Arrival], expected: Expected) -> None:
        inbound = _one(arrivals)
        assert (inbound.kind, inbound.consent) == (Kind.CONSENT, way)

    return check


def _happening(kind: Kind) -> Callable[[Sequence[Arrival], Expected], None]:
    def check(arrivals: Sequence[Arrival], expected: Expected) -> None:
        inbound = _one(arrivals)
        assert inbound.kind is kind
        if kind in (Kind.EDITED, Kind.DELETED):
            assert inbound.envelope["of"]
        if "param" in expected:
            assert inbound.envelope["start"] == expected["param"]

    return check


def _nothing(arrivals: Sequence[Arrival], expected: Expected) -> None:
    assert arrivals
    assert all(isinstance(one, Ignored) and one.why for one in arrivals)


def _status(arrivals: Sequence[Arrival], expected: Expected) -> None:
    found = receipts(arrivals)
    assert found
    assert not messages(arrivals)
    last: Receipt = found[-1]
    if "status" in expected:
        assert last.status == expected["status"]
    if "code" in expected:
        assert last.code == str(expected["code"])
        assert last.error
    if "our_id" in expected:
        assert last.key == expected["our_id"]


def _bounce(arrivals: Sequence[Arrival], expected: Expected) -> None:
    (receipt,) = receipts(arrivals)
    assert not messages(arrivals)
    assert receipt.status == ("failed" if expected["permanent"] else "delayed")
    if "message_id" in expected:
        assert receipt.provider_id == expected["message_id"]


def _echo(arrivals: Sequence[Arrival], expected: Expected) -> None:
    """Never a turn. Ours by its key: a receipt; by somebody else: a person has taken over."""
    assert not messages(arrivals)
    if expected.get("own"):
        assert [one.key for one in receipts(arrivals)] == [expected["reconciles"]]
    elif expected.get("own") is False:
        assert _one(arrivals).kind is Kind.TAKEN


def _handover(arrivals: Sequence[Arrival], expected: Expected) -> None:
    assert _one(arrivals).kind is (Kind.RETURNED if expected["owner"] == "us" else Kind.TAKEN)


def _unsupported(arrivals: Sequence[Arrival], expected: Expected) -> None:
    """The customer did write something: they are told that we cannot read it."""
    inbound = _one(arrivals)
    assert inbound.kind is Kind.MESSAGE
    assert inbound.media


KINDS: Mapping[str, Callable[[Sequence[Arrival], Expected], None]] = {
    "text": _text,
    "media": _media,
    "location": _kept,
    "contact": _kept,
    "form": _kept,
    "order": _kept,
    "choice": _choice,
    "opt_out": _consent("out"),
    "opt_in": _consent("in"),
    "help": _consent(None),
    "start": _happening(Kind.START),
    "edited": _happening(Kind.EDITED),
    "deleted": _happening(Kind.DELETED),
    "group": _happening(Kind.GROUP),
    "system": _happening(Kind.NUMBER_CHANGED),
    "ignored": _nothing,
    "reaction": _nothing,
    "event": _nothing,
    "standby": _nothing,
    "error": _nothing,
    "auto": _nothing,
    "rejected": _nothing,
    "unsupported": _unsupported,
    "status": _status,
    "bounce": _bounce,
    "echo": _echo,
    "handover": _handover,
}


def test_every_folder_of_recorded_calls_belongs_to_a_channel() -> None:
    folders = {entry["file"].partition("/")[0] for entry in MANIFEST["fixtures"]}
    claimed = {folder for case in cases().values() for folder in case.folders}
    # The widget's own tests read theirs: tests/contract/test_web_*.py.
    assert folders - claimed == {"web_widget"}


@pytest.mark.parametrize("entry", INBOUND, ids=lambda entry: entry["file"])
def test_a_cut_off_call_is_refused_or_kept_but_never_breaks(entry: Mapping[str, Any]) -> None:
    case = owner_of(entry["file"])
    assert case is not None
    request = case.recorded(entry["file"]) if case.recorded else recorded(entry["file"])
    channel = case.build(**case.fixture_settings.get(entry["file"].partition("/")[0], {}))
    cut = Request(
        request.method, request.url, request.headers, request.body[: len(request.body) // 2],
        way=request.way,
    )  # fmt: skip
    for step in (channel.verify, channel.parse):
        try:
            step(cut)
        except BotError as error:
            assert error.code in ("not_authentic", "bad_payload")
