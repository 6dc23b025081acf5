"""Data sources find what the API finds."""

import json
from uuid import uuid4

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from modelry.testing import Registry
from tests.terraform.workbench import Workbench, needs_terraform

pytestmark = needs_terraform


@pytest.fixture
def bench(tmp_path_factory: pytest.TempPathFactory, modelry_registry: Registry) -> Workbench:
    it = modelry_registry
    return Workbench(tmp_path_factory.mktemp("data") / "bench", it.endpoint, it.access_key_id, it.access_key_secret)


def outputs(bench: Workbench, sources: str, **expressions: str) -> dict[str, object]:
    """What expressions on data sources give."""
    asked = "".join(f'output "{name}" {{\n  value = {text}\n}}\n' for name, text in expressions.items())
    bench.write(f'provider "alicloud" {{}}\n{sources}\n{asked}')
    done = bench.apply()
    assert done.code == 0, done.text
    left = bench.plan()
    assert left.code == 0, left.text
    written = json.loads((bench.folder / "terraform.tfstate").read_text())["outputs"]
    return {name: output["value"] for name, output in written.items()}


def test_one_model(bench: Workbench, modelry_registry: Registry) -> None:
    sdk, name = modelry_registry.sdk(), uuid4().hex
    info = {"rating": 4.94, "covers": ["a"], "text": "t"}
    new = m.CreateModelRequest(model_name=name, domain="nlp", extra_info=info, labels=[m.Label(key="a", value="b")])
    model_id = sdk.create_model(new).body.model_id
    sdk.create_model(m.CreateModelRequest(model_name=f"{name}-2"))
    sources = f"""
data "alicloud_pai_workspace_model" "by_name" {{
  model_name = "{name}"
}}
data "alicloud_pai_workspace_model" "by_id" {{
  model_id = data.alicloud_pai_workspace_model.by_name.id
}}
"""
    found = outputs(
        bench,
        sources,
        by_name="data.alicloud_pai_workspace_model.by_name.id",
        domain="data.alicloud_pai_workspace_model.by_id.domain",
        text="data.alicloud_pai_workspace_model.by_id.extra_info.text",
        rating="data.alicloud_pai_workspace_model.by_id.extra_info.rating",
        json="jsondecode(data.alicloud_pai_workspace_model.by_id.extra_info_json)",
        label="data.alicloud_pai_workspace_model.by_id.labels[0].value",
    )
    assert found == {
        "by_name": model_id,
        "domain": "nlp",
        "text": "t",
        "rating": "4.94",
        "json": info,
        "label": "b",
    }


def test_models_by_filters_and_over_pages(bench: Workbench, modelry_registry: Registry) -> None:
    sdk = modelry_registry.sdk()
    for number in range(120):
        labels = [m.Label(key="even", value="yes")] if number % 2 == 0 else []
        sdk.create_model(m.CreateModelRequest(model_name=f"m{number}", order_number=number, labels=labels))
    sources = """
data "alicloud_pai_workspace_models" "all" {
}
data "alicloud_pai_workspace_models" "some" {
  sort_by = "OrderNumber"
  order   = "DESC"
  tag {
    key   = "even"
    value = "yes"
  }
  conditions {
    column   = "OrderNumber"
    operator = "GreaterThan"
    value    = "113"
  }
}
"""
    some = "data.alicloud_pai_workspace_models.some.models[*]"
    found = outputs(
        bench, sources, count="length(data.alicloud_pai_workspace_models.all.ids)", some=f"{some}.model_name"
    )
    assert found == {"count": 120, "some": ["m118", "m116", "m114"]}


def test_versions_by_name_the_latest_and_the_newest_that_is_approved(
    bench: Workbench, modelry_registry: Registry
) -> None:
    sdk = modelry_registry.sdk()
    model_id = sdk.create_model(m.CreateModelRequest(model_name="it")).body.model_id
    for name, status in (("1.0.0", "Approved"), ("2.0.0", "Approved"), ("3.0.0", "Pending")):
        sdk.create_model_version(
            model_id, m.CreateModelVersionRequest(version_name=name, uri=f"oss://b.c/{name}", approval_status=status)
        )
    kind = "alicloud_pai_workspace_model_version"
    rows = {"named": 'version_name = "1.0.0"', "latest": 'version_name = "latest"'}
    rows |= {"newest": "", "approved": 'approval_status = "Approved"'}
    sources = "".join(f'data "{kind}" "{n}" {{\n  model_id = "{model_id}"\n  {row}\n}}\n' for n, row in rows.items())
    sources += f'data "{kind}s" "all" {{\n  model_id = "{model_id}"\n}}\n'
    expressions = {name: f"data.{kind}.{name}.uri" for name in rows}
    expressions["all"] = f"data.{kind}s.all.versions[*].version_name"
    expressions["id"] = f"data.{kind}.latest.id"
    assert outputs(bench, sources, **expressions) == {
        "named": "oss://b.c/1.0.0",
        "latest": "oss://b.c/3.0.0",
        "newest": "oss://b.c/3.0.0",
        "approved": "oss://b.c/2.0.0",
        "all": ["1.0.0", "2.0.0", "3.0.0"],
        "id": f"{model_id}:3.0.0",
    }


def test_workspaces_and_members(bench: Workbench, modelry_registry: Registry) -> None:
    sdk = modelry_registry.sdk()
    new = m.CreateWorkspaceRequest(workspace_name="found", description="d", env_types=["prod"])
    workspace_id = sdk.create_workspace(new).body.workspace_id
    member = m.CreateMemberRequestMembers(user_id="20777", roles=["PAI.LabelManager"])
    sdk.create_member(workspace_id, m.CreateMemberRequest(members=[member]))
    sources = """
data "alicloud_pai_workspace_workspaces" "it" {
  workspace_name = "found"
}
data "alicloud_pai_workspace_members" "it" {
  workspace_id = data.alicloud_pai_workspace_workspaces.it.ids[0]
  roles        = ["PAI.LabelManager"]
}
"""
    found = outputs(
        bench,
        sources,
        workspace="data.alicloud_pai_workspace_workspaces.it.workspaces[0].workspace_id",
        users="data.alicloud_pai_workspace_members.it.members[*].user_id",
        ids="data.alicloud_pai_workspace_members.it.ids",
    )
    assert found == {"workspace": workspace_id, "users": ["20777"], "ids": [f"{workspace_id}:{workspace_id}-20777"]}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('model_name = "nobody"', "0 found"),
        ('query = "m"', "2 found"),
        ('model_id = "model-of-nobody"', "does not exist"),
        ('sort_by = "Colour"', "Colour"),
    ],
)
def test_what_does_not_lead_to_one_model_is_an_error(
    bench: Workbench, modelry_registry: Registry, arguments: str, said: str
) -> None:
    for name in ("m1", "m2"):
        modelry_registry.sdk().create_model(m.CreateModelRequest(model_name=name))
    bench.write(f'provider "alicloud" {{}}\ndata "alicloud_pai_workspace_model" "it" {{\n  {arguments}\n}}\n')
    done = bench.plan()
    assert done.code == 1
    assert said in done.text
