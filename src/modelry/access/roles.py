"""Workspace roles and permission codes as data."""

from collections.abc import Iterable

OWNER = "PAI.WorkspaceOwner"
"""Held by whoever created the workspace, and by nobody else."""

ADMIN = "PAI.WorkspaceAdmin"

ASSIGNABLE_ROLES = (
    "PAI.AlgoDeveloper",
    "PAI.AlgoOperator",
    "PAI.LabelManager",
    "PAI.MaxComputeDeveloper",
    ADMIN,
    "PAI.WorkspaceGuest",
)
"""The built-in roles that a member can be given. Source: the values that CreateMember documents."""


def _codes(module: str, actions: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{module}:{action}" for action in actions)


PERMISSION_CODES = (
    *_codes(
        "PaiWorkspace",
        (
            "CreateWorkspace",
            "GetWorkspace",
            "ListWorkspaces",
            "UpdateWorkspace",
            "DeleteWorkspace",
            "GetDefaultWorkspace",
            "UpdateDefaultWorkspace",
            "CreateMember",
            "GetMember",
            "ListMembers",
            "DeleteMembers",
            "AddMemberRole",
            "RemoveMemberRole",
            "ListWorkspaceUsers",
            "ListPermissions",
            "AddWorkspaceRole",
            "GetWorkspaceRole",
            "ListWorkspaceRoles",
            "UpdateWorkspaceRole",
            "RemoveWorkspaceRole",
            "GetInstanceJob",
            "ListConfigs",
            "UpdateConfigs",
            "DeleteConfig",
            "ListResources",
        ),
    ),
    *_codes(
        "PaiModel",
        (
            "CreateModel",
            "GetModel",
            "ListModels",
            "ListAllModels",
            "UpdateModel",
            "DeleteModel",
            "CreateModelLabels",
            "DeleteModelLabels",
            "CreateModelVersion",
            "GetModelVersion",
            "ListModelVersions",
            "UpdateModelVersion",
            "DeleteModelVersion",
            "CreateModelVersionLabels",
            "DeleteModelVersionLabels",
        ),
    ),
)
"""What a role can allow of the operations that are offered here, spelled as on the official page of roles.

`ListAllModels` is no operation: it lets ListModels show the private models of others.
"""
