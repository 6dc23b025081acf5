"""Every attribute, given, changed and taken out again: the server follows, and nothing is left to plan."""

import json
from typing import Any
from uuid import uuid4

from alibabacloud_aiworkspace20210204 import models as m

from tests.registry import Registry
from tests.terraform.workbench import CONFIG, MEMBER, MODEL, VERSION, WORKSPACE, Workbench, needs_terraform

pytestmark = needs_terraform

ONE_LABEL = [{"key": "a", "value": "1"}]
OTHER_LABELS = [{"key": "c", "value": "3"}, {"key": "a", "value": "2"}, {"key": "b", "value": "x y"}]
NESTED, OTHER_NESTED = json.dumps({"a": {"b": [1, 2.5, None]}}), json.dumps({"a": True, "c": "d"})

# Attribute: one value, another, and the answer's field with what it holds for the two and after it was taken out.
Row = tuple[str, Any, Any, str, Any, Any, Any]

MODEL_ROWS: tuple[Row, ...] = (
    ("accessibility", "PUBLIC", "PRIVATE", "Accessibility", "PUBLIC", "PRIVATE", "PRIVATE"),
    ("domain", "nlp", "cv", "Domain", "nlp", "cv", ""),
    ("model_description", "one", "two\nlines 模型", "ModelDescription", "one", "two\nlines 模型", ""),
    ("model_doc", "https://a/1", "https://a/2", "ModelDoc", "https://a/1", "https://a/2", ""),
    ("model_type", "LoRA", "Checkpoint", "ModelType", "LoRA", "Checkpoint", ""),
    ("order_number", 7, "9", "OrderNumber", 7, 9, 0),
    ("origin", "ModelScope", "HuggingFace", "Origin", "ModelScope", "HuggingFace", ""),
    ("parameter_size", 7000, 13000, "ParameterSize", 7000, 13000, 0),
    ("task", "a", "b", "Task", "a", "b", ""),
    ("extra_info", {"test": "15"}, {"x": "y", "z": ""}, "ExtraInfo", {"test": "15"}, {"x": "y", "z": ""}, {}),
    ("extra_info_json", NESTED, OTHER_NESTED, "ExtraInfo", json.loads(NESTED), json.loads(OTHER_NESTED), {}),
    ("labels", ONE_LABEL, OTHER_LABELS, "Labels", ONE_LABEL, OTHER_LABELS, []),
    ("tag", OTHER_LABELS, ONE_LABEL, "Labels", OTHER_LABELS, ONE_LABEL, []),
)
OBJECTS = {
    "extra_info": "ExtraInfo",
    "metrics": "Metrics",
    "training_spec": "TrainingSpec",
    "inference_spec": "InferenceSpec",
    "evaluation_spec": "EvaluationSpec",
    "compression_spec": "CompressionSpec",
    "distillation_spec": "DistillationSpec",
}
VERSION_ROWS: tuple[Row, ...] = (
    ("version_description", "one", "two", "VersionDescription", "one", "two", ""),
    ("options", '{"a": 1}', "anything", "Options", '{"a": 1}', "anything", ""),
    ("source_id", "job-1", "job-2", "SourceId", "job-1", "job-2", ""),
    ("source_type", "PAIFlow", "TrainingService", "SourceType", "PAIFlow", "TrainingService", "Custom"),
    ("approval_status", "Pending", "Approved", "ApprovalStatus", "Pending", "Approved", "Approved"),
    ("labels", ONE_LABEL, OTHER_LABELS, "Labels", ONE_LABEL, OTHER_LABELS, []),
    *(
        (name, {"a": "1"}, {"a": "2", "b": ""}, wire, {"a": "1"}, {"a": "2", "b": ""}, {})
        for name, wire in OBJECTS.items()
    ),
    *(
        (f"{name}_json", NESTED, OTHER_NESTED, wire, json.loads(NESTED), json.loads(OTHER_NESTED), {})
        for name, wire in OBJECTS.items()
    ),
)


