"""What the contract tests share: the SDK's two halves."""

import pytest

from tests.contract.calls import Calls
from tests.registry import Registry


@pytest.fixture(params=["sync", "async"])
def call(registry: Registry, request: pytest.FixtureRequest) -> Calls:
    """The official SDK, once through each of its halves."""
    return Calls(registry, request.param)


@pytest.fixture
def workspace_id(call: Calls) -> str:
    """A new workspace."""
    return call.new_workspace()
