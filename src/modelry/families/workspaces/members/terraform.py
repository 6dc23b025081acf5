"""Members as resources of Terraform."""

from modelry.contract.resource_type import DataType, Held, Lookup, ResourceType
from modelry.families.workspaces.members import operations as ops

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_pai_workspace_member",
        identity=("workspace_id", "member_id"),
        create=ops.CREATE_MEMBER,
        read=ops.GET_MEMBER,
        update=None,
        delete=ops.DELETE_MEMBERS,
        entry="members",
        answered=("member_id", "gmt_create_time"),
        renamed={"gmt_create_time": "create_time"},
        apart={"roles": Held(give=ops.ADD_MEMBER_ROLE, take=ops.REMOVE_MEMBER_ROLE, entry="role_name")},
        lookup=Lookup(operation=ops.LIST_MEMBERS, attributes=("workspace_id", "user_id")),
    ),
)

DATA_TYPES = (
    DataType(
        name="alicloud_pai_workspace_members",
        listing=ops.LIST_MEMBERS,
        entries="members",
        choice="all",
        identity=("workspace_id", "member_id"),
    ),
)
