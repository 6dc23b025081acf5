"""Who is at the other end of a request: the address that it comes from, and whether it came over TLS.

Both are the connection's, unless a proxy that the settings trust made it: then they are what that proxy says of its
client. Nothing else of a request counts, not `Forwarded`, not `x-acs-source-ip`, not a parameter: whoever sends a
request writes these as they like.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, NamedTuple

from modelry.settings import Network

_REMEMBERED = 4096
"""Addresses that are remembered with their trust."""


class Peer(NamedTuple):
    """Who sent a request."""

    source: str
    """An IP address, an IPv4 one always written as such; empty when the connection has none."""

    secure: bool
    """Whether it came over TLS."""


class Hop(NamedTuple):
    """An address on the way of a request."""

    address: str
    trusted: bool


class Proxies:
    """The proxies that are believed what they say of their clients."""

    def __init__(self, networks: Iterable[Network]) -> None:
        """Trust these networks."""
        self._networks = tuple(networks)
        self._hop = lru_cache(_REMEMBERED)(partial(_hop, self._networks))

    def peer(self, scope: Mapping[str, Any]) -> Peer:
        """Who sent the request of an ASGI scope."""
        client = scope.get("client")
        address = client[0] if client else ""
        source = address.removeprefix(_MAPPED) if "." in address else address
        connected = Peer(source, scope["scheme"] == "https")
        if not self._networks:
            return connected
        hop = self._hop(source)
        return self._behind(connected, scope["headers"]) if hop and hop.trusted else connected

    def _behind(self, proxy: Peer, headers: Iterable[tuple[bytes, bytes]]) -> Peer:
        """Who is behind a trusted proxy; what the proxy does not say stays as its connection has it."""
        received = list(headers)
        protocols = _entries(received, b"x-forwarded-proto")
        secure = protocols[-1].lower() == "https" if protocols else proxy.secure
        return Peer(self._source(proxy.source, _entries(received, b"x-forwarded-for")), secure)

    def _source(self, nearest: str, forwarded: list[str]) -> str:
        """The first address, from the nearest on, that no trusted proxy has.

        Each proxy adds its client at the end, so what stands before an untrusted address was written by that one. An
        entry that is no address ends the search at the one after it.
        """
        source = nearest
        for entry in reversed(forwarded):
            hop = self._hop(entry)
            if hop is None:
                break
            source = hop.address
            if not hop.trusted:
                break
        return source


def _entries(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[str]:
    """The values of a header that may be repeated, in the order in which they were written."""
    text = ",".join(value.decode("latin-1") for key, value in headers if key == name)
    return [entry.strip() for entry in text.split(",")] if text else []


def _hop(networks: tuple[Network, ...], text: str) -> Hop | None:
    """An address, which may have a port, and whether it is in one of the networks; `None` for anything else."""
    written = _ADDRESS.fullmatch(text)
    if written is None:
        return None
    try:
        address = ip_address(written["bracketed"] or written["dotted"] or written["colons"])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return Hop(str(address), any(address in network for network in networks))


_MAPPED: Final = "::ffff:"
"""Before the address of an IPv4 client whose connection was accepted by an IPv6 socket."""

# No zone (`fe80::1%eth0`): it means nothing on another machine, and may hold any character.
_ADDRESS: Final = re.compile(
    r"(?:\[(?P<bracketed>[0-9A-Fa-f:.]+)\]|(?P<dotted>[0-9.]+))(?::[0-9]{1,5})?|(?P<colons>[0-9A-Fa-f:.]+)"
)
