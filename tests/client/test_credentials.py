"""Which key is taken from where, which server it belongs to, and what is said when there is none."""

import json
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modelry.client import Address, Client, Cloud, Credentials, CredentialsError
from modelry.client.credentials import Given, Setup, found
from modelry.contract.operation import AnyOperation, Shape
from modelry.families.models.operations import LIST_MODELS
from modelry.families.models.structs import ListModels
from modelry.families.ram.users.operations import LIST_USERS
from modelry.families.ram.users.structs import ListUsers
from modelry.families.sts.operations import GET_CALLER_IDENTITY
from modelry.families.sts.structs import GetCallerIdentity
from tests.registry import Registry

CLOUD_KEY = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tenv", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret"}
OWN_KEY = {"MODELRY_ACCESS_KEY_ID": "LTAI5town", "MODELRY_ACCESS_KEY_SECRET": "own-secret"}
GIVEN: Given = {"access_key_id": "LTAI5targ", "access_key_secret": "arg-secret"}
PROFILES = {
    "current": "work",
    "profiles": [
        {"name": "work", "mode": "AK", "access_key_id": "LTAI5twork", "access_key_secret": "s", "region_id": "cn-x"},
        {"name": "temp", "mode": "StsToken", "access_key_id": "STS.temp", "access_key_secret": "s", "sts_token": "t"},
        {"name": "here", "mode": "AK", "access_key_id": "LTAI5there", "access_key_secret": "s", "endpoint": "a.b:9"},
        {"name": "role", "mode": "RamRoleArn", "ram_role_arn": "acs:ram::1:role/x"},
        {"name": "empty", "mode": "AK", "access_key_id": "", "access_key_secret": "", "region_id": ""},
    ],
}
LOCAL = Address(protocol="http", host="127.0.0.1:8632")


