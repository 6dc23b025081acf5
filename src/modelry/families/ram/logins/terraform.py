"""Login profiles as resources of Terraform."""

from modelry.contract.resource_type import ResourceType
from modelry.families.ram.logins import operations as ops

RESOURCE_TYPES = (
    ResourceType(
        name="alicloud_ram_login_profile",
        identity=("user_name",),
        create=ops.CREATE_LOGIN_PROFILE,
        read=ops.GET_LOGIN_PROFILE,
        update=ops.UPDATE_LOGIN_PROFILE,
        delete=ops.DELETE_LOGIN_PROFILE,
        parts=("login_profile",),
        answered=("create_date",),
        renamed={"create_date": "create_time"},
        defaults={"password_reset_required": False, "mfa_bind_required": False},
        hidden=frozenset({"password"}),
    ),
)
