"""Where a server is: one address for all products, or the cloud's own hosts, one a product."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Protocol = Literal["http", "https"]

CLOUD_HOSTS: Mapping[str, str] = {
    "AIWorkSpace": "aiworkspace.{region}.aliyuncs.com",
    "Ram": "ram.aliyuncs.com",
    "Sts": "sts.{region}.aliyuncs.com",
    "ResourceManager": "resourcemanager.aliyuncs.com",
}
"""By product. Source: the endpoint tables of Alibaba Cloud's documentation."""

_LOOPBACK = re.compile(r"localhost|127(?:\.\d+){3}|::1")
_REGION = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Cloud:
    """The real service in one region, over HTTPS."""

    region: str

    def __post_init__(self) -> None:
        if not _REGION.fullmatch(self.region):
            raise ValueError(f"{self.region!r} is no region, such as cn-hangzhou")

    def address(self, product: str) -> "Address":
        """Where a product is."""
        return Address("https", CLOUD_HOSTS[product].format(region=self.region))


@dataclass(frozen=True, slots=True)
class Address:
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
        parts = urlsplit(text if "://" in text else f"//{text}")
        try:
            usable = parts.hostname and (parts.port is None or parts.port > 0) and parts.netloc.isascii()
        except ValueError:
            usable = False
        if not usable or "@" in parts.netloc or parts.path.strip("/") or parts.query or re.search(r"\s", text):
            raise ValueError(f"{text!r} is no endpoint: it is host:port, http://host:port or https://host:port")
        fallback = "http" if _LOOPBACK.fullmatch(parts.hostname or "") else "https"
        chosen = parts.scheme or protocol or fallback
        if chosen not in {"http", "https"}:
            raise ValueError(f"the protocol is http or https, not {chosen!r}")
        return cls("http" if chosen == "http" else "https", parts.netloc)

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
        split = urlsplit(self.url)
        return split.hostname or "", split.port or (443 if self.protocol == "https" else 80)
