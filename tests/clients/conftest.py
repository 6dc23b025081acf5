"""The clients, made ready once, and the life cycle as each of them lived it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.clients.clients import Client, Outcome, go_client, node_client
from tests.clients.life_cycle import life_cycle
from tests.registry import Registry, running

WAYS = [
    *(("go", way) for way in ("acs3", "v2", "older")),
    *(("node", way) for way in ("core-acs3", "core-v2", "older-acs3", "older-v2")),
]
"""Language, then core and signature."""


@dataclass(frozen=True)
class Lived:
    """A life cycle that is over."""

    outcomes: Mapping[str, Outcome]
    registry: Registry

    def answer(self, name: str) -> dict[str, Any]:
        """What a call that succeeded was answered."""
        outcome = self.outcomes[name]
        assert (outcome.status, outcome.code) == (200, ""), outcome
        assert isinstance(outcome.body, dict)
        return outcome.body

    def refusal(self, name: str) -> tuple[int, str]:
        """Status and code with which a call was refused."""
        return self.outcomes[name].status, self.outcomes[name].code


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Client:
    return go_client(tmp_path_factory.mktemp("go"))


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Client:
    return node_client(tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="session", params=WAYS, ids="-".join)
def lived(request: pytest.FixtureRequest, registry: Registry) -> Lived:
    language, way = request.param
    client: Client = request.getfixturevalue(language)
    calls = life_cycle()
    outcomes = client.made(calls.values(), registry, way)
    return Lived(dict(zip(calls, outcomes, strict=True)), registry)


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server that speaks HTTPS; its authority is in ca.pem beside its data."""
    place: Path = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(place / "cert.pem")
    certificate.private_key_pem.write_to_path(place / "key.pem")
    authority.cert_pem.write_to_path(place / "ca.pem")
    with running(place / "data", "--tls-cert", str(place / "cert.pem"), "--tls-key", str(place / "key.pem")) as server:
        yield server
