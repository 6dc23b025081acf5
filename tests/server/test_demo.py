"""`modelry serve --demo`: realistic models, as the API itself makes them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_aiworkspace20210204.client import Client

from tests.registry import Registry, running


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("demo") / "data", "--demo") as server:
        yield server


@pytest.fixture
def client(demo: Registry) -> Client:
    return demo.sdk()


def _models(client: Client, **wanted: Any) -> dict[str, Any]:  # noqa: ANN401  filters of every type
    body = client.list_models(m.ListModelsRequest(page_size=50, **wanted)).body
    assert body.total_count == len(body.models)
    return {model.model_name: model for model in body.models}


def test_a_checkpoint_from_civitai_has_labels_and_cover_images(client: Client) -> None:
    (model,) = _models(client, origin="Civitai", model_type="Checkpoint").values()
    assert (model.domain, model.task) == ("aigc", "text-to-image-synthesis")
    assert {(label.key, label.value) for label in model.labels} >= {("base_model", "SD 1.5")}
    assert model.extra_info["Rating"] == 4.94
    assert len(model.extra_info["CoverUris"]) == 2
    assert model.latest_version.version_name == "8.0.0"


def test_a_text_classifier_has_three_versions_with_metrics_for_each_dataset(client: Client) -> None:
    model = _models(client)["情感分析"]
    versions = client.list_model_versions(model.model_id, m.ListModelVersionsRequest()).body.versions
    assert [(v.version_name, v.approval_status) for v in versions] == [
        ("0.1.0", "Rejected"),
        ("0.2.0", "Approved"),
        ("0.3.0", "Pending"),
    ]
    for version in versions:
        datasets = [result["Dataset"] for result in version.metrics["Results"]]
        assert len(datasets) == 2
        assert version.inference_spec == {"processor": "tensorflow_gpu_1.12"}
    assert (model.origin, model.domain) == ("ModelScope", "nlp")


def test_a_provider_has_a_public_model_in_a_collection(client: Client) -> None:
    public = _models(client, provider="pai")
    assert public.keys() == _models(client, collections="QuickStart").keys()
    (model,) = public.values()
    assert (model.provider, model.accessibility) == ("pai", "PUBLIC")
    assert model.model_name not in _models(client)


def test_a_workspace_for_development_and_production_has_two_members(client: Client) -> None:
    found = client.list_workspaces(m.ListWorkspacesRequest(workspace_name="vision_lab")).body.workspaces
    (workspace,) = found
    assert sorted(workspace.env_types) == ["dev", "prod"]
    members = client.list_members(workspace.workspace_id, m.ListMembersRequest()).body.members
    assert len(members) == 3  # its owner is one
    assert len(_models(client, workspace_id=workspace.workspace_id)) == 2


def test_a_second_start_adds_nothing(tmp_path: Path) -> None:
    names: list[list[str]] = []
    for _ in range(2):
        with running(tmp_path / "data", "--demo") as server:
            names.append(sorted(_models(server.sdk())))
    assert names[0] == names[1]


def test_models_that_were_deleted_come_back_into_the_same_workspace(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--demo") as server:
        client = server.sdk()
        for model in (*_models(client).values(), *_models(client, provider="pai").values()):
            client.delete_model(model.model_id, m.DeleteModelRequest())
    with running(tmp_path / "data", "--demo") as server:
        assert len(_models(server.sdk())) == 4
        assert server.sdk().list_workspaces(m.ListWorkspacesRequest()).body.total_count == 2


def test_a_registry_with_a_model_of_its_own_stays_as_it_is(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        server.sdk().create_model(m.CreateModelRequest(model_name="ours"))
    with running(tmp_path / "data", "--demo") as server:
        assert list(_models(server.sdk())) == ["ours"]


def test_no_address_belongs_to_somebody() -> None:
    text = (Path(__file__).parents[2] / "src/modelry/server/demo.json").read_text()
    hosts = {word.split("/")[2] for word in json.dumps(json.loads(text)).replace('"', " ").split() if "://" in word}
    assert all("*" in host or host.startswith(("example-bucket.", "example.com")) for host in hosts)
