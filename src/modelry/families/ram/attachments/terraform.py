"""The policies that are attached to users, groups and roles, as resources of Terraform."""

from modelry.contract.operation import AnyOperation
from modelry.contract.resource_type import ResourceType
from modelry.families.ram.attachments import operations as ops


def _attachment(of: str, create: AnyOperation, read: AnyOperation, delete: AnyOperation) -> ResourceType:
    """What attaches a policy to one sort of principals."""
    return ResourceType(
        name=f"alicloud_ram_{of}_policy_attachment",
        mark=of,
        identity=("policy_name", "policy_type", f"{of}_name"),
        create=create,
        read=read,
        update=None,
        delete=delete,
        entry="policies.policy",
        absent=frozenset({"resource_group_id"}),
    )


RESOURCE_TYPES = (
    _attachment("user", ops.ATTACH_POLICY_TO_USER, ops.LIST_POLICIES_FOR_USER, ops.DETACH_POLICY_FROM_USER),
    _attachment("group", ops.ATTACH_POLICY_TO_GROUP, ops.LIST_POLICIES_FOR_GROUP, ops.DETACH_POLICY_FROM_GROUP),
    _attachment("role", ops.ATTACH_POLICY_TO_ROLE, ops.LIST_POLICIES_FOR_ROLE, ops.DETACH_POLICY_FROM_ROLE),
)
