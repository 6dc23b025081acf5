"""A worker that is killed in the middle of requests: the server ends at once and says so, and nothing is lost."""

import random
import time
from pathlib import Path

import psutil
import pytest

from tests.crash import Acknowledged, Writer, assert_all_there, assert_whole
from tests.registry import running, started
from tests.wire_client import Wire

pytestmark = pytest.mark.failure


@pytest.mark.parametrize("round_", range(5))
def test_a_killed_worker_ends_the_server_which_starts_again_with_all_that_was_acknowledged(
    tmp_path: Path, round_: int
) -> None:
    folder, done = tmp_path / "data", Acknowledged()
    server = started(folder, "--workers", "3")
    try:
        done.models[Wire(server).new_model(ModelName="shared")] = "shared"
        (shared,) = done.models
        writers = [Writer(server, shared, done) for _ in range(9)]
        for writer in writers:
            writer.start()
        time.sleep(random.uniform(0.3, 1.5))
        random.choice(psutil.Process(server.process.pid).children()).kill()
        assert server.process.wait(30) == 1
        assert "a worker has ended" in server.log.read_text()
    finally:
        if server.process.poll() is None:
            server.kill()
    for writer in writers:
        writer.join(30)
        assert not writer.is_alive()
        assert writer.unexpected == []
    assert_whole(folder)
    with running(folder, "--workers", "3") as again:
        assert_all_there(again, done)
    assert len(done.models) > 5
