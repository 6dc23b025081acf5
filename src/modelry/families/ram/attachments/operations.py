"""The API of attachments: one row per operation."""

from modelry.contract.operation import Access, Operation
from modelry.errors.ram import (
    ATTACHED_TO_THE_ACCOUNT_ONLY,
    ENTITY_ALREADY_EXISTS_GROUP_POLICY,
    ENTITY_ALREADY_EXISTS_ROLE_POLICY,
    ENTITY_ALREADY_EXISTS_USER_POLICY,
    ENTITY_NOT_EXIST_GROUP,
    ENTITY_NOT_EXIST_GROUP_POLICY,
    ENTITY_NOT_EXIST_POLICY,
    ENTITY_NOT_EXIST_ROLE,
    ENTITY_NOT_EXIST_ROLE_POLICY,
    ENTITY_NOT_EXIST_USER,
    ENTITY_NOT_EXIST_USER_POLICY,
    INVALID_POLICY_TYPE,
    LIMIT_EXCEEDED_GROUP_POLICY,
    LIMIT_EXCEEDED_ROLE_POLICY,
    LIMIT_EXCEEDED_USER_POLICY,
    POLICY_CANNOT_BE_LISTED,
)
from modelry.families.ram import RAM
from modelry.families.ram.attachments import structs as s
from modelry.families.ram.fields import refusals
from modelry.families.ram.policies.structs import TypedPolicyAddress
from modelry.families.ram.structs import Done

_POLICY = "policy/{PolicyName}"
_USER = "user/{UserName}"
_GROUP = "group/{GroupName}"
_ROLE = "role/{RoleName}"

_BOTH = (ENTITY_NOT_EXIST_POLICY, INVALID_POLICY_TYPE, ATTACHED_TO_THE_ACCOUNT_ONLY, *refusals("policy_name"))
_OF_USER = (ENTITY_NOT_EXIST_USER, *refusals("user_name"))
_OF_GROUP = (ENTITY_NOT_EXIST_GROUP, *refusals("group_name"))
_OF_ROLE = (ENTITY_NOT_EXIST_ROLE, *refusals("role_name"))

ATTACH_POLICY_TO_USER = Operation(
    name="AttachPolicyToUser",
    style=RAM,
    request=s.UserAttachment,
    response=Done,
    access=Access(action="ram:AttachPolicyToUser", level="update", resources=(_USER, _POLICY)),
    errors=(
        *(*_BOTH, *_OF_USER, POLICY_CANNOT_BE_LISTED),
        *(ENTITY_ALREADY_EXISTS_USER_POLICY, LIMIT_EXCEEDED_USER_POLICY),
    ),
    summary="Attach a policy to a user.",
)
DETACH_POLICY_FROM_USER = Operation(
    name="DetachPolicyFromUser",
    style=RAM,
    request=s.UserAttachment,
    response=Done,
    access=Access(action="ram:DetachPolicyFromUser", level="update", resources=(_USER, _POLICY)),
    errors=(*_BOTH, *_OF_USER, ENTITY_NOT_EXIST_USER_POLICY),
    summary="Detach a policy from a user.",
)
ATTACH_POLICY_TO_GROUP = Operation(
    name="AttachPolicyToGroup",
    style=RAM,
    request=s.GroupAttachment,
    response=Done,
    access=Access(action="ram:AttachPolicyToGroup", level="update", resources=(_GROUP, _POLICY)),
    errors=(
        *(*_BOTH, *_OF_GROUP, POLICY_CANNOT_BE_LISTED),
        *(ENTITY_ALREADY_EXISTS_GROUP_POLICY, LIMIT_EXCEEDED_GROUP_POLICY),
    ),
    summary="Attach a policy to a group.",
)
DETACH_POLICY_FROM_GROUP = Operation(
    name="DetachPolicyFromGroup",
    style=RAM,
    request=s.GroupAttachment,
    response=Done,
    access=Access(action="ram:DetachPolicyFromGroup", level="update", resources=(_GROUP, _POLICY)),
    errors=(*_BOTH, *_OF_GROUP, ENTITY_NOT_EXIST_GROUP_POLICY),
    summary="Detach a policy from a group.",
)
ATTACH_POLICY_TO_ROLE = Operation(
    name="AttachPolicyToRole",
    style=RAM,
    request=s.RoleAttachment,
    response=Done,
    access=Access(action="ram:AttachPolicyToRole", level="update", resources=(_ROLE, _POLICY)),
    errors=(
        *(*_BOTH, *_OF_ROLE, POLICY_CANNOT_BE_LISTED),
        *(ENTITY_ALREADY_EXISTS_ROLE_POLICY, LIMIT_EXCEEDED_ROLE_POLICY),
    ),
    summary="Attach a policy to a role.",
)
DETACH_POLICY_FROM_ROLE = Operation(
    name="DetachPolicyFromRole",
    style=RAM,
    request=s.RoleAttachment,
    response=Done,
    access=Access(action="ram:DetachPolicyFromRole", level="update", resources=(_ROLE, _POLICY)),
    errors=(*_BOTH, *_OF_ROLE, ENTITY_NOT_EXIST_ROLE_POLICY),
    summary="Detach a policy from a role.",
)
LIST_POLICIES_FOR_USER = Operation(
    name="ListPoliciesForUser",
    style=RAM,
    request=s.UserPolicies,
    response=s.AttachedPolicies,
    access=Access(action="ram:ListPoliciesForUser", level="list", resources=(_USER,)),
    errors=_OF_USER,
    summary="List the policies that are attached to a user itself.",
)
LIST_POLICIES_FOR_GROUP = Operation(
    name="ListPoliciesForGroup",
    style=RAM,
    request=s.GroupPolicies,
    response=s.AttachedPolicies,
    access=Access(action="ram:ListPoliciesForGroup", level="list", resources=(_GROUP,)),
    errors=_OF_GROUP,
    summary="List the policies that are attached to a group.",
)
LIST_POLICIES_FOR_ROLE = Operation(
    name="ListPoliciesForRole",
    style=RAM,
    request=s.RolePolicies,
    response=s.AttachedPolicies,
    access=Access(action="ram:ListPoliciesForRole", level="list", resources=(_ROLE,)),
    errors=_OF_ROLE,
    summary="List the policies that are attached to a role.",
)
LIST_ENTITIES_FOR_POLICY = Operation(
    name="ListEntitiesForPolicy",
    style=RAM,
    request=TypedPolicyAddress,
    response=s.PolicyEntities,
    access=Access(action="ram:ListEntitiesForPolicy", level="list", resources=(_POLICY,)),
    errors=(ENTITY_NOT_EXIST_POLICY, INVALID_POLICY_TYPE, *refusals("policy_name")),
    summary="List the users, groups and roles that a policy is attached to.",
)

OPERATIONS = (
    ATTACH_POLICY_TO_USER,
    DETACH_POLICY_FROM_USER,
    ATTACH_POLICY_TO_GROUP,
    DETACH_POLICY_FROM_GROUP,
    ATTACH_POLICY_TO_ROLE,
    DETACH_POLICY_FROM_ROLE,
    LIST_POLICIES_FOR_USER,
    LIST_POLICIES_FOR_GROUP,
    LIST_POLICIES_FOR_ROLE,
    LIST_ENTITIES_FOR_POLICY,
)
