"""What a process remembers of lists that it has answered: how long they were, and where their pages ended.

Nothing here is needed for a right answer. What is remembered is kept under everything that it depends on, so it is
never looked up once it is no longer so; what is not asked for again is forgotten.
"""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

V = TypeVar("V")

_LISTS = 4096
"""Lists whose length is known, and pages whose end is known, at most."""

_SAMPLE_S = 60.0
"""What a sample says is good for so long."""

_WALK_S = 300.0
"""A walk that goes on later than this starts from its page number."""


class Recent(Generic[V]):
    """Values of the keys that were used last; threads may share it."""

    def __init__(self, most: int, longest_s: float | None = None) -> None:
        """Remember at most so many, each for so long."""
        self._most = most
        self._longest_s = longest_s
        self._known: OrderedDict[Hashable, tuple[V, float]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> V | None:
        """The value of a key, if it is still known."""
        with self._lock:
            found = self._known.get(key)
            if found is None:
                return None
            value, since = found
            if self._longest_s is not None and time.monotonic() - since > self._longest_s:
                del self._known[key]
                return None
            self._known.move_to_end(key)
            return value

    def put(self, key: Hashable, value: V) -> None:
        """Remember a value."""
        with self._lock:
            self._known[key] = (value, time.monotonic())
            self._known.move_to_end(key)
            if len(self._known) > self._most:
                self._known.popitem(last=False)


class End(NamedTuple):
    """The last entry of a page: what it is sorted by, and what decides between equals."""

    place: str | int
    position: int


class Left(NamedTuple):
    """Where a page was left: behind its last entry, and behind as many more as it was short of a full page."""

    end: End
    missing: int


class Memory:
    """What the lists of one database have in common."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.lengths: Recent[int] = Recent(_LISTS)
        self.samples: Recent[Counter[str]] = Recent(_LISTS, _SAMPLE_S)
        self.ends: Recent[Left] = Recent(_LISTS, _WALK_S)


def length_of(memory: Memory | None, known_as: Hashable, count: Callable[[], int]) -> int:
    """How long a list is: what is remembered, else what `count` says."""
    known = None if memory is None else memory.lengths.get(known_as)
    if known is not None:
        return known
    length = count()
    if memory is not None:
        memory.lengths.put(known_as, length)
    return length
