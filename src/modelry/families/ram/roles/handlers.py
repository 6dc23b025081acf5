"""What each operation on roles does."""

from itertools import islice

from msgspec import UNSET
from msgspec.structs import replace

from modelry.access.policy import PolicyError, parse_trust
from modelry.errors import ApiError
from modelry.errors.ram import (
    DELETE_CONFLICT_ROLE_POLICY,
    MALFORMED_POLICY_DOCUMENT,
)
from modelry.families.ram.dates import date
from modelry.families.ram.fields import check
from modelry.families.ram.paging import marked
from modelry.families.ram.policies.store import has_policies
from modelry.families.ram.roles import operations as ops
from modelry.families.ram.roles import store
from modelry.families.ram.roles import structs as s
from modelry.families.ram.structs import Done
from modelry.families.ram.tagging import Tags, carries, tagged
from modelry.families.ram.users import store as users
from modelry.handling import Call, handles
from modelry.storage.documents import given

_CHANGED = (
    *("new_assume_role_policy_document", "new_description"),
    *("new_max_session_duration", "new_allow_console_login"),
)


@handles(ops.CREATE_ROLE)
def create_role(call: Call, request: s.CreateRole) -> s.RoleAnswer:
    check(request, "role_name", "assume_role_policy_document", "description")
    _check_trust(call, request.assume_role_policy_document)
    position = call.transaction.tick()
    new = s.RoleDocument(
        role_id=store.role_id(position),
        role_name=request.role_name,
        description=request.description or "",
        assume_role_policy_document=request.assume_role_policy_document,
        max_session_duration=request.max_session_duration,
        allow_console_login=request.allow_console_login,
        create_date=date(position),
        update_date=date(position),
        tags=tagged((), request.tag or ()),
    )
    store.add_role(call.transaction, call.account_id, new, position)
    return s.RoleAnswer(role=replace(_shown(call, new), update_date=UNSET))


@handles(ops.GET_ROLE)
def get_role(call: Call, request: s.RoleAddress) -> s.RoleAnswer:
    check(request, "role_name")
    found = store.role(call.database, call.account_id, request.role_name)
    return s.RoleAnswer(role=replace(_shown(call, found.document), is_service_linked_role=False))


@handles(ops.UPDATE_ROLE)
def update_role(call: Call, request: s.UpdateRole) -> s.RoleAnswer:
    check(request, "role_name", "new_assume_role_policy_document", "new_description")
    found = store.role(call.database, call.account_id, request.role_name)
    if request.new_assume_role_policy_document is not UNSET:
        _check_trust(call, request.new_assume_role_policy_document)
    changes = {name.removeprefix("New"): value for name, value in given(request, _CHANGED).items()}
    changed = store.change_role(call.transaction, call.account_id, found, changes)
    return s.RoleAnswer(role=_shown(call, changed.document))


@handles(ops.DELETE_ROLE)
def delete_role(call: Call, request: s.RoleAddress) -> Done:
    check(request, "role_name")
    found = store.role(call.database, call.account_id, request.role_name)
    if has_policies(call.database, call.account_id, "Role", found.role_id):
        raise ApiError(DELETE_CONFLICT_ROLE_POLICY, role_name=found.role_name)
    store.delete_role(call.transaction, call.account_id, found)
    return Done()


@handles(ops.LIST_ROLES)
def list_roles(call: Call, request: s.ListRoles) -> s.Roles:
    fitting = (
        each
        for each in store.roles(call.database, call.account_id, request.after)
        if carries(each.document.tags, request.tag or ())
    )
    page = marked(request, list(islice(fitting, request.wanted)), lambda each: each.position)
    roles = s.RoleList(role=[_listed(call, each.document) for each in page.entries])
    return s.Roles(roles=roles, is_truncated=page.is_truncated, marker=page.marker)


def _check_trust(call: Call, document: str) -> None:
    """See that a trust policy can be read, and that the users of this account that it names exist.

    Raises:
        ApiError: MALFORMED_POLICY_DOCUMENT. Documented is that a user must exist, not with which code it is refused.
    """
    try:
        trust = parse_trust(document)
    except PolicyError as error:
        raise ApiError(MALFORMED_POLICY_DOCUMENT, reason=str(error).rstrip(".")) from error
    ours = f"acs:ram::{call.account_id}:user/"
    named = (trusted.name for statement in trust.statements for trusted in statement.principals)
    for user_name in (name.removeprefix(ours) for name in named if name.startswith(ours)):
        try:
            users.user(call.database, call.account_id, user_name)
        except ApiError as error:
            raise ApiError(MALFORMED_POLICY_DOCUMENT, reason=f"Principal: there is no user {user_name}") from error


def _shown(call: Call, role: s.RoleDocument) -> s.Role:
    return replace(_listed(call, role), tags=UNSET, assume_role_policy_document=role.assume_role_policy_document)


def _listed(call: Call, role: s.RoleDocument) -> s.Role:
    return s.Role(
        role_id=role.role_id,
        role_name=role.role_name,
        arn=store.arn(call.account_id, role.role_name),
        description=role.description,
        max_session_duration=role.max_session_duration,
        allow_console_login=role.allow_console_login,
        create_date=role.create_date,
        update_date=role.update_date,
        tags=Tags(tag=role.tags),
    )
