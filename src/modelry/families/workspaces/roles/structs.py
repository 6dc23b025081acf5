"""What custom roles and their requests look like on the wire and in the database."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from modelry.contract.operation import Shape
from modelry.families.workspaces.structs import Names, Order, PageNumber, PageSize, SortBy, WorkspaceAddress

RoleName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$(?!\n)")]
"""Up to 64 letters, digits, underscores and hyphens; unique in the workspace without regard to case."""

Status = Literal["Creating", "Updating", "Deleting", "Succeeded", "Failed"]
"""Here a role is Succeeded from the moment it exists."""


class PermissionRule(Shape):
    """Whose things a permission reaches."""

    accessibility: Literal["PUBLIC", "PRIVATE", "ANY"] | UnsetType = UNSET
    entity_access_type: Literal["CREATOR", "ANY"] | UnsetType = UNSET


class Permission(Shape):
    """Some permission codes under the same rules."""

    permission_codes: Names | UnsetType = UNSET
    permission_rules: Annotated[list[PermissionRule], Meta(max_length=100)] | UnsetType = UNSET


class ModulePermission(Shape):
    """What a role may do in one module."""

    module_name: Annotated[str, Meta(min_length=1, max_length=128)]
    """`Model`, `PaiWorkspace@@Workspace`, ...; modules that are not offered here are kept as given."""
    permission_type: Literal["ReadOnly", "ReadWrite", "FullAccess", "NoPrivilege", "CustomPermissions"]
    permissions: Annotated[list[Permission], Meta(max_length=1000)] | UnsetType = UNSET
    """Required with `CustomPermissions`."""


ModulePermissions = Annotated[list[ModulePermission], Meta(min_length=1, max_length=100)]


class CreateWorkspaceRole(WorkspaceAddress):
    """A new custom role."""

    role_name: RoleName
    module_permissions: ModulePermissions
    role_type: Literal["custom"] = "custom"
    user_id: str | UnsetType = UNSET
    """Accepted; the creator is who signed the request."""


class RoleAddress(WorkspaceAddress):
    """Which custom role of which workspace."""

    role_id: str


class UpdateWorkspaceRole(RoleAddress):
    """Changes of a custom role; what is absent stays as it is."""

    role_name: RoleName | UnsetType = UNSET
    module_permissions: ModulePermissions | UnsetType = UNSET


class JobStarted(Shape):
    """The job that makes the change; it is over already."""

    instance_job_id: str


class WorkspaceRole(Shape):
    """A custom role."""

    role_id: str
    role_name: str
    creator: str
    gmt_create_time: str
    gmt_modified_time: str
    status: Status
    module_permissions: list[ModulePermission] | UnsetType = UNSET
    """In a list only when asked for."""


class ListWorkspaceRoles(WorkspaceAddress):
    """Which custom roles, in which order."""

    order: Order = "ASC"
    page_number: PageNumber = 1
    page_size: PageSize = 20
    role_ids: Names | UnsetType = UNSET
    role_name: str | UnsetType = UNSET
    """Part of the name; the whole name when wrapped in double quotes."""
    role_type: str | UnsetType = UNSET
    """Every role here is `custom`."""
    sort_by: SortBy = "GmtCreateTime"
    status: Literal[Status, ""] | UnsetType = UNSET
    verbose_fields: list[str] | UnsetType = UNSET
    """`ModulePermissions` adds what the roles allow."""


class WorkspaceRoles(Shape):
    """A page of custom roles and how many there are on all pages."""

    roles: list[WorkspaceRole]
    total_count: int


class DeleteWorkspaceRoles(WorkspaceAddress):
    """Which custom roles to delete: all of them or, when one cannot be, none."""

    role_ids: Annotated[list[str], Meta(min_length=1, max_length=1000)]


class JobAddress(Shape):
    """Which job."""

    instance_job_id: str


class InstanceJob(Shape):
    """What became of a change of a custom role."""

    instance_job_id: str
    instance_id: str
    """The role."""
    type: Literal["CreateWorkspaceCustomRole", "UpdateWorkspaceCustomRole"]
    status: Literal["Successful"]
    gmt_create_time: str
