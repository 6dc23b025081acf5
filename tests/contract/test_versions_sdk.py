"""Every operation on versions and their labels, through the official SDK in each of its four ways."""

from typing import Any
from uuid import uuid4

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests.contract.calls import Calls
from tests.contract.signed_calls import EVERY_WAY, signed_calls
from tests.likeness import A_TIME
from tests.registry import Registry

FULL: dict[str, Any] = {
    "approval_status": "Pending",
    "compression_spec": {"algorithm": "int8", "deep": {"a": [1, 2.5, None, True]}},
    "distillation_spec": {"teacher": "big"},
    "evaluation_spec": {},
    "extra_info": {"TrainedWords": ["albedo_overlord"]},
    "format_type": "SavedModel",
    "framework_type": "PyTorch",
    "inference_spec": {"processor": "tensorflow_gpu_1.12"},
    "labels": [m.Label(key="k2", value="v2"), m.Label(key="k1", value="")],
    "metrics": {"Results": [{"Dataset": {"DatasetId": "d-1"}, "Metrics": {"cer": 0.175}}]},
    "options": '{ "spaced" : true }',
    "source_id": "region=${region},workspaceId=1,kind=TrainingJob,id=job",
    "source_type": "TrainingService",
    "training_spec": {"epochs": "3"},
    "uri": "oss://bucket.oss-cn-hangzhou.aliyuncs.com/路径/",
    "version_description": "描述",
    "version_name": "2.3.4_beta",
}
SHOWN: dict[str, Any] = {
    "ApprovalStatus": "Pending",
    "CompressionSpec": FULL["compression_spec"],
    "DistillationSpec": {"teacher": "big"},
    "EvaluationSpec": {},
    "ExtraInfo": {"TrainedWords": ["albedo_overlord"]},
    "FormatType": "SavedModel",
    "FrameworkType": "PyTorch",
    "GmtCreateTime": A_TIME,
    "GmtModifiedTime": A_TIME,
    "InferenceSpec": {"processor": "tensorflow_gpu_1.12"},
    "Labels": [{"Key": "k2", "Value": "v2"}, {"Key": "k1", "Value": ""}],
    "Metrics": FULL["metrics"],
    "Options": '{ "spaced" : true }',
    "SourceId": "region=${region},workspaceId=1,kind=TrainingJob,id=job",
    "SourceType": "TrainingService",
    "TrainingSpec": {"epochs": "3"},
    "Uri": "oss://bucket.oss-cn-hangzhou.aliyuncs.com/路径/",
    "VersionDescription": "描述",
    "VersionName": "2.3.4_beta",
}


@pytest.fixture(params=EVERY_WAY)
def call(registry: Registry, request: pytest.FixtureRequest) -> Calls:
    return signed_calls(registry, request.param)


@pytest.fixture
def model_id(call: Calls) -> str:
    created: str = call("create_model", model_name=uuid4().hex).model_id
    return created


def shown(call: Calls, **changes: object) -> dict[str, Any]:
    """FULL as GetModelVersion shows it, with some fields changed."""
    return {**SHOWN, "UserId": call.account_id, "OwnerId": call.account_id, **changes}


def test_create_model_version_answers_the_name_alone(call: Calls, model_id: str) -> None:
    assert call.seen("create_model_version", model_id, **FULL) == {"VersionName": "2.3.4_beta"}


def test_get_model_version_answers_every_field_that_was_given(call: Calls, model_id: str) -> None:
    call("create_model_version", model_id, **FULL)
    found = call.seen("get_model_version", model_id, "2.3.4_beta")
    assert found == shown(call)
    assert found["GmtModifiedTime"] == found["GmtCreateTime"]


def test_get_model_version_answers_the_documented_defaults(call: Calls, model_id: str) -> None:
    call("create_model_version", model_id, uri="oss://b.e/p/")
    assert call.seen("get_model_version", model_id, "0.1.0") == {
        "ApprovalStatus": "Pending",
        "GmtCreateTime": A_TIME,
        "GmtModifiedTime": A_TIME,
        "Labels": [],
        "OwnerId": call.account_id,
        "SourceType": "Custom",
        "Uri": "oss://b.e/p/",
        "UserId": call.account_id,
        "VersionName": "0.1.0",
    }


