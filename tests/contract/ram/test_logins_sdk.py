"""Login profiles and the second factor, through the official SDK of RAM."""

import pytest
from alibabacloud_ram20150501.client import Client as Ram

from modelry.families.ram.logins.passwords import matches
from tests import databases
from tests.contract.ram.raw_calls import answered
from tests.contract.ram.rpc_calls import DATE, RpcCalls, fresh_name, refused
from tests.registry import Registry

PASSWORD = "Lab-Password-1"


@pytest.fixture
def name(call_ram: RpcCalls) -> str:
    """The name of a new user."""
    made = fresh_name("user")
    call_ram("create_user", user_name=made)
    return made


@pytest.fixture
def login(call_ram: RpcCalls, name: str) -> str:
    """The name of a new user who has a login profile."""
    call_ram("create_login_profile", user_name=name, password=PASSWORD)
    return name


def kept(registry: Registry, name: str) -> str:
    """What is kept of a user's password."""
    wanted = "FROM ram_login_profiles JOIN ram_users USING (account_id, user_id) WHERE user_name = ?"
    with databases.store_of(registry.folder).reading() as database:
        row = database.one(f"SELECT password_hash {wanted}", name)
    assert row is not None
    found: str = row[0]
    return found


def test_a_new_login_profile_is_answered_without_its_password(ram: Ram, name: str) -> None:
    answer = answered(ram, "CreateLoginProfile", UserName=name, Password=PASSWORD)
    profile = answer["LoginProfile"]
    assert DATE.fullmatch(profile["CreateDate"])
    rest = {"PasswordResetRequired": False, "MFABindRequired": False}
    assert answer == {"LoginProfile": {"UserName": name, "CreateDate": profile["CreateDate"], **rest}}
    assert answered(ram, "GetLoginProfile", UserName=name) == answer


@pytest.mark.parametrize(("reset", "mfa"), [(True, False), (False, True), (True, True)])
def test_the_flags_are_kept_as_they_were_given(call_ram: RpcCalls, name: str, reset: bool, mfa: bool) -> None:
    flags = {"password_reset_required": reset, "mfabind_required": mfa}
    made = call_ram.seen("create_login_profile", user_name=name, password=PASSWORD, **flags)["LoginProfile"]
    assert (made["PasswordResetRequired"], made["MFABindRequired"]) == (reset, mfa)
    assert call_ram.seen("get_login_profile", user_name=name)["LoginProfile"] == made


@pytest.mark.parametrize("flag", ["password_reset_required", "mfabind_required"])
def test_a_flag_is_changed_alone(call_ram: RpcCalls, registry: Registry, login: str, flag: str) -> None:
    before, hashed = call_ram.seen("get_login_profile", user_name=login)["LoginProfile"], kept(registry, login)
    wire_name = {"password_reset_required": "PasswordResetRequired", "mfabind_required": "MFABindRequired"}[flag]
    for value in (True, False):
        assert call_ram.seen("update_login_profile", user_name=login, **{flag: value}) == {}
        after = call_ram.seen("get_login_profile", user_name=login)["LoginProfile"]
        assert after == {**before, wire_name: value}
    assert kept(registry, login) == hashed


def test_a_password_is_kept_as_a_hash_that_only_it_matches(registry: Registry, login: str) -> None:
    stored = kept(registry, login)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert matches(PASSWORD, stored)
    assert not matches(PASSWORD.lower(), stored)


def test_a_changed_password_takes_the_place_of_the_old_one(call_ram: RpcCalls, registry: Registry, login: str) -> None:
    call_ram("update_login_profile", user_name=login, password="Other-Password-2")
    assert matches("Other-Password-2", kept(registry, login))
    assert not matches(PASSWORD, kept(registry, login))


def test_one_password_of_two_users_is_kept_as_two_hashes(call_ram: RpcCalls, registry: Registry, login: str) -> None:
    other = fresh_name("user")
    call_ram("create_user", user_name=other)
    call_ram("create_login_profile", user_name=other, password=PASSWORD)
    assert kept(registry, login) != kept(registry, other)


