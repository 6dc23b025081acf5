"""Threads that read for an event loop: every answer comes, each to who asked, and no more threads than are needed."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import pytest

from modelry.storage.readers import Readers

T = TypeVar("T")
_PATIENCE_S = 10


class Wrong(Exception):  # noqa: N818  as a store raises
    """What a read ends with."""


@contextmanager
def readers(most: int) -> Iterator[Readers]:
    made = Readers(most)
    try:
        yield made
    finally:
        made.close()


def asked(ask: Callable[[Readers], Awaitable[T]], most: int = 3) -> T:
    async def run() -> T:
        with readers(most) as made:
            async with asyncio.timeout(_PATIENCE_S):
                return await ask(made)

    return asyncio.run(run())


def failing() -> object:
    raise Wrong


def test_every_read_is_answered_with_its_own_result() -> None:
    async def ask(made: Readers) -> list[int]:
        return await asyncio.gather(*(made.submit(partial(int, number)) for number in range(500)))

    assert asked(ask) == list(range(500))


def test_what_a_read_raises_reaches_who_asked_and_nobody_else() -> None:
    async def ask(made: Readers) -> list[object]:
        reads: list[asyncio.Future[object]] = [made.submit(read) for read in (failing, lambda: 1, failing)]
        return list(await asyncio.gather(*reads, return_exceptions=True))

    first, second, third = asked(ask)
    assert (type(first), second, type(third)) == (Wrong, 1, Wrong)


def test_reads_one_after_another_take_one_thread() -> None:
    async def ask(made: Readers) -> set[int]:
        return {await made.submit(threading.get_ident) for _ in range(20)}

    assert len(asked(ask)) == 1


def test_reads_at_the_same_time_take_several_threads_and_no_more_than_that() -> None:
    meeting = threading.Barrier(3)

    async def ask(made: Readers) -> set[int]:
        def meet() -> int:
            meeting.wait(_PATIENCE_S)
            return threading.get_ident()

        return set(await asyncio.gather(*(made.submit(meet) for _ in range(9))))

    assert len(asked(ask, most=3)) == 3


def test_a_read_that_nobody_waits_for_any_more_disturbs_none() -> None:
    async def ask(made: Readers) -> int:
        go = threading.Event()
        given_up = made.submit(lambda: go.wait(_PATIENCE_S))
        given_up.cancel()
        go.set()
        return await made.submit(lambda: 7)

    assert asked(ask, most=1) == 7


def test_what_was_submitted_is_done_before_the_end() -> None:
    done: list[int] = []

    async def ask(made: Readers) -> None:
        for number in range(20):
            made.submit(partial(done.append, number))

    asked(ask, most=1)
    assert done == list(range(20))


@pytest.mark.parametrize("most", [1, 4])
def test_an_answer_is_let_go_of_once_it_is_told(most: int) -> None:
    class Answer:
        """Something that can be watched."""

    async def ask(made: Readers) -> bool:
        watched = weakref.ref(await made.submit(Answer))
        await made.submit(lambda: None)
        gc.collect()
        return watched() is None

    assert asked(ask, most)
