"""What the catalogue of any database says of a table."""

from typing import NamedTuple


class Table(NamedTuple):
    """A table."""

    name: str
    columns: tuple[str, ...]
    """In the order of their names, as the order in the table depends on when they were added."""
    refers_to: frozenset[str]
    """Tables of which rows have to be there before."""