@pytest.fixture(autouse=True)
def _no_data_of_the_tester(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings look for their folder in the process's own environment."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with profiles and the data of a server."""
    write(tmp_path, PROFILES)
    data = tmp_path / ".local/share/modelry"
    data.mkdir(parents=True)
    (data / "root_access_key.json").write_text('{"AccessKeyId": "LTAI5troot", "AccessKeySecret": "root-secret"}')
    return tmp_path


def write(home: Path, profiles: object) -> Path:
    file = home / ".aliyun/config.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(profiles if isinstance(profiles, str) else json.dumps(profiles))
    return file


def looked_up(home: Path, environment: Mapping[str, str] = {}, **given: Any) -> Setup:  # noqa: ANN401
    return found({"HOME": str(home), **environment}, **given)


def key_id(setup: Setup) -> str:
    key = setup.credentials() if callable(setup.credentials) else setup.credentials
    return key.access_key_id


@pytest.mark.parametrize(
    ("environment", "given", "expected"),
    [
        ({**CLOUD_KEY, **OWN_KEY}, {**GIVEN, "profile": "here"}, "LTAI5targ"),
        ({**CLOUD_KEY, **OWN_KEY}, {"profile": "here"}, "LTAI5there"),
        ({**CLOUD_KEY, **OWN_KEY}, {}, "LTAI5town"),
        (CLOUD_KEY, {}, "LTAI5tenv"),
        ({**CLOUD_KEY, "ALIBABA_CLOUD_PROFILE": "here"}, {}, "LTAI5tenv"),
        ({**OWN_KEY, "ALIBABA_CLOUD_PROFILE": "here"}, {}, "LTAI5town"),
        ({"ALIBABA_CLOUD_PROFILE": "here"}, {}, "LTAI5there"),
        ({}, {}, "LTAI5troot"),
        ({}, {"profile": "temp"}, "STS.temp"),
        ({}, {"profile": None, "access_key_id": ""}, "LTAI5troot"),
    ],
)
def test_the_first_place_with_a_key_is_taken(
    home: Path, environment: dict[str, str], given: dict[str, str], expected: str
) -> None:
    assert key_id(looked_up(home, environment, **given)) == expected


def test_without_a_server_s_data_the_current_profile_is_taken(tmp_path: Path) -> None:
    write(tmp_path, PROFILES)
    setup = looked_up(tmp_path)
    assert (key_id(setup), setup.server) == ("LTAI5twork", Cloud("cn-x"))


def test_a_folder_that_is_named_comes_before_everything_else_that_was_not(home: Path) -> None:
    assert key_id(looked_up(home, {**CLOUD_KEY, **OWN_KEY}, data=str(home / ".local/share/modelry"))) == "LTAI5troot"


@pytest.mark.parametrize("profiles", [{"current": "empty", **PROFILES}, {}, {"current": "none", "profiles": []}])
def test_a_profile_file_without_a_key_is_passed_over(tmp_path: Path, profiles: dict[str, Any]) -> None:
    write(tmp_path, {**profiles, "current": "empty"})
    with pytest.raises(CredentialsError, match="no access key"):
        looked_up(tmp_path)


def test_the_current_profile_can_be_switched_off(tmp_path: Path) -> None:
    write(tmp_path, PROFILES)
    with pytest.raises(CredentialsError, match="no access key"):
        looked_up(tmp_path, {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "TRUE"})


@pytest.mark.parametrize(
    ("environment", "given", "expected"),
    [
        ({}, {}, LOCAL),
        ({}, {"profile": "work"}, Cloud("cn-x")),
        ({"ALIBABA_CLOUD_PROFILE": "work"}, {}, Cloud("cn-x")),
        (
            {"MODELRY_ENDPOINT": "modelry.example.com:8632"},
            {},
            Address(protocol="https", host="modelry.example.com:8632"),
        ),
        (
            {"MODELRY_ENDPOINT": "http://modelry.example.com"},
            {},
            Address(protocol="http", host="modelry.example.com"),
        ),
        (
            {"MODELRY_ENDPOINT": "modelry.example.com", "MODELRY_PROTOCOL": "http"},
            {},
            Address(protocol="http", host="modelry.example.com"),
        ),
        ({"MODELRY_ENDPOINT": "x:1"}, {"endpoint": "127.0.0.1:2"}, Address(protocol="http", host="127.0.0.1:2")),
        ({"MODELRY_ENDPOINT": "x:1"}, {"region": "cn-beijing"}, Cloud("cn-beijing")),
        ({"ALIBABA_CLOUD_ENDPOINT": "x:1"}, {"profile": "here"}, Address(protocol="https", host="a.b:9")),
        ({"ALIBABA_CLOUD_ENDPOINT": "x:1"}, {"profile": "work"}, Address(protocol="https", host="x:1")),
        ({**CLOUD_KEY, "ALIBABA_CLOUD_REGION_ID": "cn-y"}, {}, LOCAL),
        ({**CLOUD_KEY, "ALIBABA_CLOUD_REGION_ID": "cn-y"}, {"region": "cn-y"}, Cloud("cn-y")),
        (
            {**CLOUD_KEY, "ALIBABA_CLOUD_REGION_ID": "cn-y", "ALIBABA_CLOUD_ENDPOINT": "x:1"},
            {},
            Address(protocol="https", host="x:1"),
        ),
        (CLOUD_KEY, {}, LOCAL),
        ({"ALIBABA_CLOUD_REGION_ID": "cn-y"}, GIVEN, LOCAL),
        ({}, {"profile": "temp"}, LOCAL),
        ({}, {"endpoint": "[::1]:8632"}, Address(protocol="http", host="[::1]:8632")),
        ({}, {"endpoint": "localhost", "protocol": "https"}, Address(protocol="https", host="localhost")),
    ],
)
def test_a_key_s_server_is_the_one_of_its_place(
    home: Path, environment: dict[str, str], given: dict[str, str], expected: Address | Cloud
) -> None:
    assert looked_up(home, environment, **given).server == expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, LOCAL),
        ({"MODELRY_PORT": "9000", "MODELRY_HOST": "0.0.0.0"}, Address(protocol="http", host="127.0.0.1:9000")),
        ({"MODELRY_HOST": "::"}, Address(protocol="http", host="[::1]:8632")),
        ({"MODELRY_PORT": "0"}, LOCAL),
        ({"MODELRY_TLS_CERT": "c", "MODELRY_TLS_KEY": "k"}, Address(protocol="https", host="127.0.0.1:8632")),
        ({"MODELRY_ENDPOINT": "127.0.0.1:7"}, Address(protocol="http", host="127.0.0.1:7")),
    ],
)
def test_the_local_key_goes_to_the_local_server(home: Path, environment: dict[str, str], expected: Address) -> None:
    setup = looked_up(home, {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true", **environment})
    assert (key_id(setup), setup.server) == ("LTAI5troot", expected)


def test_the_local_key_may_be_in_the_settings_alone(tmp_path: Path) -> None:
    key = {"MODELRY_ROOT_ACCESS_KEY_ID": "LTAI5tset", "MODELRY_ROOT_ACCESS_KEY_SECRET": "s"}
    assert key_id(looked_up(tmp_path, key)) == "LTAI5tset"


@pytest.mark.parametrize(
    ("environment", "given", "message"),
    [
        ({"ALIBABA_CLOUD_ACCESS_KEY_ID": "x"}, {}, "ALIBABA_CLOUD_ACCESS_KEY_ID is given without ALIBABA_CLOUD_"),
        ({"MODELRY_ACCESS_KEY_SECRET": "x", "ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"}, {}, "MODELRY_ACCESS_KEY_S"),
        ({}, {"access_key_secret": "x"}, "access_key_secret is given without access_key_id"),
        ({}, {"profile": "no"}, "has no profile 'no'; it has work, temp, here, role, empty"),
        ({"ALIBABA_CLOUD_PROFILE": "no"}, {}, "has no profile 'no'"),
        ({}, {"profile": "empty"}, "the profile 'empty' in .* has no access key"),
        ({}, {"access_key_id": "LTAI 5t", "access_key_secret": "x"}, "the access key id is empty, too long, or has"),
        ({}, {"access_key_id": "LTAI5t", "access_key_secret": "very-secret\n"}, "the access key secret is empty"),
        ({"MODELRY_PORT": "x", "ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "true"}, {}, "a setting is wrong"),
    ],
)
def test_a_mistake_is_named(home: Path, environment: dict[str, str], given: dict[str, str], message: str) -> None:
    with pytest.raises(CredentialsError, match=message) as caught:
        looked_up(home, environment, **given)
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[]", '{"profiles": 1}', "\xff"])
def test_a_broken_profile_file_is_named(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, "")
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(CredentialsError, match=r"config\.json is no configuration of the aliyun command line"):
        looked_up(tmp_path)


def test_a_broken_local_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "root_access_key.json").write_text("{}")
    with pytest.raises(CredentialsError, match=r"root_access_key\.json is no access key"):
        looked_up(tmp_path, data=str(tmp_path))


def test_where_there_is_no_key_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError) as caught:
        looked_up(tmp_path)
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in str(caught.value)
    assert str(tmp_path / ".local/share/modelry") in str(caught.value)


def test_other_modes_go_through_the_official_package(home: Path) -> None:
    """It reads the profile that we name, also where it is not the current one."""
    key = {"mode": "AK", "access_key_id": "LTAI5tp", "access_key_secret": "s"}
    script = home / "key.sh"
    script.write_text(f"#!/bin/sh\necho '{json.dumps(key)}'\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    write(home, {"current": "x", "profiles": [{"name": "ext", "mode": "External", "process_command": str(script)}]})
    setup = looked_up(home, profile="ext")
    assert callable(setup.credentials)
    assert setup.credentials() == Credentials("LTAI5tp", "s")


def test_a_failure_of_the_official_package_is_ours(home: Path) -> None:
    setup = looked_up(home, profile="role")
    assert callable(setup.credentials)
    with pytest.raises(CredentialsError, match="the profile 'role' of mode RamRoleArn gave no key"):
        setup.credentials()


def test_without_the_official_package_other_modes_are_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", None)
    with pytest.raises(
        CredentialsError, match=r"'role' .* has the mode RamRoleArn; only AK and StsToken .* pip install"
    ):
        looked_up(home, profile="role")


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://",
        "ftp://x",
        "http://x/path",
        "http://a@b",
        "x:99999",
        "x:0",
        "a b",
        "x?y",
        "::1",
        "x#y",
        "x:",
        "é.x",
    ],
)
def test_what_is_no_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="is no endpoint"):
        Client(endpoint, Credentials("LTAI5tx", "x"))


