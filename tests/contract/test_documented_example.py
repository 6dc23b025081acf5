"""The answer that the official reference of GetModel prints, made anew through the official SDK."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests import databases
from tests.contract.calls import Calls
from tests.registry import Registry

EXAMPLE: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "wire" / "get_model_example.json").read_text(encoding="utf-8")
)
MADE_UP = {
    "RequestId",
    "ModelId",
    "WorkspaceId",
    "UserId",
    "OwnerId",
    "GmtCreateTime",
    "GmtModifiedTime",
    "GmtLatestVersionModifiedTime",
}
"""What the server gives out, or what depends on the account."""


def less_made_up(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what is made up, in its version too; that these keys are there is kept."""
    shown: dict[str, Any] = {key: "..." if key in MADE_UP else value for key, value in answer.items()}
    if "LatestVersion" in shown:
        shown["LatestVersion"] = less_made_up(shown["LatestVersion"])
    return shown


@pytest.fixture
def call(registry: Registry) -> Calls:
    return Calls(registry, "sync")


@pytest.fixture
def model_id(call: Calls) -> str:
    """The example, as far as operations can make it."""
    workspace_id = call.new_workspace()
    model = m.CreateModelRequest().from_map({**EXAMPLE, "WorkspaceId": workspace_id}).to_map()
    version = m.CreateModelVersionRequest().from_map(EXAMPLE["LatestVersion"]).to_map()
    del version["VersionName"]  # 0.1.0 is what the server names the first one
    created: str = call.client.create_model(m.CreateModelRequest().from_map(model)).body.model_id
    call.client.create_model_version(created, m.CreateModelVersionRequest().from_map(version))
    return created


def test_the_example_comes_back_but_for_its_provider(call: Calls, model_id: str) -> None:
    found = call("get_model", model_id).to_map()
    assert less_made_up(found) == less_made_up({k: v for k, v in EXAMPLE.items() if k != "Provider"})


def marked(registry: Registry, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What `modelry mark` did, run beside the server by its operator."""
    command = [sys.executable, "-m", "modelry", "mark", "--data", str(registry.folder), *arguments]
    environment = {**os.environ, **databases.environment_of(registry.folder, {})}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, env=environment)


def test_the_example_comes_back_whole_once_the_operator_has_marked_it(
    call: Calls, registry: Registry, model_id: str
) -> None:
    done = marked(registry, model_id, "--provider", "pai")
    assert (done.returncode, done.stderr) == (0, "")
    assert less_made_up(call("get_model", model_id).to_map()) == less_made_up(EXAMPLE)


def test_a_marked_model_is_found_by_provider_from_any_workspace(
    call: Calls, registry: Registry, model_id: str, workspace_id: str
) -> None:
    """The official client always sends its own workspace along with the provider."""
    provider = f"p-{uuid4().hex}"
    marked(registry, model_id, "--provider", provider)
    found = call("list_models", provider=provider, workspace_id=workspace_id)
    assert [model.model_id for model in found.models] == [model_id]


def test_a_marked_model_is_no_longer_listed_among_the_accounts_own(
    call: Calls, registry: Registry, model_id: str
) -> None:
    workspace_id = call("get_model", model_id).workspace_id
    assert call("list_models", workspace_id=workspace_id).total_count == 1
    marked(registry, model_id, "--provider", "pai")
    assert call("list_models", workspace_id=workspace_id).total_count == 0


def test_marking_makes_a_private_model_public(call: Calls, registry: Registry, workspace_id: str) -> None:
    private = call("create_model", model_name="private", workspace_id=workspace_id).model_id
    marked(registry, private, "--provider", "pai")
    assert call("get_model", private).accessibility == "PUBLIC"


def test_an_empty_provider_takes_the_mark_away(call: Calls, registry: Registry, model_id: str) -> None:
    marked(registry, model_id, "--provider", "pai")
    marked(registry, model_id, "--provider", "")
    assert "Provider" not in call("get_model", model_id).to_map()


def test_models_are_found_by_any_of_several_collections(
    call: Calls, registry: Registry, model_id: str, workspace_id: str
) -> None:
    ours, other = f"c-{uuid4().hex}", f"c-{uuid4().hex}"
    marked(registry, model_id, "--provider", "pai", "--collection", ours, "--collection", "shared")
    plain = call("create_model", model_name="plain", workspace_id=workspace_id).model_id
    marked(registry, plain, "--collection", other)
    found = call("list_models", collections=f"{other},{ours},none")
    assert [model.model_id for model in found.models] == [model_id, plain]


def test_marking_an_unknown_model_is_refused(registry: Registry) -> None:
    done = marked(registry, "model-unknown", "--provider", "pai")
    assert (done.returncode, done.stdout) == (1, "")
    assert "model-unknown" in done.stderr


def test_marking_in_a_folder_without_a_registry_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "modelry", "mark", "--data", str(tmp_path), "model-1", "--provider", "pai"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert "no registry" in done.stderr
    assert list(tmp_path.iterdir()) == []
