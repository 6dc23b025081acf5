"""What is particular to Go: its numbers, and trust in a certificate."""

import pytest

from tests.clients.clients import Client
from tests.clients.life_cycle import create_and_get
from tests.registry import Registry

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("way", ["acs3", "v2", "older"])
def test_large_numbers_come_back_digit_by_digit(go: Client, registry: Registry, way: str) -> None:
    numbers = {"big": 9007199254740993, "bigger": 2**63 - 1, "small": -(2**63), "tenth": 0.1}
    _, found = go.made(create_and_get({"ExtraInfo": numbers}), registry, way)
    assert found.body["ExtraInfo"] == numbers


@pytest.mark.parametrize("way", ["acs3", "v2"])
def test_https_is_spoken_by_default(go: Client, secure: Registry, way: str) -> None:
    ca = (secure.folder.parent / "ca.pem").read_text()
    created, found = go.made(create_and_get({}), secure, way, CA=ca, PROTOCOL="")
    assert (created.status, found.status) == (200, 200), (created, found)


def test_another_authority_is_not_trusted(go: Client, secure: Registry) -> None:
    (refused,) = go.made(create_and_get({})[1:], secure, "acs3", PROTOCOL="")
    assert refused.status == 0
    assert "certificate" in refused.message
