"""What each operation on attachments does."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from modelry.access.policy import parse, unrenderable
from modelry.errors import ApiError, ErrorCode
from modelry.errors.ram import (
    ATTACHED_TO_THE_ACCOUNT_ONLY,
    ENTITY_ALREADY_EXISTS_GROUP_POLICY,
    ENTITY_ALREADY_EXISTS_ROLE_POLICY,
    ENTITY_ALREADY_EXISTS_USER_POLICY,
    ENTITY_NOT_EXIST_GROUP_POLICY,
    ENTITY_NOT_EXIST_ROLE_POLICY,
    ENTITY_NOT_EXIST_USER_POLICY,
    LIMIT_EXCEEDED_GROUP_POLICY,
    LIMIT_EXCEEDED_ROLE_POLICY,
    LIMIT_EXCEEDED_USER_POLICY,
    POLICY_CANNOT_BE_LISTED,
)
from modelry.families.ram.attachments import operations as ops
from modelry.families.ram.attachments import store
from modelry.families.ram.attachments import structs as s
from modelry.families.ram.attachments.store import Attachable, Entity, EntityType
from modelry.families.ram.dates import date
from modelry.families.ram.fields import check
from modelry.families.ram.groups import store as groups
from modelry.families.ram.policies import store as policies
from modelry.families.ram.policies import system
from modelry.families.ram.policies.naming import policy_type, system_policy
from modelry.families.ram.policies.structs import TypedPolicyAddress
from modelry.families.ram.roles import store as roles
from modelry.families.ram.structs import Done
from modelry.families.ram.users import store as users
from modelry.handling import Call, handles
from modelry.storage.database import Conflict

SYSTEM_POLICIES_MAX = 20
"""Of one user, group or role. Source: Alibaba Cloud's documentation of RAM's quotas."""


class _Rules(NamedTuple):
    """What holds of one type of entity."""

    custom_policies_max: int
    beyond: ErrorCode
    twice: ErrorCode
    missing: ErrorCode


_RULES: Mapping[EntityType, _Rules] = {
    "User": _Rules(10, LIMIT_EXCEEDED_USER_POLICY, ENTITY_ALREADY_EXISTS_USER_POLICY, ENTITY_NOT_EXIST_USER_POLICY),
    "Group": _Rules(5, LIMIT_EXCEEDED_GROUP_POLICY, ENTITY_ALREADY_EXISTS_GROUP_POLICY, ENTITY_NOT_EXIST_GROUP_POLICY),
    "Role": _Rules(5, LIMIT_EXCEEDED_ROLE_POLICY, ENTITY_ALREADY_EXISTS_ROLE_POLICY, ENTITY_NOT_EXIST_ROLE_POLICY),
}


@handles(ops.ATTACH_POLICY_TO_USER)
def attach_policy_to_user(call: Call, request: s.UserAttachment) -> Done:
    return _attach(call, _user(call, request), request)


@handles(ops.DETACH_POLICY_FROM_USER)
def detach_policy_from_user(call: Call, request: s.UserAttachment) -> Done:
    return _detach(call, _user(call, request), request)


@handles(ops.ATTACH_POLICY_TO_GROUP)
def attach_policy_to_group(call: Call, request: s.GroupAttachment) -> Done:
    return _attach(call, _group(call, request), request)


@handles(ops.DETACH_POLICY_FROM_GROUP)
def detach_policy_from_group(call: Call, request: s.GroupAttachment) -> Done:
    return _detach(call, _group(call, request), request)


@handles(ops.ATTACH_POLICY_TO_ROLE)
def attach_policy_to_role(call: Call, request: s.RoleAttachment) -> Done:
    return _attach(call, _role(call, request), request)


@handles(ops.DETACH_POLICY_FROM_ROLE)
def detach_policy_from_role(call: Call, request: s.RoleAttachment) -> Done:
    return _detach(call, _role(call, request), request)


@handles(ops.LIST_POLICIES_FOR_USER)
def list_policies_for_user(call: Call, request: s.UserPolicies) -> s.AttachedPolicies:
    return _attached(call, _user(call, request))


@handles(ops.LIST_POLICIES_FOR_GROUP)
def list_policies_for_group(call: Call, request: s.GroupPolicies) -> s.AttachedPolicies:
    return _attached(call, _group(call, request))


@handles(ops.LIST_POLICIES_FOR_ROLE)
def list_policies_for_role(call: Call, request: s.RolePolicies) -> s.AttachedPolicies:
    return _attached(call, _role(call, request))


@handles(ops.LIST_ENTITIES_FOR_POLICY)
def list_entities_for_policy(call: Call, request: TypedPolicyAddress) -> s.PolicyEntities:
    policy, _ = _policy(call, request)

    def shown(entity_type: EntityType, **also: str) -> list[dict[str, Any]]:
        found = store.entities(call.database, call.account_id, entity_type, policy)
        return [{**also, **msgspec.json.decode(document), "AttachDate": date(at)} for document, at in found]

    return msgspec.convert(
        {
            "Users": {"User": shown("User", DisplayName="")},
            "Groups": {"Group": shown("Group", Comments="")},
            "Roles": {"Role": [_with_arn(call, role) for role in shown("Role")]},
        },
        s.PolicyEntities,
    )


def _attach(call: Call, entity: Entity, request: s.Attachment) -> Done:
    policy, document = _attachable(call, request)
    rules = _RULES[entity.type]
    reason = unrenderable(parse(document))
    if reason is not None:
        raise ApiError(POLICY_CANNOT_BE_LISTED, policy_name=policy.name, reason=reason)
    try:
        store.attach(call.transaction, call.account_id, entity, policy)
    except Conflict as conflict:
        raise _about(rules.twice, entity, policy) from conflict
    limit = rules.custom_policies_max if policy.type == "Custom" else SYSTEM_POLICIES_MAX
    if store.attachment_count(call.database, call.account_id, entity, policy.type) > limit:
        raise ApiError(rules.beyond, limit=limit, policy_type=policy.type.lower())
    return Done()


def _detach(call: Call, entity: Entity, request: s.Attachment) -> Done:
    policy, _ = _attachable(call, request)
    if not store.detach(call.transaction, call.account_id, entity, policy):
        raise _about(_RULES[entity.type].missing, entity, policy)
    return Done()


def _about(error: ErrorCode, entity: Entity, policy: Attachable) -> ApiError:
    name = entity.name
    return ApiError(error, policy_name=policy.name, user_name=name, group_name=name, role_name=name)


def _attachable(call: Call, request: s.Attachment) -> tuple[Attachable, str]:
    """The policy of a request that attaches or detaches one, and the document that is in effect.

    Raises:
        ApiError: ATTACHED_TO_THE_ACCOUNT_ONLY, rather than granting more than was asked for; or as `_policy`.
    """
    if request.resource_group_id:
        raise ApiError(ATTACHED_TO_THE_ACCOUNT_ONLY)
    return _policy(call, request)


def _policy(call: Call, request: TypedPolicyAddress) -> tuple[Attachable, str]:
    """The policy that a request names, and the document that is in effect.

    Raises:
        ApiError: INVALID_POLICY_TYPE, ENTITY_NOT_EXIST_POLICY, or what is wrong with the name.
    """
    check(request, "policy_name")
    if policy_type(request.policy_type) == "System":
        named = system_policy(request.policy_name)
        return Attachable("System", named.name, None), named.document
    found = policies.policy(call.database, call.account_id, request.policy_name)
    version = policies.version(call.database, call.account_id, found, found.default_version)
    return Attachable("Custom", found.stored.policy_name, found.position), version.policy_document


def _user(call: Call, request: s.UserAttachment | s.UserPolicies) -> Entity:
    check(request, "user_name")
    found = users.user(call.database, call.account_id, request.user_name)
    return Entity("User", found.user_id, found.user_name)


def _group(call: Call, request: s.GroupAttachment | s.GroupPolicies) -> Entity:
    check(request, "group_name")
    found = groups.group(call.database, call.account_id, request.group_name)
    return Entity("Group", found.group_id, found.group_name)


def _role(call: Call, request: s.RoleAttachment | s.RolePolicies) -> Entity:
    check(request, "role_name")
    found = roles.role(call.database, call.account_id, request.role_name)
    return Entity("Role", found.role_id, found.role_name)


def _attached(call: Call, entity: Entity) -> s.AttachedPolicies:
    found = store.attached(call.database, call.account_id, entity)
    return s.AttachedPolicies(policies=s.AttachedPolicyList(policy=[_shown(each) for each in found]))


def _shown(each: store.Attached) -> s.AttachedPolicy:
    if each.custom is not None:
        name, description, version = each.custom.policy_name, each.custom.description, each.default_version
    else:
        ours = system.system_policy(each.folded_name)
        name, description = (ours.name, ours.description) if ours else (each.folded_name, "")
        version = system.VERSION
    return s.AttachedPolicy(
        policy_name=name,
        policy_type=each.type,
        description=description,
        default_version=policies.version_id(version or system.VERSION),
        attach_date=date(each.position),
    )


def _with_arn(call: Call, role: dict[str, Any]) -> dict[str, Any]:
    return {**role, "Arn": roles.arn(call.account_id, role["RoleName"])}
