"""What official cores of other languages get for a whole life cycle: each core with each signature that it knows."""

import pytest

from tests.clients.conftest import Lived
from tests.clients.life_cycle import EXTRA_INFO, LABELS, TEXT, TRAINING_SPEC, USER_ID
from tests.likeness import A_MODEL_ID, A_REQUEST_ID, A_TIME

pytestmark = pytest.mark.clients

REFUSED = {
    "GetMember deleted": (404, "100600006"),
    "GetModelVersion odd name": (404, "201900003"),
    "GetModelVersion deleted": (404, "201900003"),
    "GetModel deleted": (404, "201900002"),
    "unknown model": (404, "201900002"),
    "not offered": (400, "UnsupportedOperation"),
    "wrong secret": (400, "SignatureDoesNotMatch"),
}


def test_everything_else_succeeds(lived: Lived) -> None:
    failed = {name: lived.refusal(name) for name, outcome in lived.outcomes.items() if outcome.status != 200}
    assert failed == REFUSED


def test_every_answer_has_a_request_id(lived: Lived) -> None:
    assert {name for name, outcome in lived.outcomes.items() if outcome.body["RequestId"] != A_REQUEST_ID} == set()


def test_a_refusal_carries_the_message_of_the_server(lived: Lived) -> None:
    outcome = lived.outcomes["unknown model"]
    assert outcome.body["Message"] == "The model model-0000000000000000 does not exist."
    assert outcome.body["Message"] in outcome.message


def test_a_name_in_the_path_arrives_as_it_was_given(lived: Lived) -> None:
    assert lived.outcomes["GetModelVersion odd name"].body["Message"].endswith("has no version a b*~+é:(1).")


@pytest.mark.parametrize("name", ["not offered", "wrong secret"])
def test_a_refusal_is_not_repeated(lived: Lived, name: str) -> None:
    """By clients that are told to repeat the faults of a server."""
    request_id = lived.outcomes[name].body["RequestId"]
    lines = lived.registry.log_lines()
    (sent,) = [line for line in lines if line.get("RequestId") == request_id]
    assert len([line for line in lines if (line.get("Path"), line.get("Code")) == (sent["Path"], sent["Code"])]) == 1


def test_the_workspace_is_shown_as_it_was_created(lived: Lived) -> None:
    found = lived.answer("GetWorkspace")
    assert found["WorkspaceId"] == lived.answer("CreateWorkspace")["WorkspaceId"]
    assert (found["Description"], found["EnvTypes"]) == ("工作空间 <&>", ["dev", "prod"])
    assert (found["Status"], found["IsDefault"]) == ("ENABLED", False)


def test_a_member_is_shown_with_both_roles(lived: Lived) -> None:
    found = lived.answer("GetMember")
    assert found["MemberId"] == f"{lived.answer('GetWorkspace')['WorkspaceId']}-{USER_ID}"
    assert (found["UserId"], found["Roles"]) == (USER_ID, ["PAI.AlgoDeveloper", "PAI.LabelManager"])


def test_members_are_listed_by_any_of_two_roles(lived: Lived) -> None:
    found = lived.answer("ListMembers")
    assert (found["TotalCount"], [member["UserId"] for member in found["Members"]]) == (1, [USER_ID])


def test_a_configuration_is_shown_as_it_was_written(lived: Lived) -> None:
    found = lived.answer("GetConfig")
    assert (found["ConfigValue"], found["Labels"]) == ("oss://b/路径 <&>", [{"Key": "a", "Value": "1"}])
    assert [config["ConfigValue"] for config in lived.answer("ListConfigs")["Configs"]] == ["oss://b/路径 <&>"]


def test_the_model_is_shown_as_it_was_created(lived: Lived) -> None:
    found = lived.answer("GetModel")
    assert found == {
        "RequestId": A_REQUEST_ID,
        "ModelId": A_MODEL_ID,
        "WorkspaceId": lived.answer("GetWorkspace")["WorkspaceId"],
        "ModelName": "情感 analysis",
        "ModelDescription": TEXT,
        "ExtraInfo": EXTRA_INFO,
        "Labels": LABELS,
        "ParameterSize": 3000,
        "OrderNumber": 0,
        "Domain": "",
        "Accessibility": "PRIVATE",
        "GmtCreateTime": A_TIME,
        "GmtModifiedTime": A_TIME,
        "OwnerId": lived.registry.account_id,
        "UserId": lived.registry.account_id,
    }


@pytest.mark.parametrize("name", ["ListModels", "ListModels empty values"])
def test_the_model_is_found(lived: Lived, name: str) -> None:
    """By all filters at once, and by filters that are empty."""
    found = lived.answer(name)
    model = {key: value for key, value in lived.answer("GetModel").items() if key != "RequestId"}
    assert (found["TotalCount"], found["Models"]) == (1, [{**model, "Tags": LABELS}])


def test_the_model_is_not_found_by_a_tag_that_it_lacks(lived: Lived) -> None:
    assert lived.answer("ListModels another tag")["Models"] == []


def test_an_update_of_the_model_changes_what_it_names(lived: Lived) -> None:
    before, after = lived.answer("GetModel"), lived.answer("GetModel updated")
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert changed - {"RequestId", "GmtModifiedTime"} == {"ModelDescription", "ExtraInfo", "Labels"}
    assert (after["ModelDescription"], after["ExtraInfo"]) == ("a>b", {"n": {"m": 1}})


def test_labels_of_the_model_are_taken_and_added(lived: Lived) -> None:
    labels = [{"Key": "z", "Value": "SD 1.5"}, {"Key": "k&", "Value": "<v>"}]
    assert lived.answer("GetModel updated")["Labels"] == labels


def test_versions_are_numbered_or_named(lived: Lived) -> None:
    assert lived.answer("CreateModelVersion")["VersionName"] == "0.1.0"
    assert lived.answer("CreateModelVersion explicit")["VersionName"] == "1.0.0_rc"


def test_the_version_is_shown_as_it_was_created(lived: Lived) -> None:
    assert lived.answer("GetModelVersion") == {
        "RequestId": A_REQUEST_ID,
        "VersionName": "1.0.0_rc",
        "Uri": "oss://bucket.endpoint/路径/a b?c=<d>&e",
        "TrainingSpec": TRAINING_SPEC,
        "Options": '{"a": "<&>"}',
        "Labels": LABELS,
        "ApprovalStatus": "Pending",
        "SourceType": "Custom",
        "GmtCreateTime": A_TIME,
        "GmtModifiedTime": A_TIME,
        "OwnerId": lived.registry.account_id,
        "UserId": lived.registry.account_id,
    }


def test_versions_are_listed_by_label(lived: Lived) -> None:
    found = lived.answer("ListModelVersions")
    version = {key: value for key, value in lived.answer("GetModelVersion").items() if key != "RequestId"}
    assert (found["TotalCount"], found["Versions"]) == (1, [version])


def test_the_version_is_approved_and_has_other_labels(lived: Lived) -> None:
    found = lived.answer("GetModelVersion updated")
    assert (found["ApprovalStatus"], found["Labels"]) == ("Approved", [{"Key": "k", "Value": ""}])
