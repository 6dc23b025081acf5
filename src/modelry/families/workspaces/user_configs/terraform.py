"""User configurations as resources of Terraform."""

from modelry.contract.resource_type import ResourceType
from modelry.families.workspaces.user_configs import operations as ops

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_pai_workspace_user_config",
        identity=("category_name", "config_key"),
        create=ops.SET_USER_CONFIGS,
        read=ops.LIST_USER_CONFIGS,
        update=ops.SET_USER_CONFIGS,
        delete=ops.DELETE_USER_CONFIG,
        entry="configs",
        defaults={"scope": "owner"},
        replaced=frozenset({"scope"}),
    ),
)
