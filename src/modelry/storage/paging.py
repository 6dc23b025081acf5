"""Page numbers onto a select."""

from collections.abc import Callable, Hashable
from typing import Literal, Protocol

import msgspec

from modelry.storage.memory import End, Left, Memory
from modelry.storage.predicates import Sql

Order = Literal["ASC", "DESC"]

_BEYOND = {"ASC": ">", "DESC": "<"}


class Paged(Protocol):
    """A request for a page of a sorted list."""

    @property
    def order(self) -> Order:
        """Which end comes first."""

    @property
    def page_number(self) -> int:
        """From 1."""

    @property
    def page_size(self) -> int:
        """Entries of a page."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list, in which order. The order is total: `tie` breaks what `column` leaves equal."""

    column: str
    tie: str
    order: Order
    number: int
    """From 1."""
    size: int

    @property
    def skipped(self) -> int:
        """Entries before the page."""
        return (self.number - 1) * self.size

    def sql(self) -> Sql:
        """The end of the statement, from ORDER BY on."""
        return f"{self.sorted_by()} LIMIT ? OFFSET ?", (self.size, self.skipped)

    def sorted_by(self, table: str = "") -> str:
        """The order, by the columns of `table`, which ends with a point."""
        return f"ORDER BY {', '.join(f'{table}{key} {self.order}' for key in self.keys)}"

    def after(self, end: End, table: str = "") -> Sql:
        """The condition that an entry comes behind another one."""
        sign = _BEYOND[self.order]
        if self.column == self.tie:
            return f"{table}{self.tie} {sign} ?", (end.place,)
        return f"({table}{self.column}, {table}{self.tie}) {sign} (?, ?)", (end.place, end.position)

    @property
    def keys(self) -> list[str]:
        """The columns that decide about the order."""
        return list(dict.fromkeys((self.column, self.tie)))


def page_of(request: Paged, column: str, tie: str = "position") -> Page:
    """The page that a request asks for, sorted by a column."""
    return Page(column=column, tie=tie, order=request.order, number=request.page_number, size=request.page_size)


class Walk:
    """A list that one caller reads page by page.

    Where a page ended is remembered for a while, so that the next one goes on from there: it costs what the first one
    costs, and nothing is missed or repeated when entries come or go meanwhile. Any other page is counted off, and so is
    what a page that was not full would have shown had the list been longer: who reads that page again once it is, from
    another worker maybe, finds the next page behind it.
    """

    def __init__(self, memory: Memory | None, of: Callable[[], Hashable], page: Page) -> None:
        """The walk at `page` of the list that is known as what `of` says: who reads it and what it is filtered by.

        It is asked once something was remembered, or is to be.
        """
        self._memory = memory
        self._of = of
        self.page = page
        left = memory.ends.get(self._key(page.number - 1)) if memory and page.number > 1 else None
        self.end = left and left.end
        """Of the page before, if it is known."""
        self.skipped = left.missing if left else page.skipped
        """Entries that come before the page, behind that end or in all."""

    def after(self, table: str = "") -> Sql:
        """What is left of the list at this page, as a condition."""
        return ("1 = 1", ()) if self.end is None else self.page.after(self.end, table)

    def _key(self, number: int) -> Hashable:
        page = self.page
        return self._of(), page.column, page.order, page.size, number

    def ended(self, last: End | None, shown: int) -> None:
        """Remember the last of the entries that the page showed, where the next one goes on."""
        end, missing = (last, 0) if last else (self.end, self.skipped)
        if self._memory is not None and end is not None:
            self._memory.ends.put(self._key(self.page.number), Left(end, missing + self.page.size - shown))
