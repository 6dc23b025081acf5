"""Threads that read for an event loop: what may take long, and what waits for a database on the way.

`concurrent.futures` does the same at several times the price: a list spent a tenth of its time there. Futures of the
loop are settled together, as many as are ready at a time.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class _Read(NamedTuple, Generic[T]):
    work: Callable[[], T]
    answer: "asyncio.Future[T]"


class _Done(NamedTuple):
    answer: "asyncio.Future[Any]"
    result: Any
    fault: BaseException | None


class Readers:
    """A few threads, begun when they are needed. All methods are for one event loop's thread."""

    def __init__(self, most: int) -> None:
        """Begin at most so many."""
        self._most = most
        self._threads: list[threading.Thread] = []
        self._queue: queue.SimpleQueue[_Read[Any] | None] = queue.SimpleQueue()
        self._under_way = 0
        self._done: deque[_Done] = deque()
        self._told = False

    def submit(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Have `work` done; what it returns or raises."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._under_way += 1
        if len(self._threads) < min(self._under_way, self._most):
            thread = threading.Thread(target=self._carry_out, args=(loop,), name="reader", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._queue.put(_Read(work, answer))
        return answer

    def close(self) -> None:
        """Finish what was submitted, and end the threads; in any thread."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _carry_out(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread of its own, until the end."""
        while (read := self._queue.get()) is not None:
            self._done.append(_outcome(read))
            if not self._told:
                self._told = True
                loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        """Tell who waits, in the loop's thread."""
        self._told = False  # before anything is taken: who is done later tells again
        while self._done:
            answer, result, fault = self._done.popleft()
            self._under_way -= 1
            settle(answer, result, fault)


def settle(answer: "asyncio.Future[Any]", result: object, fault: BaseException | None) -> None:
    """Tell whoever still waits for an answer, in the loop's thread."""
    if answer.cancelled():
        return
    if fault is None:
        answer.set_result(result)
    else:
        answer.set_exception(fault)


def _outcome(read: _Read[Any]) -> _Done:
    try:
        return _Done(read.answer, read.work(), None)
    except BaseException as fault:  # noqa: BLE001  it is handed to who waits
        return _Done(read.answer, None, fault)
