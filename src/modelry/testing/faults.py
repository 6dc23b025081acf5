"""What is to go wrong with the next requests, as tests say it."""

import math
from collections.abc import Callable
from http import HTTPStatus

from modelry.testing.orders import AnyFault, Clear, Delay, Done, Drop, Fail, Order, Throttle, When

_CODES = {HTTPStatus.INTERNAL_SERVER_ERROR: "InternalError", HTTPStatus.SERVICE_UNAVAILABLE: "ServiceUnavailable"}


class Faults:
    """The faults of one server. A request meets every delay that fits it, and the first fault of another kind.

    Everywhere `operation` is a name as in docs/operations.md (`CreateModel`, `Ram:CreateUser`) or `None` for all, and
    `times` is how many requests meet the fault; `None` means all until the faults are cleared.
    """

    def __init__(self, tell: Callable[[Order], Done]) -> None:
        """Give orders through `tell`."""
        self._tell = tell

    def throttle(
        self, *, times: int | None = 1, retry_after_ms: int | None = 100, operation: str | None = None
    ) -> None:
        """Refuse with 429 `Throttling`, and say when to come again (`None`: do not say).

        Raises:
            ValueError: there is no such operation, or a number makes no sense.
        """
        if retry_after_ms is not None and retry_after_ms < 0:
            raise ValueError(f"retry_after_ms is {retry_after_ms}; it cannot be less than 0")
        self._arm(Throttle(operation=operation, times=times, retry_after_ms=retry_after_ms))

    def fail(
        self,
        *,
        status: int = 503,
        times: int | None = 1,
        operation: str | None = None,
        code: str | None = None,
        message: str = "This failure was ordered by a test.",
    ) -> None:
        """Answer an error without handling the request; without a `code` it has the usual one of its status.

        Raises:
            ValueError: `status` is no error, or as for `throttle`.
        """
        if not 400 <= status <= 599:  # noqa: PLR2004  what HTTP calls errors
            raise ValueError(f"status is {status}; an error is from 400 to 599")
        code = code or _CODES.get(HTTPStatus(status)) or HTTPStatus(status).phrase.title().replace(" ", "")
        self._arm(Fail(operation=operation, times=times, status=status, code=code, message=message))

    def delay(
        self, seconds: float, *, operation: str | None = None, times: int | None = None, when: When = "before"
    ) -> None:
        """Answer `seconds` later: handled then (`before`), or handled at once (`after`).

        Raises:
            ValueError: as for `throttle`.
        """
        if not 0 <= seconds < math.inf:
            raise ValueError(f"seconds is {seconds}; it cannot be less than 0 or without end")
        self._arm(Delay(operation=operation, times=times, seconds=seconds, when=_moment(when)))

    def drop(self, *, times: int | None = 1, when: When = "before", operation: str | None = None) -> None:
        """Close the connection without an answer: with nothing done (`before`), or everything (`after`).

        Raises:
            ValueError: as for `throttle`.
        """
        self._arm(Drop(operation=operation, times=times, when=_moment(when)))

    def clear(self) -> None:
        """Forget all faults; requests that a delay holds up go on at once."""
        self._tell(Clear())

    def _arm(self, fault: AnyFault) -> None:
        if fault.times is not None and fault.times < 1:
            raise ValueError(f"times is {fault.times}; it is at least 1, or None")
        done = self._tell(fault)
        if done.refusal:
            raise ValueError(done.refusal)


def _moment(when: When) -> When:
    if when not in {"before", "after"}:
        raise ValueError(f"when is {when!r}; it is 'before' or 'after'")
    return when
