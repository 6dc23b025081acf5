"""What a worker takes on and what it refuses at once, and that what was refused was not carried out."""

import asyncio
import fcntl
import os
import re
import signal
import socket
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from modelry.errors import THROTTLED, ApiError
from modelry.server.admission import Admission, Body, GivenUp, Turn, Turns
from tests.registry import Registry, running
from tests.wire_client import Wire, exchange, read_answer

MODELS = "/api/v1/models"


def admission(*, max_in_flight: int = 10, max_bodies_bytes: int = 1000, max_wait_ms: int = 1000) -> Admission:
    return Admission(max_in_flight=max_in_flight, max_bodies_bytes=max_bodies_bytes, max_wait_ms=max_wait_ms)


def in_a_loop(work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await work()

    asyncio.run(run())


# Requests under way.


def test_as_many_requests_are_taken_on_as_the_setting_says() -> None:
    async def work() -> None:
        under_way = admission(max_in_flight=2)
        for expected in (True, True, False):
            assert (under_way.refusal(has_body=False) is None) == expected
            under_way.in_flight += 1

    in_a_loop(work)


def test_bodies_that_arrive_slowly_keep_out_other_bodies_only() -> None:
    async def work() -> None:
        under_way = admission(max_in_flight=1)
        under_way.in_flight += 1
        with Body(under_way) as body:
            with body.arriving():
                assert under_way.refusal(has_body=False) is None
                assert under_way.refusal(has_body=True) is not None
            assert under_way.refusal(has_body=False) is not None

    in_a_loop(work)


def test_bodies_take_no_more_memory_than_the_setting_says() -> None:
    under_way = admission(max_bodies_bytes=100)
    with Body(under_way) as first:
        first.keep(60)
        with Body(under_way) as second, pytest.raises(ApiError) as refused:
            second.keep(41)
        assert refused.value.error is THROTTLED
        with Body(under_way) as third:
            third.keep(40)
    assert under_way.kept_bytes == 0


def test_what_has_waited_in_the_loop_for_too_long_is_refused() -> None:
    async def work() -> None:
        under_way = admission(max_wait_ms=100)
        refusals: list[ApiError | None] = []
        loop = asyncio.get_running_loop()
        for _ in range(3):
            loop.call_soon(lambda: refusals.append(under_way.refusal(has_body=False)))
            loop.call_soon(time.sleep, 0.04)
        await asyncio.sleep(0.2)
        assert [refusal is None for refusal in refusals] == [True, True, False]
        assert under_way.refusal(has_body=False) is None

    in_a_loop(work)


# Turns.


def test_a_turn_is_taken_once_by_whichever_thread_comes_first() -> None:
    for _ in range(300):
        turn = Turn()
        outcomes: list[bool] = []
        barrier = threading.Barrier(2)

        def begin(turn: Turn = turn, barrier: threading.Barrier = barrier, outcomes: list[bool] = outcomes) -> None:
            barrier.wait()
            try:
                turn.begin()
            except GivenUp:
                return
            outcomes.append(True)

        thread = threading.Thread(target=begin)
        thread.start()
        barrier.wait()
        if turn.give_up():
            outcomes.append(False)
        thread.join()
        assert len(outcomes) == 1
        assert turn.given_up is not outcomes[0]


def test_work_that_has_begun_may_be_begun_anew_and_is_not_given_up() -> None:
    turn = Turn()
    turn.begin()
    turn.begin()
    assert not turn.give_up()


def test_work_that_waits_too_long_is_given_up_and_its_answer_is_throttling() -> None:
    async def work() -> None:
        turns, turn = Turns(max_wait_ms=50), Turn()
        never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with pytest.raises(ApiError) as refused:
            await turns.waited(turn, never)
        assert refused.value.error is THROTTLED
        assert refused.value.retry_after_ms == 50
        with pytest.raises(GivenUp):
            turn.begin()

    in_a_loop(work)


def test_work_that_has_begun_is_waited_for() -> None:
    async def work() -> None:
        turns, turn = Turns(max_wait_ms=50), Turn()
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        turn.begin()
        asyncio.get_running_loop().call_later(0.3, answer.set_result, "done")
        assert await turns.waited(turn, answer) == "done"

    in_a_loop(work)


def test_only_what_waits_too_long_is_given_up() -> None:
    """Work comes one after the other; some is finished, some begun, some new when the first have waited too long."""

    async def work() -> None:
        turns, loop = Turns(max_wait_ms=200), asyncio.get_running_loop()
        answers: list[asyncio.Future[int]] = [loop.create_future() for _ in range(4)]
        given = [Turn() for _ in answers]
        waits = [asyncio.ensure_future(turns.waited(*pair)) for pair in zip(given[:3], answers[:3], strict=True)]
        await asyncio.sleep(0)
        answers[0].set_result(0)
        given[1].begin()
        await asyncio.sleep(0.15)
        waits.append(asyncio.ensure_future(turns.waited(given[3], answers[3])))
        await asyncio.sleep(0.15)
        for number in (1, 3):
            answers[number].set_result(number)
        ended = await asyncio.gather(*waits, return_exceptions=True)
        assert [ended[number] for number in (0, 1, 3)] == [0, 1, 3]
        assert isinstance(ended[2], ApiError)

    in_a_loop(work)


def test_an_answer_that_was_given_is_not_kept() -> None:
    """A list's has many kilobytes, and who looks for what waits too long comes by only now and then."""

    async def work() -> None:
        turns, answer = Turns(max_wait_ms=10_000), asyncio.get_running_loop().create_future()
        answer.set_result(None)
        await turns.waited(Turn(), answer)
        kept = weakref.ref(answer)
        del answer
        assert kept() is None

    in_a_loop(work)


# A server.


@contextmanager
def nobody_writes(folder: Path) -> Iterator[None]:
    """Hold the writers' lock, as another process of this program does while it writes."""
    with (folder / "writer.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def gauge(server: Registry, name: str) -> float:
    """The sum over all workers."""
    text = server.get("/metrics")[1].decode()
    found: list[str] = re.findall(rf"^modelry_{name}\S* (\S+)$", text, re.MULTILINE)
    return sum(map(float, found))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_write_that_waited_too_long_is_answered_while_the_writer_still_hangs_and_never_carried_out(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    with running(folder, "--max-wait-ms", "300") as server, ThreadPoolExecutor(24) as threads:
        wire = Wire(server)
        with nobody_writes(folder):
            first = threads.submit(wire.ask, "POST", MODELS, {"ModelName": "first"})
            time.sleep(0.1)
            sent = [threads.submit(wire.ask, "POST", MODELS, {"ModelName": f"m{number}"}) for number in range(20)]
            answers = [one.result(10) for one in sent]
        assert {(answer.status, answer.code) for answer in answers} == {(429, "Throttling")}
        assert {answer.headers["x-acs-retry-after"] for answer in answers} == {"300"}
        first_status = first.result(10).status
        wire.new_model(ModelName="after")
        listed = wire.ask("GET", f"{MODELS}?PageSize=100").json["Models"]
    names = {model["ModelName"] for model in listed}
    assert names == {"after", *(["first"] if first_status == 200 else [])}


def test_a_throttled_write_may_be_sent_again_and_leaves_no_nonce(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running(folder, "--max-wait-ms", "200") as server:
        wire = Wire(server)
        with nobody_writes(folder):
            assert wire.ask("POST", MODELS, {"ModelName": "again"}).status == 429
        assert wire.ask("POST", MODELS, {"ModelName": "again"}).status == 200


def test_no_more_requests_are_taken_on_than_the_setting_says_and_reads_go_on(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--max-in-flight", "8") as server, ExitStack() as stack:
        wire = Wire(server)
        slow = wire.signed("POST", MODELS, {"ModelName": "slow"}).data()
        for _ in range(8):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            connection.sendall(slow[:-1])
        until(lambda: gauge(server, "requests_in_flight") == 8)
        refused = wire.ask("POST", MODELS, {"ModelName": "too much"})
        assert (refused.status, refused.code) == (429, "Throttling")
        assert wire.ask("GET", MODELS).json["TotalCount"] == 0
        connection.sendall(slow[-1:])
        assert read_answer(connection).status == 200
        assert wire.ask("POST", MODELS, {"ModelName": "now there is room"}).status == 200


def test_a_large_body_that_is_not_taken_on_is_answered_all_the_same(tmp_path: Path) -> None:
    """The client is still sending; the connection must not be reset under its feet."""
    with running(tmp_path / "data", "--max-bodies-bytes", str(2**20)) as server:
        wire = Wire(server)
        refused = wire.ask("POST", MODELS, {"ModelName": "large", "ModelDoc": "x" * 3_000_000})
        assert (refused.status, refused.code) == (429, "Throttling")
        assert gauge(server, "bodies_bytes") == 0
        assert wire.ask("POST", MODELS, {"ModelName": "small"}).status == 200


def test_of_many_requests_at_once_those_that_would_wait_too_long_are_throttled(tmp_path: Path) -> None:
    """The worker is stopped while they are sent, so that it finds all of them together."""
    with running(tmp_path / "data", "--max-wait-ms", "50") as server, ExitStack() as stack:
        wire = Wire(server)
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20)) for _ in range(1500)
        ]
        requests = [wire.signed("GET", f"{MODELS}/none").data() for _ in connections]
        (worker,) = _workers(server)
        os.kill(worker, signal.SIGSTOP)
        for connection, request in zip(connections, requests, strict=True):
            connection.sendall(request)
        os.kill(worker, signal.SIGCONT)
        statuses = [read_answer(connection).status for connection in connections]
        assert set(statuses) == {404, 429}
        assert wire.ask("GET", f"{MODELS}/none").status == 404


def test_a_server_told_to_stop_answers_a_request_whose_body_is_still_arriving(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        wire = Wire(server)
        with socket.create_connection(("127.0.0.1", server.port), 20) as connection:
            request = wire.signed("POST", MODELS, {"ModelName": "late"}).data()
            connection.sendall(request[:-3])
            until(lambda: gauge(server, "requests_in_flight") == 1)
            time.sleep(0.2)  # a worker that is stopped in its first 50 ms just ends: server.process says why
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(request[-3:])
            answer = read_answer(connection)
            assert server.process.wait(20) == 0
        assert answer.status == 200
    with running(tmp_path / "data") as again:
        assert Wire(again).ask("GET", MODELS).json["TotalCount"] == 1


def test_answers_that_nobody_reads_are_cut_off_in_time(tmp_path: Path) -> None:
    """The system closes the connection; until then it holds one answer."""
    with running(tmp_path / "data", "--unread-timeout-s", "1") as server, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n" * 20)
        worker = next(iter(_workers(server)))
        until(lambda: server.port not in _established(worker))
        assert exchange(server.address, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").status == 200


def _workers(server: Registry) -> list[int]:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


def _established(pid: int) -> list[int]:
    """The own ports of a process's connections."""
    sockets = set()
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            sockets.add(str(fd.readlink()))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "01" and f"socket:[{row[9]}]" in sockets]
