"""A database as one process uses it: reads beside each other, and one writer.

All writes of a process go through one thread, which runs every request so that it can be undone alone, and commits
whatever has gathered meanwhile as one group; nobody is answered before the commit is on disk.
"""

import asyncio
import functools
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from modelry.storage.database import Check, Connection, Found, Key, Transaction
from modelry.storage.memory import Memory
from modelry.storage.readers import Readers, settle

T = TypeVar("T")

GROUP_MAX = 128
"""Requests that one commit acknowledges at most: bounds how long the first of a group waits."""


First: TypeAlias = Callable[[Transaction], Check | None]
"""What is done before the work of a request and stays whatever becomes of it; it may answer what is to be checked."""


Aftermath: TypeAlias = Callable[[Transaction], None] | None
"""Writes down what became of a request that was refused; `None` where nothing is written."""
Refused: TypeAlias = Callable[[Exception], Aftermath]
"""The aftermath of a fault."""


class Write(NamedTuple, Generic[T]):
    """One request in the writer's queue."""

    first: First | None
    work: Callable[[Transaction], T]
    refused: Refused | None
    answer: "asyncio.Future[T]"
    ahead: tuple[Key, ...] | None = None
    """Rows that it will find, which may be read before it together with those of others.

    Of what such keys stand for, it changes only what it has found by them; `None` for what may change anything.
    """


class Outcome(NamedTuple):
    """What became of a write, told to its caller after the commit."""

    write: Write[Any]
    result: Any
    fault: Exception | None


class Database(ABC):
    """A database, as one process uses it from its event loop."""

    def __init__(self, readers: int) -> None:
        """Start the writer, and have room for `readers` threads that read."""
        self._readers = Readers(readers)
        self._queue: queue.SimpleQueue[Write[Any] | None] = queue.SimpleQueue()
        self._memory = Memory()
        self._writer = threading.Thread(target=self._write_groups, name="writer", daemon=True)

    @abstractmethod
    def find(self, keys: tuple[Key, ...]) -> Found | Awaitable[Found]:
        """The rows of some keys, at once where that is cheaper than waiting.

        Raises:
            StorageError: they cannot be read.
        """

    @abstractmethod
    def _in_snapshot(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one snapshot, in this thread."""

    @abstractmethod
    def _transaction(self) -> Transaction:
        """What the writer writes with, made in its thread."""

    @abstractmethod
    def _write_group(self, transaction: Transaction, write: Write[Any]) -> list[Outcome]:
        """Carry out `write` and what has queued up behind it, and put it on disk."""

    def read(self, work: Callable[[Connection], T]) -> "asyncio.Future[T]":
        """Run `work` in a thread, on one snapshot."""

        def remembering(snapshot: Connection) -> T:
            snapshot.memory = self._memory
            return work(snapshot)

        return self._readers.submit(functools.partial(self._in_snapshot, remembering))

    def write(
        self,
        work: Callable[[Transaction], T],
        first: First | None = None,
        refused: Refused | None = None,
        ahead: tuple[Key, ...] | None = None,
    ) -> "asyncio.Future[T]":
        """Run `work` in the writer; resolves when it is on disk. `ahead` is that of `Write`.

        `first` runs before, and what it writes stays when `work` refuses. Whatever `first` or `work`
        raises undoes `work` alone, is handed to `refused`, which may answer what to write of it, and reaches the
        caller; a failing commit fails every request of its group. All may be run again when nothing of them was kept.
        """
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put(Write(first, work, refused, answer, ahead))
        return answer

    def waiting(self) -> int:
        """Writes that have not been started."""
        return self._queue.qsize()

    def close(self) -> None:
        """Finish the writes that were accepted, then let go."""
        self._queue.put(None)
        self._writer.join()
        self._readers.close()

    def _write_groups(self) -> None:
        transaction = self._transaction()
        while (write := self._queue.get()) is not None:
            outcomes = self._write_group(transaction, write)
            write.answer.get_loop().call_soon_threadsafe(_settle, outcomes)

    def _carried_out(self, transaction: Transaction, writes: list[Write[Any]]) -> Iterator[Outcome]:
        """Carry out `writes`, to which what queues up meanwhile is added until there is enough for one commit."""
        done = 0
        while done < len(writes):
            yield carried_out(transaction, writes[done])
            done += 1
            if done == len(writes) < GROUP_MAX:
                writes += filter(None, (self._following(),))

    def _waiting_now(self) -> list[Write[Any]]:
        """Take everything out of the queue."""
        return list(iter(self._following, None))

    def _following(self) -> Write[Any] | None:
        try:
            write = self._queue.get_nowait()
        except queue.Empty:
            return None
        if write is None:
            self._queue.put(None)  # the end comes after this group
        return write


def carried_out(transaction: Transaction, write: Write[Any]) -> Outcome:
    """What a request comes to within a group."""
    check: Check | None = None
    try:
        if write.first is not None:
            check = write.first(transaction)
        with transaction.savepoint():
            return Outcome(write, _checked(transaction, write, check), None)
    except Exception as fault:  # noqa: BLE001  handed to the caller, where the pipeline logs it
        return Outcome(write, None, _told(transaction, write, fault))


def _checked(transaction: Transaction, write: Write[Any], check: Check | None) -> Any:  # noqa: ANN401  what the work answers
    """The work's answer. What `first` asked for is known by then, and what that raises comes before the work's own."""
    try:
        result = write.work(transaction)
    except Exception:
        if check is not None and transaction.active:
            check()
        raise
    if check is not None:
        check()
    return result


def _told(transaction: Transaction, write: Write[Any], fault: Exception) -> Exception:
    """The fault that a write ended with, once it is written down; what goes wrong with that takes its place."""
    tell = write.refused(fault) if write.refused is not None else None
    if tell is None or not transaction.active:
        return fault
    try:
        with transaction.savepoint():
            tell(transaction)
    except Exception as another:  # noqa: BLE001  as above
        return another
    return fault


def _settle(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        settle(outcome.write.answer, outcome.result, outcome.fault)
