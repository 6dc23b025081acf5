"""`modelry terraform export`: a plan with what it prints changes nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_ram20150501 import models as ram

from modelry.testing import Registry
from tests.terraform.workbench import EMPTY, Workbench, needs_terraform

NASTY = 'a "quoted" \\ text\nof ${two} $${lines} %{x} %%{y} \b\f\t é 模型'


@pytest.fixture
def bench(tmp_path: Path, modelry_registry: Registry) -> Workbench:
    it = modelry_registry
    return Workbench(tmp_path / "bench", it.endpoint, it.access_key_id, it.access_key_secret)


def export(registry: Registry, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "modelry", "terraform", "export", *arguments],
        env={**os.environ, **registry.environment},
        capture_output=True,
        text=True,
        check=False,
    )


def filled(registry: Registry) -> str:
    """A registry with something of each kind; the id of one model."""
    sdk = registry.sdk()
    new = m.CreateWorkspaceRequest(workspace_name="vision", description="d", env_types=["dev", "prod"])
    workspace_id = sdk.create_workspace(new).body.workspace_id
    user = registry.ram_sdk().create_user(ram.CreateUserRequest(user_name="alice")).body.user
    for user_id, roles in ((user.user_id, ["PAI.AlgoDeveloper"]), ("20999", ["PAI.LabelManager", "PAI.AlgoOperator"])):
        member = m.CreateMemberRequestMembers(user_id=user_id, roles=roles)
        sdk.create_member(workspace_id, m.CreateMemberRequest(members=[member]))
    sdk.create_model(m.CreateModelRequest(model_name="plain"))
    sdk.create_model(m.CreateModelRequest(model_name="plain", workspace_id=workspace_id, accessibility="PUBLIC"))
    rich = m.CreateModelRequest(
        workspace_id=workspace_id,
        model_name="模型",
        model_description=NASTY,
        extra_info={"flat": NASTY, "a b": "${c}"},
        order_number=0,
        parameter_size=7,
        labels=[m.Label(key="z", value="1"), m.Label(key="a", value="")],
    )
    model_id: str = sdk.create_model(rich).body.model_id
    for name, more in (
        ("1.0.0", {"approval_status": "Approved", "metrics": {"Results": [{"Metrics": {"cer": 0.175, "big": 2**60}}]}}),
        (
            "1.1.0",
            {"training_spec": {"a": "b"}, "evaluation_spec": {"a": 1}, "source_type": "PAIFlow", "options": "{}"},
        ),
    ):
        sdk.create_model_version(
            model_id,
            m.CreateModelVersionRequest(version_name=name, uri="oss://b.c/d", framework_type="PyTorch", **more),
        )
    configs = [
        m.SetUserConfigsRequestConfigs(category_name="DataPrivacyConfig", config_key="k", config_value="v", scope=scope)
        for scope in ("subUser", "owner")
    ]
    sdk.set_user_configs(m.SetUserConfigsRequest(configs=configs))
    return model_id


@needs_terraform
@pytest.mark.parametrize(
    ("arguments", "count"), [((), 10), (("--workspace", "vision"), 7), (("--model", "vision/模型"), 3)]
)
def test_a_plan_with_it_imports_and_changes_nothing(
    bench: Workbench, modelry_registry: Registry, arguments: tuple[str, ...], count: int
) -> None:
    filled(modelry_registry)
    done = export(modelry_registry, *arguments)
    assert done.returncode == 0, done.stderr
    bench.write(done.stdout)
    layout = bench.run("fmt", "-check", "-diff")
    assert layout.code == 0, layout.text
    plan = bench.plan()
    assert f"Plan: {count} to import, 0 to add, 0 to change, 0 to destroy." in plan.text, plan.text
    imported = bench.apply()
    assert imported.code == 0, imported.text
    assert bench.plan().code == EMPTY


def test_what_the_official_provider_cannot_is_remarked(modelry_registry: Registry) -> None:
    filled(modelry_registry)
    text = export(modelry_registry).stdout
    assert "# The official provider has no metrics_json" in text
    assert "parameter_size    = 7 # the official provider has it not" in text
    assert "extra_info_json" not in text


def test_what_is_not_there_is_said(modelry_registry: Registry) -> None:
    done = export(modelry_registry, "--model", "nobody")
    assert (done.returncode, done.stdout) == (4, "")
    assert "nobody" in done.stderr
