"""Page numbers onto a select."""

from typing import Literal

import msgspec

from modelry.storage.predicates import Sql

Order = Literal["ASC", "DESC"]


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
