"""Members as they are answered."""

from modelry.families.workspaces.members.store import FoundMember
from modelry.families.workspaces.members.structs import Member
from modelry.families.workspaces.users import shown_user
from modelry.storage.times import shown


def member_id(workspace_id: str, user_id: str) -> str:
    """The id of a member."""
    return f"{workspace_id}-{user_id}"


def member(account_id: int, workspace_id: str, found: FoundMember) -> Member:
    """A member as GetMember answers it."""
    user = shown_user(account_id, found.known)
    return Member(
        member_id=member_id(workspace_id, found.user_id),
        user_id=found.user_id,
        member_name=user.name,
        account_name=user.name,
        display_name=user.display_name,
        account_type=user.account_type,
        roles=found.shown_roles.split(",") if found.shown_roles else [],
        gmt_create_time=shown(found.position),
    )
