"""What each operation on groups does."""

import msgspec
from msgspec import UNSET

from modelry.families.ram.dates import date
from modelry.families.ram.fields import check
from modelry.families.ram.groups import operations as ops
from modelry.families.ram.groups import store
from modelry.families.ram.groups import structs as s
from modelry.families.ram.paging import marked
from modelry.families.ram.structs import Done
from modelry.families.ram.users import store as users
from modelry.families.ram.users.store import StoredUser
from modelry.handling import Call, Document, document, handles
from modelry.storage.documents import given, patched, without_keys
from modelry.storage.folding import folded


@handles(ops.CREATE_GROUP)
def create_group(call: Call, request: s.CreateGroup) -> Document:
    check(request, *ops.GIVEN)
    fields = {name: value for name, value in given(request, ops.GIVEN).items() if value}
    made = store.add_group(call.transaction, call.account_id, fields)
    return _answered(without_keys(made.document, "UpdateDate"))


@handles(ops.GET_GROUP)
def get_group(call: Call, request: s.GroupAddress) -> Document:
    check(request, "group_name")
    return _answered(store.group(call.database, call.account_id, request.group_name).document)


@handles(ops.UPDATE_GROUP)
def update_group(call: Call, request: s.UpdateGroup) -> Document:
    check(request, "group_name", *ops.CHANGED)
    if request.new_group_name:  # else whoever may rename some groups could move one out of another's reach
        call.caller.require({"resource": f"{call.account_id}:group/{folded(request.new_group_name)}"})
    before = store.group(call.database, call.account_id, request.group_name)
    changes = {name.removeprefix("New"): value for name, value in given(request, ops.CHANGED).items()}
    return _answered(store.change_group(call.transaction, call.account_id, before, changes))


@handles(ops.DELETE_GROUP)
def delete_group(call: Call, request: s.GroupAddress) -> Done:
    check(request, "group_name")
    gone = store.group(call.database, call.account_id, request.group_name)
    store.delete_group(call.transaction, call.account_id, gone)
    return Done()


@handles(ops.LIST_GROUPS)
def list_groups(call: Call, request: s.ListGroups) -> Document:
    found = store.groups(call.database, call.account_id, request.after, request.wanted)
    page = marked(request, found, lambda each: each.position)
    groups = {"Group": [msgspec.Raw(each.document) for each in page.entries]}
    return document(msgspec.json.encode({"Groups": groups, **page.end}))


@handles(ops.ADD_USER_TO_GROUP)
def add_user_to_group(call: Call, request: s.Membership) -> Done:
    store.join(call.transaction, call.account_id, *_both(call, request))
    return Done()


@handles(ops.REMOVE_USER_FROM_GROUP)
def remove_user_from_group(call: Call, request: s.Membership) -> Done:
    store.leave(call.transaction, call.account_id, *_both(call, request))
    return Done()


@handles(ops.LIST_GROUPS_FOR_USER)
def list_groups_for_user(call: Call, request: s.ListGroupsForUser) -> Document:
    check(request, "user_name")
    user = users.user(call.database, call.account_id, request.user_name)
    groups = {"Group": [_joined(each) for each in store.groups_of(call.database, call.account_id, user.user_id)]}
    return document(msgspec.json.encode({"Groups": groups}))


@handles(ops.LIST_USERS_FOR_GROUP)
def list_users_for_group(call: Call, request: s.ListUsersForGroup) -> s.GroupUsers:
    check(request, "group_name")
    group = store.group(call.database, call.account_id, request.group_name)
    found = store.members(call.database, call.account_id, group.group_id, request.after, request.wanted)
    page = marked(request, found, lambda each: each.position)
    shown = [_member(each) for each in page.entries]
    return s.GroupUsers(users=s.GroupUserList(user=shown), is_truncated=page.is_truncated, marker=page.marker)


def _both(call: Call, request: s.Membership) -> tuple[StoredUser, store.StoredGroup]:
    check(request, "user_name", "group_name")
    user = users.user(call.database, call.account_id, request.user_name)
    return user, store.group(call.database, call.account_id, request.group_name)


def _answered(group: bytes) -> Document:
    return document(b'{"Group":%b}' % group)


def _joined(found: store.Joined) -> msgspec.Raw:
    group = without_keys(found.document, "CreateDate", "UpdateDate")
    return msgspec.Raw(patched(group, {"JoinDate": date(found.position)}))


def _member(found: store.Member) -> s.GroupUser:
    return s.GroupUser(
        user_name=found.user_name, display_name=found.display_name or UNSET, join_date=date(found.position)
    )
