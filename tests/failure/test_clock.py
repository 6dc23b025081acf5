"""A clock that is set under a running server: times stay unique and in order, and nothing is carried out twice."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelry.storage.times import milliseconds
from tests.registry import Registry, running
from tests.wire_client import Answer, Wire

pytestmark = pytest.mark.failure
_MODELS = "/api/v1/models"


class Clock:
    """What the server takes for the time: ours and an offset, which `libfaketime` reads from a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset_s = 0
        self.set(0)

    def set(self, offset_s: int) -> None:
        """Step it."""
        beside = self.path.with_suffix(".new")
        beside.write_text(f"{offset_s:+d}s\n")
        beside.rename(self.path)
        self.offset_s = offset_s

    def now(self) -> float:
        """What a client with the same clock signs with."""
        return time.time() + self.offset_s


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


@pytest.fixture
def server(tmp_path: Path, clock: Clock) -> Iterator[Registry]:
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        pytest.skip("libfaketime is not installed (Debian: apt-get install libfaketime)")
    environment = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock.path),
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    with running(tmp_path / "data", **environment) as made:
        yield made


def created(server: Registry, clock: Clock, name: str) -> Answer:
    wire = Wire(server)
    return wire.send(wire.signed("POST", _MODELS, {"ModelName": name}, at=clock.now()))


def made_at(server: Registry, clock: Clock) -> list[int]:
    """The times of all models in the order in which they were created, in milliseconds."""
    wire = Wire(server)
    listed = wire.send(wire.signed("GET", f"{_MODELS}?SortBy=GmtCreateTime&Order=ASC&PageSize=100", at=clock.now()))
    models = sorted(listed.json["Models"], key=lambda model: int(model["ModelName"]))
    assert [model["ModelName"] for model in models] == [model["ModelName"] for model in listed.json["Models"]]
    return [milliseconds(model["GmtCreateTime"]) for model in models]


def test_times_go_on_when_the_clock_is_set_back(server: Registry, clock: Clock) -> None:
    for number, offset_s in enumerate((0, 600, 0, 300, 0, 800)):
        clock.set(offset_s)
        for turn in range(3):
            assert created(server, clock, str(number * 3 + turn)).status == 200
    times = made_at(server, clock)
    assert len(times) == 18
    assert times == sorted(times)


@pytest.mark.parametrize("offset_s", [7200, -7200])
def test_a_clock_that_is_far_off_refuses_with_a_clear_error_and_answers_once_it_is_right(
    server: Registry, clock: Clock, offset_s: int
) -> None:
    assert created(server, clock, "1").status == 200
    clock.set(offset_s)
    refused = Wire(server).ask("GET", _MODELS)
    assert (refused.status, refused.code) == (400, "InvalidTimeStamp.Expired")
    clock.set(0)
    assert Wire(server).ask("GET", _MODELS).status == 200
    assert created(server, clock, "2").status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("steps", [(7200, 0), (-7200, 0), (1000, -1000, 0), (10**7, 0)])
def test_a_request_is_not_answered_again_when_the_clock_comes_back(
    server: Registry, clock: Clock, method: str, steps: tuple[int, ...]
) -> None:
    """While the clock was ahead the nonce was not needed any more, and was perhaps forgotten."""
    wire = Wire(server)
    request = wire.signed(method, _MODELS, {"ModelName": "once"} if method == "POST" else None)
    assert wire.send(request).status == 200
    for step in steps:
        clock.set(step)
        for number in range(20):  # they may be written over what is not needed
            wire.send(wire.signed("GET", _MODELS, at=clock.now()))
            created(server, clock, f"{step}-{number}")
    assert wire.send(request).code in {"SignatureNonceUsed", "InvalidTimeStamp.Expired"}
