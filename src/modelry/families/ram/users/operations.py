"""The API of users: one row per operation."""

from modelry.contract.operation import Access, Operation
from modelry.errors.ram import (
    DELETE_CONFLICT_USER_ACCESS_KEY,
    DELETE_CONFLICT_USER_GROUP,
    DELETE_CONFLICT_USER_LOGIN_PROFILE,
    DELETE_CONFLICT_USER_POLICY,
    ENTITY_ALREADY_EXISTS_USER,
    ENTITY_NOT_EXIST_USER,
    LIMIT_EXCEEDED_USER,
)
from modelry.families.ram import RAM
from modelry.families.ram.fields import refusals
from modelry.families.ram.structs import Done
from modelry.families.ram.users import structs as s

GIVEN = ("user_name", "display_name", "mobile_phone", "email", "comments")
CHANGED = ("new_user_name", "new_display_name", "new_mobile_phone", "new_email", "new_comments")

_USER = ("user/{UserName}",)
_USERS = ("user/*",)

CREATE_USER = Operation(
    name="CreateUser",
    style=RAM,
    request=s.CreateUser,
    response=s.CreatedUser,
    access=Access(action="ram:CreateUser", level="create", resources=_USERS),
    errors=(ENTITY_ALREADY_EXISTS_USER, LIMIT_EXCEEDED_USER, *refusals(*GIVEN)),
    summary="Make a user.",
)
GET_USER = Operation(
    name="GetUser",
    style=RAM,
    request=s.UserAddress,
    response=s.FoundUser,
    access=Access(action="ram:GetUser", level="get", resources=_USER),
    errors=(ENTITY_NOT_EXIST_USER, *refusals("user_name")),
    summary="Get a user.",
)
UPDATE_USER = Operation(
    name="UpdateUser",
    style=RAM,
    request=s.UpdateUser,
    response=s.FoundUser,
    access=Access(action="ram:UpdateUser", level="update", resources=_USER),
    errors=(ENTITY_NOT_EXIST_USER, ENTITY_ALREADY_EXISTS_USER, *refusals("user_name", *CHANGED)),
    summary="Change a user; a new name must be allowed as well.",
)
DELETE_USER = Operation(
    name="DeleteUser",
    style=RAM,
    request=s.UserAddress,
    response=Done,
    access=Access(action="ram:DeleteUser", level="delete", resources=_USER),
    errors=(
        ENTITY_NOT_EXIST_USER,
        DELETE_CONFLICT_USER_GROUP,
        DELETE_CONFLICT_USER_ACCESS_KEY,
        DELETE_CONFLICT_USER_LOGIN_PROFILE,
        DELETE_CONFLICT_USER_POLICY,
        *refusals("user_name"),
    ),
    summary="Delete a user that has no groups, access keys, policies and login profile.",
)
LIST_USERS = Operation(
    name="ListUsers",
    style=RAM,
    request=s.ListUsers,
    response=s.Users,
    access=Access(action="ram:ListUsers", level="list", resources=_USERS),
    summary="List the users.",
)

OPERATIONS = (CREATE_USER, GET_USER, UPDATE_USER, DELETE_USER, LIST_USERS)
