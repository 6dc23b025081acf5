"""Tags, as roles and policies carry them: how they are given, how they are shown, which fit a filter."""

from collections.abc import Iterable, Sequence
from typing import Annotated

from msgspec import Meta

from modelry.contract.operation import Shape
from modelry.errors import ApiError
from modelry.errors.ram import LIMIT_EXCEEDED_TAG

MAX_TAGS = 20
"""Of one resource, and of one request."""

TagKey = Annotated[str, Meta(min_length=1, max_length=128)]


class NewTag(Shape):
    """A tag as a request gives it, or as a filter asks for it."""

    key: TagKey
    value: Annotated[str, Meta(max_length=256)] = ""
    """In a filter, absent or empty fits every value."""


NewTags = Annotated[list[NewTag], Meta(max_length=MAX_TAGS)]


class Tag(Shape):
    """A tag as an answer shows it."""

    tag_key: str
    tag_value: str


class Tags(Shape):
    """The tags of one resource, by key."""

    tag: list[Tag]


def tagged(tags: Iterable[Tag], new: Iterable[NewTag]) -> list[Tag]:
    """Tags with new ones among them; the value of a key that was there already is replaced.

    Raises:
        ApiError: LIMIT_EXCEEDED_TAG.
    """
    values = {tag.tag_key: tag.tag_value for tag in tags} | {tag.key: tag.value for tag in new}
    if len(values) > MAX_TAGS:
        raise ApiError(LIMIT_EXCEEDED_TAG, limit=MAX_TAGS)
    return [Tag(tag_key=key, tag_value=values[key]) for key in sorted(values)]


def fits(tag: Tag, wanted: NewTag) -> bool:
    """Whether a tag is what one of a filter asks for."""
    return tag.tag_key == wanted.key and wanted.value in {"", tag.tag_value}


def carries(tags: Iterable[Tag], wanted: Sequence[NewTag]) -> bool:
    """Whether there is a tag for each that a filter asks for."""
    tags = list(tags)
    return all(any(fits(tag, each) for tag in tags) for each in wanted)
