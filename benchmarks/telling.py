"""What every benchmark says while it runs, and where it keeps what it can use again."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

KEPT_IN = Path(tempfile.gettempdir()) / "modelry-benchmarks"
"""Where data and other programs are kept between runs, unless the command line says another place."""


def say(what: str) -> None:
    """A line for whoever waits."""
    print(f"[{time.strftime('%H:%M:%S')}] {what}", file=sys.stderr, flush=True)


def telling(every: int) -> Callable[[str, int, int], None]:
    """Says how far something has come, each time that so many more are done."""

    def tell(what: str, done: int, total: int) -> None:
        if done and not done % every:
            say(f"{what}: {done:,} of {total:,}")

    return tell
