"""A workbench a test, on the server that all tests share."""

from pathlib import Path

import pytest

from tests.registry import Registry
from tests.terraform.workbench import Workbench, workbench


@pytest.fixture
def bench(tmp_path: Path, registry: Registry) -> Workbench:
    """Terraform with the account's own key."""
    return workbench(tmp_path / "bench", registry)
