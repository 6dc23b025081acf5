"""What the tests of the families' rules share: the official SDK, synchronous, and a workspace of one's own."""

import pytest

from tests.contract.calls import Calls
from tests.registry import Registry


@pytest.fixture
def call(registry: Registry) -> Calls:
    return Calls(registry, "sync")


@pytest.fixture
def workspace_id(call: Calls) -> str:
    """A new workspace."""
    return call.new_workspace()


@pytest.fixture
def model_id(call: Calls, workspace_id: str) -> str:
    """A new model, alone in the workspace."""
    created: str = call("create_model", model_name="m", workspace_id=workspace_id).model_id
    return created
