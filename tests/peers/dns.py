"""A real DNS server on loopback that publishes senders' keys, and mail signed with them (DKIM)."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from dnslib import QTYPE, RR, TXT, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSServer

SELECTOR = "s1"
SIGNED = (b"from", b"to", b"subject", b"date", b"message-id")


@lru_cache(maxsize=16)
def key_of(domain: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """The private key of a domain."""
    return rsa.generate_private_key(65537, bits)


def signed(
    raw: bytes,
    domain: str,
    *,
    selector: str = SELECTOR,
    bits: int = 2048,
    include: tuple[bytes, ...] = SIGNED,
    length: bool = False,
    hashed: bytes = b"rsa-sha256",
) -> bytes:
    """The mail with that domain's signature above it."""
    pem = key_of(domain, bits).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    head: bytes = dkim.sign(
        raw, selector.encode(), domain.encode(), pem, include_headers=list(include),
        length=length, signature_algorithm=hashed, canonicalize=(b"relaxed", b"relaxed"),
    )  # fmt: skip
    return head + raw


@dataclass
class Names(BaseResolver):
    """What is published; ``asked`` is everything somebody wanted to know."""

    texts: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"127.0.0.1:{self.port}"

    def publish(
        self, domain: str, *, selector: str = SELECTOR, bits: int = 2048, tags: str = ""
    ) -> None:
        """Publish a domain's key."""
        public = key_of(domain, bits).public_key()
        der = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        record = f"v=DKIM1; k=rsa; {tags}p={base64.b64encode(der).decode()}"
        self.texts[f"{selector}._domainkey.{domain}."] = record

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        name = str(request.q.qname)
        self.asked.append(name)
        reply = request.reply()
        if name in self.texts:
            text = self.texts[name].encode()
            pieces = [text[at : at + 250] for at in range(0, len(text), 250)]
            reply.add_answer(RR(name, QTYPE.TXT, rdata=TXT(pieces), ttl=60))
        else:
            reply.header.rcode = 3
        return reply


@contextlib.contextmanager
def running() -> Iterator[Names]:
    """A DNS server on a free port."""
    names = Names()
    server = DNSServer(names, address="127.0.0.1", port=0)
    names.port = server.server.server_address[1]
    server.start_thread()
    try:
        yield names
    finally:
        server.stop()
        server.server.server_close()
