"""Who calls, for Terraform."""

from modelry.contract.resource_type import DataType, ResourceType
from modelry.families.sts import operations as ops

RESOURCE_TYPES: tuple[ResourceType, ...] = ()

DATA_TYPES = (
    DataType(
        name="alicloud_caller_identity",
        listing=ops.GET_CALLER_IDENTITY,
        entries="",
        choice="itself",
        identity=("principal_id",),
    ),
)
