"""`modelry keys` through the API."""

import re
import time
from itertools import count

import pytest

from tests.cli.administration import Program, root
from tests.registry import Registry

_numbers = count()


@pytest.fixture
def admin(registry: Registry) -> Program:
    return root(registry)


@pytest.fixture
def user(admin: Program) -> str:
    name = f"key-user-{next(_numbers)}"
    admin.ran("users", "create", name)
    return name


def test_a_new_key_signs_at_once_and_its_secret_is_shown_once(admin: Program, user: str) -> None:
    done = admin.ran("keys", "create", "--user", user)
    assert done.stderr == "modelry: the secret is shown this once: keep it now\n"
    key = dict(line.split() for line in done.stdout.splitlines())
    assert key["Status"] == "Active"
    assert admin.as_user(key).shown("whoami")["Arn"].endswith(f":user/{user}")
    assert key["AccessKeySecret"] not in admin.ran("keys", "list", "--user", user, "-o", "json").stdout


def test_a_user_manages_keys_of_its_own(admin: Program) -> None:
    name = f"key-user-{next(_numbers)}"
    own = admin.as_user(admin.shown("users", "create", name, "--with-key", "--policy", "AliyunRAMFullAccess"))
    new = own.shown("keys", "create")
    assert {key["AccessKeyId"] for key in own.shown("keys", "list")} == {own.key_id, new["AccessKeyId"]}


def test_a_disabled_key_signs_nothing_until_it_is_enabled(admin: Program, user: str) -> None:
    key = admin.shown("keys", "create", "--user", user)
    key_id = key["AccessKeyId"]
    assert admin.ran("keys", "disable", key_id, "--user", user).stdout == f"{key_id} is Inactive now\n"
    assert "InvalidAccessKeyId" in admin.as_user(key).ran("whoami", code=1).stderr
    assert admin.shown("keys", "enable", key_id, "--user", user) == {"AccessKeyId": key_id, "Status": "Active"}
    admin.as_user(key).ran("whoami")


def test_a_list_says_when_keys_were_last_used_if_asked(admin: Program, user: str) -> None:
    key = admin.shown("keys", "create", "--user", user)
    admin.as_user(key).ran("whoami")
    (listed,) = admin.shown("keys", "list", "--user", user)
    assert set(listed) == {"AccessKeyId", "Status", "CreateDate"}
    for _ in range(20):  # the first use is written down within some seconds
        (listed,) = admin.shown("keys", "list", "--user", user, "--last-used")
        if "LastUsedDate" in listed:
            break
        time.sleep(0.5)
    assert listed["LastUsedDate"].endswith("Z")


def test_names_are_key_ids(admin: Program, user: str) -> None:
    key = admin.shown("keys", "create", "--user", user)
    assert admin.ran("keys", "list", "--user", user, "-o", "name").stdout == f"{key['AccessKeyId']}\n"


def test_a_key_is_deleted_when_it_is_meant(admin: Program, user: str) -> None:
    key = admin.shown("keys", "create", "--user", user)["AccessKeyId"]
    assert "--yes" in admin.ran("keys", "delete", key, "--user", user, code=2).stderr
    assert admin.ran("keys", "delete", key, "--user", user, "--yes").stdout == f"{key} deleted\n"
    assert admin.shown("keys", "list", "--user", user) == []
    assert "EntityNotExist.User.AccessKey" in admin.ran("keys", "delete", key, "--user", user, "--yes", code=4).stderr


def test_rotation_makes_a_key_and_says_how_to_disable_the_old_one(admin: Program, user: str) -> None:
    old = admin.shown("keys", "create", "--user", user)
    done = admin.ran("keys", "rotate", "--user", user, "-o", "tsv")
    new = dict(line.split("\t") for line in done.stdout.splitlines())
    command = re.search(r"Once everything signs with the new key: modelry (.*)", done.stderr)
    assert command is not None
    admin.as_user(old).ran("whoami")
    admin.ran(*command[1].split())
    admin.as_user(old).ran("whoami", code=1)
    admin.as_user(new).ran("whoami")


def test_rotation_without_room_names_the_key_to_delete(admin: Program, user: str) -> None:
    keys = [admin.shown("keys", "create", "--user", user)["AccessKeyId"] for _ in range(2)]
    admin.ran("keys", "disable", keys[1], "--user", user)
    line = admin.ran("keys", "rotate", "--user", user, code=2).stderr
    assert f"`modelry keys delete {keys[1]} --user {user}`" in line
    assert len(admin.shown("keys", "list", "--user", user)) == 2


def test_who_may_not_is_told_so(admin: Program) -> None:
    name = f"key-user-{next(_numbers)}"
    nobody = admin.as_user(admin.shown("users", "create", name, "--with-key"))
    assert "NoPermission" in nobody.ran("keys", "create", code=3).stderr


def test_unknown_users_are_not_found(admin: Program) -> None:
    assert "EntityNotExist.User" in admin.ran("keys", "list", "--user", "nobody-at-all", code=4).stderr


def test_a_terminal_shows_a_table(admin: Program, user: str) -> None:
    key = admin.shown("keys", "create", "--user", user)
    code, text = admin.on_terminal("keys", "list", "--user", user)
    assert code == 0
    assert "AccessKeyId" in text
    assert key["AccessKeyId"] in text
    code, text = admin.on_terminal("keys", "create", "--user", user)
    assert code == 0
    assert "AccessKeySecret" in text
