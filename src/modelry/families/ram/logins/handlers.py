"""What each operation on login profiles and on the second factor does."""

from msgspec import UNSET

from modelry.errors import ApiError
from modelry.errors.ram import ENTITY_NOT_EXIST_USER_MFA_DEVICE
from modelry.families.ram.dates import date
from modelry.families.ram.fields import check
from modelry.families.ram.logins import operations as ops
from modelry.families.ram.logins import store
from modelry.families.ram.logins import structs as s
from modelry.families.ram.logins.passwords import check_strength, hashed
from modelry.families.ram.logins.store import StoredLogin
from modelry.families.ram.structs import Done
from modelry.families.ram.users import store as users
from modelry.families.ram.users.store import StoredUser
from modelry.families.ram.users.structs import UserAddress
from modelry.handling import Call, handles


@handles(ops.CREATE_LOGIN_PROFILE)
def create_login_profile(call: Call, request: s.CreateLoginProfile) -> s.FoundLoginProfile:
    user = _user(call, request)
    check_strength(request.password, user.user_name)
    new = StoredLogin(
        hashed(request.password),
        request.password_reset_required,
        request.mfa_bind_required,
        call.transaction.tick(),
    )
    store.add_login(call.transaction, call.account_id, user, new)
    return _shown(user, new)


@handles(ops.GET_LOGIN_PROFILE)
def get_login_profile(call: Call, request: UserAddress) -> s.FoundLoginProfile:
    user = _user(call, request)
    return _shown(user, store.login(call.database, call.account_id, user))


@handles(ops.UPDATE_LOGIN_PROFILE)
def update_login_profile(call: Call, request: s.UpdateLoginProfile) -> Done:
    user = _user(call, request)
    before = store.login(call.database, call.account_id, user)
    password_hash = before.password_hash
    if request.password is not UNSET:
        check_strength(request.password, user.user_name)
        password_hash = hashed(request.password)
    reset, mfa = request.password_reset_required, request.mfa_bind_required
    after = StoredLogin(
        password_hash,
        before.password_reset_required if reset is UNSET else reset,
        before.mfa_bind_required if mfa is UNSET else mfa,
        before.position,
    )
    store.change_login(call.transaction, call.account_id, user, before, after)
    return Done()


@handles(ops.DELETE_LOGIN_PROFILE)
def delete_login_profile(call: Call, request: UserAddress) -> Done:
    user = _user(call, request)
    gone = store.login(call.database, call.account_id, user)
    store.delete_login(call.transaction, call.account_id, user, gone)
    return Done()


@handles(ops.UNBIND_MFA_DEVICE)
def unbind_mfa_device(call: Call, request: UserAddress) -> s.UserMfaDevice:
    raise _no_device(call, request)


@handles(ops.GET_USER_MFA_INFO)
def get_user_mfa_info(call: Call, request: UserAddress) -> s.UserMfaDevice:
    raise _no_device(call, request)


def _user(call: Call, request: UserAddress) -> StoredUser:
    check(request, "user_name")
    return users.user(call.database, call.account_id, request.user_name)


def _no_device(call: Call, request: UserAddress) -> ApiError:
    return ApiError(ENTITY_NOT_EXIST_USER_MFA_DEVICE, user_name=_user(call, request).user_name)


def _shown(user: StoredUser, found: StoredLogin) -> s.FoundLoginProfile:
    return s.FoundLoginProfile(
        login_profile=s.LoginProfile(
            user_name=user.user_name,
            password_reset_required=found.password_reset_required,
            mfa_bind_required=found.mfa_bind_required,
            create_date=date(found.position),
        )
    )
