"""Users as resources of Terraform."""

from modelry.contract.resource_type import DataType, Own, Release, ResourceType
from modelry.families.ram.users import operations as ops

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_ram_user",
        identity=("user_id",),
        address=("user_name",),
        create=ops.CREATE_USER,
        read=ops.GET_USER,
        update=ops.UPDATE_USER,
        delete=ops.DELETE_USER,
        scan=ops.LIST_USERS,
        parts=("user",),
        renamed={"user_name": "name", "mobile_phone": "mobile"},
        own=(Own(name="force", type=bool),),
        released=(
            Release(
                listing="Ram:ListAccessKeys",
                entries="access_keys.access_key",
                take="Ram:DeleteAccessKey",
                fields={"user_access_key_id": "access_key_id"},
            ),
            Release(
                listing="Ram:ListPoliciesForUser",
                entries="policies.policy",
                take="Ram:DetachPolicyFromUser",
                fields={"policy_name": "policy_name", "policy_type": "policy_type"},
            ),
            Release(
                listing="Ram:ListGroupsForUser",
                entries="groups.group",
                take="Ram:RemoveUserFromGroup",
                fields={"group_name": "group_name"},
            ),
            Release(take="Ram:DeleteLoginProfile"),
            Release(take="Ram:UnbindMFADevice"),
        ),
    ),
)

DATA_TYPES = (
    DataType(
        name="alicloud_ram_users",
        listing=ops.LIST_USERS,
        entries="users.user",
        choice="all",
        named="user_name",
        shown={"user_id": ("id",), "user_name": ("name",), "mobile_phone": ("mobile",)},
        identity=("user_id",),
    ),
)
