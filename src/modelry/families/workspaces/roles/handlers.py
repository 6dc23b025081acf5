"""What each operation on custom roles does."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from modelry.access.authority import Caller
from modelry.access.predicate import NEVER, IsIn, Predicate, both
from modelry.contract.ids import new_id
from modelry.errors import INSTANCE_JOB_NOT_FOUND, INVALID_PARAMETER, ROLE_IN_USE, ROLE_NAME_EXISTS, ApiError
from modelry.families.workspaces.locating import described, locate
from modelry.families.workspaces.naming import named
from modelry.families.workspaces.roles import operations as ops
from modelry.families.workspaces.roles import store
from modelry.families.workspaces.roles import structs as s
from modelry.families.workspaces.roles.handing import check_role, check_rules
from modelry.families.workspaces.roles.rules import custom_rules
from modelry.families.workspaces.structs import Done
from modelry.handling import Call, Document, document, handles, reads
from modelry.storage.database import Conflict, Key, Row
from modelry.storage.documents import given
from modelry.storage.paging import page_of
from modelry.storage.times import shown


@handles(ops.CREATE_WORKSPACE_ROLE)
def create_workspace_role(call: Call, request: s.CreateWorkspaceRole) -> s.JobStarted:
    locate(call, request.workspace_id)
    _check(request.module_permissions)
    check_rules(call, request.workspace_id, custom_rules(request.module_permissions), request.role_name)
    position = call.transaction.tick()
    new = s.WorkspaceRole(
        role_id=new_id("role"),
        role_name=request.role_name,
        creator=call.principal.user_id,
        gmt_create_time=shown(position),
        gmt_modified_time=shown(position),
        status="Succeeded",
        module_permissions=request.module_permissions,
    )
    try:
        store.add_role(call.transaction, call.account_id, request.workspace_id, new, position)
    except Conflict as conflict:
        raise ApiError(ROLE_NAME_EXISTS) from conflict
    return _job(call, request.workspace_id, new.role_id, "CreateWorkspaceCustomRole")


@handles(ops.GET_WORKSPACE_ROLE)
def get_workspace_role(call: Call, request: s.RoleAddress) -> Document:
    locate(call, request.workspace_id)
    return document(store.role(call.database, call.account_id, request.workspace_id, request.role_id))


@handles(ops.LIST_WORKSPACE_ROLES)
def list_workspace_roles(call: Call, request: s.ListWorkspaceRoles) -> s.WorkspaceRoles:
    locate(call, request.workspace_id)
    page = page_of(request, store.SORTED_BY[request.sort_by])
    wanted = both(*_filters(request))
    documents, total_count = store.roles(call.database, call.account_id, request.workspace_id, wanted, page)
    roles = [msgspec.json.decode(each, type=s.WorkspaceRole) for each in documents]
    if "ModulePermissions" not in (request.verbose_fields or []):
        roles = [msgspec.structs.replace(role, module_permissions=msgspec.UNSET) for role in roles]
    return s.WorkspaceRoles(roles=roles, total_count=total_count)


@handles(ops.UPDATE_WORKSPACE_ROLE)
def update_workspace_role(call: Call, request: s.UpdateWorkspaceRole) -> s.JobStarted:
    locate(call, request.workspace_id)
    _check(request.module_permissions or [])
    check_role(call, request.workspace_id, request.role_id)
    check_rules(call, request.workspace_id, custom_rules(request.module_permissions or []), request.role_id)
    changes = given(request, ("role_name", "module_permissions"))
    try:
        store.change_role(call.transaction, call.account_id, request.workspace_id, request.role_id, changes)
    except Conflict as conflict:
        raise ApiError(ROLE_NAME_EXISTS) from conflict
    return _job(call, request.workspace_id, request.role_id, "UpdateWorkspaceCustomRole")


@handles(ops.DELETE_WORKSPACE_ROLES)
def delete_workspace_roles(call: Call, request: s.DeleteWorkspaceRoles) -> Done:
    locate(call, request.workspace_id)
    for role_id in dict.fromkeys(request.role_ids):
        check_role(call, request.workspace_id, role_id)
        store.role(call.database, call.account_id, request.workspace_id, role_id)
        if store.is_held(call.database, call.account_id, request.workspace_id, role_id):
            raise ApiError(ROLE_IN_USE, role_id=role_id)
        store.delete_role(call.transaction, call.account_id, request.workspace_id, role_id)
    return Done()


def job_key(caller: Caller, request: s.JobAddress) -> tuple[Key, ...]:
    """The row that GetInstanceJob needs."""
    return (store.job(caller.principal.account_id, request.instance_job_id),)


@reads(ops.GET_INSTANCE_JOB, job_key)
def get_instance_job(caller: Caller, request: s.JobAddress, rows: tuple[Row | None, ...]) -> Document:
    (row,) = rows
    if row is None:
        raise ApiError(INSTANCE_JOB_NOT_FOUND, instance_job_id=request.instance_job_id)
    caller.require(described(caller.principal.account_id, row[1]))
    return document(row[0])


def _check(modules: Iterable[s.ModulePermission]) -> None:
    seen: set[str] = set()
    for number, module in enumerate(modules):
        where = f"ModulePermissions[{number}]"
        if module.module_name in seen:
            raise ApiError(INVALID_PARAMETER, name=f"{where}.ModuleName", reason="is given twice")
        if module.permission_type == "CustomPermissions" and not module.permissions:
            reason = "is required with CustomPermissions"
            raise ApiError(INVALID_PARAMETER, name=f"{where}.Permissions", reason=reason)
        seen.add(module.module_name)


def _job(
    call: Call,
    workspace_id: str,
    role_id: str,
    type_: Literal["CreateWorkspaceCustomRole", "UpdateWorkspaceCustomRole"],
) -> s.JobStarted:
    """The job that a client may ask for; what it stands for is done."""
    now = call.transaction.tick()
    job = s.InstanceJob(
        instance_job_id=new_id("job"),
        instance_id=role_id,
        type=type_,
        status="Successful",
        gmt_create_time=shown(now),
    )
    store.add_job(call.transaction, call.account_id, workspace_id, job, now)
    return s.JobStarted(instance_job_id=job.instance_job_id)


def _filters(request: s.ListWorkspaceRoles) -> Iterator[Predicate]:
    if (request.role_type or "custom") != "custom" or (request.status or "Succeeded") != "Succeeded":
        yield NEVER
    if request.role_ids:
        yield IsIn("role_id", tuple(request.role_ids))
    if request.role_name:
        yield named(request.role_name)
