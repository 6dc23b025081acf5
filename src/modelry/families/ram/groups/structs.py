"""What groups, their members and their requests look like on the wire."""

from msgspec import UNSET, UnsetType

from modelry.contract.operation import Shape
from modelry.families.ram.paging import MarkedAnswer, MarkedRequest
from modelry.families.ram.users.structs import UserAddress


class GroupAddress(Shape):
    """Which group."""

    group_name: str


class CreateGroup(Shape):
    """A new group."""

    group_name: str
    """1 to 64 letters, digits and `.`, `-`, `_`; unique without regard to case."""
    comments: str | UnsetType = UNSET
    """Up to 128 characters; empty counts as absent."""


class UpdateGroup(GroupAddress):
    """What to change of a group. What is absent stays; empty comments are cleared."""

    new_group_name: str | UnsetType = UNSET
    """The group keeps its users and policies. It may be the name that the group has."""
    new_comments: str | UnsetType = UNSET


class ListGroups(MarkedRequest):
    """Which page of the groups."""


class Membership(Shape):
    """A user and a group."""

    user_name: str
    group_name: str


class ListUsersForGroup(MarkedRequest):
    """Which page of a group's users."""

    group_name: str


class NewGroup(Shape):
    """A group as its creation shows it. Comments that were not given are absent."""

    group_id: str
    group_name: str
    comments: str | UnsetType = UNSET
    create_date: str


class Group(NewGroup):
    """A group."""

    update_date: str


class CreatedGroup(Shape):
    """The new group."""

    group: NewGroup


class FoundGroup(Shape):
    """The group."""

    group: Group


class GroupList(Shape):
    """Groups, in the order in which they were made."""

    group: list[Group]


class Groups(MarkedAnswer):
    """A page of groups."""

    groups: GroupList


class ListGroupsForUser(UserAddress):
    """Whose groups."""


class JoinedGroup(Shape):
    """A group that a user is in."""

    group_id: str
    group_name: str
    comments: str | UnsetType = UNSET
    join_date: str


class JoinedGroupList(Shape):
    """Groups, in the order in which the user joined them."""

    group: list[JoinedGroup]


class JoinedGroups(Shape):
    """All groups of a user."""

    groups: JoinedGroupList


class GroupUser(Shape):
    """A user of a group."""

    user_name: str
    display_name: str | UnsetType = UNSET
    join_date: str


class GroupUserList(Shape):
    """Users, in the order in which they joined."""

    user: list[GroupUser]


class GroupUsers(MarkedAnswer):
    """A page of a group's users."""

    users: GroupUserList
