"""Load generators: each request once, every answer counted, nothing waited for without end."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelry.bench import data, load, processes
from modelry.bench.load import Sending
from modelry.bench.processes import BenchError, Running
from modelry.bench.run import Plan
from modelry.bench.signed import Plain, Signer
from modelry.bench.traffic import Traffic
from modelry.server.start import RootKey


class Bench:
    """A registry that is served, and its traffic."""

    def __init__(self, registry: data.Registry, server: Running) -> None:
        self.registry = registry
        self.server = server
        self.traffic = Traffic(registry, {"get": 1, "create": 1})


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    registry = data.made(folder / "data", data.Sizes(5, 1, 2), lambda *_: None)
    with processes.registry(registry.folder, folder / "server.log") as server:
        yield Bench(registry, server)


@pytest.mark.parametrize("generators", [1, 3])
def test_every_request_is_sent_once_and_answered(bench: Bench, tmp_path: Path, generators: int) -> None:
    requests = bench.traffic.signed([bench.registry.root], 100)
    seen = load.sent(bench.server, requests, Sending(connections=4, seconds=30, generators=generators), tmp_path)
    assert seen.failures == {}  # a nonce that came twice would be refused
    assert {kind: len(taken) for kind, taken in seen.latency_us.items()} == {
        kind: sum(one == kind for one, _ in requests) for kind in ("get", "create")
    }
    assert seen.requests == 100


def test_a_request_that_is_sent_again_is_refused_and_counted(bench: Bench, tmp_path: Path) -> None:
    (request,) = bench.traffic.signed([bench.registry.root], 1)
    seen = load.sent(bench.server, [request, request], Sending(connections=1, seconds=30), tmp_path)
    assert seen.failures == {f"{request[0]} 400": 1}
    assert "SignatureNonceUsed" in seen.first_failure
    assert seen.requests == 2


def test_a_request_for_what_is_not_there_is_counted_as_a_failure(bench: Bench, tmp_path: Path) -> None:
    text = Signer(bench.registry.root).text(Plain("GetModel", "GET", "/api/v1/models/model-no"))
    seen = load.sent(bench.server, [("get", text)], Sending(connections=1, seconds=30), tmp_path)
    assert seen.failures == {"get 404": 1}
    assert seen.latency_us == {}


def test_a_round_ends_when_its_time_is_over(tmp_path: Path) -> None:
    requests = [("get", Signer(RootKey("id", "secret")).text(Plain("GetModel", "GET", "/")))]
    with processes.floor(1000) as floor:
        seen = load.sent(floor, requests, Sending(connections=2, seconds=0.3, again=True), tmp_path)
    assert seen.requests > 2
    assert seen.failures == {}
    assert seen.body_bytes == 1000


@contextmanager
def hanging_up() -> Iterator[Running]:
    """A server that closes every connection at its first request."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.recv(1)
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield Running(listener.getsockname()[1], (), 0.0)
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_connection_that_is_lost_is_a_failure_not_a_wait(tmp_path: Path) -> None:
    with hanging_up() as server:
        seen = load.sent(server, [("get", b"GET / HTTP/1.1\r\n\r\n")], Sending(connections=1, seconds=30), tmp_path)
    assert seen.failures == {"get lost": 1}


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(BenchError, match="load generator"):
        load.sent(Running(port, (), 0.0), [("get", b"")], Sending(connections=1, seconds=1), tmp_path)


@pytest.mark.parametrize("seconds", [1.0, 10.0, 60.0, 3600.0])
@pytest.mark.parametrize("connections", [[1], [8, 32], [1, 2, 4, 8]])
@pytest.mark.parametrize("users", [0, 5])
def test_all_rounds_together_take_as_long_as_was_asked(seconds: float, connections: list[int], users: int) -> None:
    plan = Plan(
        sizes=data.Sizes(1, 1, 1),
        shares={"get": 1},
        users=users,
        connections=connections,
        seconds=seconds,
        kept_in=None,
    )
    count, length_s = plan.rounds()
    a_series = length_s * (count + (count + 1) / 2 + 2 * 0.3)
    assert a_series * len(connections) * (2 if users else 1) == pytest.approx(seconds)
    assert count >= 3
    assert length_s <= 5
