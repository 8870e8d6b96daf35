"""Whether a mail is from who it says: by the word of a server we trust, or by a signature.

A From line proves nothing by itself. Either our own mail server has checked it (DMARC) and wrote
that down where no sender can write (RFC 8601), or the sender's domain signed the mail and we check
that ourselves (DKIM, RFC 6376). The signing domain has to be exactly the one in From.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import dkim
import dns.exception
import dns.rdatatype
import dns.resolver
from authres import AuthenticationResultsHeader
from authres.core import AuthResError

from channels.mail_mime import Mail

log = logging.getLogger(__name__)

SIGNATURES = 8
"""Signatures of one mail that are looked at; more are a trick to keep us busy."""
LOOK_UP_WITHIN = 3.0
SMALLEST_KEY = 1024
ONLY_ONCE = ("from", "subject", "date", "message-id", "content-type", "in-reply-to", "references")
"""Headers a mail has once (RFC 5322 3.6). A second one may stand above what was signed."""


@dataclass
class PublicKeys:
    """Where senders' keys are looked up: the system's DNS, or ``server`` (``address[:port]``).

    Keys that were found are kept as long as the DNS says.
    """

    server: str = ""
    _resolver: dns.resolver.Resolver | None = field(default=None, repr=False)

    def __call__(self, name: bytes, timeout: float = LOOK_UP_WITHIN) -> bytes | None:
        """The TXT record of a name; None when there is none, or no answer in time."""
        try:
            answer = self._asked().resolve(
                name.decode("ascii"), dns.rdatatype.TXT, lifetime=timeout, search=False
            )
        except (dns.exception.DNSException, ValueError, OSError) as error:
            log.info("a sender's key was not found: %s", type(error).__name__)
            return None
        texts = [b"".join(record.strings) for record in answer]
        return texts[0] if len(texts) == 1 and not _for_testing(texts[0]) else None

    def _asked(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            resolver = dns.resolver.Resolver(configure=not self.server)
            if self.server:
                host, _, port = self.server.rpartition(":") if ":" in self.server else ("", "", "")
                resolver.nameservers = [host or self.server]
                resolver.port = int(port or 53)
            resolver.cache = dns.resolver.LRUCache(5000)
            self._resolver = resolver
        return self._resolver


@dataclass(frozen=True, slots=True)
class Proofs:
    """How senders prove themselves to one shop: by a word of ``servers`` in mail that came by one
    of ``ways``, on which they are the last before us; or by a signature, where ``keys`` are looked
    up."""

    servers: frozenset[str]
    ways: frozenset[str]
    keys: PublicKeys | None

    def proven(self, mail: Mail, way: str, signed_by: str) -> bool:
        """Whether the one sender of this mail is who they say. ``signed_by``: what ``look_up``
        found. Asks nobody."""
        sender = _sender(mail)
        return bool(sender) and (signed_by == sender or self._by_server(mail, way))

    def look_up(self, mail: Mail, way: str) -> str:
        """The sender, if it takes a look-up to prove them and they are proven by it."""
        sender = _sender(mail)
        if not sender or not mail.raw or self.keys is None or self._by_server(mail, way):
            return ""
        return sender if vouched_by_signature(mail.raw, _domain(sender), self.keys) else ""

    def _by_server(self, mail: Mail, way: str) -> bool:
        domain = _domain(_sender(mail))
        return way in self.ways and vouched_by_server(mail.results, self.servers, domain)


def _sender(mail: Mail) -> str:
    return mail.senders[0] if len(mail.senders) == 1 else ""


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def vouched_by_server(results: Sequence[str], trusted: Collection[str], domain: str) -> bool:
    """Whether the topmost of these Authentication-Results that is of a trusted server says that the
    mail is from ``domain``. All others came with the mail: anybody can write one."""
    for value in results:
        try:
            header = AuthenticationResultsHeader.parse_value(" ".join(value.split()))
        except (AuthResError, ValueError, RecursionError):
            continue
        if str(header.authserv_id).lower() in trusted:
            return _passes(header, domain)
    return False


def _passes(header: AuthenticationResultsHeader, domain: str) -> bool:
    by_method: dict[str, list[tuple[str, dict[str, str]]]] = {"dmarc": [], "dkim": []}
    for result in header.results:
        properties = {f"{p.type}.{p.name}".lower(): str(p.value).lower() for p in result.properties}
        by_method.setdefault(str(result.method).lower(), []).append(
            (str(result.result).lower(), properties)
        )
    if verdicts := by_method["dmarc"]:
        return all(
            verdict == "pass" and properties.get("header.from") == domain
            for verdict, properties in verdicts
        )
    return any(
        verdict == "pass" and properties.get("header.d") == domain
        for verdict, properties in by_method["dkim"]
    )


def vouched_by_signature(raw: bytes, domain: str, keys: PublicKeys) -> bool:
    """Whether ``domain`` has signed this mail, all of it, with a key it publishes.

    Asks the DNS for the keys of that domain alone. Never raises.
    """
    try:
        mail = dkim.DKIM(raw, minkey=SMALLEST_KEY, timeout=LOOK_UP_WITHIN)
        names = [name.strip().lower() for name, _ in mail.headers]
        if any(names.count(name.encode()) > 1 for name in ONLY_ONCE):
            return False
        count = min(names.count(b"dkim-signature"), SIGNATURES)
    except (dkim.DKIMException, ValueError):
        return False
    return any(_signed(mail, index, domain, keys) for index in range(count))


def _signed(mail: dkim.DKIM, index: int, domain: str, keys: PublicKeys) -> bool:
    try:
        fields, signed, _ = mail.verify_headerprep(index)
        if fields[b"d"].decode("ascii").lower() != domain or b"l" in fields:
            return False
        if fields[b"a"].lower() == b"rsa-sha1" or b"subject" not in signed:
            return False
        return bool(mail.verify(idx=index, dnsfunc=keys))
    except Exception as error:
        # Mail and key are a stranger's: whatever they make the library stumble over is no proof.
        log.info("a signature cannot be checked: %s", type(error).__name__)
        return False


def _for_testing(record: bytes) -> bool:
    """A domain that is only trying it out wants its signatures to mean nothing (RFC 6376 3.6.1)."""
    tags = dict(tag.partition(b"=")[::2] for tag in record.replace(b" ", b"").split(b";"))
    return b"y" in tags.get(b"t", b"").split(b":")
