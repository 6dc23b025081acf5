"""What resource groups, their tags and the requests about them look like."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from modelry.contract.operation import Shape
from modelry.families.ram import tagging
from modelry.families.ram.tagging import MAX_TAGS, Tag, Tags

ResourceGroupId = Annotated[str, Meta(max_length=64, pattern=r"^rg-[A-Za-z0-9]+$(?!\n)")]
"""`rg-` and letters or digits. One that is not known here is accepted: the groups of a twin may live elsewhere."""

Status = Literal["Creating", "OK", "PendingDelete"]
"""A group is `OK` as soon as it is made, and gone as soon as it is deleted."""

_RESERVED = r"^(?!acs:|aliyun)(?![\s\S]*https?://)"


class NewTag(tagging.NewTag):
    """A tag as a request gives it."""

    key: Annotated[str, Meta(min_length=1, max_length=128, pattern=_RESERVED)]
    value: Annotated[str, Meta(max_length=128, pattern=_RESERVED)] = ""


ResourceIds = Annotated[list[str], Meta(min_length=1, max_length=50)]


class GroupAddress(Shape):
    """Which resource group."""

    resource_group_id: str


class CreateResourceGroup(Shape):
    """A new resource group."""

    name: str
    """2 to 50 letters, digits and hyphens, a letter first; unique without regard to case."""
    display_name: str
    """1 to 50 characters."""
    tag: Annotated[list[NewTag], Meta(max_length=MAX_TAGS)] | UnsetType = UNSET


class GetResourceGroup(GroupAddress):
    """Which resource group, and whether with its tags."""

    include_tags: bool = False


class UpdateResourceGroup(GroupAddress):
    """What to call a resource group from now on."""

    new_display_name: str
    """1 to 50 characters."""


class ListResourceGroups(Shape):
    """Which resource groups, in order of their creation."""

    name: str | UnsetType = UNSET
    """Part of the name, without regard to case."""
    display_name: str | UnsetType = UNSET
    """Part of the display name, likewise."""
    resource_group_id: str | UnsetType = UNSET
    resource_group_ids: Annotated[list[str], Meta(max_length=100)] | UnsetType = UNSET
    """Goes before `ResourceGroupId`."""
    status: Status | UnsetType = UNSET
    tag: tagging.NewTags | UnsetType = UNSET
    """Groups that carry all of these; they are shown with their tags."""
    include_tags: bool = False
    page_number: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10


class RegionStatus(Shape):
    """How far a resource group is in a region."""

    region_id: str
    status: Status


class RegionStatuses(Shape):
    """How far a resource group is, in every region that is served."""

    region_status: list[RegionStatus]


class ResourceGroup(Shape):
    """A group that resources lie in."""

    id: ResourceGroupId
    name: str
    display_name: str
    account_id: str
    create_date: str
    status: Status | UnsetType = UNSET
    region_statuses: RegionStatuses | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET


class ResourceGroupAnswer(Shape):
    """A resource group."""

    resource_group: ResourceGroup


class ResourceGroupList(Shape):
    """Resource groups."""

    resource_group: list[ResourceGroup]


class ResourceGroups(Shape):
    """A page of resource groups, and how many fit in all."""

    resource_groups: ResourceGroupList
    total_count: int
    page_number: int
    page_size: int


class TagResources(Shape):
    """Tags for resource groups; the value of a key that is there already is replaced."""

    resource_type: str = "ResourceGroup"
    """`ResourceGroup`, in any case."""
    resource_id: ResourceIds
    tag: Annotated[list[NewTag], Meta(min_length=1, max_length=MAX_TAGS)]


class UntagResources(Shape):
    """Which tags to take from resource groups."""

    resource_type: str = "ResourceGroup"
    resource_id: ResourceIds
    tag_key: Annotated[list[str], Meta(max_length=MAX_TAGS)] | UnsetType = UNSET
    all: bool = False
    """All tags, where no `TagKey` is given."""


class ListTagResources(Shape):
    """Which tags of which resource groups."""

    resource_type: str = "ResourceGroup"
    resource_id: ResourceIds | UnsetType = UNSET
    tag: tagging.NewTags | UnsetType = UNSET
    """Tags that fit any of these."""
    max_results: Annotated[int, Meta(ge=1, le=100)] = 100
    """Entries of a page. Decided here: as many as may be, as Terraform reads the first page alone."""
    next_token: str | UnsetType = UNSET


class TagResource(Shape):
    """A tag, and what carries it."""

    resource_type: Literal["resourcegroup"]
    resource_id: str
    tag_key: str
    tag_value: str


class TaggedResources(Shape):
    """A page of tags."""

    tag_resources: list[TagResource]
    next_token: str
    """Empty when nothing follows."""


class Done(Shape):
    """Carried out; the answer has nothing but its `RequestId`."""


class GroupDocument(Shape):
    """What is written down of a resource group."""

    id: ResourceGroupId
    name: str
    display_name: str
    tags: list[Tag] = field(default_factory=list)
