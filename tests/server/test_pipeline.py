"""The path of a request where it leaves the usual way: no permission, no room, no disk, a fault."""

import fcntl
import json
import resource
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from modelry.access.principal import Principal
from modelry.access.sealing import Sealer
from modelry.families.ram.keys import store as keys
from modelry.storage.sqlite import write_alone
from tests.registry import Registry, running
from tests.wire_client import Answer, Wire, read_answer

MODELS = "/api/v1/models"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@contextmanager
def nobody_writes(folder: Path) -> Iterator[None]:
    """Hold the writers' lock, as another process of this program does while it writes."""
    with (folder / "writer.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_a_key_that_nothing_is_allowed_to_is_denied_with_action_and_reason(registry: Registry) -> None:
    """Also for what does not exist: a 404 would say so."""
    key_id = f"LTAIstranger{time.time_ns()}"
    sealer = Sealer(bytes.fromhex((registry.folder / "sealing.key").read_text()))
    principal = Principal(account_id=int(registry.account_id), user_id="200000000000001", access_key_id=key_id)
    stored = keys.StoredKey(principal, "Active", sealer.seal(registry.secret, belongs_to=key_id))
    write_alone(registry.folder, lambda transaction: keys.add_key(transaction, stored))
    wire = Wire(replace(registry, key_id=key_id))
    for method, target, body in (
        ("GET", MODELS, None),
        ("GET", f"{MODELS}/model-unknown", None),
        ("POST", MODELS, {"ModelName": "m"}),
    ):
        answer = wire.ask(method, target, body)
        assert (answer.status, answer.code) == (403, "NoPermission")
        assert "200000000000001" in answer.json["Message"]
        assert "paimodel:" in answer.json["Message"]


def test_writes_wait_for_another_process_and_reads_do_not(folder: Path) -> None:
    with running(folder) as server, ThreadPoolExecutor(1) as thread:
        wire = Wire(server)
        model_id = wire.new_model()
        with nobody_writes(folder):
            waiting = thread.submit(wire.ask, "POST", MODELS, {"ModelName": "waits"})
            for _ in range(20):
                assert wire.ask("GET", f"{MODELS}/{model_id}").status == 200
                assert wire.ask("GET", MODELS).status == 200
            assert not waiting.done()
        assert waiting.result(10).status == 200


def test_too_many_waiting_writes_are_throttled_and_told_when_to_come_again(folder: Path) -> None:
    with running(folder, "--max-waiting", "4") as server, ThreadPoolExecutor(12) as threads:
        wire = Wire(server)
        with nobody_writes(folder):
            sent = [threads.submit(wire.ask, "POST", MODELS, {"ModelName": f"m{number}"}) for number in range(12)]
            deadline = time.monotonic() + 10
            while sum(one.done() for one in sent) < 7 and time.monotonic() < deadline:
                time.sleep(0.01)
            throttled = [one.result() for one in sent if one.done()]
        answers = [one.result(10) for one in sent]
    assert {(answer.status, answer.code) for answer in throttled} == {(429, "Throttling")}
    assert {int(answer.headers["x-acs-retry-after"]) > 0 for answer in throttled} == {True}
    assert sorted(answer.status for answer in answers).count(200) == 12 - len(throttled)
    assert 4 <= 12 - len(throttled) <= 6


def test_a_refusal_other_than_throttling_has_no_retry_header(registry: Registry) -> None:
    """The SDKs and the `aliyun` command line repeat whatever carries it."""
    wire = Wire(registry)
    for answer in (wire.ask("GET", f"{MODELS}/none"), wire.ask("POST", MODELS, {}), wire.ask("GET", "/nowhere")):
        assert "x-acs-retry-after" not in answer.headers
        assert "retry-after" not in answer.headers


def worker_of(server: Registry) -> int:
    return int(json.loads(server.get("/version")[1])["Process"])


@contextmanager
def files_of_at_most(worker: int, size_bytes: int) -> Iterator[None]:
    """A disk that is full, as far as one process can tell."""
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, before)


