"""Workspaces as resources of Terraform."""

from modelry.contract.resource_type import DataType, Lookup, Moved, ResourceType, Same
from modelry.families.workspaces import operations as ops

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_pai_workspace_workspace",
        identity=("workspace_id",),
        create=ops.CREATE_WORKSPACE,
        read=ops.GET_WORKSPACE,
        update=ops.UPDATE_WORKSPACE,
        delete=ops.DELETE_WORKSPACE,
        answered=("gmt_create_time", "status"),
        renamed={"gmt_create_time": "create_time"},
        defaults={"display_name": Same(attribute="workspace_name")},
        kept=frozenset({"resource_group_id"}),
        volatile=frozenset({"status"}),
        apart={
            "resource_group_id": Moved(
                operation=ops.CHANGE_RESOURCE_GROUP,
                fields={"resource_id": "workspace_id", "new_resource_group_id": "resource_group_id"},
            )
        },
        lookup=Lookup(operation=ops.LIST_WORKSPACES, attributes=("workspace_name",)),
        # Source: the official provider's service for this resource.
        gone=frozenset({"100400008", "100700008"}),
    ),
)

DATA_TYPES = (
    DataType(
        name="alicloud_pai_workspace_workspaces",
        listing=ops.LIST_WORKSPACES,
        entries="workspaces",
        choice="all",
        identity=("workspace_id",),
    ),
)