def test_list_model_versions_answers_whole_versions(call: Calls, model_id: str) -> None:
    call("create_model_version", model_id, uri="oss://b.e/p/")
    call("create_model_version", model_id, **FULL)
    bare = call.seen("get_model_version", model_id, "0.1.0")
    assert call.seen("list_model_versions", model_id) == {"Versions": [bare, shown(call)], "TotalCount": 2}


def test_list_model_versions_takes_every_parameter_at_once(call: Calls, model_id: str) -> None:
    call("create_model_version", model_id, **FULL)
    call("create_model_version", model_id, **{**FULL, "version_name": "2.3.5"})
    found = call.seen(
        "list_model_versions",
        model_id,
        approval_status="Pending",
        format_type="SavedModel",
        framework_type="PyTorch",
        label="K2",
        order="DESC",
        page_number=1,
        page_size=50,
        sort_by="GmtCreateTime",
        source_id=FULL["source_id"],
        source_type="TrainingService",
        version_name="2.3.4_beta",
    )
    assert found == {"Versions": [shown(call)], "TotalCount": 1}


def test_update_model_version_changes_what_is_given(call: Calls, model_id: str) -> None:
    call("create_model_version", model_id, **FULL)
    changes = {
        "approval_status": "Approved",
        "compression_spec": {"algorithm": "fp8"},
        "distillation_spec": {},
        "evaluation_spec": {"suite": "x"},
        "extra_info": {"test": "ExtraInfo"},
        "inference_spec": {"test": "i"},
        "metrics": {"test": "Metrics"},
        "options": "not JSON at all",
        "source_id": "test",
        "source_type": "PAIFlow",
        "training_spec": {"test": "t"},
        "version_description": "",
    }
    assert call.seen("update_model_version", model_id, "2.3.4_beta", **changes) == {}
    assert call.seen("get_model_version", model_id, "2.3.4_beta") == shown(
        call,
        ApprovalStatus="Approved",
        CompressionSpec={"algorithm": "fp8"},
        DistillationSpec={},
        EvaluationSpec={"suite": "x"},
        ExtraInfo={"test": "ExtraInfo"},
        InferenceSpec={"test": "i"},
        Metrics={"test": "Metrics"},
        Options="not JSON at all",
        SourceId="test",
        SourceType="PAIFlow",
        TrainingSpec={"test": "t"},
        VersionDescription="",
    )


def test_update_model_version_keeps_what_is_not_given(call: Calls, model_id: str) -> None:
    call("create_model_version", model_id, **FULL)
    call("update_model_version", model_id, "2.3.4_beta", version_description="new")
    assert call.seen("get_model_version", model_id, "2.3.4_beta") == shown(call, VersionDescription="new")


def test_delete_model_version_leaves_nothing_to_get(call: Calls, model_id: str) -> None:
    call("create_model_version", model_id, **FULL)
    assert call.seen("delete_model_version", model_id, "2.3.4_beta") == {}
    with call.refused() as refusal:
        call("get_model_version", model_id, "2.3.4_beta")
    assert (refusal.status, refusal.code) == (404, "201900003")


def test_create_model_version_labels_overwrites_in_place_and_appends(call: Calls, model_id: str) -> None:
    call("create_model_version", model_id, **FULL)
    labels = [m.Label(key="new", value="1"), m.Label(key="k2", value="v2b")]
    assert call.seen("create_model_version_labels", model_id, "2.3.4_beta", labels=labels) == {}
    assert call.seen("get_model_version", model_id, "2.3.4_beta")["Labels"] == [
        {"Key": "k2", "Value": "v2b"},
        {"Key": "k1", "Value": ""},
        {"Key": "new", "Value": "1"},
    ]


def test_delete_model_version_labels_takes_off_the_named_ones(call: Calls, model_id: str) -> None:
    call("create_model_version", model_id, **FULL)
    assert call.seen("delete_model_version_labels", model_id, "2.3.4_beta", label_keys="k1,unknown") == {}
    found = call.seen("get_model_version", model_id, "2.3.4_beta")
    assert found["Labels"] == [{"Key": "k2", "Value": "v2"}]


def test_a_version_of_an_unknown_model_is_answered_by_the_models_code(call: Calls) -> None:
    with call.refused() as refusal:
        call("get_model_version", "model-unknown", "0.1.0")
    assert (refusal.status, refusal.code) == (404, "201900002")
