"""Every operation on models and their labels, through the official SDK in each of its four ways."""

from typing import Any
from uuid import uuid4

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests.contract.calls import Calls
from tests.contract.signed_calls import EVERY_WAY, signed_calls
from tests.likeness import A_MODEL_ID, A_TIME
from tests.registry import Registry

CHECKPOINT: dict[str, Any] = {
    "accessibility": "PUBLIC",
    "domain": "aigc",
    "extra_info": {"RatingCount": 2866, "Rating": 4.94, "CoverUris": ["https://example.com/封面.png"], "None": None},
    "labels": [m.Label(key="z", value="SD 1.5"), m.Label(key="a", value="b c")],
    "model_description": "文生图 model & more <b>",
    "model_doc": "https://example.com/readme.md",
    "model_type": "Checkpoint",
    "order_number": 7,
    "origin": "Civitai",
    "parameter_size": 3000,
    "task": "text-to-image-synthesis",
}


@pytest.fixture(params=EVERY_WAY)
def call(registry: Registry, request: pytest.FixtureRequest) -> Calls:
    return signed_calls(registry, request.param)


@pytest.fixture
def name() -> str:
    return f"情感 {uuid4().hex}"


def expected(call: Calls, **fields: object) -> dict[str, Any]:
    """CHECKPOINT as GetModel shows it, with some fields changed."""
    return {
        "ModelId": A_MODEL_ID,
        "GmtCreateTime": A_TIME,
        "GmtModifiedTime": A_TIME,
        "UserId": call.account_id,
        "OwnerId": call.account_id,
        "Accessibility": "PUBLIC",
        "Domain": "aigc",
        "ExtraInfo": CHECKPOINT["extra_info"],
        "Labels": [{"Key": "z", "Value": "SD 1.5"}, {"Key": "a", "Value": "b c"}],
        "ModelDescription": "文生图 model & more <b>",
        "ModelDoc": "https://example.com/readme.md",
        "ModelType": "Checkpoint",
        "OrderNumber": 7,
        "Origin": "Civitai",
        "ParameterSize": 3000,
        "Task": "text-to-image-synthesis",
        **fields,
    }


def test_create_model_answers_the_id_alone(call: Calls, workspace_id: str, name: str) -> None:
    created = call.seen("create_model", model_name=name, workspace_id=workspace_id, **CHECKPOINT)
    assert created == {"ModelId": A_MODEL_ID}


def test_get_model_answers_every_field_that_was_given(call: Calls, workspace_id: str, name: str) -> None:
    model_id = call("create_model", model_name=name, workspace_id=workspace_id, **CHECKPOINT).model_id
    found = call.seen("get_model", model_id)
    assert found == expected(call, ModelId=model_id, ModelName=name, WorkspaceId=workspace_id)
    assert found["GmtModifiedTime"] == found["GmtCreateTime"]


def test_get_model_answers_no_field_that_was_not_given(call: Calls, name: str) -> None:
    """But for visibility, which is PRIVATE, labels, of which there are none, and the default workspace."""
    model_id = call("create_model", model_name=name).model_id
    assert call.seen("get_model", model_id) == {
        "ModelId": model_id,
        "ModelName": name,
        "Accessibility": "PRIVATE",
        "GmtCreateTime": A_TIME,
        "GmtModifiedTime": A_TIME,
        "Labels": [],
        "OwnerId": call.account_id,
        "UserId": call.account_id,
        "WorkspaceId": call("get_default_workspace").workspace_id,
    }


def test_get_model_shows_the_latest_version_whole(call: Calls, workspace_id: str, name: str) -> None:
    model_id = call("create_model", model_name=name, workspace_id=workspace_id).model_id
    version_name = call("create_model_version", model_id, uri="oss://b.e/p/", metrics={"cer": 0.175}).version_name
    found = call.seen("get_model", model_id)
    version = call.seen("get_model_version", model_id, version_name)
    assert found["LatestVersion"] == version
    assert found["GmtLatestVersionModifiedTime"] == version["GmtModifiedTime"]


