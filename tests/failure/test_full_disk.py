"""A full disk: writes are refused with a clear error, nothing that was acknowledged is lost, room is all it needs."""

import random
from pathlib import Path

import pytest

from tests.crash import Acknowledged, assert_all_there, assert_whole
from tests.databases import cluster, identity
from tests.failure.small_disk import enlarge, room, small_disk
from tests.fleet import servers
from tests.registry import Registry, running
from tests.wire_client import Wire

pytestmark = pytest.mark.failure
_MODELS = "/api/v1/models"


@pytest.mark.parametrize("workers", ["1", "3"])
def test_a_server_lives_on_a_full_disk_and_goes_on_when_there_is_room(tmp_path: Path, workers: str) -> None:
    """In a memory file system, where a hole in a file that is read through a memory map kills the reader."""
    done = Acknowledged()
    with small_disk(tmp_path / "small", 20) as small:
        (small / "data.log").symlink_to(tmp_path / "log")  # the log has room
        with running(small / "data", MODELRY_WORKERS=workers) as server:
            fill(server, small, done)
            assert room(small) < 2**16
            statuses = {Wire(server).ask("GET", f"{_MODELS}/{model_id}").status for model_id in list(done.models)[:300]}
            assert statuses <= {200, 503}
            enlarge(small, 60)
            for method, target, body in (("POST", _MODELS, {"ModelName": "later"}), ("GET", _MODELS, None)):
                assert Wire(server).ask(method, target, body).status == 200
            assert_all_there(server, done)
        assert server.process.returncode == 0
        assert_whole(small / "data")


def test_a_full_disk_of_postgresql_refuses_writes_until_there_is_room(tmp_path: Path) -> None:
    """The log of the database lies elsewhere, as is advised; it goes on itself."""
    done = Acknowledged()
    with cluster(durable=True) as database:
        owner = identity()
        owners = {"uid": owner["user"], "gid": owner["group"]} if owner else {}
        with small_disk(database.home / "small", 24, **owners) as small:
            with database.admin() as admin:
                admin.execute(f"CREATE TABLESPACE small LOCATION '{small}'".encode())
                admin.execute(b"CREATE DATABASE small OWNER modelry TEMPLATE template0 TABLESPACE small")
            with servers(tmp_path, database.url("small")) as fleet:
                fill(fleet.servers[0], small, done)
                for number, model_id in enumerate(list(done.models)[:60]):
                    assert fleet.wire(number).ask("GET", f"{_MODELS}/{model_id}").status == 200
                enlarge(small, 100)
                for server in fleet.servers:
                    assert Wire(server).new_model()
                    assert_all_there(server, done)
            database.stop()


def fill(server: Registry, small: Path, done: Acknowledged) -> None:
    """Write until the disk is full, and a hundred times more; note what was acknowledged."""
    wire, refused = Wire(server), 0
    for number in range(10_000):
        text = random.randbytes(25_000).hex()  # which does not get smaller when it is packed
        answer = wire.ask("POST", _MODELS, {"ModelName": f"m{number}", "ModelDoc": text})
        if answer.status == 200:
            done.models[answer.json["ModelId"]] = f"m{number}"
        else:
            assert (answer.status, answer.code) == (503, "ServiceUnavailable")
            refused += 1
        if refused == 100:
            return
    raise AssertionError(f"{room(small)} bytes are left")