@pytest.mark.parametrize("region", ["", "cn hangzhou", "x.evil.example.com/", "CN"])
def test_what_is_no_region_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="is no region"):
        Cloud(region)


def test_each_product_of_the_cloud_has_its_host() -> None:
    client = Client(Cloud("cn-beijing"), Credentials("LTAI5tx", "x"))
    calls: list[tuple[AnyOperation, Shape]] = [
        (LIST_MODELS, ListModels()),
        (LIST_USERS, ListUsers()),
        (GET_CALLER_IDENTITY, GetCallerIdentity()),
    ]
    assert [client.signed(*call).url.partition("?")[0] for call in calls] == [
        "https://aiworkspace.cn-beijing.aliyuncs.com/api/v1/models",
        "https://ram.aliyuncs.com/",
        "https://sts.cn-beijing.aliyuncs.com/",
    ]


def test_a_server_s_own_machine_needs_no_key(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*CLOUD_KEY, *OWN_KEY, "ALIBABA_CLOUD_PROFILE", "ALIBABA_CLOUD_REGION_ID"):
        monkeypatch.delenv(name, raising=False)
    with Client.found(data=str(registry.folder), endpoint=registry.address) as client:
        assert client.call(LIST_MODELS, ListModels(page_size=1)).total_count >= 0
        assert client.origin == str(registry.folder / "root_access_key.json")
