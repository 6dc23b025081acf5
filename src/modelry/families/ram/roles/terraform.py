"""Roles as resources of Terraform."""

from modelry.contract.resource_type import DataType, Own, Release, ResourceType, Tagged
from modelry.families.ram.roles import operations as ops

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_ram_role",
        identity=("role_name",),
        create=ops.CREATE_ROLE,
        read=ops.GET_ROLE,
        update=ops.UPDATE_ROLE,
        delete=ops.DELETE_ROLE,
        parts=("role",),
        absent=frozenset({"allow_console_login"}),
        answered=("create_date", "arn", "role_id"),
        renamed={"create_date": "create_time", "tag": "tags"},
        doubles={"name": "role_name", "document": "assume_role_policy_document"},
        documents=frozenset({"assume_role_policy_document"}),
        defaults={"max_session_duration": 3600},
        apart={
            "tags": Tagged(
                listing="Ram:ListTagResources",
                write="Ram:TagResources",
                take="Ram:UntagResources",
                fields={"resource_type": "role", "resource_name": "role_name"},
            )
        },
        own=(Own(name="force", type=bool),),
        released=(
            Release(
                listing="Ram:ListPoliciesForRole",
                entries="policies.policy",
                take="Ram:DetachPolicyFromRole",
                fields={"policy_name": "policy_name", "policy_type": "policy_type"},
            ),
        ),
    ),
)

DATA_TYPES = (
    DataType(
        name="alicloud_ram_roles",
        listing=ops.LIST_ROLES,
        entries="roles.role",
        choice="all",
        named="role_name",
        shown={"role_name": ("name", "role_name"), "role_id": ("id",)},
        identity=("role_id",),
    ),
)
