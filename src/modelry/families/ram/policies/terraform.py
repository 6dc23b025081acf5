"""Custom policies as resources of Terraform."""

from modelry.contract.resource_type import DataType, Moved, Own, Release, ResourceType, Tagged
from modelry.families.ram.policies import operations as ops
from modelry.families.ram.policies.structs import CreatePolicyVersion

_STRATEGY = CreatePolicyVersion.__annotations__["rotate_strategy"]

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_ram_policy",
        identity=("policy_name",),
        create=ops.CREATE_POLICY,
        read=ops.GET_POLICY,
        update=None,
        delete=ops.DELETE_POLICY,
        parts=("policy", "default_policy_version"),
        constants={"policy_type": "Custom", "cascading_delete": True, "set_as_default": True},
        answered=("create_date", "policy_type", "attachment_count", "version_id", "default_version"),
        renamed={"create_date": "create_time", "policy_type": "type", "tag": "tags"},
        doubles={"name": "policy_name", "document": "policy_document"},
        documents=frozenset({"policy_document"}),
        volatile=frozenset({"version_id", "default_version"}),
        apart={
            "policy_document": Moved(
                operation=ops.CREATE_POLICY_VERSION,
                fields={n: n for n in ("policy_name", "policy_document", "rotate_strategy")},
            ),
            "description": Moved(
                operation=ops.UPDATE_POLICY_DESCRIPTION,
                fields={"policy_name": "policy_name", "new_description": "description"},
            ),
            "tags": Tagged(
                listing="Ram:ListTagResources",
                write="Ram:TagResources",
                take="Ram:UntagResources",
                fields={"resource_type": "policy", "resource_name": "policy_name"},
            ),
        },
        own=(Own(name="force", type=bool), Own(name="rotate_strategy", type=_STRATEGY)),
        released=(
            Release(
                listing="Ram:ListEntitiesForPolicy",
                entries="users.user",
                take="Ram:DetachPolicyFromUser",
                fields={"user_name": "user_name"},
            ),
            Release(
                listing="Ram:ListEntitiesForPolicy",
                entries="groups.group",
                take="Ram:DetachPolicyFromGroup",
                fields={"group_name": "group_name"},
            ),
            Release(
                listing="Ram:ListEntitiesForPolicy",
                entries="roles.role",
                take="Ram:DetachPolicyFromRole",
                fields={"role_name": "role_name"},
            ),
        ),
    ),
)

DATA_TYPES = (
    DataType(
        name="alicloud_ram_policies",
        listing=ops.LIST_POLICIES,
        entries="policies.policy",
        choice="all",
        named="policy_name",
        renamed={"policy_type": "type"},
        shown={"policy_name": ("id", "name", "policy_name"), "policy_type": ("type",)},
        identity=("policy_name",),
    ),
)
