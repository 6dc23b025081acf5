"""What a label looks like."""

from typing import Annotated

from msgspec import Meta

from modelry.contract.operation import Shape
from modelry.errors import INVALID_PARAMETER, ApiError

MAX_LABELS = 100
"""Of one resource. The official limit is unknown; decided."""

_MAX_BYTES = 128

LabelText = Annotated[str, Meta(max_length=_MAX_BYTES, pattern="^[^=,]*$")]
"""At most 128 bytes of UTF-8, no `=` and no `,`. Source: the official SDK."""


class Label(Shape):
    """A key and its value."""

    key: Annotated[LabelText, Meta(min_length=1)]
    value: LabelText = ""


def checked(labels: list[Label], name: str) -> list[Label]:
    """The labels of a request's field `name`, once their limits hold.

    Raises:
        ApiError: INVALID_PARAMETER: a key given twice (one of the two would be lost silently), or a text too long.
    """
    seen: set[str] = set()
    for label in labels:
        if label.key in seen:
            raise ApiError(INVALID_PARAMETER, name=name, reason=f"the key {label.key!r} is given twice")
        if max(len(label.key.encode()), len(label.value.encode())) > _MAX_BYTES:
            raise ApiError(INVALID_PARAMETER, name=name, reason=f"a key or a value is longer than {_MAX_BYTES} bytes")
        seen.add(label.key)
    return labels


def merged(labels: list[Label], changes: list[Label], name: str) -> list[Label]:
    """`labels` with `changes` written over them: a known key keeps its place, a new one goes to the end.

    Raises:
        ApiError: INVALID_PARAMETER: more than `MAX_LABELS`.
    """
    entries = {label.key: label for label in labels} | {change.key: change for change in changes}
    if len(entries) > MAX_LABELS:
        raise ApiError(INVALID_PARAMETER, name=name, reason=f"a resource has at most {MAX_LABELS} labels")
    return list(entries.values())


def without(labels: list[Label], keys: list[str]) -> list[Label]:
    """`labels` less those with one of `keys`; a key that is not there is no error."""
    return [label for label in labels if label.key not in keys]
