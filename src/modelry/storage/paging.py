"""Page numbers onto a select."""

from typing import Literal, Protocol

import msgspec

from modelry.storage.predicates import Sql

Order = Literal["ASC", "DESC"]


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

    def sql(self) -> Sql:
        """The end of the statement, from ORDER BY on."""
        keys = dict.fromkeys((self.column, self.tie))
        return (
            f"ORDER BY {', '.join(f'{key} {self.order}' for key in keys)} LIMIT ? OFFSET ?",
            (self.size, (self.number - 1) * self.size),
        )


def page_of(request: Paged, column: str, tie: str = "position") -> Page:
    """The page that a request asks for, sorted by a column."""
    return Page(column=column, tie=tie, order=request.order, number=request.page_number, size=request.page_size)
