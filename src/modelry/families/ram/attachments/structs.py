"""What attaching policies, and asking what is attached, looks like on the wire."""

from msgspec import UNSET, UnsetType

from modelry.contract.operation import Shape
from modelry.families.ram.policies.structs import PolicyType, TypedPolicyAddress


class Attachment(TypedPolicyAddress):
    """Which policy."""

    resource_group_id: str | UnsetType = UNSET
    """Absent or empty: attached for the whole account, which is all that is offered."""


class UserAttachment(Attachment):
    """Which policy, and which user."""

    user_name: str


class GroupAttachment(Attachment):
    """Which policy, and which group."""

    group_name: str


class RoleAttachment(Attachment):
    """Which policy, and which role."""

    role_name: str


class UserPolicies(Shape):
    """Whose policies."""

    user_name: str


class GroupPolicies(Shape):
    """Whose policies."""

    group_name: str


class RolePolicies(Shape):
    """Whose policies."""

    role_name: str


class AttachedPolicy(Shape):
    """A policy that is attached."""

    policy_name: str
    policy_type: PolicyType
    description: str
    default_version: str
    attach_date: str


class AttachedPolicyList(Shape):
    """Policies, in the order in which they were attached."""

    policy: list[AttachedPolicy]


class AttachedPolicies(Shape):
    """Every policy that is attached."""

    policies: AttachedPolicyList


class AttachedUser(Shape):
    """A user that a policy is attached to."""

    user_id: str
    user_name: str
    display_name: str
    attach_date: str


class AttachedGroup(Shape):
    """A group that a policy is attached to."""

    group_name: str
    comments: str
    attach_date: str


class AttachedRole(Shape):
    """A role that a policy is attached to."""

    role_id: str
    role_name: str
    arn: str
    description: str
    attach_date: str


class AttachedUserList(Shape):
    """Users, in the order of attaching."""

    user: list[AttachedUser]


class AttachedGroupList(Shape):
    """Groups, in the order of attaching."""

    group: list[AttachedGroup]


class AttachedRoleList(Shape):
    """Roles, in the order of attaching."""

    role: list[AttachedRole]


class PolicyEntities(Shape):
    """Whatever a policy is attached to."""

    users: AttachedUserList
    groups: AttachedGroupList
    roles: AttachedRoleList
