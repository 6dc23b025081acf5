"""What workspaces and their requests look like on the wire and in the database."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from modelry.contract.operation import Shape
from modelry.families.resource_groups.structs import ResourceGroupId

Status = Literal["ENABLED", "INITIALIZING", "FAILURE", "DISABLED", "FROZEN", "UPDATING"]
"""Here a workspace is ENABLED from the moment it exists."""

WorkspaceName = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{2,62}$(?!\n)")]
"""3 to 63 letters, digits and underscores, a letter first. The documented maximum of 23 is exceeded by the official
provider's own acceptance test."""

Description = Annotated[str, Meta(max_length=80)]
DisplayName = Annotated[str, Meta(max_length=128)]

PageNumber = Annotated[int, Meta(ge=1, le=2**31 - 1)]
PageSize = Annotated[int, Meta(ge=1, le=1000)]
Order = Literal["ASC", "DESC"]
SortBy = Literal["GmtCreateTime", "GmtModifiedTime"]

AccountType = Literal["1", "5", "6"]
"""1: main account, 5: RAM user, 6: RAM role."""

Names = Annotated[list[str], Meta(max_length=1000)]
"""A list of ids or names in a filter."""


class Done(Shape):
    """Carried out; the answer has nothing but its `RequestId`."""


class WorkspaceAddress(Shape):
    """Which workspace."""

    workspace_id: str


class CreateWorkspace(Shape):
    """A new workspace."""

    workspace_name: WorkspaceName
    """Unique in the account without regard to case."""
    description: Description
    env_types: list[Literal["dev", "prod"]]
    """`["prod"]`, or `["dev", "prod"]` in either order."""
    display_name: DisplayName | UnsetType = UNSET
    """Absent or empty: the name."""
    resource_group_id: ResourceGroupId | UnsetType = UNSET
    """Absent: the default resource group."""


class WorkspaceCreated(Shape):
    """The id of the new workspace."""

    workspace_id: str


class GetWorkspace(WorkspaceAddress):
    """Which workspace, and how much of it."""

    verbose: bool = False
    """Whether to add `Owner`."""


class Owner(Shape):
    """Whose workspace it is."""

    user_kp: str
    user_id: str
    user_name: str
    display_name: str


class StoredWorkspace(Shape):
    """What is written down of a workspace."""

    workspace_id: str
    workspace_name: str
    display_name: str
    description: str
    env_types: list[str]
    status: Status
    creator: str
    """The id of the user who created it, and who owns it."""
    resource_group_id: str
    gmt_create_time: str
    gmt_modified_time: str


class Workspace(StoredWorkspace):
    """A workspace as GetWorkspace answers it."""

    is_default: bool
    admin_names: list[str]
    """The names of its administrators."""
    owner: Owner | UnsetType = UNSET
    """Only when asked for with `Verbose`."""


class ListedWorkspace(Shape):
    """A workspace as ListWorkspaces answers it; with `Fields=Id` nothing but its id."""

    workspace_id: str
    workspace_name: str | UnsetType = UNSET
    display_name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    env_types: list[str] | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    creator: str | UnsetType = UNSET
    resource_group_id: str | UnsetType = UNSET
    list_resource_group_id: str | UnsetType = field(default=UNSET, name="resourceGroupId")
    """The same: the spelling that the SDKs read in this one answer."""
    gmt_create_time: str | UnsetType = UNSET
    gmt_modified_time: str | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET
    admin_names: list[str] | UnsetType = UNSET


class ListWorkspaces(Shape):
    """Which workspaces, in which order. Filters are joined with AND; an empty one counts as absent."""

    fields: str | UnsetType = UNSET
    """`Id`: answer nothing but the ids."""
    module_list: str | UnsetType = UNSET
    """Accepted; every workspace has the one module that there is."""
    option: Literal["GetWorkspaces", "GetResourceLimits", "CheckWorkspaceExists"] = "GetWorkspaces"
    order: Order = "ASC"
    page_number: PageNumber = 1
    page_size: PageSize = 20
    resource_group_id: str | UnsetType = UNSET
    sort_by: SortBy = "GmtCreateTime"
    status: Literal[Status, ""] | UnsetType = UNSET
    user_id: str | UnsetType = UNSET
    """Workspaces that this user is a member of."""
    verbose: bool = False
    """Accepted; the items are whole either way."""
    workspace_ids: Names | UnsetType = UNSET
    workspace_name: str | UnsetType = UNSET
    """Part of the name; the whole name when wrapped in double quotes."""


class ResourceLimits(Shape):
    """How much may be used; no limit is imposed here, so there is none to name."""


class Workspaces(Shape):
    """A page of workspaces and how many there are on all pages; or the limits, when those were asked for."""

    workspaces: list[ListedWorkspace]
    total_count: int
    resource_limits: ResourceLimits | UnsetType = UNSET


class UpdateWorkspace(WorkspaceAddress):
    """Changes of a workspace; what is absent stays as it is."""

    description: Description | UnsetType = UNSET
    display_name: DisplayName | UnsetType = UNSET
    """Empty: the name again."""


class GetDefaultWorkspace(Shape):
    """How much of the default workspace."""

    verbose: bool = False
    """Whether to add `Owner`."""


class ChangeResourceGroup(Shape):
    """Which workspace goes to which group."""

    resource_id: str
    """The id of the workspace."""
    new_resource_group_id: ResourceGroupId
    resource_type: Literal["workspace"] = "workspace"
