"""A server that is killed under a load of writes; `./check failure` does the same for longer."""

from pathlib import Path

from tests.crash import Acknowledged, assert_all_there, assert_whole, killed_under_load
from tests.registry import running


def test_two_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    folder, done = tmp_path / "data", Acknowledged()
    for _ in range(2):
        killed_under_load(folder, done, writers=6, longest_s=0.8)
        assert_whole(folder)
    with running(folder) as server:
        assert_all_there(server, done)
    assert done.versions
