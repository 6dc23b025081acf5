"""The API of policies: one row per operation."""

from modelry.contract.operation import Access, Operation
from modelry.errors import INVALID_PARAMETER
from modelry.errors.ram import (
    DELETE_CONFLICT_POLICY_GROUP,
    DELETE_CONFLICT_POLICY_ROLE,
    DELETE_CONFLICT_POLICY_USER,
    DELETE_CONFLICT_POLICY_VERSION,
    DELETE_CONFLICT_POLICY_VERSION_DEFAULT,
    ENTITY_ALREADY_EXISTS_POLICY,
    ENTITY_NOT_EXIST_POLICY,
    ENTITY_NOT_EXIST_POLICY_VERSION,
    INVALID_POLICY_TYPE,
    LIMIT_EXCEEDED_POLICY,
    LIMIT_EXCEEDED_POLICY_VERSION,
    MALFORMED_POLICY_DOCUMENT,
    POLICY_CANNOT_BE_LISTED,
)
from modelry.families.ram import RAM
from modelry.families.ram.fields import refusals
from modelry.families.ram.policies import structs as s
from modelry.families.ram.structs import Done

_POLICY = ("policy/{PolicyName}",)
_POLICIES = ("policy/*",)
_NAME = (ENTITY_NOT_EXIST_POLICY, *refusals("policy_name"))
_TYPED = (*_NAME, INVALID_POLICY_TYPE)
_VERSION = (*_NAME, ENTITY_NOT_EXIST_POLICY_VERSION, *refusals("version_id"))

CREATE_POLICY = Operation(
    name="CreatePolicy",
    style=RAM,
    request=s.CreatePolicy,
    response=s.PolicyAnswer,
    access=Access(action="ram:CreatePolicy", level="create", resources=_POLICIES),
    errors=(
        ENTITY_ALREADY_EXISTS_POLICY,
        LIMIT_EXCEEDED_POLICY,
        MALFORMED_POLICY_DOCUMENT,
        *refusals("policy_name", "policy_document", "description"),
    ),
    summary="Make a custom policy.",
)
GET_POLICY = Operation(
    name="GetPolicy",
    style=RAM,
    request=s.TypedPolicyAddress,
    response=s.PolicyFound,
    access=Access(action="ram:GetPolicy", level="get", resources=_POLICY),
    errors=_TYPED,
    summary="Get a policy together with the version that is in effect.",
)
LIST_POLICIES = Operation(
    name="ListPolicies",
    style=RAM,
    request=s.ListPolicies,
    response=s.Policies,
    access=Access(action="ram:ListPolicies", level="list", resources=_POLICIES),
    errors=(INVALID_POLICY_TYPE, INVALID_PARAMETER),
    summary="List the policies.",
)
UPDATE_POLICY_DESCRIPTION = Operation(
    name="UpdatePolicyDescription",
    style=RAM,
    request=s.UpdatePolicyDescription,
    response=s.PolicyAnswer,
    access=Access(action="ram:UpdatePolicyDescription", level="update", resources=_POLICY),
    errors=(*_NAME, *refusals("new_description")),
    summary="Change the description of a custom policy.",
)
DELETE_POLICY = Operation(
    name="DeletePolicy",
    style=RAM,
    request=s.DeletePolicy,
    response=Done,
    access=Access(action="ram:DeletePolicy", level="delete", resources=_POLICY),
    errors=(
        *_NAME,
        DELETE_CONFLICT_POLICY_USER,
        DELETE_CONFLICT_POLICY_GROUP,
        DELETE_CONFLICT_POLICY_ROLE,
        DELETE_CONFLICT_POLICY_VERSION,
    ),
    summary="Delete a custom policy that is not attached.",
)
CREATE_POLICY_VERSION = Operation(
    name="CreatePolicyVersion",
    style=RAM,
    request=s.CreatePolicyVersion,
    response=s.PolicyVersionAnswer,
    access=Access(action="ram:CreatePolicyVersion", level="create", resources=_POLICY),
    errors=(
        *_NAME,
        LIMIT_EXCEEDED_POLICY_VERSION,
        MALFORMED_POLICY_DOCUMENT,
        POLICY_CANNOT_BE_LISTED,
        *refusals("policy_document"),
    ),
    summary="Make a version of a custom policy; at once in effect if that is asked for.",
)
GET_POLICY_VERSION = Operation(
    name="GetPolicyVersion",
    style=RAM,
    request=s.GetPolicyVersion,
    response=s.PolicyVersionAnswer,
    access=Access(action="ram:GetPolicyVersion", level="get", resources=_POLICY),
    errors=(*_VERSION, INVALID_POLICY_TYPE),
    summary="Get a version of a policy.",
)
LIST_POLICY_VERSIONS = Operation(
    name="ListPolicyVersions",
    style=RAM,
    request=s.TypedPolicyAddress,
    response=s.PolicyVersions,
    access=Access(action="ram:ListPolicyVersions", level="list", resources=_POLICY),
    errors=_TYPED,
    summary="List the versions of a policy.",
)
SET_DEFAULT_POLICY_VERSION = Operation(
    name="SetDefaultPolicyVersion",
    style=RAM,
    request=s.VersionAddress,
    response=Done,
    access=Access(action="ram:SetDefaultPolicyVersion", level="update", resources=_POLICY),
    errors=(*_VERSION, POLICY_CANNOT_BE_LISTED),
    summary="Have a version of a custom policy take effect.",
)
DELETE_POLICY_VERSION = Operation(
    name="DeletePolicyVersion",
    style=RAM,
    request=s.VersionAddress,
    response=Done,
    access=Access(action="ram:DeletePolicyVersion", level="delete", resources=_POLICY),
    errors=(*_VERSION, DELETE_CONFLICT_POLICY_VERSION_DEFAULT),
    summary="Delete a version of a custom policy that is not in effect.",
)

OPERATIONS = (
    CREATE_POLICY,
    GET_POLICY,
    LIST_POLICIES,
    UPDATE_POLICY_DESCRIPTION,
    DELETE_POLICY,
    CREATE_POLICY_VERSION,
    GET_POLICY_VERSION,
    LIST_POLICY_VERSIONS,
    SET_DEFAULT_POLICY_VERSION,
    DELETE_POLICY_VERSION,
)
