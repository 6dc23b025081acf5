"""What each operation on members does."""

from collections.abc import Iterator

from modelry.access.authority import Caller
from modelry.access.predicate import Compare, Contains, Has, Predicate, Some, both
from modelry.access.roles import ASSIGNABLE_ROLES, OWNER
from modelry.errors import (
    INVALID_PARAMETER,
    MEMBER_EXISTS,
    MEMBER_NOT_FOUND,
    MEMBER_TO_DELETE_NOT_FOUND,
    MISSING_PARAMETER,
    OWNER_NOT_ASSIGNABLE,
    OWNER_STAYS,
    UNKNOWN_ROLE,
    WORKSPACE_NOT_FOUND,
    ApiError,
)
from modelry.families.workspaces import store as workspaces
from modelry.families.workspaces.locating import described, locate
from modelry.families.workspaces.members import operations as ops
from modelry.families.workspaces.members import store
from modelry.families.workspaces.members import structs as s
from modelry.families.workspaces.members.documents import member, member_id
from modelry.families.workspaces.roles import store as roles
from modelry.families.workspaces.roles.handing import check_role
from modelry.families.workspaces.store import Role
from modelry.families.workspaces.structs import Done
from modelry.families.workspaces.users import everybody, user_of
from modelry.handling import Call, handles, reads
from modelry.storage.database import Conflict, Key, Row
from modelry.storage.folding import folded, needle
from modelry.storage.paging import Page


@handles(ops.CREATE_MEMBER)
def create_member(call: Call, request: s.CreateMember) -> s.CreatedMembers:
    workspace_id = request.workspace_id
    locate(call, workspace_id)
    created = []
    for number, new in enumerate(request.members):
        held = _roles(call, workspace_id, new.roles, f"Members[{number}].Roles")
        try:
            workspaces.add_member(call.transaction, call.account_id, workspace_id, new.user_id, held)
        except Conflict as conflict:
            raise ApiError(MEMBER_EXISTS, user_id=new.user_id) from conflict
        created.append(
            s.CreatedMember(
                member_id=member_id(workspace_id, new.user_id),
                user_id=new.user_id,
                display_name=user_of(call.database, call.account_id, new.user_id).display_name,
                roles=[role.shown_as for role in held],
            )
        )
    return s.CreatedMembers(members=created)


def member_key(caller: Caller, request: s.GetMember) -> tuple[Key, ...]:
    """The row that GetMember needs.

    Raises:
        ApiError: MISSING_PARAMETER or INVALID_PARAMETER: not exactly one of the two ids.
    """
    if request.member_id and request.user_id:
        raise ApiError(INVALID_PARAMETER, name="UserId", reason="cannot be given together with MemberId")
    if not request.member_id and not request.user_id:
        raise ApiError(MISSING_PARAMETER, name="MemberId or UserId")
    user_id = _user_id(request.workspace_id, request.member_id) if request.member_id else request.user_id
    return (store.member(caller.principal.account_id, request.workspace_id, user_id or ""),)


@reads(ops.GET_MEMBER, member_key)
def get_member(caller: Caller, request: s.GetMember, rows: tuple[Row | None, ...]) -> s.Member:
    (row,) = rows
    if row is None:
        raise ApiError(WORKSPACE_NOT_FOUND, workspace_id=request.workspace_id)
    caller.require(described(caller.principal.account_id, request.workspace_id))
    if row[0] is None:
        raise ApiError(MEMBER_NOT_FOUND, workspace_id=request.workspace_id)
    return member(caller.principal.account_id, request.workspace_id, store.FoundMember(*row))


@handles(ops.LIST_MEMBERS)
def list_members(call: Call, request: s.ListMembers) -> s.Members:
    locate(call, request.workspace_id)
    page = Page(column=store.TIE, tie=store.TIE, order="ASC", number=request.page_number, size=request.page_size)
    wanted = both(*_filters(call, request))
    found, total_count = store.members(call.database, call.account_id, request.workspace_id, wanted, page)
    members = [member(call.account_id, request.workspace_id, each) for each in found]
    return s.Members(members=members, total_count=total_count)


