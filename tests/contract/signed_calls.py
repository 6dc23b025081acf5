"""The four ways in which the official SDK sends a request: either half of it, with either signature."""

from dataclasses import dataclass

import pytest

from tests.contract.calls import Calls
from tests.registry import Registry


@dataclass(frozen=True)
class SignedCalls(Calls):
    """`Calls` that choose their signature."""

    signature_algorithm: str

    def __post_init__(self) -> None:
        client = self.registry.sdk(signature_algorithm=self.signature_algorithm)
        object.__setattr__(self, "client", client)


EVERY_WAY = [
    pytest.param(("sync", "ACS3-HMAC-SHA256"), id="sync-acs3"),
    pytest.param(("sync", "v2"), id="sync-roa"),
    pytest.param(("async", "ACS3-HMAC-SHA256"), id="async-acs3"),
    pytest.param(("async", "v2"), id="async-roa"),
]


def signed_calls(registry: Registry, way: tuple[str, str]) -> SignedCalls:
    """Calls by one of the four ways."""
    half, signature_algorithm = way
    return SignedCalls(registry, half, signature_algorithm=signature_algorithm)
