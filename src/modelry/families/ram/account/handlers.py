"""What each operation on the account's settings does."""

from modelry.errors import ApiError
from modelry.errors.ram import ENTITY_NOT_EXIST_ACCOUNT_ALIAS
from modelry.families.ram.account import operations as ops
from modelry.families.ram.account import store
from modelry.families.ram.account import structs as s
from modelry.families.ram.fields import check
from modelry.families.ram.structs import Done
from modelry.handling import Call, handles


@handles(ops.SET_ACCOUNT_ALIAS)
def set_account_alias(call: Call, request: s.SetAccountAlias) -> Done:
    check(request, "account_alias")
    store.set_alias(call.transaction, call.account_id, request.account_alias)
    return Done()


@handles(ops.GET_ACCOUNT_ALIAS)
def get_account_alias(call: Call, request: s.Nothing) -> s.AccountAlias:
    found = store.alias(call.database, call.account_id)
    if found is None:
        raise ApiError(ENTITY_NOT_EXIST_ACCOUNT_ALIAS)
    return s.AccountAlias(account_alias=found)


@handles(ops.CLEAR_ACCOUNT_ALIAS)
def clear_account_alias(call: Call, request: s.Nothing) -> Done:
    store.clear_alias(call.transaction, call.account_id)
    return Done()
