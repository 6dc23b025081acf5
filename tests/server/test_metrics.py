"""One view of all workers of a machine: counts add up, never go back, and are correct in Prometheus's own reading."""

import multiprocessing
import os
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from modelry import errors
from modelry.errors import ram, resource_manager
from modelry.server import metrics
from modelry.server.app import catalogue
from modelry.server.metrics import OTHERS, Metrics
from modelry.server.shared import Shared
from tests.registry import Registry, running
from tests.wire_client import Wire, exchange, read_answer

MODELS = "/api/v1/models"
PAGE = b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"

Samples = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: bytes) -> Samples:
    """Samples by name and labels, as Prometheus reads them."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def requests(samples: Samples) -> Counter[tuple[str, str]]:
    """Answers by operation and status."""
    found: Counter[tuple[str, str]] = Counter()
    for (name, labels), value in samples.items():
        if name == "modelry_requests_total":
            of = dict(labels)
            found[of["operation"], of["status"]] += int(value)
    return found


def of(shared: Shared) -> Metrics:
    return Metrics(shared)


# One worker's.


def test_answers_are_counted_by_operation_status_and_code() -> None:
    counts = of(metrics.memory(1))
    for status, code in ((200, ""), (404, "201900002"), (200, "")):
        counts.record("GetModel", status, code, 1_500_000)
    found = read(counts.exposition())
    labels = {"operation": "GetModel", "status": "200", "code": ""}
    assert found["modelry_requests_total", tuple(sorted(labels.items()))] == 2
    assert requests(found) == {("GetModel", "200"): 2, ("GetModel", "404"): 1}


def test_durations_are_a_histogram() -> None:
    counts = of(metrics.memory(1))
    for duration_ns in (50_000, 100_000, 200_000, 7_000_000_000):
        counts.record("GetModel", 200, "", duration_ns)
    found = read(counts.exposition())
    name = "modelry_request_duration_seconds"

    def at(bound: str) -> float:
        return found[f"{name}_bucket", (("le", bound), ("operation", "GetModel"))]

    assert [at(bound) for bound in ("0.0001", "0.00025", "5.0", "+Inf")] == [2, 3, 3, 4]
    assert found[f"{name}_count", (("operation", "GetModel"),)] == 4
    assert found[f"{name}_sum", (("operation", "GetModel"),)] == pytest.approx(7.00035)


def test_every_operation_and_every_code_has_room_for_its_name() -> None:
    codes = {row.code for module in (errors, ram, resource_manager) for row in _rows(module)}
    labels = {operation.label for operation in catalogue()}
    assert len(codes) > 100
    assert len(labels) > 100
    counts = of(metrics.memory(1))
    longest = max(codes, key=len), max(labels, key=len)
    counts.record(longest[1], 500, longest[0], 1)
    found = {dict(key[1])["code"] for key in read(counts.exposition()) if key[0] == "modelry_requests_total"}
    assert found == {longest[0]}
    assert requests(read(counts.exposition())) == {(longest[1], "500"): 1}


def _rows(module: Any) -> Iterator[errors.ErrorCode]:  # noqa: ANN401  a module
    for value in vars(module).values():
        if isinstance(value, errors.ErrorCode):
            yield value
        elif isinstance(value, Mapping):
            yield from (row for row in value.values() if isinstance(row, errors.ErrorCode))


def test_what_there_is_no_room_for_is_counted_together() -> None:
    """Nothing is lost, and nothing else is overwritten."""
    counts = of(metrics.memory(1))
    for number in range(5000):
        counts.record(f"Operation{number}", 200, "", 1)
        counts.record("Operation0", 200, "", 1)
    found = requests(read(counts.exposition()))
    assert found.total() == 10_000
    assert found["Operation0", "200"] == 5001
    assert found[OTHERS, "0"] == 5000 - 4095
    again = read(counts.exposition())
    assert sum(value for (name, _), value in again.items() if name.endswith("seconds_count")) == 10_000


# Several workers'.


def test_any_worker_tells_the_sum_of_all() -> None:
    shared = metrics.memory(1)
    counts = of(shared)
    child = os.fork()
    if not child:
        sibling = of(shared)
        sibling.record("GetModel", 200, "", 1)
        sibling.record("ListModels", 200, "", 1)
        os._exit(0)
    os.waitpid(child, 0)
    counts.record("GetModel", 200, "", 1)
    assert requests(read(counts.exposition())) == {("GetModel", "200"): 2, ("ListModels", "200"): 1}


def test_a_worker_that_takes_the_place_of_a_dead_one_counts_on() -> None:
    """It takes its part of the memory too, so that replacing workers does not use it up."""
    shared = metrics.memory(1)
    for _ in range(10):
        child = os.fork()
        if not child:
            of(shared).record("GetModel", 200, "", 1)
            os.kill(os.getpid(), 9)
        os.waitpid(child, 0)
    counts = of(shared)
    counts.record("GetModel", 200, "", 1)
    found = read(counts.exposition())
    assert requests(found) == {("GetModel", "200"): 11}
    assert found["modelry_request_duration_seconds_count", (("operation", "GetModel"),)] == 11


def _record(shared: Shared, count: int) -> None:
    counts = of(shared)
    for number in range(count):
        counts.record(f"Operation{number % 7}", 200, "", number)


def test_processes_that_count_at_once_lose_nothing_and_a_reader_never_sees_counts_go_back() -> None:
    context = multiprocessing.get_context("fork")
    shared = metrics.memory(4)
    reader = of(shared)
    workers = [context.Process(target=_record, args=(shared, 20_000)) for _ in range(4)]
    for worker in workers:
        worker.start()
    before: Counter[tuple[str, str]] = Counter()
    while any(worker.is_alive() for worker in workers):
        found = requests(read(reader.exposition()))
        assert all(found[key] >= count for key, count in before.items())
        before = found
    assert requests(read(reader.exposition())).total() == 80_000


def test_gauges_of_each_worker_are_told_by_all_of_them() -> None:
    shared = metrics.memory(2)
    counts = Metrics(
        shared, worker={"waiting": ("Those that wait.", lambda: 3)}, machine={"room": ("Room.", lambda: 9)}
    )
    child = os.fork()
    if not child:
        Metrics(shared, worker={"waiting": ("Those that wait.", lambda: 4)})
        os._exit(0)
    os.waitpid(child, 0)
    found = read(counts.exposition())
    assert found["modelry_room", ()] == 9
    assert sorted(value for (name, _), value in found.items() if name == "modelry_waiting") == [3, 4]


# A server.


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("four") / "data", "--workers", "4") as server:
        yield server


def pages_by_worker(server: Registry) -> dict[int, bytes]:
    """The page of every worker: each connection first asks who answers it."""
    pages: dict[int, bytes] = {}
    workers = len(psutil.Process(server.process.pid).children())
    deadline = time.monotonic() + 30
    while len(pages) < workers and time.monotonic() < deadline:
        with ExitStack() as stack:
            burst = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10)) for _ in range(40)]
            for connection in burst:
                connection.sendall(b"GET /version HTTP/1.1\r\nhost: x\r\n\r\n")
            for connection in burst:
                process = int(read_answer(connection).json["Process"])
                if process not in pages:
                    connection.sendall(PAGE)
                    pages[process] = read_answer(connection).body
    return pages


def test_every_worker_of_four_answers_for_all(four: Registry) -> None:
    wire = Wire(four)
    before = requests(read(exchange(four.address, PAGE).body))
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: wire.ask("GET", MODELS).status, range(120))) == {200}
        assert set(threads.map(lambda n: wire.ask("GET", f"{MODELS}/model-{n}").status, range(60))) == {404}
    pages = pages_by_worker(four)
    assert len(pages) == 4
    for page in pages.values():
        found = requests(read(page)) - before
        assert found == {("ListModels", "200"): 120, ("GetModel", "404"): 60}


def test_gauges_of_a_server_are_told_of_each_worker(four: Registry) -> None:
    found = read(exchange(four.address, PAGE).body)
    for name in ("modelry_requests_in_flight", "modelry_writes_waiting", "modelry_bodies_bytes"):
        assert len([key for key in found if key[0] == name]) == 4
    assert [key for key in found if key[0] == "modelry_nonces_capacity"] == [("modelry_nonces_capacity", ())]
