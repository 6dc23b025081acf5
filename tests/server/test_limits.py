"""Rates of access keys: how many requests they let through, over all workers, and what clients make of the rest."""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_aiworkspace20210204.client import Client
from alibabacloud_tea_openapi.exceptions import ThrottlingException
from alibabacloud_tea_openapi.models import Config
from darabonba.policy.retry import RetryCondition, RetryOptions
from hypothesis import given
from hypothesis import strategies as st

from modelry.errors import THROTTLED_KEY, ApiError
from modelry.server import limits
from modelry.server.limits import Limits, Memory, Rate
from tests.registry import Registry, running
from tests.wire_client import Wire

MODELS = "/api/v1/models"
SECOND = 1_000_000_000
FREE = Rate(0, 0)


class Clock:
    """A time that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 5 * SECOND

    def __call__(self) -> int:
        return self.now


def held(clock: Callable[[], int], requests: Rate = FREE, writes: Rate = FREE, memory: Memory | None = None) -> Limits:
    return Limits(memory or limits.memory(1), requests=requests, writes=writes, now_ns=clock)


def wait_ms(limit: Limits, key_id: str = "ak", *, writes: bool = False) -> int:
    """0: let through; otherwise when to come again."""
    refusal: ApiError | None = None
    try:
        limit.check(key_id, writes=writes)
    except ApiError as error:
        refusal = error
    if refusal is None:
        return 0
    assert refusal.error is THROTTLED_KEY
    assert refusal.retry_after_ms is not None
    return refusal.retry_after_ms


class Bucket:
    """A bucket of tokens in exact numbers: it fills at the rate, holds a burst, and a request takes one."""

    def __init__(self, rate: Rate, now: int) -> None:
        self.each = Fraction(SECOND // rate.per_second)
        self.most = Fraction(rate.burst or rate.per_second)
        self.tokens, self.at = self.most, now

    def takes(self, now: int) -> bool:
        self.tokens = min(self.most, self.tokens + (now - self.at) / self.each)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


# The rule.


@given(
    rate=st.builds(Rate, st.integers(1, 2000), st.integers(0, 20)),
    steps=st.lists(st.one_of(st.just(0), st.integers(0, SECOND // 4)), min_size=1, max_size=120),
)
def test_as_much_is_let_through_as_by_a_bucket_of_tokens(rate: Rate, steps: list[int]) -> None:
    clock = Clock()
    limit, bucket = held(clock, rate), Bucket(rate, clock.now)
    for step in steps:
        clock.now += step
        assert (wait_ms(limit) == 0) == bucket.takes(clock.now)


@given(rate=st.builds(Rate, st.integers(1, 5000), st.integers(0, 50)), pause=st.integers(0, SECOND))
def test_whoever_comes_again_when_told_is_let_through(rate: Rate, pause: int) -> None:
    clock = Clock()
    limit = held(clock, rate)
    for _ in range(60):
        wait = wait_ms(limit)
        if wait:
            clock.now += wait * 1_000_000
            assert wait_ms(limit) == 0
    clock.now += pause
    while wait_ms(limit):
        clock.now += 1_000_000


def test_without_a_burst_of_its_own_a_rate_lets_a_second_s_worth_come_at_once() -> None:
    limit = held(Clock(), Rate(7, 0))
    assert [wait_ms(limit) == 0 for _ in range(8)] == [True] * 7 + [False]


def test_writes_have_a_rate_of_their_own_and_count_as_requests_too() -> None:
    limit = held(Clock(), Rate(10, 0), Rate(3, 0))
    assert [wait_ms(limit, writes=True) == 0 for _ in range(5)] == [True] * 3 + [False] * 2
    assert [wait_ms(limit) == 0 for _ in range(8)] == [True] * 7 + [False]


def test_a_rate_of_writes_alone_leaves_reads_free() -> None:
    limit = held(Clock(), FREE, Rate(1, 0))
    assert wait_ms(limit, writes=True) == 0
    assert wait_ms(limit, writes=True) > 0
    assert {wait_ms(limit) for _ in range(100)} == {0}


def test_keys_do_not_count_for_one_another() -> None:
    limit = held(Clock(), Rate(1, 0))
    assert {wait_ms(limit, f"key-{number}") for number in range(3000)} == {0}
    assert 0 not in {wait_ms(limit, f"key-{number}") for number in range(3000)}


def test_a_key_that_rests_makes_room_for_others() -> None:
    """Three times as many keys as there are places, one after the other."""
    clock = Clock()
    limit = held(clock, Rate(1, 0))
    for number in range(50_000):
        clock.now += SECOND // 1000
        assert wait_ms(limit, f"key-{number}") == 0
        assert wait_ms(limit, f"key-{number}") > 0


def test_another_worker_knows_what_a_key_has_used() -> None:
    clock, memory = Clock(), limits.memory(2)
    first, second = (held(clock, Rate(4, 0), memory=memory) for _ in range(2))
    assert [wait_ms(limit) == 0 for limit in (first, second, first, second, first, second)] == [True] * 4 + [False] * 2


def _let_through(memory: Memory, told: Any) -> None:  # noqa: ANN401  a queue of multiprocessing
    limit = Limits(memory, requests=Rate(1000, 500), writes=FREE, now_ns=lambda: SECOND)
    told.put(sum(wait_ms(limit) == 0 for _ in range(2000)))


def test_processes_at_once_get_one_burst_between_them() -> None:
    """The clock stands still, so exactly the burst is let through: none is counted twice or lost."""
    context = multiprocessing.get_context("fork")
    memory, told = limits.memory(4), context.SimpleQueue()
    workers = [context.Process(target=_let_through, args=(memory, told)) for _ in range(4)]
    for worker in workers:
        worker.start()
    let_through = [told.get() for _ in workers]
    for worker in workers:
        worker.join()
    assert sum(let_through) == 500


def test_a_worker_that_was_killed_while_it_counted_keeps_nobody_waiting() -> None:
    memory = limits.memory(2)
    child = os.fork()
    if not child:
        for lock in memory.locks:
            lock.acquire()
        os._exit(0)
    os.waitpid(child, 0)
    limit = held(Clock(), Rate(2, 0), memory=memory)
    assert [wait_ms(limit) == 0 for _ in range(3)] == [True, True, False]


# A server.


def statuses(wire: Wire, method: str, count: int) -> list[tuple[int, str]]:
    def one(number: int) -> tuple[int, str]:
        body = {"ModelName": f"{method}-{number}"} if method == "POST" else None
        answer = wire.ask(method, MODELS, body)
        return answer.status, "" if answer.status == 200 else answer.code

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(one, range(count)))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_key_s_burst_is_let_through_once_over_all_workers(tmp_path: Path, workers: str) -> None:
    """One request a second comes on top of the burst; the rest is throttled."""
    arguments = ("--workers", workers, "--rate-limit", "1", "--rate-burst", "30")
    with running(tmp_path / "data", *arguments) as server:
        answers = statuses(Wire(server), "GET", 120)
    assert set(answers) == {(200, ""), (429, "Throttling.User")}
    assert 30 <= answers.count((200, "")) <= 60


def test_throttled_writes_are_not_carried_out_and_reads_go_on(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--write-rate-limit", "1", "--write-rate-burst", "5") as server:
        wire = Wire(server)
        answers = statuses(wire, "POST", 40)
        listed = wire.ask("GET", f"{MODELS}?PageSize=100").json
    assert set(answers) == {(200, ""), (429, "Throttling.User")}
    assert listed["TotalCount"] == answers.count((200, ""))


def test_a_stranger_and_a_copied_request_take_nothing_from_a_key(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--rate-limit", "1", "--rate-burst", "3") as server:
        wire = Wire(server)
        copied = wire.signed("GET", MODELS)
        assert wire.send(copied).status == 200
        for _ in range(10):
            assert wire.send(copied).code == "SignatureNonceUsed"
            forged = wire.signed("GET", MODELS).having({b"x-acs-signature-nonce": b"another"})
            assert wire.send(forged).code == "SignatureDoesNotMatch"
        assert [wire.ask("GET", MODELS).status for _ in range(2)] == [200, 200]


RETRIES = RetryOptions(
    retryable=True,
    retry_condition=[RetryCondition(max_attempts=5, exception=["ThrottlingException"], error_code=["Throttling.User"])],
)


def sdk(server: Registry, **config: Any) -> Client:  # noqa: ANN401  the SDK's own
    return Client(
        Config(
            access_key_id=server.key_id,
            access_key_secret=server.secret,
            endpoint=server.address,
            protocol="http",
            **config,
        )
    )


def test_the_sdk_waits_as_long_as_it_is_told_and_gets_through(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--rate-limit", "4", "--rate-burst", "1") as server:
        patient = sdk(server, retry_options=RETRIES)
        for _ in range(6):
            patient.list_models(m.ListModelsRequest())
        lines = [line["Code"] for line in server.log_lines() if line.get("Operation") == "ListModels"]
    assert lines.count("") == 6
    assert lines.count("Throttling.User") >= 3


def test_the_sdk_without_retries_says_when_to_come_again(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--rate-limit", "1") as server:
        plain = sdk(server)
        plain.list_models(m.ListModelsRequest())
        with pytest.raises(ThrottlingException) as throttled:
            plain.list_models(m.ListModelsRequest())
    assert (throttled.value.code, throttled.value.status_code) == ("Throttling.User", 429)
    assert 0 < throttled.value.retry_after <= 1001


def test_without_a_setting_there_is_no_rate(registry: Registry) -> None:
    assert {status for status, _ in statuses(Wire(registry), "GET", 300)} == {200}
