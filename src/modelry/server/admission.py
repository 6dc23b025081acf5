"""What a worker takes on when more arrives than it can answer: the rest is throttled at once and left undone.

`Admission` looks at a request before anything of it is read; `Turns` keeps the work that waits for a thread.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self, TypeVar

from modelry.errors import THROTTLED, ApiError

T = TypeVar("T")

_LOOK_S = 0.05
"""How often it is looked whether something has waited too long."""
_MIN_RETRY_MS = 200
_PASSES = 2
"""How long a request waits at most, in passes of the event loop: the rest of one, and the next until its turn."""


class GivenUp(Exception):  # noqa: N818  its caller has been answered already
    """The work must not begin any more."""


def too_much(reason: str, retry_after_ms: int = _MIN_RETRY_MS) -> ApiError:
    """The answer to what is left undone."""
    return ApiError(THROTTLED, reason=reason, retry_after_ms=retry_after_ms)


class Body:
    """What is kept of the body of one request, until it is answered."""

    __slots__ = ("_admission", "_kept_bytes")

    def __init__(self, admission: "Admission") -> None:
        """Nothing yet."""
        self._admission = admission
        self._kept_bytes = 0

    def keep(self, size_bytes: int) -> None:
        """Have so many more bytes in memory.

        Raises:
            ApiError: THROTTLED: the bodies of all requests take too much.
        """
        self._kept_bytes += size_bytes
        self._admission.kept_bytes += size_bytes
        if self._admission.kept_bytes > self._admission.max_bodies_bytes:
            raise too_much("The bodies of the requests under way take too much room; try again.")

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """While it arrives."""
        self._admission.arriving += 1
        try:
            yield
        finally:
            self._admission.arriving -= 1

    def __enter__(self) -> Self:
        """The request is under way."""
        return self

    def __exit__(self, *_: object) -> None:
        """It is answered."""
        self._admission.kept_bytes -= self._kept_bytes


class Admission:
    """The requests that one worker has under way. For its event loop alone."""

    def __init__(
        self,
        *,
        max_in_flight: int,
        max_bodies_bytes: int,
        max_wait_ms: int,
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Nothing is under way."""
        self.max_bodies_bytes = max_bodies_bytes
        self.in_flight = 0
        """Requests that have begun to arrive and are not answered."""
        self.arriving = 0
        """Those whose bodies are not there yet."""
        self.kept_bytes = 0
        """Of the bodies of all of them."""
        self._max_in_flight = max_in_flight
        self._max_wait_ms = max_wait_ms
        self._now = now
        self._queued_before: float | None = None

    def refusal(self, *, has_body: bool) -> ApiError | None:
        """Why a request that has just come is not taken on: THROTTLED; `None` when it is.

        Those whose bodies are slow to arrive count only against one another, so that nobody can keep reads out by
        sending slowly.
        """
        if self._waited_s() * 1000 > self._max_wait_ms / _PASSES:
            return too_much("The server is busy: the request waited too long; try again.", self._max_wait_ms)
        if (self.in_flight if has_body else self.in_flight - self.arriving) >= self._max_in_flight:
            return too_much("Too many requests are under way; try again.")
        return None

    def _waited_s(self) -> float:
        """How long a request has at least waited in this pass of the event loop's queue until now.

        A mark goes into the queue when there is none. Whatever runs before the mark does was queued before it.
        """
        now = self._now()
        if self._queued_before is None:
            self._queued_before = now
            asyncio.get_running_loop().call_soon(self._pass_mark)
        return now - self._queued_before

    def _pass_mark(self) -> None:
        self._queued_before = None


class Turn:
    """One piece of work's leave to begin, taken once: by the thread that begins it, or by who gives it up."""

    __slots__ = ("_begun", "_leave", "given_up")

    def __init__(self) -> None:
        """Nobody has it."""
        self._leave = [None]
        self._begun = False
        self.given_up = False

    def begin(self) -> None:
        """Take it before anything is done; again, when the work has to be done anew.

        Raises:
            GivenUp: it is too late; nothing may be done.
        """
        if not self._begun:
            if not self._taken():
                raise GivenUp
            self._begun = True

    def give_up(self) -> bool:
        """Take it so that the work never begins; false if it has begun."""
        self.given_up = self._taken()
        return self.given_up

    def _taken(self) -> bool:
        try:
            self._leave.pop()  # one step, whichever thread is first
        except IndexError:
            return False
        return True


class _Waiting(NamedTuple):
    since: float
    answer: "asyncio.Future[Any]"


class Turns:
    """Work that waits for its turn, the oldest first. For an event loop alone."""

    def __init__(self, max_wait_ms: int, now: Callable[[], float] = time.monotonic) -> None:
        """Nothing waits."""
        self._max_wait_ms = max_wait_ms
        self._now = now
        self._waiting: dict[Turn, _Waiting] = {}
        self._looking = False

    async def waited(self, turn: Turn, answer: "asyncio.Future[T]") -> T:
        """The answer of a piece of work that begins with `turn.begin`.

        Raises:
            ApiError: THROTTLED: it waited too long, and will not begin any more.
        """
        self._waiting[turn] = _Waiting(self._now(), answer)
        if not self._looking:
            self._looking = True
            asyncio.get_running_loop().call_later(_LOOK_S, self._look)
        try:
            return await answer
        except asyncio.CancelledError:
            if not turn.given_up:
                raise
            reason = "The request waited too long for its turn; it was not carried out. Try again."
            raise too_much(reason, self._max_wait_ms) from None
        finally:
            self._waiting.pop(turn, None)

    def _look(self) -> None:
        """Give up what has waited too long; what has begun waits no more."""
        oldest = self._now() - self._max_wait_ms / 1000
        while self._waiting:
            turn, waiting = next(iter(self._waiting.items()))
            if waiting.since >= oldest:
                break
            del self._waiting[turn]
            if not waiting.answer.done() and turn.give_up():
                waiting.answer.cancel()
        self._looking = bool(self._waiting)
        if self._looking:
            asyncio.get_running_loop().call_later(_LOOK_S, self._look)
