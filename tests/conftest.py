"""What tests share: one server for all that only need a registry, and the SDK pointed at it."""

import signal
from collections.abc import Iterator

import pytest
from alibabacloud_aiworkspace20210204.client import Client

from tests.registry import Registry, running

# Where the tests run in the background Ctrl-C may be ignored, and the programs that they interrupt would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server that lives as long as the tests of this process."""
    with running(tmp_path_factory.mktemp("registry") / "data") as server:
        yield server


@pytest.fixture
def sdk(registry: Registry) -> Client:
    """The official SDK, signing with ACS3."""
    return registry.sdk()
