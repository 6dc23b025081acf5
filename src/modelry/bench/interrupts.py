"""Ctrl-C, SIGTERM and SIGHUP: the first one ends a run, and none comes between a process and what will end it."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Those of this program."""

    def __init__(self) -> None:
        self._taken: list[signal.Signals] = []
        self._holds = 0
        self._came: int | None = None

    @contextlib.contextmanager
    def ending(self) -> Iterator[None]:
        """Have the first signal end what is done inside, as an exception, and no further one disturb that end."""
        self._taken = [number for number in _NUMBERS if signal.getsignal(number) is not signal.SIG_IGN]
        before = [signal.signal(number, self._end) for number in self._taken]
        try:
            yield
        finally:
            for number, handler in zip(self._taken, before, strict=True):
                signal.signal(number, handler)

    def hold(self) -> None:
        """Let signals wait."""
        self._holds += 1

    def release(self) -> None:
        """Let them no longer wait; one that came meanwhile is raised here."""
        self._holds -= 1
        if self._came is not None:
            self._end(self._came, None)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Signals wait for the end of what is done inside."""
        self.hold()
        try:
            yield
        finally:
            self.release()

    def _end(self, number: int, _frame: FrameType | None) -> None:
        if self._holds:
            self._came = self._came or number
            return
        self._came = None
        for one in self._taken:
            signal.signal(one, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)


INTERRUPTS = Interrupts()
"""A signal is the whole program's."""
