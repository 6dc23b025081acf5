"""Groups, and who is in them, as resources of Terraform."""

from modelry.contract.resource_type import DataType, Held, Own, Release, ResourceType
from modelry.errors.ram import ENTITY_ALREADY_EXISTS_USER_GROUP
from modelry.families.ram.groups import operations as ops

_PAGES = frozenset({"marker", "max_items"})
_JOINED = frozenset({ENTITY_ALREADY_EXISTS_USER_GROUP.code})

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_ram_group",
        identity=("group_name",),
        create=ops.CREATE_GROUP,
        read=ops.GET_GROUP,
        update=ops.UPDATE_GROUP,
        delete=ops.DELETE_GROUP,
        parts=("group",),
        answered=("create_date",),
        renamed={"create_date": "create_time"},
        doubles={"name": "group_name"},
        replaced=frozenset({"group_name"}),
        own=(Own(name="force", type=bool),),
        released=(
            Release(
                listing="Ram:ListUsersForGroup",
                entries="users.user",
                take="Ram:RemoveUserFromGroup",
                fields={"user_name": "user_name"},
            ),
            Release(
                listing="Ram:ListPoliciesForGroup",
                entries="policies.policy",
                take="Ram:DetachPolicyFromGroup",
                fields={"policy_name": "policy_name", "policy_type": "policy_type"},
            ),
        ),
    ),
    ResourceType(
        name="alicloud_ram_group_membership",
        identity=("group_name",),
        create=None,
        read=ops.LIST_USERS_FOR_GROUP,
        update=None,
        delete=None,
        absent=_PAGES,
        own=(Own(name="user_names", type=list[str], required=True),),
        apart={"user_names": Held(give=ops.ADD_USER_TO_GROUP, take=ops.REMOVE_USER_FROM_GROUP, entry="user_name")},
        repeated=_JOINED,  # a user that got another name is still in it
    ),
    ResourceType(
        name="alicloud_ram_user_group_attachment",
        identity=("group_name", "user_name"),
        create=ops.ADD_USER_TO_GROUP,
        read=ops.LIST_USERS_FOR_GROUP,
        update=None,
        delete=ops.REMOVE_USER_FROM_GROUP,
        entry="users.user",
        # Source: the official provider, where two of them may name the same user and group.
        repeated=_JOINED,
    ),
)

DATA_TYPES = (
    DataType(
        name="alicloud_ram_groups",
        listing=ops.LIST_GROUPS,
        entries="groups.group",
        choice="all",
        named="group_name",
        shown={"group_name": ("id", "name", "group_name")},
        identity=("group_name",),
    ),
)
