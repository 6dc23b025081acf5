"""Which key is used, and where it goes: by the block, the official provider's variables, a profile."""

import json
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram

from modelry.families.sts.operations import GET_CALLER_IDENTITY
from modelry.families.sts.structs import GetCallerIdentity
from modelry.terraform.connection import ConfigurationError, Connection
from modelry.testing import Registry

KEY = {"access_key": "LTAI5tExample", "secret_key": "secret"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MODELRY_DATA", str(tmp_path / "data"))
    return tmp_path


def variables(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "MODELRY_DATA": str(home / "data"), **more}


def url(connection: Connection, product: str = "AIWorkSpace") -> str:
    return connection.client().server.address(product).url


@pytest.mark.parametrize(
    ("block", "environment", "expected"),
    [
        ({}, {}, "https://aiworkspace.cn-beijing.aliyuncs.com"),
        ({"region": "cn-hangzhou"}, {}, "https://aiworkspace.cn-hangzhou.aliyuncs.com"),
        ({}, {"ALICLOUD_REGION": "eu-central-1"}, "https://aiworkspace.eu-central-1.aliyuncs.com"),
        ({"region": "cn-hangzhou"}, {"MODELRY_ENDPOINT": "127.0.0.1:1"}, "http://127.0.0.1:1"),
        ({"endpoints": [{"aiworkspace": "127.0.0.1:2"}]}, {"MODELRY_ENDPOINT": "127.0.0.1:1"}, "http://127.0.0.1:2"),
        ({"endpoints": [{"aiworkspace": "host:2"}]}, {}, "https://host:2"),
        ({"endpoints": [{"aiworkspace": "host:2"}], "protocol": "HTTP"}, {}, "http://host:2"),
        ({}, {"ALIBABA_CLOUD_ENDPOINT_AIWORKSPACE": "127.0.0.1:3"}, "http://127.0.0.1:3"),
        ({}, {"AIWORKSPACE_ENDPOINT": "127.0.0.1:4"}, "http://127.0.0.1:4"),
    ],
)
def test_the_address(home: Path, block: dict[str, Any], environment: dict[str, str], expected: str) -> None:
    assert url(Connection(KEY | block, variables(home, **environment))) == expected


def test_products_may_have_endpoints_of_their_own(home: Path) -> None:
    connection = Connection(KEY | {"endpoints": [{"sts": "127.0.0.1:5"}]}, variables(home))
    assert url(connection, "Sts") == "http://127.0.0.1:5"
    assert url(connection) == "https://aiworkspace.cn-beijing.aliyuncs.com"


def who(connection: Connection) -> str:
    try:
        return connection.client().call(GET_CALLER_IDENTITY, GetCallerIdentity()).arn
    finally:
        connection.close()


@pytest.mark.parametrize("name", ["ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"])
def test_the_key_of_the_official_variables(home: Path, modelry_registry: Registry, name: str) -> None:
    secret = name.replace("ACCESS_KEY_ID", "ACCESS_KEY_SECRET").replace("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY")
    it = modelry_registry
    key = {name: it.access_key_id, secret: it.access_key_secret, "MODELRY_ENDPOINT": it.endpoint}
    assert who(Connection({}, variables(home, **key))).endswith(":root")


def test_the_key_of_a_profile(home: Path, modelry_registry: Registry) -> None:
    it = modelry_registry
    profile = {"name": "work", "mode": "AK", "region_id": "cn-hangzhou", "endpoint": it.url}
    profile |= {"access_key_id": it.access_key_id, "access_key_secret": it.access_key_secret}
    (home / ".aliyun").mkdir()
    (home / ".aliyun/config.json").write_text(json.dumps({"current": "", "profiles": [profile]}))
    assert who(Connection({"profile": "work"}, variables(home))).endswith(":root")


def test_a_profile_without_an_endpoint_goes_to_the_real_service(home: Path) -> None:
    profile = {"name": "work", "mode": "AK", "region_id": "cn-hangzhou"}
    profile |= {"access_key_id": "LTAI5tExample", "access_key_secret": "secret"}
    (home / ".aliyun").mkdir()
    (home / ".aliyun/config.json").write_text(json.dumps({"current": "work", "profiles": [profile]}))
    assert url(Connection({}, variables(home))) == "https://aiworkspace.cn-hangzhou.aliyuncs.com"
    assert url(Connection({"region": "cn-beijing"}, variables(home))) == "https://aiworkspace.cn-beijing.aliyuncs.com"


def test_a_role_is_assumed(home: Path, modelry_registry: Registry) -> None:
    it = modelry_registry
    users = it.ram_sdk()
    trust = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"RAM": [f"acs:ram::{it.account_id}:root"]},
            }
        ],
    }
    made = ram.CreateRoleRequest(role_name="deployer", assume_role_policy_document=json.dumps(trust))
    arn = users.create_role(made).body.role.arn
    users.create_user(ram.CreateUserRequest(user_name="ci"))
    users.attach_policy_to_user(
        ram.AttachPolicyToUserRequest(policy_type="System", policy_name="AliyunSTSAssumeRoleAccess", user_name="ci")
    )
    key = users.create_access_key(ram.CreateAccessKeyRequest(user_name="ci")).body.access_key
    block = {
        "access_key": key.access_key_id,
        "secret_key": key.access_key_secret,
        "endpoints": [{"aiworkspace": it.endpoint}],
        "assume_role": [{"role_arn": arn, "session_name": "plan", "session_expiration": 900}],
    }
    assert who(Connection(block, variables(home))).endswith("assumed-role/deployer/plan")


@pytest.mark.parametrize(
    ("block", "argument", "said"),
    [
        ({}, "access_key", "no access key"),
        ({"access_key": "LTAI5tExample"}, "access_key", "without"),
        ({"profile": "nobody"}, "access_key", "profile"),
        (KEY | {"assume_role_with_oidc": [{"role_arn": "x"}]}, "assume_role_with_oidc", "oidc_provider_arn"),
        (
            {"assume_role_with_oidc": [{"role_arn": "x", "oidc_provider_arn": "y"}]},
            "assume_role_with_oidc",
            "oidc_token_file",
        ),
        ({"shared_credentials_file": "/nowhere"}, "access_key", "/nowhere cannot be read"),
        (KEY | {"assume_role": [{"role_arn": ""}]}, "assume_role", "role_arn"),
        (KEY | {"endpoints": [{"aiworkspace": "http://host/path"}]}, "endpoints", "no endpoint"),
        (KEY | {"region": "no region"}, None, "no region"),
    ],
)
def test_what_cannot_be_used_is_named(home: Path, block: dict[str, Any], argument: str | None, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as raised:
        Connection(block, variables(home))
    assert raised.value.argument == argument
