"""What each operation on access keys does."""

from msgspec import UNSET, UnsetType

from modelry.access.principal import Principal
from modelry.errors import ApiError
from modelry.errors.ram import ACCOUNT_KEY_STAYS, ENTITY_NOT_EXIST_USER_ACCESS_KEY, ONLY_USERS_HAVE_KEYS
from modelry.families.ram.dates import date
from modelry.families.ram.fields import check
from modelry.families.ram.keys import operations as ops
from modelry.families.ram.keys import store
from modelry.families.ram.keys import structs as s
from modelry.families.ram.keys.pairs import new_pair
from modelry.families.ram.keys.store import OwnedKey, Owner
from modelry.families.ram.structs import Done
from modelry.families.ram.users import store as users
from modelry.handling import Call, handles

_US_PER_S = 1_000_000


@handles(ops.CREATE_ACCESS_KEY)
def create_access_key(call: Call, request: s.KeyOwner) -> s.CreatedAccessKey:
    owner = _changeable(call, _owner(call, request))
    pair = new_pair()
    principal = Principal(
        account_id=owner.account_id, user_id=owner.user_id, name=owner.user_name, access_key_id=pair.access_key_id
    )
    sealed = call.sealer.seal(pair.secret, belongs_to=pair.access_key_id)
    made = store.add_key(call.transaction, store.StoredKey(principal, "Active", sealed))
    return s.CreatedAccessKey(
        access_key=s.NewAccessKey(
            access_key_id=made.access_key_id,
            access_key_secret=pair.secret,
            status=made.status,
            create_date=date(made.position),
        )
    )


@handles(ops.UPDATE_ACCESS_KEY)
def update_access_key(call: Call, request: s.UpdateAccessKey) -> Done:
    owner = _owner(call, request)
    before = _key(call, owner, request)
    store.set_status(call.transaction, _changeable(call, owner), before, request.status)
    return Done()


@handles(ops.DELETE_ACCESS_KEY)
def delete_access_key(call: Call, request: s.KeyAddress) -> Done:
    owner = _owner(call, request)
    gone = _key(call, owner, request)
    store.delete_key(call.transaction, _changeable(call, owner), gone)
    return Done()


@handles(ops.LIST_ACCESS_KEYS)
def list_access_keys(call: Call, request: s.KeyOwner) -> s.AccessKeys:
    found = store.keys(call.database, _owner(call, request))
    return s.AccessKeys(access_keys=s.AccessKeyList(access_key=[_shown(each) for each in found]))


@handles(ops.GET_ACCESS_KEY_LAST_USED)
def get_access_key_last_used(call: Call, request: s.KeyAddress) -> s.FoundLastUse:
    key = _key(call, _owner(call, request), request)
    seconds = store.last_used(call.database, call.account_id, key.access_key_id)
    last: str | UnsetType = UNSET if seconds is None else date(seconds * _US_PER_S)
    return s.FoundLastUse(access_key_last_used=s.LastUse(last_used_date=last))


def _owner(call: Call, request: s.KeyOwner) -> Owner:
    """Whose keys a request is about.

    Raises:
        ApiError: ENTITY_NOT_EXIST_USER, or ONLY_USERS_HAVE_KEYS.
    """
    if request.user_name:
        check(request, "user_name")
        named = users.user(call.database, call.account_id, request.user_name)
        return Owner(call.account_id, named.user_id, named.user_name)
    if call.principal.identity_type == "AssumedRoleUser":
        raise ApiError(ONLY_USERS_HAVE_KEYS)
    return Owner(call.account_id, call.principal.user_id, call.principal.name)


def _changeable(call: Call, owner: Owner) -> Owner:
    """An owner whose keys the API may change: without its own key, nobody could administer the account.

    Raises:
        ApiError: ACCOUNT_KEY_STAYS.
    """
    if owner.user_id == call.principal.owner_id:
        raise ApiError(ACCOUNT_KEY_STAYS)
    return owner


def _key(call: Call, owner: Owner, request: s.KeyAddress) -> OwnedKey:
    """The key that a request names, which must be its owner's.

    Raises:
        ApiError: ENTITY_NOT_EXIST_USER_ACCESS_KEY.
    """
    found = store.owned_key(call.database, owner, request.user_access_key_id)
    if found is None:
        whose = f"The user {owner.user_name}" if owner.user_name else "The account"
        raise ApiError(ENTITY_NOT_EXIST_USER_ACCESS_KEY, owner=whose, access_key_id=request.user_access_key_id)
    return found


def _shown(found: OwnedKey) -> s.AccessKey:
    return s.AccessKey(access_key_id=found.access_key_id, status=found.status, create_date=date(found.position))