def test_a_write_that_does_not_fit_on_the_disk_is_a_503_and_leaves_nothing(folder: Path) -> None:
    with running(folder, "--nonce-table-bytes", str(2**20)) as server:
        wire = Wire(server)
        model_id = wire.new_model(ModelName="before")
        with files_of_at_most(worker_of(server), 2 * 2**20):
            full = wire.ask("PUT", f"{MODELS}/{model_id}", {"ModelName": "after", "ModelDoc": "x" * 3_500_000})
            assert (full.status, full.code) == (503, "ServiceUnavailable")
            assert wire.ask("GET", f"{MODELS}/{model_id}").json["ModelName"] == "before"
        assert wire.ask("PUT", f"{MODELS}/{model_id}", {"Domain": "goes on"}).status == 200
        found = wire.ask("GET", f"{MODELS}/{model_id}").json
        faults = [line for line in server.log_lines() if "Fault" in line]
    assert (found["ModelName"], found["Domain"]) == ("before", "goes on")
    assert [fault["RequestId"] for fault in faults] == [full.json["RequestId"]]


def test_of_a_group_with_a_write_that_is_refused_the_others_are_kept(folder: Path) -> None:
    """Many requests share one commit; each can be undone alone."""
    with running(folder) as server, ThreadPoolExecutor(24) as threads:
        wire = Wire(server)
        wire.new_model(ModelName="taken")
        names = [f"m{number}" if number % 2 else "taken" for number in range(24)]
        with nobody_writes(folder):
            sent = [threads.submit(wire.ask, "POST", MODELS, {"ModelName": name}) for name in names]
            time.sleep(0.3)
        answers: list[Answer] = [one.result(10) for one in sent]
        kept = wire.ask("GET", f"{MODELS}?PageSize=100").json
    assert [answer.status for answer in answers] == [200 if number % 2 else 409 for number in range(24)]
    assert kept["TotalCount"] == 13
    assert {model["ModelName"] for model in kept["Models"]} == {"taken", *names}


def test_times_of_creation_are_unique_and_in_the_order_of_lists(folder: Path) -> None:
    with running(folder) as server, ThreadPoolExecutor(16) as threads:
        wire = Wire(server)
        list(threads.map(lambda number: wire.new_model(OrderNumber=number), range(60)))
        listed = wire.ask("GET", f"{MODELS}?PageSize=100").json["Models"]
    assert len(listed) == 60
    times = [model["GmtCreateTime"] for model in listed]
    assert times == sorted(times)


def test_a_client_that_leaves_before_its_answer_does_no_harm(registry: Registry) -> None:
    wire = Wire(registry)
    for _ in range(20):
        connection = socket.create_connection(("127.0.0.1", registry.port), 10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(wire.signed("POST", MODELS, {"ModelName": f"left{time.time_ns()}"}).data())
        connection.close()
    assert wire.ask("GET", MODELS).status == 200
    assert [line for line in registry.log_lines() if "Fault" in line] == []


def test_requests_sent_at_once_on_one_connection_are_answered_in_their_order(registry: Registry) -> None:
    wire = Wire(registry)
    first, second = wire.new_model(Domain="1"), wire.new_model(Domain="2")
    with socket.create_connection(("127.0.0.1", registry.port), 10) as connection:
        connection.sendall(
            wire.signed("PUT", f"{MODELS}/{first}", {"Domain": "written"}).data()
            + wire.signed("GET", f"{MODELS}/{first}").data()
        )
        file = connection.makefile("rb")
        text = b""
        while text.count(b"HTTP/1.1 200") < 2 or not text.endswith(b"}"):
            piece = file.read1(65536)
            assert piece
            text += piece
        assert text.index(b'"Domain":"written"') > text.index(b"HTTP/1.1 200", 10)
        connection.sendall(wire.signed("GET", f"{MODELS}/{second}").data())
        assert read_answer(connection).json["Domain"] == "2"