def test_a_password_is_not_in_the_data_folder_or_the_log(call_ram: RpcCalls, registry: Registry, name: str) -> None:
    secret = fresh_name("Password")
    call_ram("create_login_profile", user_name=name, password=secret)
    call_ram("update_login_profile", user_name=name, password=f"{secret}-2")
    with refused(409, "EntityAlreadyExists.User.LoginProfile"):
        call_ram("create_login_profile", user_name=name, password=secret)
    files = [*registry.folder.rglob("*"), registry.log]
    assert not [file.name for file in files if file.is_file() and secret.encode() in file.read_bytes()]


def test_a_hash_is_in_no_row_of_the_audit(call_ram: RpcCalls, registry: Registry, login: str) -> None:
    call_ram("update_login_profile", user_name=login, password="Other-Password-2")
    rows = databases.tables(registry.folder)["audit_events"]
    assert any(login in row for row in rows)
    assert not [row for row in rows if "argon2" in row]


def test_a_second_login_profile_is_a_conflict(call_ram: RpcCalls, registry: Registry, login: str) -> None:
    with refused(409, "EntityAlreadyExists.User.LoginProfile"):
        call_ram("create_login_profile", user_name=login, password="Other-Password-2")
    assert matches(PASSWORD, kept(registry, login))


def test_a_deleted_login_profile_is_gone(call_ram: RpcCalls, login: str) -> None:
    assert call_ram.seen("delete_login_profile", user_name=login) == {}
    for operation in ("get_login_profile", "update_login_profile", "delete_login_profile"):
        with refused(404, "EntityNotExist.User.LoginProfile"):
            call_ram(operation, user_name=login)


OPERATIONS = {
    "create_login_profile": {"password": PASSWORD},
    "get_login_profile": {},
    "update_login_profile": {},
    "delete_login_profile": {},
    "unbind_mfadevice": {},
    "get_user_mfainfo": {},
}


def called(call_ram: RpcCalls, operation: str, **fields: str) -> None:
    """As `call_ram`, which cannot spell the SDK's names of these two requests."""
    from alibabacloud_ram20150501 import models as m

    requests = {"unbind_mfadevice": m.UnbindMFADeviceRequest, "get_user_mfainfo": m.GetUserMFAInfoRequest}
    if operation in requests:
        getattr(call_ram.client, operation)(requests[operation](**fields))
    else:
        call_ram(operation, **fields)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_user_that_is_not_there_is_404(call_ram: RpcCalls, operation: str) -> None:
    with refused(404, "EntityNotExist.User"):
        called(call_ram, operation, user_name="nobody", **OPERATIONS[operation])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_user_s_name_is_required(call_ram: RpcCalls, operation: str) -> None:
    with refused(400, "MissingParameter"):
        called(call_ram, operation, **OPERATIONS[operation])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_bad_name_is_refused(call_ram: RpcCalls, operation: str) -> None:
    with refused(400, "InvalidParameter.UserName.InvalidChars"):
        called(call_ram, operation, user_name="a b", **OPERATIONS[operation])


@pytest.mark.parametrize("operation", ["unbind_mfadevice", "get_user_mfainfo"])
def test_nobody_has_bound_a_device(call_ram: RpcCalls, name: str, operation: str) -> None:
    with refused(404, "EntityNotExist.User.MFADevice"):
        called(call_ram, operation, user_name=name)


def test_a_password_is_required(call_ram: RpcCalls, name: str) -> None:
    with refused(400, "MissingParameter"):
        call_ram("create_login_profile", user_name=name)


@pytest.mark.parametrize("weak", ["", "a" * 7, "a" * 129, None])
def test_a_weak_password_is_refused(call_ram: RpcCalls, registry: Registry, name: str, weak: str | None) -> None:
    password = name.upper() if weak is None else weak
    with refused(400, "InvalidParameter.Password.TooWeak") as refusal:
        call_ram("create_login_profile", user_name=name, password=password)
    assert not password or password not in refusal.message
    call_ram("create_login_profile", user_name=name, password=PASSWORD)
    with refused(400, "InvalidParameter.Password.TooWeak"):
        call_ram("update_login_profile", user_name=name, password=password)
    assert matches(PASSWORD, kept(registry, name))


@pytest.mark.parametrize("password", ["a" * 8, "é" * 128, "with spaces and 甲"])
def test_a_password_at_its_limits_is_taken(call_ram: RpcCalls, registry: Registry, name: str, password: str) -> None:
    call_ram("create_login_profile", user_name=name, password=password)
    assert matches(password, kept(registry, name))
