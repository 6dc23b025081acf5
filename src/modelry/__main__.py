"""The program: `modelry`, or `python -m modelry`.

It imports little before Ctrl-C is looked after, so that one that comes while the rest is loaded ends in one line too.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType
    from typing import NoReturn

_SAID = b"modelry: interrupted\n"
_CODE = 130
_AGAIN_S = 0.001


class Working:
    """While a command works, Ctrl-C is an exception that it cleans up after; before that there is nothing to clean."""

    def __init__(self) -> None:
        self._is_ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        self._take(_end)

    def __enter__(self) -> None:
        self._take(_raise)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._take(signal.SIG_IGN)  # what came of it is known, and only has to be told

    def _take(self, handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
        """As a shell starts what runs in the background, it takes no Ctrl-C."""
        if not self._is_ignored:
            signal.signal(signal.SIGINT, handler)


def main() -> int:
    """Run the command of the program's arguments."""
    working = Working()
    _open_what_is_closed()
    from modelry import cli  # noqa: PLC0415  not before Ctrl-C is looked after

    return cli.main(working=working)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    os.write(2, _SAID)
    os._exit(_CODE)


def _raise(_number: int, frame: FrameType | None) -> None:
    """Raise it, but not inside of Python's imports: their callbacks would show it as a traceback and go on."""
    if frame is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
        signal.signal(signal.SIGALRM, _raise)
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
        return
    raise KeyboardInterrupt


def _open_what_is_closed() -> None:
    """Have the three streams, and their descriptors, which a file of the command would take otherwise."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r+" if name == "stdin" else "w"))  # noqa: SIM115, PTH123  for good


if __name__ == "__main__":
    raise SystemExit(main())
