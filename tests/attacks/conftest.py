"""What the attacks share: one server to attack, and its account."""

from collections.abc import Iterator

import pytest

from tests.attacks.actors import Root, of
from tests.registry import Registry, running


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server that lives as long as the tests of this process; nothing in it is worth anything."""
    with running(tmp_path_factory.mktemp("attacked") / "data") as server:
        yield server


@pytest.fixture
def root(attacked: Registry) -> Root:
    """The account's own key."""
    return of(attacked)


@pytest.fixture(scope="session")
def attacked_root(attacked: Registry) -> Root:
    """The account's own key, for what a whole file shares."""
    return of(attacked)
