"""What tagging looks like on the wire."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from modelry.contract.operation import Shape
from modelry.families.ram.tagging import MAX_TAGS, NewTags, TagKey

ResourceType = Literal["role", "policy"]

_Names = Annotated[list[str], Meta(max_length=50)]
_SomeNames = Annotated[list[str], Meta(min_length=1, max_length=50)]


class TaggedResources(Shape):
    """Which resources: all of them or, when one does not exist, none."""

    resource_type: ResourceType
    resource_names: _SomeNames


class TagResources(TaggedResources):
    """Which tags to add; the value of a key that is there already is replaced."""

    tag: Annotated[NewTags, Meta(min_length=1)]


class UntagResources(TaggedResources):
    """Which tags to remove; keys that a resource does not have are passed over."""

    tag_keys: Annotated[list[TagKey], Meta(max_length=MAX_TAGS)] | UnsetType = UNSET
    all: bool = False
    """Every tag, if no keys are given."""


class ListTagResources(Shape):
    """Whose tags, and which."""

    resource_type: ResourceType
    resource_names: _Names | UnsetType = UNSET
    """Absent or empty: of every resource of the type. One that does not exist has no tags."""
    tag: NewTags | UnsetType = UNSET
    """Of resources that carry all of these, and of their tags only these."""
    next_token: str | UnsetType = UNSET
    page_size: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET
    """Absent: everything at once if names are given, as Terraform asks for no second page; else 100."""


class TagResource(Shape):
    """A tag of a resource."""

    resource_type: ResourceType
    resource_name: str
    tag_key: str
    tag_value: str


class TagResourcesPage(Shape):
    """Tags, in the order of their resources, then of their keys."""

    tag_resources: list[TagResource]
    next_token: str | UnsetType = UNSET
    """Only when more follow."""
