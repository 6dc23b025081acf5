"""A registry in the hands of a test: calls reach it, and it is put back whole."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_aiworkspace20210204.client import Client
from alibabacloud_ram20150501 import models as ram
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

from modelry.testing import Registry, ServerGone, running
from modelry.testing.snapshots import taken

READ_MODELS = json.dumps(
    {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": ["paimodel:*", "paiworkspace:*"], "Resource": "*"}],
    }
)


def names(sdk: Client) -> list[str]:
    return [model.model_name for model in sdk.list_models(m.ListModelsRequest()).body.models]


def make_model(sdk: Client, name: str = "classifier") -> str:
    model_id: str = sdk.create_model(m.CreateModelRequest(model_name=name)).body.model_id
    return model_id


def make_user(registry: Registry, name: str = "alice") -> Client:
    """A user with a key and a policy of its own; the SDK signing with that key."""
    sdk = registry.ram_sdk()
    sdk.create_user(ram.CreateUserRequest(user_name=name))
    sdk.create_policy(ram.CreatePolicyRequest(policy_name="models", policy_document=READ_MODELS))
    sdk.attach_policy_to_user(ram.AttachPolicyToUserRequest(policy_type="Custom", policy_name="models", user_name=name))
    key = sdk.create_access_key(ram.CreateAccessKeyRequest(user_name=name)).body.access_key
    return registry.sdk(access_key_id=key.access_key_id, access_key_secret=key.access_key_secret)


def refusal(sdk: Client) -> str:
    with pytest.raises(AlibabaCloudException) as refused:
        sdk.list_models(m.ListModelsRequest())
    code: str = refused.value.code
    return code


def test_the_official_sdks_are_ready(modelry_registry: Registry) -> None:
    assert modelry_registry.sdk().list_workspaces(m.ListWorkspacesRequest()).body.workspaces
    assert modelry_registry.ram_sdk().list_users(ram.ListUsersRequest()).body.users.user == []


def test_the_settings_of_an_sdk_can_be_others(modelry_registry: Registry) -> None:
    assert refusal(modelry_registry.sdk(access_key_secret="wrong")) == "SignatureDoesNotMatch"


def test_the_calls_are_listed_in_order(modelry_registry: Registry) -> None:
    sdk = modelry_registry.sdk()
    make_model(sdk)
    with pytest.raises(AlibabaCloudException):
        make_model(sdk)
    modelry_registry.ram_sdk().list_users(ram.ListUsersRequest())
    assert modelry_registry.calls == ["CreateModel", "CreateModel", "Ram:ListUsers"]
    assert [request.status for request in modelry_registry.requests] == [200, 409, 200]


def test_a_page_is_not_a_call(modelry_registry: Registry) -> None:
    with urllib.request.urlopen(f"{modelry_registry.url}/healthz", timeout=10) as answer:
        assert answer.status == 200
    assert modelry_registry.calls == []


def test_a_reset_leaves_exactly_what_there_was_at_first(modelry_registry: Registry) -> None:
    before = taken(modelry_registry.folder)
    make_user(modelry_registry)
    sdk = modelry_registry.sdk()
    make_model(sdk)
    sdk.create_workspace(m.CreateWorkspaceRequest(workspace_name="team", description="d", env_types=["prod"]))
    assert taken(modelry_registry.folder) != before
    modelry_registry.reset()
    assert taken(modelry_registry.folder) == before
    assert sum(map(len, before.tables.values())) > 0


def test_a_reset_forgets_the_calls(modelry_registry: Registry) -> None:
    make_model(modelry_registry.sdk())
    modelry_registry.reset()
    assert modelry_registry.requests == []


def test_the_account_s_key_outlives_a_reset_and_the_others_do_not(modelry_registry: Registry) -> None:
    user = make_user(modelry_registry)
    assert names(user) == []
    modelry_registry.reset()
    assert refusal(user) == "InvalidAccessKeyId.NotFound"
    assert names(modelry_registry.sdk()) == []


def test_ids_are_not_given_out_again(modelry_registry: Registry) -> None:
    ids = set()
    for _ in range(3):
        modelry_registry.reset()
        made = modelry_registry.sdk().create_workspace(
            m.CreateWorkspaceRequest(workspace_name="team", description="d", env_types=["prod"])
        )
        ids.add(made.body.workspace_id)
    assert len(ids) == 3


def test_a_snapshot_is_put_back_as_it_was(modelry_registry: Registry) -> None:
    sdk = modelry_registry.sdk()
    model_id = make_model(sdk)
    sdk.create_model_version(model_id, m.CreateModelVersionRequest(version_name="0.1.0", uri="oss://b/k"))
    sdk.create_model_labels(model_id, m.CreateModelLabelsRequest(labels=[m.Label(key="team", value="vision")]))
    before = sdk.get_model(model_id, m.GetModelRequest()).body.to_map()
    token = modelry_registry.snapshot()
    sdk.delete_model_version(model_id, "0.1.0", m.DeleteModelVersionRequest())
    sdk.delete_model(model_id, m.DeleteModelRequest())
    make_model(sdk, "another")
    modelry_registry.reset(token)
    assert names(sdk) == ["classifier"]
    assert {**sdk.get_model(model_id, m.GetModelRequest()).body.to_map(), "RequestId": ""} == {
        **before,
        "RequestId": "",
    }


def test_a_snapshot_can_be_put_back_again_and_again(modelry_registry: Registry) -> None:
    sdk = modelry_registry.sdk()
    make_model(sdk)
    token = modelry_registry.snapshot()
    for name in ("one", "two"):
        make_model(sdk, name)
        modelry_registry.reset(token)
        assert names(sdk) == ["classifier"]
    modelry_registry.reset()
    assert names(sdk) == []


def test_a_key_that_a_snapshot_holds_signs_again(modelry_registry: Registry) -> None:
    user = make_user(modelry_registry)
    token = modelry_registry.snapshot()
    modelry_registry.reset()
    assert refusal(user) == "InvalidAccessKeyId.NotFound"
    modelry_registry.reset(token)
    assert names(user) == []


def test_what_was_allowed_after_a_snapshot_is_denied_once_it_is_put_back(modelry_registry: Registry) -> None:
    user = make_user(modelry_registry)
    detach = ram.DetachPolicyFromUserRequest(policy_type="Custom", policy_name="models", user_name="alice")
    attach = ram.AttachPolicyToUserRequest(policy_type="Custom", policy_name="models", user_name="alice")
    modelry_registry.ram_sdk().detach_policy_from_user(detach)
    token = modelry_registry.snapshot()
    for _ in range(3):
        modelry_registry.ram_sdk().attach_policy_to_user(attach)
        assert names(user) == []
        modelry_registry.reset(token)
        assert refusal(user) == "NoPermission"


def test_the_snapshot_of_another_registry_is_refused(modelry_registry: Registry, tmp_path: Path) -> None:
    with running(tmp_path) as other:
        token = other.snapshot()
    make_model(modelry_registry.sdk())
    with pytest.raises(ValueError, match="another registry"):
        modelry_registry.reset(token)
    assert names(modelry_registry.sdk()) == ["classifier"]


def test_the_environment_points_a_program_at_the_registry(modelry_registry: Registry) -> None:
    program = """