@handles(ops.DELETE_MEMBERS)
def delete_members(call: Call, request: s.DeleteMembers) -> Done:
    workspace_id = request.workspace_id
    locate(call, workspace_id)
    for id_ in dict.fromkeys(request.member_ids):
        user_id = _user_id(workspace_id, id_)
        if store.is_owner(call.database, call.account_id, workspace_id, user_id):
            raise ApiError(OWNER_STAYS)
        for role_id in store.role_ids(call.database, call.account_id, workspace_id, user_id):
            check_role(call, workspace_id, role_id)
        if not store.delete_member(call.transaction, call.account_id, workspace_id, user_id):
            raise ApiError(MEMBER_TO_DELETE_NOT_FOUND, workspace_id=workspace_id, member_id=id_)
    return Done()


@handles(ops.ADD_MEMBER_ROLE)
def add_member_role(call: Call, request: s.MemberRole) -> Done:
    user_id = _member(call, request)
    role = _role(call, request.workspace_id, request.role_name, "RoleName")
    workspaces.give_roles(call.transaction, call.account_id, request.workspace_id, user_id, [role])
    return Done()


@handles(ops.REMOVE_MEMBER_ROLE)
def remove_member_role(call: Call, request: s.MemberRole) -> Done:
    user_id = _member(call, request)
    role_id = _role_id(call, request.workspace_id, request.role_name)
    if role_id == OWNER and store.is_owner(call.database, call.account_id, request.workspace_id, user_id):
        raise ApiError(OWNER_STAYS)
    if role_id in store.role_ids(call.database, call.account_id, request.workspace_id, user_id):
        check_role(call, request.workspace_id, role_id)
    store.take_role(call.transaction, call.account_id, request.workspace_id, user_id, role_id)
    return Done()


@handles(ops.LIST_WORKSPACE_USERS)
def list_workspace_users(call: Call, request: s.ListWorkspaceUsers) -> s.WorkspaceUsers:
    locate(call, request.workspace_id)
    users = [
        s.WorkspaceUser(user_id=user_id, user_name=name)
        for user_id, name in everybody(call.database, call.account_id)
        if (not request.user_id or request.user_id == user_id)
        and (not request.user_name or needle(request.user_name) in folded(name))
    ]
    return s.WorkspaceUsers(users=users, total_count=len(users))


def _user_id(workspace_id: str, member_id: str) -> str:
    """The user of a member id; empty, which is no user, when it is one of another workspace."""
    return member_id.removeprefix(f"{workspace_id}-") if member_id.startswith(f"{workspace_id}-") else ""


def _member(call: Call, request: s.MemberRole) -> str:
    """The user id of the member that a request is about.

    Raises:
        ApiError: WORKSPACE_NOT_FOUND or MEMBER_NOT_FOUND.
    """
    locate(call, request.workspace_id)
    user_id = _user_id(request.workspace_id, request.member_id)
    if not store.is_member(call.database, call.account_id, request.workspace_id, user_id):
        raise ApiError(MEMBER_NOT_FOUND, workspace_id=request.workspace_id)
    return user_id


def _roles(call: Call, workspace_id: str, names: list[str], where: str) -> list[Role]:
    """The roles that a caller names, each once."""
    held: dict[str, Role] = {}
    for place, name in enumerate(names):
        role = _role(call, workspace_id, name, f"{where}[{place}]")
        held.setdefault(role.role_id, role)
    return list(held.values())


def _role(call: Call, workspace_id: str, name: str, where: str) -> Role:
    """The role that a caller names.

    Raises:
        ApiError: OWNER_NOT_ASSIGNABLE, UNKNOWN_ROLE.
        Denied: the role allows more than the caller may do.
    """
    if name == OWNER:
        raise ApiError(OWNER_NOT_ASSIGNABLE)
    if name in ASSIGNABLE_ROLES:
        check_role(call, workspace_id, name)
        return Role(name, name)
    role_id = roles.role_id(call.database, call.account_id, workspace_id, name)
    if role_id is None:
        raise ApiError(UNKNOWN_ROLE, name=where, known=", ".join(ASSIGNABLE_ROLES))
    check_role(call, workspace_id, role_id)
    return Role(role_id, name)


def _role_id(call: Call, workspace_id: str, name: str) -> str:
    """The id of a role; a built-in or an unknown one is its own."""
    return roles.role_id(call.database, call.account_id, workspace_id, name) or name


def _filters(call: Call, request: s.ListMembers) -> Iterator[Predicate]:
    if request.user_id:
        yield Compare("user_id", "=", request.user_id)
    if request.member_name:
        yield Contains("member_name", needle(request.member_name))
    if request.roles:
        yield Some(tuple(Has("roles", (_role_id(call, request.workspace_id, name),)) for name in request.roles))
