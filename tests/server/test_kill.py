"""A server that is killed under a load of writes; `./check failure` does the same for longer."""

import time
from pathlib import Path

import pytest

from tests.crash import Acknowledged, assert_all_there, assert_whole, killed_under_load
from tests.registry import running, started
from tests.wire_client import Wire


def test_two_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    folder, done = tmp_path / "data", Acknowledged()
    for _ in range(2):
        killed_under_load(folder, done, writers=6, longest_s=0.8)
        assert_whole(folder)
    with running(folder) as server:
        assert_all_there(server, done)
    assert done.versions


@pytest.mark.parametrize("lost", [(), ("machine.state",)], ids=["nothing lost", "table lost"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_what_was_carried_out_before_a_kill_is_not_carried_out_again(
    tmp_path: Path, method: str, lost: tuple[str, ...]
) -> None:
    """Also when the table of used nonces is lost: what is dated before the start is then refused."""
    folder = tmp_path / "data"
    first = started(folder)
    model_id = Wire(first).new_model()
    body = {"Domain": "d"} if method == "PUT" else None
    request = Wire(first).signed(method, f"/api/v1/models/{model_id}", body)
    assert Wire(first).send(request).status == 200
    first.kill()
    for name in lost:
        (folder / name).unlink()
        time.sleep(1.1)  # dates are whole seconds
    with running(folder, "--port", str(first.port)) as again:
        answer = Wire(again).send(request)
    assert answer.status == 400
    assert answer.code == ("InvalidTimeStamp.Expired" if lost else "SignatureNonceUsed")
