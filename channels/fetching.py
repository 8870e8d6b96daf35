"""Fetches a file a customer sent from where the provider keeps it, and from nowhere else.

The address comes from outside, so it is not trusted: only https, only hosts of the provider, no
private addresses, no redirects elsewhere, never more than the limit.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection, Mapping
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import anyio.to_thread
import httpx
import puremagic

from bot.errors import AccountRefused, BadPayload, Undeliverable, Unreachable
from bot.messages import Media

REDIRECTS = 3
UNKNOWN = "application/octet-stream"


async def fetch(
    client: httpx.AsyncClient,
    media: Media,
    *,
    hosts: Collection[str],
    limit: int,
    base: str,
    headers: Mapping[str, str] | None = None,
    headers_to: Collection[str] = (),
) -> Media:
    """The file at ``media.ref`` with its bytes, and the type its bytes say it has.

    ``hosts`` are names, or ``.example.com`` for all below. ``base`` is the provider's address as
    the operator configured it: what begins with it is not checked further. ``headers`` (a token)
    go to that base and to the hosts named in ``headers_to``, to nobody else. Raises BadPayload when
    it may not be fetched or is too large, Unreachable or AccountRefused when it cannot be now,
    Undeliverable when it is gone.
    """
    url = media.ref
    for _ in range(REDIRECTS + 1):
        try:
            if url.startswith(f"{base.rstrip('/')}/"):
                request = client.build_request("GET", url, headers=dict(headers or {}))
            else:
                known = (urlsplit(url).hostname or "").lower() in headers_to
                request = await _checked(client, url, hosts, headers if known else None)
        except (httpx.InvalidURL, ValueError):
            raise BadPayload("a file's address cannot be read") from None
        try:
            response = await client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise Unreachable(f"a file cannot be fetched: {type(error).__name__}") from None
        try:
            if response.is_redirect:
                url = _moved_to(url, response.headers.get("location", ""))
                continue
            return await _read(response, media, limit)
        finally:
            await response.aclose()
    raise BadPayload("a file is behind too many redirects")


def _moved_to(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise BadPayload("a file's address cannot be read") from None


async def _read(response: httpx.Response, media: Media, limit: int) -> Media:
    if response.status_code >= 500 or response.status_code == 429:
        raise Unreachable(f"a file cannot be fetched: {response.status_code}")
    if response.status_code == 401:
        raise AccountRefused("a file cannot be fetched: our account is refused")
    if response.status_code != 200:
        raise Undeliverable(f"a file is not there: {response.status_code}")
    data = bytearray()
    try:
        async for piece in response.aiter_bytes():
            data += piece
            if len(data) > limit:
                raise BadPayload(f"a file is larger than {limit} bytes")
    except httpx.HTTPError as error:
        raise Unreachable(f"a file broke off: {type(error).__name__}") from None
    return replace(media, data=bytes(data), size=len(data), content_type=true_type(bytes(data)))


def true_type(data: bytes) -> str:
    """The media type a file's own bytes say, whatever its name or sender claims."""
    try:
        found: str = puremagic.from_string(data, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    return found or UNKNOWN


async def _checked(
    client: httpx.AsyncClient,
    url: str,
    hosts: Collection[str],
    headers: Mapping[str, str] | None,
) -> httpx.Request:
    """A request to the very address that was checked: a name may answer otherwise the next time."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or parts.port not in (None, 443) or parts.username is not None:
        raise BadPayload("a file may only be fetched by https, from the usual port")
    if not any(host == one or (one[0] == "." and host.endswith(one)) for one in hosts):
        raise BadPayload(f"files are not fetched from {host or 'nowhere'}")
    address = await anyio.to_thread.run_sync(_public_address, host)
    shown = f"[{address}]" if ":" in address else address
    pinned = parts._replace(netloc=shown).geturl()
    return client.build_request(
        "GET",
        pinned,
        headers={**(headers or {}), "Host": host},
        extensions={"sni_hostname": host},
    )


def _public_address(host: str) -> str:
    """An address of the host; raises BadPayload if any of them is not a public one."""
    try:
        found = socket.getaddrinfo(host, 443, proto=socket.IPPROTO_TCP)
    except OSError as error:
        raise Unreachable(f"{host} has no address: {type(error).__name__}") from None
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise BadPayload(f"{host} leads to a private address")
    return addresses[0]
