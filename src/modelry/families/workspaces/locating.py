"""Finding the workspace that a request is about, and deciding whether its caller may do there what they ask for."""

from modelry.access.authority import Attributes
from modelry.families.workspaces import store
from modelry.handling import Call


def described(account_id: int, workspace_id: str) -> Attributes:
    """What decides about a workspace and whatever lies in it but models."""
    return {"resource": f"{account_id}:workspace/{workspace_id}", "workspace_id": workspace_id}


def locate(call: Call, workspace_id: str) -> None:
    """See that there is such a workspace, and that the caller may do there what they ask for.

    Raises:
        ApiError: WORKSPACE_NOT_FOUND.
        Denied: they may not.
    """
    store.require(call.database, call.account_id, workspace_id)
    call.caller.require(described(call.account_id, workspace_id))
