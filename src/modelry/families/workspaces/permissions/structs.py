"""What permissions and their requests look like on the wire."""

from typing import Literal

from msgspec import UNSET, UnsetType

from modelry.contract.operation import Shape
from modelry.families.workspaces.roles.structs import PermissionRule
from modelry.families.workspaces.structs import WorkspaceAddress


class Permission(Shape):
    """A permission code, and whose things it reaches."""

    permission_code: str
    """`PaiModel:CreateModel`; spelled as on the official page of roles."""
    permission_rules: list[PermissionRule]
    """Any one of these lets the caller; none is a no."""


class GetPermission(WorkspaceAddress):
    """Which permission, of whom, and on which object: only the rules that reach such an object are answered.

    What workspace roles allow is answered. RAM policies, which have to allow it too, are not asked.
    """

    permission_code: str
    """Case does not matter."""
    accessibility: Literal["PUBLIC", "PRIVATE", ""] | UnsetType = UNSET
    """That of the object."""
    caller_access_key_id: str | UnsetType = UNSET
    caller_security_token: str | UnsetType = UNSET
    caller_type: str | UnsetType = UNSET
    caller_uid: str | UnsetType = UNSET
    """Whose permission; absent: the caller's. Another user's is for those who may give members roles."""
    creator: str | UnsetType = UNSET
    """Who created the object."""
    labels: str | UnsetType = UNSET
    """A JSON object."""
    option: str | UnsetType = UNSET
    resource: str | UnsetType = UNSET
    security_token: str | UnsetType = UNSET


class Permissions(Shape):
    """What the caller may do, and how many permissions that are."""

    permissions: list[Permission]
    total_count: int
