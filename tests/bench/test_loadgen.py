"""The load generator in C, which the benchmarks of the repository use."""

import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import generator
from benchmarks.generator import How, written
from modelry.bench.processes import BenchError, Running

REQUEST = b"GET /%b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class _Answers(BaseHTTPRequestHandler):
    """The status that the path names."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(int(self.path[1:]))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield Running(running.server_port, (os.getpid(),), 0.0)
        running.shutdown()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which(os.environ.get("CC", "cc")) is None:
        pytest.skip("there is no C compiler")
    return generator.compiled(tmp_path_factory.mktemp("loadgen"))


def requests(folder: Path, *statuses: int) -> Path:
    return written((REQUEST % str(status).encode() for status in statuses), folder / "requests")


def test_every_request_is_sent_once(server: Running, program: Path, tmp_path: Path) -> None:
    load = generator.sent(program, server, 3, requests(tmp_path, *[200] * 50), How())
    assert (load.requests, load.failed) == (50, 0)


def test_an_unexpected_answer_ends_the_run(server: Running, program: Path, tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="503"):
        generator.sent(program, server, 1, requests(tmp_path, 200, 503), How())


def test_a_refusal_may_be_what_is_expected(server: Running, program: Path, tmp_path: Path) -> None:
    load = generator.sent(program, server, 2, requests(tmp_path, *[409] * 10), How(expected=409))
    assert (load.requests, load.failed) == (10, 0)


def test_a_success_is_a_failure_where_a_refusal_is_expected(server: Running, program: Path, tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="200"):
        generator.sent(program, server, 1, requests(tmp_path, 409, 200), How(expected=409))


def test_a_tolerant_run_counts_what_failed(server: Running, program: Path, tmp_path: Path) -> None:
    load = generator.sent(program, server, 1, requests(tmp_path, 200, 503, 200, 404), How(tolerant=True))
    assert (load.requests, load.failed) == (4, 2)


def test_at_a_fixed_rate_nothing_is_sent_before_it_is_due(server: Running, program: Path, tmp_path: Path) -> None:
    load = generator.sent(program, server, 4, requests(tmp_path, *[200] * 30), How(rate=100))
    assert load.requests == 30
    assert load.requests_per_second < 110
