"""What each operation on users does."""

import msgspec

from modelry.families.ram.fields import check
from modelry.families.ram.paging import marked
from modelry.families.ram.structs import Done
from modelry.families.ram.users import operations as ops
from modelry.families.ram.users import store
from modelry.families.ram.users import structs as s
from modelry.handling import Call, Document, document, handles
from modelry.storage.documents import given, without_keys
from modelry.storage.folding import folded


@handles(ops.CREATE_USER)
def create_user(call: Call, request: s.CreateUser) -> Document:
    check(request, *ops.GIVEN)
    fields = {name: value for name, value in given(request, ops.GIVEN).items() if value}
    made = store.add_user(call.transaction, call.account_id, fields)
    return _answered(without_keys(made.document, "UpdateDate"))


@handles(ops.GET_USER)
def get_user(call: Call, request: s.UserAddress) -> Document:
    check(request, "user_name")
    return _answered(store.user(call.database, call.account_id, request.user_name).document)


@handles(ops.UPDATE_USER)
def update_user(call: Call, request: s.UpdateUser) -> Document:
    check(request, "user_name", *ops.CHANGED)
    if request.new_user_name:  # else whoever may rename some users could take a name that a role trusts
        call.caller.require({"resource": f"{call.account_id}:user/{folded(request.new_user_name)}"})
    before = store.user(call.database, call.account_id, request.user_name)
    changes = {name.removeprefix("New"): value for name, value in given(request, ops.CHANGED).items()}
    return _answered(store.change_user(call.transaction, call.account_id, before, changes))


@handles(ops.DELETE_USER)
def delete_user(call: Call, request: s.UserAddress) -> Done:
    check(request, "user_name")
    gone = store.user(call.database, call.account_id, request.user_name)
    store.delete_user(call.transaction, call.account_id, gone)
    return Done()


@handles(ops.LIST_USERS)
def list_users(call: Call, request: s.ListUsers) -> Document:
    found = store.users(call.database, call.account_id, request.after, request.wanted)
    page = marked(request, found, lambda each: each.position)
    users = {"User": [msgspec.Raw(each.document) for each in page.entries]}
    return document(msgspec.json.encode({"Users": users, **page.end}))


def _answered(user: bytes) -> Document:
    return document(b'{"User":%b}' % user)