def test_list_models_shows_labels_as_tags_too(call: Calls, workspace_id: str, name: str) -> None:
    model_id = call("create_model", model_name=name, workspace_id=workspace_id, **CHECKPOINT).model_id
    shown = expected(call, ModelId=model_id, ModelName=name, WorkspaceId=workspace_id)
    assert call.seen("list_models", workspace_id=workspace_id) == {
        "Models": [{**shown, "Tags": shown["Labels"]}],
        "TotalCount": 1,
    }


def test_list_models_takes_every_parameter_at_once(call: Calls, workspace_id: str, name: str) -> None:
    wanted = call("create_model", model_name=name, workspace_id=workspace_id, **CHECKPOINT).model_id
    call("create_model", model_name=f"{name} b", workspace_id=workspace_id, **{**CHECKPOINT, "parameter_size": 4000})
    found = call(
        "list_models",
        conditions=[m.ListModelsRequestConditions(column="ParameterSize", operator="LessThan", value="4000")],
        domain="aigc",
        label="sd 1",
        model_name=name[:20],
        model_type="Checkpoint",
        order="DESC",
        origin="Civitai",
        page_number=1,
        page_size=50,
        query="TEXT-to-image",
        sort_by="GmtCreateTime",
        tag=[m.ListModelsRequestTag(key="a", value="b c")],
        task="text-to-image-synthesis",
        workspace_id=workspace_id,
    )
    assert [model.model_id for model in found.models] == [wanted]


def test_update_model_changes_what_is_given(call: Calls, workspace_id: str, name: str) -> None:
    model_id = call("create_model", model_name=name, workspace_id=workspace_id, **CHECKPOINT).model_id
    changes = {
        "accessibility": "PRIVATE",
        "domain": "cv",
        "extra_info": {"test": 15},
        "model_description": "another",
        "model_doc": "https://example.com/other.md",
        "model_name": f"{name} renamed",
        "model_type": "LoRA",
        "order_number": 0,
        "origin": "ModelScope",
        "parameter_size": 1,
        "task": "detection",
    }
    assert call.seen("update_model", model_id, **changes) == {}
    assert call.seen("get_model", model_id) == expected(
        call,
        ModelId=model_id,
        WorkspaceId=workspace_id,
        Accessibility="PRIVATE",
        Domain="cv",
        ExtraInfo={"test": 15},
        ModelDescription="another",
        ModelDoc="https://example.com/other.md",
        ModelName=f"{name} renamed",
        ModelType="LoRA",
        OrderNumber=0,
        Origin="ModelScope",
        ParameterSize=1,
        Task="detection",
    )


def test_update_model_keeps_what_is_not_given(call: Calls, workspace_id: str, name: str) -> None:
    model_id = call("create_model", model_name=name, workspace_id=workspace_id, **CHECKPOINT).model_id
    call("update_model", model_id, order_number=8)
    found = call.seen("get_model", model_id)
    assert found == expected(call, ModelId=model_id, ModelName=name, WorkspaceId=workspace_id, OrderNumber=8)


def test_delete_model_leaves_nothing_to_get(call: Calls, workspace_id: str, name: str) -> None:
    model_id = call("create_model", model_name=name, workspace_id=workspace_id).model_id
    assert call.seen("delete_model", model_id) == {}
    with call.refused() as refusal:
        call("get_model", model_id)
    assert (refusal.status, refusal.code) == (404, "201900002")


def test_create_model_labels_overwrites_in_place_and_appends(call: Calls, workspace_id: str, name: str) -> None:
    model_id = call("create_model", model_name=name, workspace_id=workspace_id, **CHECKPOINT).model_id
    labels = [m.Label(key="new", value="1"), m.Label(key="z", value="SD XL")]
    assert call.seen("create_model_labels", model_id, labels=labels) == {}
    assert call.seen("get_model", model_id)["Labels"] == [
        {"Key": "z", "Value": "SD XL"},
        {"Key": "a", "Value": "b c"},
        {"Key": "new", "Value": "1"},
    ]


def test_delete_model_labels_takes_off_the_named_ones(call: Calls, workspace_id: str, name: str) -> None:
    model_id = call("create_model", model_name=name, workspace_id=workspace_id, **CHECKPOINT).model_id
    assert call.seen("delete_model_labels", model_id, label_keys="z,unknown") == {}
    assert call.seen("get_model", model_id)["Labels"] == [{"Key": "a", "Value": "b c"}]
