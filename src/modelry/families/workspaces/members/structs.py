"""What members and their requests look like on the wire."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from modelry.contract.operation import Shape
from modelry.families.workspaces.structs import AccountType, Names, PageNumber, PageSize, WorkspaceAddress

UserId = Annotated[str, Meta(pattern=r"^[0-9]{1,32}$(?!\n)")]
"""One that is not known here is accepted: the users of a twin may live elsewhere."""


class NewMember(Shape):
    """A user and the roles to start with."""

    user_id: UserId
    roles: Annotated[list[str], Meta(min_length=1, max_length=100)]
    """Built-in roles by name, custom ones by name or id; shown again in this order and spelling."""


class CreateMember(WorkspaceAddress):
    """Users to make members: all of them or, when one cannot be, none."""

    members: Annotated[list[NewMember], Meta(min_length=1, max_length=100)]


class CreatedMember(Shape):
    """A new member."""

    member_id: str
    user_id: str
    display_name: str
    roles: list[str]


class CreatedMembers(Shape):
    """The new members, in the order of the request."""

    members: list[CreatedMember]


class GetMember(WorkspaceAddress):
    """Which member: exactly one of the two ids."""

    member_id: str | UnsetType = UNSET
    user_id: str | UnsetType = UNSET


class Member(Shape):
    """A member."""

    member_id: str
    """`<WorkspaceId>-<UserId>`."""
    user_id: str
    member_name: str
    account_name: str
    display_name: str
    account_type: AccountType
    roles: list[str]
    """In the order in which they were given; empty for a moment while a client replaces them."""
    gmt_create_time: str


class ListMembers(WorkspaceAddress):
    """Which members. Filters are joined with AND; an empty one counts as absent."""

    member_name: str | UnsetType = UNSET
    """Part of the name."""
    page_number: PageNumber = 1
    page_size: PageSize = 20
    roles: Names | UnsetType = UNSET
    """Members that hold any of these."""
    user_id: str | UnsetType = UNSET


class Members(Shape):
    """A page of members, in the order in which they joined, and how many there are on all pages."""

    members: list[Member]
    total_count: int


class DeleteMembers(WorkspaceAddress):
    """Which members to remove: all of them or, when one cannot be, none."""

    member_ids: Annotated[list[str], Meta(min_length=1, max_length=1000)]


class MemberRole(WorkspaceAddress):
    """A role of a member."""

    member_id: str
    role_name: str
    """The name of a built-in role; the name or the id of a custom one."""


class ListWorkspaceUsers(WorkspaceAddress):
    """Which users. An empty filter counts as absent."""

    user_id: str | UnsetType = UNSET
    user_name: str | UnsetType = UNSET
    """Part of the name."""


class WorkspaceUser(Shape):
    """A user who can be made a member."""

    user_id: str
    user_name: str


class WorkspaceUsers(Shape):
    """Users and how many there are."""

    users: list[WorkspaceUser]
    total_count: int
