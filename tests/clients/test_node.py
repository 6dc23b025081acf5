"""What is particular to JavaScript: bodies in chunks, and trust in a certificate."""

import pytest

from tests.clients.clients import Client
from tests.clients.life_cycle import create_and_get
from tests.registry import Registry

pytestmark = pytest.mark.clients

EVERY_WAY = ["core-acs3", "core-v2", "older-acs3", "older-v2"]


@pytest.mark.parametrize("way", EVERY_WAY)
def test_a_large_body_arrives_in_chunks(node: Client, registry: Registry, way: str) -> None:
    """These cores send no Content-Length."""
    text = "描述 " * 60_000
    _, found = node.made(create_and_get({"ExtraInfo": {"Text": text}}), registry, way)
    assert found.body["ExtraInfo"] == {"Text": text}


@pytest.mark.parametrize("way", EVERY_WAY)
def test_https_is_spoken_by_default(node: Client, secure: Registry, way: str) -> None:
    ca = (secure.folder.parent / "ca.pem").read_text()
    created, found = node.made(create_and_get({}), secure, way, CA=ca, PROTOCOL="")
    assert (created.status, found.status) == (200, 200), (created, found)


def test_another_authority_is_not_trusted(node: Client, secure: Registry) -> None:
    (refused,) = node.made(create_and_get({})[1:], secure, "core-acs3", PROTOCOL="")
    assert refused.status == 0
    assert "certificate" in refused.message
