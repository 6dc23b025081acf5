"""The account's alias as a resource of Terraform."""

from modelry.contract.resource_type import ResourceType
from modelry.families.ram.account import operations as ops

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_ram_account_alias",
        identity=("account_id",),
        create=ops.SET_ACCOUNT_ALIAS,
        read=ops.GET_ACCOUNT_ALIAS,
        update=ops.SET_ACCOUNT_ALIAS,
        delete=ops.CLEAR_ACCOUNT_ALIAS,
        identified="Sts:GetCallerIdentity",
    ),
)
