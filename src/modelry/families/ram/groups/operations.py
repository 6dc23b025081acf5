"""The API of groups: one row per operation."""

from modelry.contract.operation import Access, Operation
from modelry.errors.ram import (
    DELETE_CONFLICT_GROUP_POLICY,
    DELETE_CONFLICT_GROUP_USER,
    ENTITY_ALREADY_EXISTS_GROUP,
    ENTITY_ALREADY_EXISTS_USER_GROUP,
    ENTITY_NOT_EXIST_GROUP,
    ENTITY_NOT_EXIST_USER,
    ENTITY_NOT_EXIST_USER_GROUP,
    LIMIT_EXCEEDED_GROUP,
    LIMIT_EXCEEDED_USER_GROUP,
)
from modelry.families.ram import RAM
from modelry.families.ram.fields import refusals
from modelry.families.ram.groups import structs as s
from modelry.families.ram.structs import Done

GIVEN = ("group_name", "comments")
CHANGED = ("new_group_name", "new_comments")

_GROUP = ("group/{GroupName}",)
_GROUPS = ("group/*",)
_USER = ("user/{UserName}",)

CREATE_GROUP = Operation(
    name="CreateGroup",
    style=RAM,
    request=s.CreateGroup,
    response=s.CreatedGroup,
    access=Access(action="ram:CreateGroup", level="create", resources=_GROUPS),
    errors=(ENTITY_ALREADY_EXISTS_GROUP, LIMIT_EXCEEDED_GROUP, *refusals(*GIVEN)),
    summary="Make a group.",
)
GET_GROUP = Operation(
    name="GetGroup",
    style=RAM,
    request=s.GroupAddress,
    response=s.FoundGroup,
    access=Access(action="ram:GetGroup", level="get", resources=_GROUP),
    errors=(ENTITY_NOT_EXIST_GROUP, *refusals("group_name")),
    summary="Get a group.",
)
UPDATE_GROUP = Operation(
    name="UpdateGroup",
    style=RAM,
    request=s.UpdateGroup,
    response=s.FoundGroup,
    access=Access(action="ram:UpdateGroup", level="update", resources=_GROUP),
    errors=(ENTITY_NOT_EXIST_GROUP, ENTITY_ALREADY_EXISTS_GROUP, *refusals("group_name", *CHANGED)),
    summary="Change a group; a new name must be allowed as well.",
)
DELETE_GROUP = Operation(
    name="DeleteGroup",
    style=RAM,
    request=s.GroupAddress,
    response=Done,
    access=Access(action="ram:DeleteGroup", level="delete", resources=_GROUP),
    errors=(
        ENTITY_NOT_EXIST_GROUP,
        DELETE_CONFLICT_GROUP_USER,
        DELETE_CONFLICT_GROUP_POLICY,
        *refusals("group_name"),
    ),
    summary="Delete a group that has no users and no policies.",
)
LIST_GROUPS = Operation(
    name="ListGroups",
    style=RAM,
    request=s.ListGroups,
    response=s.Groups,
    access=Access(action="ram:ListGroups", level="list", resources=_GROUPS),
    summary="List the groups.",
)
ADD_USER_TO_GROUP = Operation(
    name="AddUserToGroup",
    style=RAM,
    request=s.Membership,
    response=Done,
    access=Access(action="ram:AddUserToGroup", level="update", resources=_USER + _GROUP),
    errors=(
        ENTITY_NOT_EXIST_USER,
        ENTITY_NOT_EXIST_GROUP,
        ENTITY_ALREADY_EXISTS_USER_GROUP,
        LIMIT_EXCEEDED_USER_GROUP,
        *refusals("user_name", "group_name"),
    ),
    summary="Have a user join a group.",
)
REMOVE_USER_FROM_GROUP = Operation(
    name="RemoveUserFromGroup",
    style=RAM,
    request=s.Membership,
    response=Done,
    access=Access(action="ram:RemoveUserFromGroup", level="update", resources=_USER + _GROUP),
    errors=(
        ENTITY_NOT_EXIST_USER,
        ENTITY_NOT_EXIST_GROUP,
        ENTITY_NOT_EXIST_USER_GROUP,
        *refusals("user_name", "group_name"),
    ),
    summary="Have a user leave a group.",
)
LIST_GROUPS_FOR_USER = Operation(
    name="ListGroupsForUser",
    style=RAM,
    request=s.ListGroupsForUser,
    response=s.JoinedGroups,
    access=Access(action="ram:ListGroupsForUser", level="list", resources=_USER),
    errors=(ENTITY_NOT_EXIST_USER, *refusals("user_name")),
    summary="List the groups that a user is in.",
)
LIST_USERS_FOR_GROUP = Operation(
    name="ListUsersForGroup",
    style=RAM,
    request=s.ListUsersForGroup,
    response=s.GroupUsers,
    access=Access(action="ram:ListUsersForGroup", level="list", resources=_GROUP),
    errors=(ENTITY_NOT_EXIST_GROUP, *refusals("group_name")),
    summary="List the users of a group.",
)

OPERATIONS = (
    CREATE_GROUP,
    GET_GROUP,
    UPDATE_GROUP,
    DELETE_GROUP,
    LIST_GROUPS,
    ADD_USER_TO_GROUP,
    REMOVE_USER_FROM_GROUP,
    LIST_GROUPS_FOR_USER,
    LIST_USERS_FOR_GROUP,
)
