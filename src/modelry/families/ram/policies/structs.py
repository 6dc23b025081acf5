"""What policies and their requests look like on the wire and in the database."""

from typing import Literal

from msgspec import UNSET, UnsetType

from modelry.contract.operation import Shape
from modelry.families.ram.paging import MarkedAnswer, MarkedRequest
from modelry.families.ram.tagging import NewTags, Tag, Tags

PolicyType = Literal["System", "Custom"]


class PolicyAddress(Shape):
    """Which custom policy."""

    policy_name: str


class TypedPolicyAddress(PolicyAddress):
    """Which policy."""

    policy_type: str
    """`System` or `Custom`."""


class CreatePolicy(PolicyAddress):
    """A new custom policy; its document becomes version `v1`."""

    policy_document: str
    """Kept, and shown, byte for byte."""
    description: str | UnsetType = UNSET
    tag: NewTags | UnsetType = UNSET


class Policy(Shape):
    """A policy."""

    policy_name: str
    policy_type: PolicyType
    description: str
    default_version: str
    """The version that is in effect."""
    create_date: str
    update_date: str | UnsetType = UNSET
    attachment_count: int | UnsetType = UNSET
    """Users, groups and roles that it is attached to."""
    tags: Tags | UnsetType = UNSET


class PolicyVersion(Shape):
    """A version of a policy."""

    version_id: str
    is_default_version: bool
    policy_document: str
    create_date: str


class PolicyAnswer(Shape):
    """A policy."""

    policy: Policy


class PolicyFound(Shape):
    """A policy together with the version that is in effect."""

    policy: Policy
    default_policy_version: PolicyVersion


class ListPolicies(MarkedRequest):
    """Which policies: custom ones in order of their creation, then those of the system by name."""

    policy_type: str | UnsetType = UNSET
    """`System` or `Custom`; absent or empty for both."""
    tag: NewTags | UnsetType = UNSET
    """Policies that carry all of these; those of the system carry none."""


class PolicyList(Shape):
    """Policies."""

    policy: list[Policy]


class Policies(MarkedAnswer):
    """A page of policies."""

    policies: PolicyList


class UpdatePolicyDescription(PolicyAddress):
    """What to say of a custom policy."""

    new_description: str = ""
    """Empty clears it."""


class DeletePolicy(PolicyAddress):
    """Which custom policy to delete."""

    cascading_delete: bool = False
    """Whether its other versions go with it; attachments never do."""


class CreatePolicyVersion(PolicyAddress):
    """A new version of a custom policy."""

    policy_document: str
    set_as_default: bool = False
    rotate_strategy: Literal["None", "DeleteOldestNonDefaultVersionWhenLimitExceeded"] = "None"
    """Whether a version gives way to one too many."""


class PolicyVersionAnswer(Shape):
    """A version of a policy."""

    policy_version: PolicyVersion


class GetPolicyVersion(TypedPolicyAddress):
    """Which version of which policy."""

    version_id: str


class VersionAddress(PolicyAddress):
    """Which version of which custom policy."""

    version_id: str


class PolicyVersionList(Shape):
    """Versions."""

    policy_version: list[PolicyVersion]


class PolicyVersions(Shape):
    """Every version of a policy, the oldest first."""

    policy_versions: PolicyVersionList


class StoredPolicy(Shape):
    """What is written down of a custom policy."""

    policy_name: str
    description: str
    create_date: str
    update_date: str
    tags: list[Tag]
