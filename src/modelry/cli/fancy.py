"""What is shown on a terminal alone: tables that fit it, and progress."""

import os
import re
import sys
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_PATIENCE_S = 1.0
"""How long something may take before its progress is shown."""

_STYLES = {
    "Approved": "green",
    "ENABLED": "green",
    "Pending": "yellow",
    "Rejected": "red",
    "FAILURE": "red",
    "DISABLED": "red",
}
"""Words of the API that stand in a colour when they are all that a cell says."""


_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")
_GAP = 2
_NARROW = 10
"""What a folded cell keeps at least: a date is whole."""
_NARROW_TITLE = 6


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table as wide as the terminal: long cells are folded, never cut; ids stay whole; times are to the second."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, emoji=False)
    shown = [[_TIME.sub(r"\1 \2", cell) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False, show_header=bool(titles), header_style="bold", padding=(0, _GAP, 0, 0))
    for title, width in _columns(titles, shown, console.width):
        table.add_column(Text(title), overflow="fold", width=width)
    for row in shown:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    console.print(table)


def _columns(titles: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[tuple[str, int]]:
    """Titles and widths: titles are folded first, then the widest cells."""
    from rich.cells import cell_len

    count = max(map(len, rows))
    cells = [max(cell_len(row[n]) for row in rows if n < len(row)) for n in range(count)]
    names = list(titles) or [""] * count
    ideal = [max(cell_len(name), width, 1) for name, width in zip(names, cells, strict=True)]
    room -= _GAP * count
    if sum(ideal) <= room:
        return list(zip(names, ideal, strict=True))
    widths = [min(width, max(cell, _NARROW_TITLE)) for width, cell in zip(ideal, cells, strict=True)]
    while sum(widths) > room:
        foldable = [n for n in range(count) if widths[n] > _NARROW and not names[n].endswith("Id")]
        if not foldable:
            break
        widths[max(foldable, key=widths.__getitem__)] -= 1
    return list(zip(names, widths, strict=True))


class Waiting:
    """Shows on a terminal that something goes on, once it takes over a second: `with Waiting("Listing"): ...`.

    It goes to standard error and is wiped away at the end; elsewhere than on a terminal nothing is shown.
    """

    def __init__(self, what: str, total: float | None = None) -> None:
        """`total`: how often `advance` will have been called, or in whatever unit; `None` where nobody knows."""
        self._what = what
        self._total = total
        self._done = 0.0
        self._lock = threading.Lock()
        self._ended = False
        self._bar: tuple[Progress, TaskID] | None = None
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            self._timer = threading.Timer(_PATIENCE_S, self._begin)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._ended = True
            if self._bar is not None:
                self._bar[0].stop()

    def advance(self, by: float = 1) -> None:
        """So much more is done."""
        self._done += by
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=self._done)

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        with self._lock:
            if self._ended:
                return
            known = self._total is not None
            count = "{task.completed:,.0f} of {task.total:,.0f}" if known else "{task.completed:,.0f}"
            columns = [SpinnerColumn(), TextColumn("{task.description}"), *([BarColumn()] if known else [])]
            progress = Progress(*columns, TextColumn(count), console=Console(stderr=True), transient=True)
            self._bar = progress, progress.add_task(self._what, total=self._total)
            progress.update(self._bar[1], completed=self._done)
            progress.start()
