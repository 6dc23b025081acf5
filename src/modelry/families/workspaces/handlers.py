"""What each operation on workspaces does."""

from collections.abc import Iterator
from typing import Any

from modelry.access.authority import Caller
from modelry.access.predicate import Compare, Has, IsIn, Predicate, both
from modelry.errors import (
    INVALID_PARAMETER,
    MISSING_PARAMETER,
    NO_DEFAULT_WORKSPACE,
    WORKSPACE_IS_DEFAULT,
    WORKSPACE_NAME_EXISTS,
    WORKSPACE_NOT_EMPTY,
    WORKSPACE_NOT_FOUND,
    ApiError,
)
from modelry.families.resource_groups import store as resource_groups
from modelry.families.workspaces import operations as ops
from modelry.families.workspaces import store
from modelry.families.workspaces import structs as s
from modelry.families.workspaces.documents import id_of, ids_answer, workspace_answer, workspaces_answer
from modelry.families.workspaces.locating import described, locate
from modelry.families.workspaces.naming import named
from modelry.handling import Call, Document, document, handles, reads
from modelry.storage.database import Conflict, Key, Row
from modelry.storage.documents import given
from modelry.storage.folding import folded
from modelry.storage.paging import page_of
from modelry.storage.times import shown


@handles(ops.CREATE_WORKSPACE)
def create_workspace(call: Call, request: s.CreateWorkspace) -> s.WorkspaceCreated:
    if sorted(request.env_types) not in (["prod"], ["dev", "prod"]):
        raise ApiError(INVALID_PARAMETER, name="EnvTypes", reason='must be ["prod"] or ["dev", "prod"]')
    transaction = call.transaction
    group_id = request.resource_group_id or resource_groups.first_start(transaction, call.account_id)
    position = transaction.tick()
    new = s.StoredWorkspace(
        workspace_id=store.new_workspace_id(transaction, call.account_id),
        workspace_name=request.workspace_name,
        display_name=request.display_name or request.workspace_name,
        description=request.description,
        env_types=list(request.env_types),
        status="ENABLED",
        creator=call.principal.user_id,
        resource_group_id=group_id,
        gmt_create_time=shown(position),
        gmt_modified_time=shown(position),
    )
    try:
        store.add_workspace(transaction, call.account_id, new, position)
    except Conflict as conflict:
        raise ApiError(WORKSPACE_NAME_EXISTS) from conflict
    return s.WorkspaceCreated(workspace_id=new.workspace_id)


def workspace_key(caller: Caller, request: s.GetWorkspace) -> tuple[Key, ...]:
    """The row that GetWorkspace needs."""
    return (store.workspace(caller.principal.account_id, request.workspace_id),)


@reads(ops.GET_WORKSPACE, workspace_key)
def get_workspace(caller: Caller, request: s.GetWorkspace, rows: tuple[Row | None, ...]) -> Document:
    (row,) = rows
    if row is None:
        raise ApiError(WORKSPACE_NOT_FOUND, workspace_id=request.workspace_id)
    caller.require(described(caller.principal.account_id, request.workspace_id))
    found = store.FoundWorkspace(*row)
    return document(workspace_answer(caller.principal.account_id, found, verbose=request.verbose))


@handles(ops.LIST_WORKSPACES)
def list_workspaces(call: Call, request: s.ListWorkspaces) -> s.Workspaces | Document:
    visible = both(call.caller.reach(), call.caller.reach(ops.GET_WORKSPACE.access.action))
    if request.option == "GetResourceLimits":
        return s.Workspaces(workspaces=[], total_count=0, resource_limits=s.ResourceLimits())
    page = page_of(request, store.SORTED_BY[request.sort_by], store.TIE)
    if request.option == "CheckWorkspaceExists":
        if not request.workspace_name:
            raise ApiError(MISSING_PARAMETER, name="WorkspaceName")
        wanted: Predicate = Compare("folded_name", "=", folded(request.workspace_name))
        if not call.caller.may({"resource": f"{call.account_id}:workspace/*"}, ops.CREATE_WORKSPACE.access.action):
            wanted = both(wanted, visible)  # who may make no workspace has no business with the names of others
        _, total_count = store.workspaces(call.database, call.account_id, wanted, page)
        return s.Workspaces(workspaces=[], total_count=total_count)
    wanted = both(*_filters(request), visible)
    found, total_count = store.workspaces(call.database, call.account_id, wanted, page)
    if request.fields == "Id":
        return document(ids_answer(found, total_count))
    return document(workspaces_answer(call.account_id, found, total_count))


@handles(ops.UPDATE_WORKSPACE)
def update_workspace(call: Call, request: s.UpdateWorkspace) -> s.Done:
    locate(call, request.workspace_id)
    changes = given(request, ("description", "display_name"))
    if request.display_name == "":
        changes["DisplayName"] = store.found(call.database, call.account_id, request.workspace_id).workspace_name
    store.change_workspace(call.transaction, call.account_id, request.workspace_id, changes)
    return s.Done()


@handles(ops.DELETE_WORKSPACE)
def delete_workspace(call: Call, request: s.WorkspaceAddress) -> s.Done:
    locate(call, request.workspace_id)
    if request.workspace_id == store.default_workspace_id(call.database, call.account_id):
        raise ApiError(WORKSPACE_IS_DEFAULT)
    try:
        store.delete_workspace(call.transaction, call.account_id, request.workspace_id)
    except Conflict as conflict:
        raise ApiError(WORKSPACE_NOT_EMPTY) from conflict
    return s.Done()


def default_key(caller: Caller, request: s.GetDefaultWorkspace) -> tuple[Key, ...]:
    """The row that GetDefaultWorkspace needs."""
    return (store.default_workspace(caller.principal.account_id),)


@reads(ops.GET_DEFAULT_WORKSPACE, default_key)
def get_default_workspace(caller: Caller, request: s.GetDefaultWorkspace, rows: tuple[Row | None, ...]) -> Document:
    (row,) = rows
    if row is None:
        raise ApiError(NO_DEFAULT_WORKSPACE)
    found = store.FoundWorkspace(*row)
    caller.require(described(caller.principal.account_id, id_of(found)))
    return document(workspace_answer(caller.principal.account_id, found, verbose=request.verbose))


@handles(ops.UPDATE_DEFAULT_WORKSPACE)
def update_default_workspace(call: Call, request: s.WorkspaceAddress) -> s.Done:
    locate(call, request.workspace_id)
    store.set_default_workspace(call.transaction, call.account_id, request.workspace_id)
    return s.Done()


@handles(ops.CHANGE_RESOURCE_GROUP)
def change_resource_group(call: Call, request: s.ChangeResourceGroup) -> s.Done:
    locate(call, request.resource_id)
    changes: dict[str, object] = {"ResourceGroupId": request.new_resource_group_id}
    store.change_workspace(call.transaction, call.account_id, request.resource_id, changes)
    return s.Done()


def _filters(request: s.ListWorkspaces) -> Iterator[Predicate]:
    for name in ("resource_group_id", "status"):
        value: Any = getattr(request, name)
        if value:
            yield Compare(name, "=", value)
    if request.user_id:
        yield Has("members", (request.user_id,))
    if request.workspace_ids:
        yield IsIn("workspace_id", tuple(request.workspace_ids))
    if request.workspace_name:
        yield named(request.workspace_name)
