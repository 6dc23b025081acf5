"""Where a server is: one address for all products, or the cloud's own hosts, one a product."""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

Protocol = Literal["http", "https"]

CLOUD_HOSTS: Mapping[str, str] = {
    "AIWorkSpace": "aiworkspace.{region}.aliyuncs.com",
    "Ram": "ram.aliyuncs.com",
    "Sts": "sts.{region}.aliyuncs.com",
    "ResourceManager": "resourcemanager.aliyuncs.com",
}
"""By product. Source: the endpoint tables of Alibaba Cloud's documentation."""

_LOOPBACK = re.compile(r"localhost|127(?:\.\d+){3}|::1")
_ENDPOINT = re.compile(
    r"(?:(?P<protocol>https?)://)?(?P<host>(?P<name>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?)/?",
    re.IGNORECASE | re.ASCII,
)
_PORT = re.compile(r":[0-9]+$")
_REGION = re.compile(r"[a-z0-9-]{1,64}")


class Cloud(msgspec.Struct, frozen=True):
    """The real service in one region, over HTTPS."""

    region: str

    def __post_init__(self) -> None:
        if not _REGION.fullmatch(self.region):
            raise ValueError(f"{self.region!r} is no region, such as cn-hangzhou")

    def address(self, product: str) -> "Address":
        """Where a product is."""
        return Address(protocol="https", host=CLOUD_HOSTS[product].format(region=self.region))


class Address(msgspec.Struct, frozen=True):
    """Where requests go."""

    protocol: Protocol
    host: str
    """host or host:port, as the header Host shows it."""

    @classmethod
    def of(cls, text: str, protocol: str | None = None) -> "Address":
        """The address that is written as `host:port` or as a URL.

        Without a protocol it is HTTP on the machine itself and HTTPS elsewhere. Decided here: answers may hold
        secrets.

        Raises:
            ValueError: it is neither; or it has a path, which is part of what is signed.
        """
        written = _ENDPOINT.fullmatch(text)
        if written is None or int(written["port"] or 1) not in range(1, 2**16):
            raise ValueError(f"{text!r} is no endpoint: it is host:port, http://host:port or https://host:port")
        host = written["name"].strip("[]")
        fallback = "http" if _LOOPBACK.fullmatch(host) else "https"
        chosen = (written["protocol"] or protocol or fallback).lower()
        if chosen not in {"http", "https"}:
            raise ValueError(f"the protocol is http or https, not {chosen!r}")
        return cls(protocol="http" if chosen == "http" else "https", host=written["host"])

    def address(self, product: str) -> "Address":  # noqa: ARG002  as Cloud answers it for each product
        """Where a product is: here, as all of them."""
        return self

    @property
    def url(self) -> str:
        """`http://host:port`."""
        return f"{self.protocol}://{self.host}"

    @property
    def parts(self) -> tuple[str, int]:
        """Host name and port to connect to."""
        name, _, port = self.host.rpartition(":") if _PORT.search(self.host) else (self.host, "", "")
        return name.strip("[]"), int(port or (443 if self.protocol == "https" else 80))
