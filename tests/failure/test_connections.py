"""Very many connections, and clients that are slow or do not read: all bounded, and whoever is in order is served."""

import selectors
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.registry import Registry, running
from tests.wire_client import Wire, read_answer

pytestmark = pytest.mark.failure

MODELS = "/api/v1/models"
IDLE = 10_000
SOME = 500


@contextmanager
def connected(server: Registry, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 30)) for _ in range(count)]


def assert_served(server: Registry) -> None:
    """New connections are taken, and reads, writes and lists answered."""
    wire = Wire(server)
    for _ in range(10):
        model_id = wire.new_model()
        assert wire.ask("GET", f"{MODELS}/{model_id}").status == 200
        assert wire.ask("GET", f"{MODELS}?PageSize=1").status == 200


def closed_by_server(connections: list[socket.socket], patience_s: float) -> int:
    """How many of them come to an end in time, whatever they were sent before."""
    ended = 0
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ)
        deadline = time.monotonic() + patience_s
        while selector.get_map() and time.monotonic() < deadline:
            for key, _ in selector.select(0.5):
                assert isinstance(key.fileobj, socket.socket)
                if _ended(key.fileobj):
                    selector.unregister(key.fileobj)
                    ended += 1
    return ended


def _ended(connection: socket.socket) -> bool:
    try:
        return not connection.recv(65536)
    except BlockingIOError:
        return False
    except OSError:
        return True


def memory_bytes(server: Registry) -> int:
    processes = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children()]
    return sum(process.memory_full_info().uss for process in processes)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_beside_ten_thousand_idle_connections_new_requests_are_served(tmp_path: Path, workers: str) -> None:
    """Half of them have never asked for anything, half have had an answer and are kept open."""
    with running(tmp_path / "data", "--workers", workers, "--header-timeout-s", "300") as server:
        before = memory_bytes(server)
        with connected(server, IDLE) as connections:
            for connection in connections[::2]:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            assert {read_answer(connection).status for connection in connections[::2]} == {200}
            assert_served(server)
            assert memory_bytes(server) - before < IDLE * 32 * 1024
        assert_served(server)


def test_connections_on_which_nothing_comes_are_closed_in_time(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--header-timeout-s", "2") as server, connected(server, SOME) as connections:
        for connection in connections[::2]:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        assert closed_by_server(connections, 30) == SOME


def test_clients_that_send_their_heads_slowly_are_cut_off_and_keep_nobody_waiting(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--header-timeout-s", "3") as server, connected(server, SOME) as connections:
        for piece in (b"GET / HT", b"TP/1.1\r\n", b"host: x\r\n"):
            for connection in connections:
                connection.sendall(piece)
            assert_served(server)
        assert closed_by_server(connections, 30) == SOME


def test_clients_that_send_their_bodies_slowly_are_refused_and_keep_nobody_waiting(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--body-timeout-s", "3") as server, connected(server, SOME) as connections:
        wire = Wire(server)
        for number, connection in enumerate(connections):
            connection.sendall(wire.signed("POST", MODELS, {"ModelName": f"slow{number}"}).data()[:-2])
        assert_served(server)
        for connection in connections:
            answer = read_answer(connection)
            assert (answer.status, answer.code) == (400, "IncompleteBody")
        assert wire.ask("GET", f"{MODELS}?ModelName=slow").json["TotalCount"] == 0


def test_clients_that_do_not_read_their_answers_are_cut_off_and_take_bounded_memory(tmp_path: Path) -> None:
    """Each asks for a hundred answers of a megabyte, and gets one, as far as it fits into the system's buffers."""
    with running(tmp_path / "data", "--unread-timeout-s", "3") as server, ExitStack() as stack:
        wire = Wire(server)
        model_id = wire.new_model(ModelDoc="x" * 1_000_000)
        before = memory_bytes(server)
        connections = []
        for _ in range(50):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.setblocking(False)
            for _ in range(100):
                try:
                    connection.sendall(wire.signed("GET", f"{MODELS}/{model_id}").data())
                except BlockingIOError:
                    break
            connections.append(connection)
        assert_served(server)
        assert memory_bytes(server) - before < 50 * 4 * 1_000_000
        until(lambda: not _established(server))
        assert memory_bytes(server) - before < 50 * 1_000_000
        assert_served(server)


def _established(server: Registry) -> list[str]:
    """The server's connections, as the system lists them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[1] for row in rows if row[3] == "01" and int(row[1].rpartition(":")[2], 16) == server.port]


def test_more_connections_than_a_server_takes_wait_and_are_served_when_there_is_room(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--max-connections", "50") as server:
        with connected(server, 60) as connections:
            late = connections[-1]
            late.sendall(Wire(server).signed("GET", MODELS).data())
            late.settimeout(1)
            with pytest.raises(TimeoutError):
                late.recv(1)
            for connection in connections[:40]:
                connection.close()
            late.settimeout(20)
            assert read_answer(late).status == 200
        assert_served(server)
