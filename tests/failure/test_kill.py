"""`kill -9` of a whole server at random moments under a load of writes: what was acknowledged is there, and whole."""

from pathlib import Path

import pytest

from tests.crash import Acknowledged, assert_all_there, assert_whole, killed_under_load
from tests.registry import running

pytestmark = pytest.mark.failure


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ten_kills_lose_nothing_that_was_acknowledged(tmp_path: Path, workers: str) -> None:
    folder, done = tmp_path / "data", Acknowledged()
    for _ in range(10):
        killed_under_load(folder, done, writers=12, longest_s=2.5, MODELRY_WORKERS=workers)
        assert_whole(folder)
        with running(folder) as server:
            assert_all_there(server, done)
        assert_whole(folder)
    assert len(done.models) > 50
    assert len(done.deleted) > 10
    assert max(len(names) for names in done.versions.values()) > 100
