"""What the tests of bundles share: a source, and folders to import into."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bundle.world import made
from tests.cli.folder_steps import ran
from tests.registry import Registry, running

ACCOUNT = "1234567890123456"


class Source(NamedTuple):
    """A server with a workspace, and the workspace's bundle."""

    registry: Registry
    workspace_id: str
    bundle: Path


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """A server that no test changes."""
    folder = tmp_path_factory.mktemp("source")
    with running(folder / "data", "--account-id", ACCOUNT) as registry:
        workspace_id = made(registry, seed=1)
        bundle = folder / "team.zip"
        ran("export", "team", bundle, "--data", registry.folder)
        yield Source(registry, workspace_id, bundle)


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory, source: Source) -> Iterator[Registry]:
    """A server of the same account, with the source's workspace."""
    folder = tmp_path_factory.mktemp("twin") / "data"
    with running(folder, "--account-id", ACCOUNT) as registry:
        ran("import", source.bundle, "--data", folder)
        yield registry


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Registry]:
    """A server of another account, with nothing."""
    with running(tmp_path / "empty") as registry:
        yield registry
