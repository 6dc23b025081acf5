"""How many requests an access key may make, over all workers of a machine.

The rule is the generic cell rate algorithm: of each key one time is kept, by which all that it has sent would have been
sent at the rate that it may have. A request moves that time on; where it would come to lie more than a burst ahead of
now, the request is throttled and moves nothing. The times of all keys lie in shared memory of a fixed size: buckets of
8 entries, each under a short lock of its own.

A key that has not been heard of for longer than its burst takes has no entry worth keeping, so nothing is lost when
another takes its place. Only when more than 8 keys of one bucket are busy at once (there are 2,048 buckets) is the one
with the most room forgotten, which gives it a new burst.
"""

import hashlib
import time
from collections.abc import Callable
from typing import NamedTuple

from modelry.errors import THROTTLED_KEY, ApiError
from modelry.server.shared import WORD_BYTES, Shared

_BUCKETS = 2048
_BUCKET_ENTRIES = 8
_ENTRY_WORDS = 4
"""The key's digest, the time of all requests, the time of writes, one to spare."""
_BUCKET_BYTES = _BUCKET_ENTRIES * _ENTRY_WORDS * WORD_BYTES
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


def memory() -> Shared:
    """Room for 16,384 keys."""
    return Shared(_BUCKETS * _BUCKET_BYTES)


class Limits:
    """The rates of access keys, as one process holds them."""

    def __init__(
        self,
        shared: Shared,
        *,
        requests: Rate,
        writes: Rate,
        alone: bool,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Hold the rates in `shared`; `alone` says that no other process uses it, so that no lock is needed."""
        self._shared = shared
        self._words = shared.words
        self._requests = _spacing(requests)
        self._writes = _spacing(writes)
        self._alone = alone
        self._now_ns = now_ns
        self._digests: dict[str, tuple[int, int]] = {}

    def check(self, key_id: str, *, writes: bool) -> None:
        """Count a request of a key; call it once the signature is known to be right and the nonce new.

        Raises:
            ApiError: THROTTLED_KEY, with the time after which there is room for one; it was not counted then.
        """
        digest, bucket = self._digests.get(key_id) or self._digest(key_id)
        if self._alone:
            wait_ns = self._counted(digest, bucket, writes=writes)
        else:
            start = bucket * WORD_BYTES
            self._shared.lock(start, _BUCKET_BYTES)
            try:
                wait_ns = self._counted(digest, bucket, writes=writes)
            finally:
                self._shared.unlock(start, _BUCKET_BYTES)
        if wait_ns > 0:
            raise ApiError(THROTTLED_KEY, retry_after_ms=wait_ns // 1_000_000 + 1)

    def _digest(self, key_id: str) -> tuple[int, int]:
        """What stands for a key, and the first word of its bucket."""
        digest = int.from_bytes(hashlib.blake2b(key_id.encode(), digest_size=WORD_BYTES).digest(), "little") or 1
        if len(self._digests) >= _REMEMBERED:
            self._digests.clear()
        found = self._digests[key_id] = digest, digest % _BUCKETS * _BUCKET_ENTRIES * _ENTRY_WORDS
        return found

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
