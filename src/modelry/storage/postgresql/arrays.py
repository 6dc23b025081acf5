"""Many values as few: the rows of a statement as one array for each of its columns, in PostgreSQL's binary format."""

import itertools
import struct
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from modelry.storage.predicates import Value


class Encoded(NamedTuple):
    """A value that is encoded already."""

    oid: int
    """Of its type."""
    data: bytes
    format: int
    """0 for text, 1 for binary."""


class _Kind(NamedTuple):
    """One type of values, and the type of its arrays."""

    oid: int
    element_oid: int
    element: Callable[[Any], bytes]
    """A value after its length."""


_HEAD = struct.Struct(">5i")
_LENGTH = struct.Struct(">i")
_INTEGER = struct.Struct(">iq")
_NULL = _LENGTH.pack(-1)
_BINARY = 1
_SMALL = 4
"""Bytes of a number of PostgreSQL's `integer`."""


def _integer(value: int) -> bytes:
    return _INTEGER.pack(8, value)


def _bytes(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value


def _text(value: str) -> bytes:
    return _bytes(value.encode())


_KINDS: dict[type, _Kind] = {
    int: _Kind(1016, 20, _integer),
    str: _Kind(1009, 25, _text),
    bytes: _Kind(1001, 17, _bytes),
}
_INTEGERS = 1007
_INTEGERS_ELEMENT = 23


def columns(rows: Sequence[tuple[Value, ...]]) -> list[Encoded]:
    """The columns of some rows; each holds values of one type, and `None`."""
    return [column(values) for values in zip(*rows, strict=True)]


def column(values: Sequence[Value]) -> Encoded:
    """Values of one type, and `None`."""
    kind = _KINDS[next((type(value) for value in values if value is not None), str)]
    element = kind.element
    elements = [_NULL if value is None else element(value) for value in values]
    return _array(kind.oid, kind.element_oid, elements, has_nulls=None in values)


def packed(numbers: Iterable[int]) -> bytes:
    """Numbers of 32 bits as one value, for a column of arrays: see `slices`."""
    values = array("i", numbers)
    elements = array("i", [_SMALL]) * (2 * len(values))
    elements[1::2] = values
    if struct.pack("=i", 1) != _LENGTH.pack(1):
        elements.byteswap()
    return elements.tobytes()


def slices(values: Sequence[bytes]) -> tuple[Encoded, Encoded, Encoded]:
    """What is `packed` in some rows: all in one array, and where in it those of each row begin and end, from 1."""
    ends = [*itertools.accumulate(len(value) // (2 * _SMALL) for value in values)]
    starts = [1, *(end + 1 for end in ends[:-1])]
    count = ends[-1] if ends else 0
    joined = Encoded(_INTEGERS, _HEAD.pack(1, 0, _INTEGERS_ELEMENT, count, 1) + b"".join(values), _BINARY)
    return joined, column(starts), column(ends)


def _array(oid: int, element_oid: int, elements: list[bytes], *, has_nulls: bool) -> Encoded:
    """Of one dimension, counted from 1."""
    return Encoded(oid, _HEAD.pack(1, has_nulls, element_oid, len(elements), 1) + b"".join(elements), _BINARY)