from modelry.client import Client
from modelry.families.models.operations import CREATE_MODEL
print(Client.found().call(CREATE_MODEL, CREATE_MODEL.request(model_name="from outside")).model_id)
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **modelry_registry.environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert modelry_registry.sdk().get_model(run.stdout.strip(), m.GetModelRequest()).body.model_name == "from outside"


def test_a_registry_keeps_what_its_folder_holds(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        make_model(first.sdk())
    with running(tmp_path) as second:
        assert names(second.sdk()) == ["classifier"]
        assert second.account_id == first.account_id


def test_settings_reach_the_server() -> None:
    with running(region="cn-shanghai", account_id="1234567890123456") as registry:
        assert (registry.region, registry.account_id) == ("cn-shanghai", "1234567890123456")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"colour": "red"}, "no settings for a test: colour"),
        ({"region": "Nowhere!"}, "region"),
        ({"max_body_bytes": 1}, "max_body_bytes"),
    ],
)
def test_a_server_that_cannot_start_says_why(settings: dict[str, object], reason: str) -> None:
    with pytest.raises(ServerGone, match=reason), running(**settings):
        pass


def test_a_server_that_has_died_is_named_as_the_cause() -> None:
    with running() as registry:
        server = psutil.Process(int((registry.folder / "server.lock").read_text()))
        family = [server, *server.children()]
        for process in family:
            process.kill()
        psutil.wait_procs(family, timeout=10)
        with pytest.raises(ServerGone, match=r"server\.log"):
            registry.reset()
