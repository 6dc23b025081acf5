"""Requests on their way from granian's thread to the event loop."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import uvloop

from modelry.server.handover import Handover

_PATIENCE_S = 20


class FromGranian:
    """What granian tells of a request, and is told."""

    def __init__(self, number: int) -> None:
        """Nothing is known of its end."""
        self.scope = {"number": number}
        self.proto = SimpleNamespace(receive=None, send=None)
        self.ended: list[object] = []

    def done(self) -> None:
        """As granian's."""
        self.ended.append("done")

    def err(self, error: BaseException) -> None:
        """As granian's."""
        self.ended.append(error)

    def taskref(self, task: object) -> None:
        """As granian's."""
        self.task = task


def handed_over(answer: Callable[[int], Awaitable[None]], threads: int = 1, each: int = 5) -> list[FromGranian]:
    """Requests that `threads` hand over while the loop runs, at their ends."""

    async def application(scope: dict[str, int], *_: object) -> None:
        await answer(scope["number"])

    async def main() -> list[FromGranian]:
        handover = Handover(asyncio.get_running_loop(), application)
        watchers = [FromGranian(number) for number in range(threads * each)]

        def some(first: int) -> None:
            for watcher in watchers[first::threads]:
                handover.take(watcher)

        workers = [threading.Thread(target=some, args=(first,)) for first in range(threads)]
        for worker in workers:
            worker.start()
        async with asyncio.timeout(_PATIENCE_S):
            while not all(watcher.ended for watcher in watchers):  # noqa: ASYNC110  nothing tells of all of them
                await asyncio.sleep(0.001)
        for worker in workers:
            worker.join()
        return watchers

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


async def at_once(_: int) -> None:
    """Wait for nothing."""


def test_each_request_ends_once_however_many_are_handed_over_at_a_time() -> None:
    watchers = handed_over(at_once, threads=4, each=20_000)
    assert all(watcher.ended == ["done"] for watcher in watchers)


def test_a_request_that_waits_goes_on_as_a_task() -> None:
    tasks: list[asyncio.Task[Any] | None] = []

    async def waits(_: int) -> None:
        tasks.append(asyncio.current_task())
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        tasks.append(asyncio.current_task())

    watchers = handed_over(waits)
    assert all(watcher.ended == ["done"] for watcher in watchers)
    assert tasks[:5] == [None] * 5
    assert {id(task) for task in tasks[5:]} == {id(watcher.task) for watcher in watchers}


def test_what_a_request_waited_for_can_fail() -> None:
    caught: list[str] = []

    async def fails() -> None:
        await asyncio.sleep(0.001)
        raise ValueError("lost")

    async def waits(_: int) -> None:
        try:
            await asyncio.ensure_future(fails())
        except ValueError as error:
            caught.append(str(error))
        await asyncio.sleep(0.001)

    watchers = handed_over(waits)
    assert caught == ["lost"] * 5
    assert all(watcher.ended == ["done"] for watcher in watchers)


def test_a_fault_ends_its_request_alone() -> None:
    async def third_fails(number: int) -> None:
        if number == 2:
            raise ValueError("third")
        if number == 3:
            await asyncio.sleep(0.001)
            raise ValueError("fourth")

    ended = [watcher.ended for watcher in handed_over(third_fails)]
    assert [each for (each,) in ended if each == "done"] == ["done"] * 3
    assert [str(ended[number][0]) for number in (2, 3)] == ["third", "fourth"]


def test_a_request_that_is_cancelled_while_it_waits_has_ended() -> None:
    async def cancelled(_: int) -> None:
        await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(_PATIENCE_S)

    watchers = handed_over(cancelled)
    assert all(isinstance(watcher.ended[0], asyncio.CancelledError) for watcher in watchers)