def test_every_attribute_of_a_model(bench: Workbench, registry: Registry) -> None:
    """One model an attribute, so that each changes alone."""
    name = uuid4().hex[:8]

    def model(row: Row, step: int) -> dict[str, Any]:
        return {"model_name": f"{name}-{row[0]}", **({row[0]: row[step]} if step else {})}

    for step in (0, 1, 2, 0, 1):
        bench.applied({f"{MODEL}.{row[0]}": model(row, step) for row in MODEL_ROWS})
        for row in MODEL_ROWS:
            found = registry.sdk().get_model(bench.state[f"{MODEL}.{row[0]}"]["id"], m.GetModelRequest()).body.to_map()
            assert _shown(found, row[3]) == (row[4], row[5], row[6])[step - 1], (row[0], step)


def test_every_attribute_of_a_version(bench: Workbench, registry: Registry) -> None:
    model = {"model_name": uuid4().hex}

    def version(row: Row, step: int) -> dict[str, Any]:
        return {"model_id": f"${{{MODEL}.m.id}}", "uri": f"oss://b.c/{row[0]}", **({row[0]: row[step]} if step else {})}

    for step in (0, 1, 2, 0):
        bench.applied({f"{MODEL}.m": model} | {f"{VERSION}.{row[0]}": version(row, step) for row in VERSION_ROWS})
        for row in VERSION_ROWS if step else ():
            model_id, _, version_name = bench.state[f"{VERSION}.{row[0]}"]["id"].partition(":")
            found = registry.sdk().get_model_version(model_id, version_name, m.GetModelVersionRequest()).body.to_map()
            assert _shown(found, row[3]) == (row[4], row[5])[step - 1], (row[0], step)
    for row in VERSION_ROWS:
        model_id, _, version_name = bench.state[f"{VERSION}.{row[0]}"]["id"].partition(":")
        found = registry.sdk().get_model_version(model_id, version_name, m.GetModelVersionRequest()).body.to_map()
        assert _shown(found, row[3]) == row[6], row[0]


def test_every_attribute_of_a_workspace_a_member_and_a_configuration(bench: Workbench, registry: Registry) -> None:
    name = f"w{uuid4().hex[:10]}"
    key = uuid4().hex[:8]
    base = {"workspace_name": name, "description": "d", "env_types": ["prod"]}
    for workspace, roles, value in (
        ({}, ["PAI.AlgoDeveloper"], "1"),
        ({"display_name": "Shown"}, ["PAI.AlgoOperator", "PAI.LabelManager"], "2"),
        ({"display_name": "Shown", "description": "other"}, ["PAI.LabelManager", "PAI.AlgoDeveloper"], "3"),
        ({"resource_group_id": "rg-abc"}, ["PAI.AlgoDeveloper"], ""),
    ):
        bench.applied(
            {
                f"{WORKSPACE}.w": base | workspace,
                f"{MEMBER}.m": {"workspace_id": f"${{{WORKSPACE}.w.id}}", "user_id": "20123", "roles": roles},
                f"{CONFIG}.c": {"category_name": "DataPrivacyConfig", "config_key": key, "config_value": value},
            }
        )
        state = bench.state
        found = registry.sdk().get_workspace(state[f"{WORKSPACE}.w"]["id"], m.GetWorkspaceRequest()).body
        assert found.display_name == workspace.get("display_name", name)
        assert found.description == workspace.get("description", "d")
        assert set(state[f"{MEMBER}.m"]["roles"]) == set(roles)
        assert state[f"{CONFIG}.c"]["config_value"] == value
    assert found.resource_group_id == "rg-abc"


def _shown(answer: dict[str, Any], field: str) -> Any:  # noqa: ANN401  any value
    """A field in the form of the rows; what is absent is empty."""
    value = answer.get(field)
    if field == "Labels":
        return [{"key": label["Key"], "value": label["Value"]} for label in value or []]
    empty: Any = (
        {} if field in {"ExtraInfo", *OBJECTS.values()} else 0 if field in {"OrderNumber", "ParameterSize"} else ""
    )
    return empty if value is None else value
