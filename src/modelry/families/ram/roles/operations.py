"""The API of roles: one row per operation."""

from modelry.contract.operation import Access, Operation
from modelry.errors import INVALID_PARAMETER
from modelry.errors.ram import (
    DELETE_CONFLICT_ROLE_POLICY,
    ENTITY_ALREADY_EXISTS_ROLE,
    ENTITY_NOT_EXIST_ROLE,
    LIMIT_EXCEEDED_ROLE,
    MALFORMED_POLICY_DOCUMENT,
)
from modelry.families.ram import RAM
from modelry.families.ram.fields import refusals
from modelry.families.ram.roles import structs as s
from modelry.families.ram.structs import Done

_ROLE = ("role/{RoleName}",)
_ROLES = ("role/*",)
_NAME = (ENTITY_NOT_EXIST_ROLE, *refusals("role_name"))

CREATE_ROLE = Operation(
    name="CreateRole",
    style=RAM,
    request=s.CreateRole,
    response=s.RoleAnswer,
    access=Access(action="ram:CreateRole", level="create", resources=_ROLES),
    errors=(
        ENTITY_ALREADY_EXISTS_ROLE,
        LIMIT_EXCEEDED_ROLE,
        MALFORMED_POLICY_DOCUMENT,
        *refusals("role_name", "assume_role_policy_document", "description"),
    ),
    summary="Make a role.",
)
GET_ROLE = Operation(
    name="GetRole",
    style=RAM,
    request=s.RoleAddress,
    response=s.RoleAnswer,
    access=Access(action="ram:GetRole", level="get", resources=_ROLE),
    errors=_NAME,
    summary="Get a role.",
)
UPDATE_ROLE = Operation(
    name="UpdateRole",
    style=RAM,
    request=s.UpdateRole,
    response=s.RoleAnswer,
    access=Access(action="ram:UpdateRole", level="update", resources=_ROLE),
    errors=(*_NAME, MALFORMED_POLICY_DOCUMENT, *refusals("new_assume_role_policy_document", "new_description")),
    summary="Change a role; its sessions follow.",
)
DELETE_ROLE = Operation(
    name="DeleteRole",
    style=RAM,
    request=s.RoleAddress,
    response=Done,
    access=Access(action="ram:DeleteRole", level="delete", resources=_ROLE),
    errors=(*_NAME, DELETE_CONFLICT_ROLE_POLICY),
    summary="Delete a role that no policy is attached to; its sessions end.",
)
LIST_ROLES = Operation(
    name="ListRoles",
    style=RAM,
    request=s.ListRoles,
    response=s.Roles,
    access=Access(action="ram:ListRoles", level="list", resources=_ROLES),
    errors=(INVALID_PARAMETER,),
    summary="List the roles.",
)

OPERATIONS = (CREATE_ROLE, GET_ROLE, UPDATE_ROLE, DELETE_ROLE, LIST_ROLES)
