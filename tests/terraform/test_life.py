"""The life of resources: made, unchanged after a restart, drifted and repaired, imported, destroyed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_aiworkspace20210204.client import Client

from tests.registry import Registry, running, started
from tests.terraform.workbench import (
    CHANGES,
    CONFIG,
    EMPTY,
    MEMBER,
    MODEL,
    VERSION,
    WORKSPACE,
    Resources,
    Workbench,
    needs_terraform,
    workbench,
)

pytestmark = needs_terraform

SEED = Path(__file__).with_name("seed.tf").read_text()


def everything() -> Resources:
    """One resource of each type, with every argument that an import can find out."""
    name = uuid4().hex[:10]
    return {
        f"{WORKSPACE}.it": {"workspace_name": f"w{name}", "description": "d", "env_types": ["dev", "prod"]},
        f"{MEMBER}.it": {
            "workspace_id": f"${{{WORKSPACE}.it.id}}",
            "user_id": "20456",
            "roles": ["PAI.AlgoOperator", "PAI.AlgoDeveloper"],
        },
        f"{MODEL}.it": {
            "workspace_id": f"${{{WORKSPACE}.it.id}}",
            "model_name": name,
            "model_description": "d",
            "order_number": 0,
            "parameter_size": 7,
            "extra_info_json": json.dumps({"b": {"c": [1]}, "a": "x"}),
            "labels": [{"key": "b", "value": "1"}, {"key": "a", "value": ""}],
        },
        f"{VERSION}.it": {
            "model_id": f"${{{MODEL}.it.id}}",
            "version_name": "1.0.0",
            "uri": "oss://bucket.oss-cn-hangzhou.aliyuncs.com/m",
            "format_type": "ONNX",
            "framework_type": "PyTorch",
            "approval_status": "Approved",
            "metrics": {"accuracy": "0.9"},
            "labels": [{"key": "k", "value": "v"}],
        },
        f"{CONFIG}.it": {
            "category_name": "DataPrivacyConfig",
            "config_key": name,
            "config_value": "on",
            "scope": "subUser",
        },
    }


def test_the_documented_example_runs_as_it_is_written(tmp_path: Path) -> None:
    """Through `init`, and with the same plan after the server has been started again."""
    data = tmp_path / "data"
    with running(data) as registry:
        bench = workbench(tmp_path / "bench", registry, quick=False)
        bench.write(SEED)
        done = bench.run("init")
        assert done.code == 0, done.text
        bench.applied()
        port = str(registry.port)
    again = started(data, "--port", port)
    try:
        assert bench.plan().code == EMPTY
        gone = bench.run("destroy", "-auto-approve")
        assert gone.code == 0, gone.text
        assert "2 destroyed" in gone.text
    finally:
        again.stop()


@pytest.mark.parametrize("source", ["hashicorp/alicloud", "aliyun/alicloud"])
def test_init_finds_it_under_the_official_addresses_and_versions(
    tmp_path: Path, registry: Registry, source: str
) -> None:
    bench = workbench(tmp_path / "bench", registry, quick=False)
    needed = f'alicloud = {{ source = "{source}", version = ">= 1.249" }}'
    bench.write(f"terraform {{\n required_providers {{\n {needed}\n }}\n}}\n" + 'provider "alicloud" {}\n')
    done = bench.run("init")
    assert done.code == 0, done.text
    assert source in done.text


def test_import_of_each_type_leaves_nothing_to_plan(bench: Workbench) -> None:
    resources = everything()
    bench.applied(resources)
    ids = {address: values["id"] for address, values in bench.state.items()}
    bench.forget()
    for address, identity in ids.items():
        done = bench.run("import", address, identity)
        assert done.code == 0, done.text
    left = bench.plan()
    assert left.code == EMPTY, left.text


def test_an_import_of_what_is_not_there_says_so(bench: Workbench) -> None:
    bench.write({f"{MODEL}.it": {"model_name": "x"}, f"{VERSION}.it": {"model_id": "m", "uri": "oss://b.c/d"}})
    gone = bench.run("import", f"{MODEL}.it", "model-of-nobody")
    assert gone.code == 1
    assert "non-existent" in gone.text
    malformed = bench.run("import", f"{VERSION}.it", "model-without-version")
    assert malformed.code == 1
    assert "<model_id>:<version_name>" in malformed.text


def _changed_model(sdk: Client, model_id: str) -> None:
    sdk.update_model(
        model_id,
        m.UpdateModelRequest(
            model_description="somebody else's",
            task="new",
            order_number=5,
            parameter_size=8,
            accessibility="PUBLIC",
            extra_info={"nested": {"x": [1, True]}},
        ),
    )


def _relabelled(sdk: Client, model_id: str) -> None:
    sdk.delete_model_labels(model_id, m.DeleteModelLabelsRequest(label_keys="b"))
    sdk.create_model_labels(model_id, m.CreateModelLabelsRequest(labels=[m.Label(key="new", value="n")]))


def _changed_version(sdk: Client, model_id: str) -> None:
    request = m.UpdateModelVersionRequest(
        metrics={"Results": [{"Metrics": {"cer": 0.175}}]}, inference_spec={"a": "b"}, version_description="new"
    )
    sdk.update_model_version(model_id, "1.0.0", request)


def _deleted_version(sdk: Client, model_id: str) -> None:
    sdk.delete_model_version(model_id, "1.0.0", m.DeleteModelVersionRequest())


def _deleted_model(sdk: Client, model_id: str) -> None:
    sdk.delete_model(model_id, m.DeleteModelRequest())


@pytest.mark.parametrize(
    "drift", [_changed_model, _relabelled, _changed_version, _deleted_version, _deleted_model], ids=lambda f: f.__name__
)
def test_what_others_change_is_seen_and_repaired(
    bench: Workbench, registry: Registry, drift: Callable[[Client, str], None]
) -> None:
    resources = everything()
    bench.applied(resources)
    before = _timeless(bench.state)
    drift(registry.sdk(), bench.state[f"{MODEL}.it"]["id"])
    assert bench.plan().code == CHANGES
    bench.applied()
    assert _timeless(bench.state) == before


def test_what_others_change_of_members_workspaces_and_configurations_is_repaired(
    bench: Workbench, registry: Registry
) -> None:
    resources = everything()
    bench.applied(resources)
    before = _timeless(bench.state)
    sdk, workspace_id = registry.sdk(), bench.state[f"{WORKSPACE}.it"]["id"]
    sdk.update_workspace(workspace_id, m.UpdateWorkspaceRequest(description="x", display_name="y"))
    member_id = bench.state[f"{MEMBER}.it"]["member_id"]
    sdk.add_member_role(workspace_id, member_id, "PAI.LabelManager", m.AddMemberRoleRequest())
    sdk.remove_member_role(workspace_id, member_id, "PAI.AlgoOperator", m.RemoveMemberRoleRequest())
    new = m.SetUserConfigsRequestConfigs(
        category_name="DataPrivacyConfig",
        config_key=bench.state[f"{CONFIG}.it"]["config_key"],
        config_value="off",
        scope="subUser",
    )
    sdk.set_user_configs(m.SetUserConfigsRequest(configs=[new]))
    plan = bench.plan()
    assert plan.code == CHANGES
    assert "3 to change" in plan.text
    bench.applied()
    assert _timeless(bench.state) == before
    sdk.delete_user_config("DataPrivacyConfig", m.DeleteUserConfigRequest())
    sdk.delete_members(workspace_id, m.DeleteMembersRequest(member_ids=member_id))
    assert "2 to add" in bench.plan().text
    bench.applied()


def test_destroying_what_is_gone_already_is_no_fault(bench: Workbench, registry: Registry) -> None:
    bench.applied(everything())
    sdk, state = registry.sdk(), bench.state
    sdk.delete_model(state[f"{MODEL}.it"]["id"], m.DeleteModelRequest())
    sdk.delete_members(
        state[f"{WORKSPACE}.it"]["id"], m.DeleteMembersRequest(member_ids=state[f"{MEMBER}.it"]["member_id"])
    )
    done = bench.run("destroy", "-auto-approve", "-refresh=false")
    assert done.code == 0, done.text
    assert bench.state == {}


def test_a_state_that_the_official_provider_wrote_is_taken_over(bench: Workbench) -> None:
    """Its attributes are a part of ours: what it does not know is filled in, and nothing is left to plan."""
    resources = everything()
    resources[f"{MODEL}.it"] |= {"extra_info": {"a": "x"}}
    del resources[f"{MODEL}.it"]["extra_info_json"], resources[f"{MODEL}.it"]["parameter_size"]
    bench.applied(resources)
    path = bench.folder / "terraform.tfstate"
    written = json.loads(path.read_text())
    for resource in written["resources"]:
        attributes = resource["instances"][0]["attributes"]
        for name in [n for n in attributes if n.endswith(("_json", "parameter_size")) or n == "tag"]:
            del attributes[name]
        attributes["timeouts"] = None
    written["serial"] += 1
    path.write_text(json.dumps(written))
    left = bench.plan()
    assert left.code == EMPTY, left.text


def test_what_cannot_change_makes_another_resource(bench: Workbench) -> None:
    resources = everything()
    bench.applied(resources)
    first = bench.state[f"{VERSION}.it"]["id"]
    bench.applied(resources | {f"{VERSION}.it": resources[f"{VERSION}.it"] | {"version_name": "2.0.0"}})
    assert bench.state[f"{VERSION}.it"]["id"] == first.replace("1.0.0", "2.0.0")


def _timeless(state: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The state without what is another's after a resource was made again."""
    return {
        address: {
            n: v for n, v in values.items() if n not in {"id", "model_id", "create_time"} and not n.endswith("_json")
        }
        for address, values in state.items()
    }
