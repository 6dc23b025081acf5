"""How many requests an access key may make, over all workers of a machine.

The rule is the generic cell rate algorithm: of each key one time is kept, by which all that it has sent would have been
sent at the rate that it may have. A request moves that time on; where it would come to lie more than a burst ahead of
now, the request is throttled and moves nothing. The times of all keys lie in shared memory of a fixed size, in buckets
of 8 entries. A semaphore keeps two workers from counting in one bucket at once: uncontended, it costs a tenth of what
the lock of a file does. It is waited for only so long, because who is killed while holding it never lets go.

A key that has not been heard of for longer than its burst takes has no entry worth keeping, so nothing is lost when
another takes its place. Only when more than 8 keys of one bucket are busy at once (there are 2,048 buckets) is the one
with the most room forgotten, which gives it a new burst.
"""

import hashlib
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.synchronize import Lock
from typing import NamedTuple

from modelry.errors import THROTTLED_KEY, ApiError
from modelry.server.shared import WORD_BYTES, Shared

_BUCKETS = 2048
_BUCKET_ENTRIES = 8
_ENTRY_WORDS = 4
"""The key's digest, the time of all requests, the time of writes, one to spare."""
_BUCKET_BYTES = _BUCKET_ENTRIES * _ENTRY_WORDS * WORD_BYTES
_LOCKS = 32
"""Each for so many of the buckets."""
_PATIENCE_S = 0.1
"""A lock is held for a microsecond, or by somebody who is gone; it is better to count wrongly once than to wait."""
_REMEMBERED = 65_536
"""Keys whose place a process remembers."""


class Rate(NamedTuple):
    """How many requests a second, and how many at once."""

    per_second: int
    """0: as many as they like."""
    burst: int
    """0: as many as in a second."""


class _Spacing(NamedTuple):
    """A rate as it is reckoned with, in nanoseconds."""

    each_ns: int
    most_ahead_ns: int

    def next_ns(self, time_ns: int, now_ns: int) -> int:
        """The time of a key after one more request."""
        return max(time_ns, now_ns) + self.each_ns

    def wait_ns(self, time_ns: int, now_ns: int) -> int:
        """How long until such a time is near enough; not above 0: it is."""
        return time_ns - now_ns - self.most_ahead_ns


def _spacing(rate: Rate) -> _Spacing:
    if not rate.per_second:
        return _Spacing(0, 0)
    each_ns = 1_000_000_000 // rate.per_second
    return _Spacing(each_ns, each_ns * (rate.burst or rate.per_second))


class Memory(NamedTuple):
    """The times of keys."""

    shared: Shared
    locks: tuple[Lock, ...]
    """None where one process has them to itself."""


class _Place(NamedTuple):
    """Where a key is."""

    digest: int
    bucket: int
    """Its first word."""
    lock: Lock | None


def memory(workers: int) -> Memory:
    """Room for 16,384 keys; made before the first worker."""
    context = multiprocessing.get_context("fork")
    locks = tuple(context.Lock() for _ in range(_LOCKS)) if workers > 1 else ()
    return Memory(Shared(_BUCKETS * _BUCKET_BYTES), locks)


class Limits:
    """The rates of access keys, as one process holds them."""

    def __init__(
        self,
        memory: Memory,
        *,
        requests: Rate,
        writes: Rate,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Hold these rates, together with whoever else uses `memory`."""
        self._words = memory.shared.words
        self._locks = memory.locks
        self._requests = _spacing(requests)
        self._writes = _spacing(writes)
        self._now_ns = now_ns
        self._places: dict[str, _Place] = {}

    def check(self, key_id: str, *, writes: bool) -> None:
        """Count a request of a key; call it once the signature is known to be right and the nonce new.

        Raises:
            ApiError: THROTTLED_KEY, with the time after which there is room for one; it was not counted then.
        """
        digest, bucket, lock = self._places.get(key_id) or self._place(key_id)
        if lock is None:
            wait_ns = self._counted(digest, bucket, writes=writes)
        else:
            held = lock.acquire(True, _PATIENCE_S)  # noqa: FBT003  by name it costs more
            wait_ns = self._counted(digest, bucket, writes=writes)
            if held:
                lock.release()
        if wait_ns > 0:
            raise ApiError(THROTTLED_KEY, retry_after_ms=wait_ns // 1_000_000 + 1)

    def _place(self, key_id: str) -> _Place:
        digest = int.from_bytes(hashlib.blake2b(key_id.encode(), digest_size=WORD_BYTES).digest(), "little") or 1
        if len(self._places) >= _REMEMBERED:
            self._places.clear()
        number = digest % _BUCKETS
        lock = self._locks[number % len(self._locks)] if self._locks else None
        place = self._places[key_id] = _Place(digest, number * _BUCKET_ENTRIES * _ENTRY_WORDS, lock)
        return place

    def _counted(self, digest: int, bucket: int, *, writes: bool) -> int:
        """Count one request unless it comes too early: by how much, in nanoseconds."""
        words, now_ns = self._words, self._now_ns()
        at = bucket if words[bucket] == digest else self._entry(digest, bucket)
        all_ns = self._requests.next_ns(words[at + 1], now_ns)
        wait_ns = self._requests.wait_ns(all_ns, now_ns)
        if not writes:
            if wait_ns <= 0:
                words[at + 1] = all_ns
            return wait_ns
        writes_ns = self._writes.next_ns(words[at + 2], now_ns)
        wait_ns = max(wait_ns, self._writes.wait_ns(writes_ns, now_ns))
        if wait_ns <= 0:
            words[at + 1], words[at + 2] = all_ns, writes_ns
        return wait_ns

    def _entry(self, digest: int, bucket: int) -> int:
        """The first word of a key's entry, which may be new."""
        words = self._words
        entries = range(bucket, bucket + _BUCKET_ENTRIES * _ENTRY_WORDS, _ENTRY_WORDS)
        for at in entries:
            if words[at] == digest:
                return at
        at = min(entries, key=lambda entry: max(words[entry + 1], words[entry + 2]))
        words[at], words[at + 1], words[at + 2] = digest, 0, 0
        return at
