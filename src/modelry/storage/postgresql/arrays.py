"""Many values as few: the rows of a statement as one array for each of its columns."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from modelry.storage.predicates import Value


class Encoded(NamedTuple):
    """A value that is encoded already."""

    oid: int
    """Of its type."""
    data: bytes
    format: int
    """0 for text, 1 for binary."""


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _bytes(value: bytes) -> str:
    return f'"\\\\x{value.hex()}"'


_ARRAYS: dict[type, tuple[int, Callable[[Any], str]]] = {
    int: (1016, str),
    str: (1009, _text),
    bytes: (1001, _bytes),
}
"""Of each type of value: the type of its array, and how an element is written."""


def columns(rows: Sequence[tuple[Value, ...]]) -> list[Encoded]:
    """The columns of some rows; each holds values of one type, and `None`."""
    return [_column(column) for column in zip(*rows, strict=True)]


def _column(values: tuple[Value, ...]) -> Encoded:
    kind = next((type(value) for value in values if value is not None), str)
    oid, written = _ARRAYS[kind]
    elements = ",".join("NULL" if value is None else written(value) for value in values)
    return Encoded(oid, f"{{{elements}}}".encode(), 0)
