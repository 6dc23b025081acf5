"""The progress of what goes through several steps, shown on a terminal once a step takes over a second."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from modelry.cli.fancy import Waiting


class Steps:
    """Called with what is being done, how much of it is done, and how much there is."""

    def __init__(self) -> None:
        self._what = ""
        self._done = 0
        self._waiting: Waiting | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show this step."""
        from modelry.cli.fancy import Waiting

        if what != self._what or done < self._done or self._waiting is None:
            self._end()
            self._what, self._done = what, 0
            self._waiting = Waiting(what.capitalize(), total=total)
            self._waiting.__enter__()
        self._waiting.advance(done - self._done)
        self._done = done

    def _end(self) -> None:
        if self._waiting is not None:
            self._waiting.__exit__(None, None, None)
            self._waiting = None
