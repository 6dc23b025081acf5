"""Pages with a marker, as every list of RAM has them: through additions and removals, nothing is shown twice or lost.

A marker is the position of the last entry that was shown; positions are unique and only grow.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, NamedTuple, TypeVar

from msgspec import UNSET, Meta, UnsetType

from modelry.contract.operation import INT64_MAX, Shape
from modelry.errors import INVALID_PARAMETER, ApiError

Entry = TypeVar("Entry")

_VERSION = b"\x01"
_LENGTH = 9
"""Bytes of a marker: its version, then the position."""


class MarkedRequest(Shape):
    """A request for a page."""

    marker: str | UnsetType = UNSET
    """The `Marker` of the answer before; absent or empty for the first page."""
    max_items: Annotated[int, Meta(ge=1, le=1000)] = 100
    """Entries of a page."""

    @property
    def after(self) -> int:
        """The position after which the page begins, in ascending order.

        Raises:
            ApiError: INVALID_PARAMETER: no answer had this marker.
        """
        return _position(self.marker) if self.marker else 0

    @property
    def wanted(self) -> int:
        """How many entries to look up: one more than are shown, which tells whether more follow."""
        return self.max_items + 1


class MarkedAnswer(Shape):
    """A page: whether it is the last one, and where the next one begins."""

    is_truncated: bool
    marker: str | UnsetType = UNSET
    """Only when more follow."""


class Marked(NamedTuple, Generic[Entry]):
    """The entries of a page."""

    entries: Sequence[Entry]
    is_truncated: bool
    marker: str | UnsetType

    @property
    def end(self) -> dict[str, object]:
        """What the answer says beside the entries, by the names on the wire."""
        return {"IsTruncated": self.is_truncated, **({"Marker": self.marker} if self.is_truncated else {})}


def marked(request: MarkedRequest, found: Sequence[Entry], position: Callable[[Entry], int]) -> Marked[Entry]:
    """The page of what was found after `request.after`: up to `request.wanted` entries in ascending position."""
    if len(found) <= request.max_items:
        return Marked(found, is_truncated=False, marker=UNSET)
    entries = found[: request.max_items]
    return Marked(entries, is_truncated=True, marker=_marker(position(entries[-1])))


def _marker(position: int) -> str:
    return base64.urlsafe_b64encode(_VERSION + position.to_bytes(_LENGTH - 1, "big")).decode()


def _position(marker: str) -> int:
    try:
        data = base64.b64decode(marker, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):  # a ValueError: the text is not ASCII
        data = b""
    position = int.from_bytes(data[1:], "big")
    if len(data) != _LENGTH or data[:1] != _VERSION or position > INT64_MAX:
        raise ApiError(INVALID_PARAMETER, name="Marker", reason="is not one of an answer")
    return position
