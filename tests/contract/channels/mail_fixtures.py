"""What recorded mails need that the manifest cannot give: our MACs, and a second look at some."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping

from bot.errors import NotAuthentic
from bot.messages import Inbound
from tests.contract.channels.case import FIXTURES, Case, messages, receipts

RECORDED_MAC = "6b1f0c2d9a"
"""Stands in the recorded mails for whatever our own secret makes of it."""
CONVERSATION = "018f2b6e00017000"


def mac(content: str, key: str) -> str:
    """Ten hex digits, made here and not by the code under test."""
    return hmac.new(key.encode(), content.encode(), hashlib.sha256).hexdigest()[:10]


def with_our_macs(body: bytes, key: str) -> bytes:
    """The recorded mail, as it would have been had our installation been part of it."""
    for text, content in (
        (f"c-{CONVERSATION}.m1.", f"m:{CONVERSATION}.1"),
        (f"+c-{CONVERSATION}.", f"c:{CONVERSATION}"),
    ):
        ours = text.encode() + mac(content, key).encode()
        body = body.replace(text.encode() + RECORDED_MAC.encode(), ours)
    return body


def _read(case: Case, file: str) -> Inbound:
    channel = case.build(**case.fixture_settings.get(file.partition("/")[0], {}))
    assert case.recorded is not None
    request = case.recorded(file)
    channel.verify(request)
    (inbound,) = messages(channel.parse(request))
    return inbound


def _with_its_file(case: Case) -> None:
    """Text and a photo; the id is the mail's own, before the provider's."""
    inbound = _read(case, "email_postmark/inbound.json")
    assert inbound.text == "Yes please cancel it."
    assert [(file.name, file.data) for file in inbound.media] == [("lid.jpg", b"\xff\xd8test")]
    assert inbound.external_id.startswith("<CA+1@mail.example>")
    assert not inbound.proven


def _changed_after_it_was_signed(case: Case) -> None:
    """The signature is right, its token was used: the second body is refused (test_mail_calls)."""
    channel = case.build()
    assert case.recorded is not None
    first, second = (
        case.recorded(f"email_mailgun/inbound_{name}.txt")
        for name in ("parsed", "changed_body_same_signature")
    )
    channel.verify(second)
    assert channel.once(first) == channel.once(second)
    assert first.body != second.body


def _hard_bounce(case: Case) -> None:
    """Believed with our MAC, and with no other."""
    assert case.recorded is not None
    name = "email/bounce_hard_5_1_1.eml"
    found = case.build().parse(case.recorded(name))
    (receipt,) = receipts(found)
    wanted = f"c-{CONVERSATION}.m1.{mac(f'm:{CONVERSATION}.1', case.settings['thread_key'])}"
    assert receipt.provider_id == f"<{wanted}@shop.example>"
    assert (receipt.status, receipt.code, receipt.error) == ("failed", "5.1.1", "recipient_gone")
    forged = case.build(thread_key="another-key-of-another-shop")
    assert receipts(forged.parse(case.recorded(name))) == []


def _unsigned(case: Case) -> None:
    try:
        _read(case, "email_sendgrid/inbound_parse_unsigned.txt")
    except NotAuthentic as error:
        assert error.status == 401
    else:
        raise AssertionError("accepted without a signature")


CHECKS: Mapping[str, Callable[[Case], None]] = {
    "email_postmark/inbound.json": _with_its_file,
    "email_mailgun/inbound_changed_body_same_signature.txt": _changed_after_it_was_signed,
    "email/bounce_hard_5_1_1.eml": _hard_bounce,
    "email_sendgrid/inbound_parse_unsigned.txt": _unsigned,
}
assert (FIXTURES / "email").is_dir()
