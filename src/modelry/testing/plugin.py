"""The fixtures, as pytest finds them through the entry point `pytest11`."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from modelry.testing import Registry


@pytest.fixture(scope="session")
def modelry_settings() -> Mapping[str, object]:
    """Settings of the server, by their names in docs/settings.md; override it to give some."""
    return {}


@pytest.fixture(scope="session")
def modelry_server(
    tmp_path_factory: pytest.TempPathFactory, modelry_settings: Mapping[str, object]
) -> "Iterator[Registry]":
    """The server that all tests of this process share; what one leaves in it, the next one finds."""
    from modelry.testing import running  # noqa: PLC0415  sessions that need no registry do not pay for one

    with running(tmp_path_factory.mktemp("modelry"), **modelry_settings) as registry:
        yield registry


@pytest.fixture
def modelry_registry(modelry_server: "Registry") -> "Iterator[Registry]":
    """A registry that holds what a new one holds, whatever tests before did to it."""
    modelry_server.reset()
    yield modelry_server
    modelry_server.faults.clear()
