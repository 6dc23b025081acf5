"""`modelry workspaces`."""

from typing import TYPE_CHECKING, Any

from modelry.cli.verbs import Verb, add_command

if TYPE_CHECKING:
    from modelry.contract.operation import AnyOperation


def _operation(name: str) -> "AnyOperation":
    from modelry.families.workspaces import operations

    operation: AnyOperation = getattr(operations, name)
    return operation


def _title(entry: dict[str, Any]) -> str:
    return str(entry["WorkspaceId"])


_VERBS = (
    Verb(
        "list",
        "list workspaces",
        lambda: _operation("LIST_WORKSPACES"),
        ("modelry workspaces list", "modelry workspaces list --workspace-name vision -o name"),
        without=("option", "fields", "module_list", "verbose"),
        columns=("WorkspaceName", "WorkspaceId", "DisplayName", "EnvTypes", "Status", "IsDefault", "GmtModifiedTime"),
        title=_title,
    ),
    Verb(
        "show",
        "show a workspace",
        lambda: _operation("GET_WORKSPACE"),
        ("modelry workspaces show team", "modelry workspaces show team --verbose -o json --query Owner.UserName"),
        about="workspace",
        title=_title,
    ),
    Verb(
        "create",
        "create a workspace, which you will own",
        lambda: _operation("CREATE_WORKSPACE"),
        ("modelry workspaces create team --description 'Vision models' --env-types prod",),
        first="workspace_name",
        title=_title,
    ),
    Verb(
        "update",
        "change how a workspace is called and described",
        lambda: _operation("UPDATE_WORKSPACE"),
        ("modelry workspaces update team --description 'All vision models'",),
        about="workspace",
        title=_title,
        done="updated",
    ),
    Verb(
        "delete",
        "delete a workspace that holds nothing",
        lambda: _operation("DELETE_WORKSPACE"),
        ("modelry workspaces delete team --yes",),
        about="workspace",
        title=_title,
        done="deleted",
    ),
)


def add_to(commands: Any) -> None:  # noqa: ANN401  argparse's type has no public name
    """The command."""
    add_command(commands, "workspaces", "list, show, create, change and delete workspaces", _VERBS)
