"""A change is decided on what an object becomes too: nobody writes their way around a condition."""

import pytest

from tests.attacks.actors import Actor, Root, allow, denied, deny, refused, succeeded

MODELS = "/api/v1/models"
NOT_APPROVED = deny("paimodel:*", Condition={"StringEquals": {"paimodel:ApprovalStatus": "Approved"}})
NOT_PUBLIC = deny(
    ["paimodel:Create*", "paimodel:Update*"], Condition={"StringEquals": {"paimodel:Accessibility": "PUBLIC"}}
)
OWN_TEAM = {"StringEquals": {"acs:ResourceTag/team": "vision"}}


def developer(root: Root, *statements: object) -> tuple[Actor, str]:
    """A developer of a new workspace, with AliyunPAIFullAccess and more; and the workspace."""
    mallory = root.new_user(*statements)  # type: ignore[arg-type]  # statements and names alike
    return mallory, root.new_workspace(mallory=(mallory, ["PAI.AlgoDeveloper"]))


def new_model(by: Actor, workspace_id: str, **fields: object) -> str:
    body = {"WorkspaceId": workspace_id, "ModelName": "m", **fields}
    model_id: str = succeeded(by.ask("POST", MODELS, body))["ModelId"]
    return model_id


@pytest.fixture
def careful(root: Root) -> tuple[Actor, str]:
    """Who may do everything with their models and versions but approve."""
    mallory, workspace_id = developer(root, "AliyunPAIFullAccess", NOT_APPROVED)
    return mallory, new_model(mallory, workspace_id)


def test_a_version_cannot_be_made_approved(careful: tuple[Actor, str]) -> None:
    mallory, model_id = careful
    versions = f"{MODELS}/{model_id}/versions"
    denied(mallory.ask("POST", versions, {"Uri": "oss://b/x", "ApprovalStatus": "Approved"}))
    succeeded(mallory.ask("POST", versions, {"Uri": "oss://b/x"}))


def test_a_version_cannot_become_approved(careful: tuple[Actor, str], root: Root) -> None:
    mallory, model_id = careful
    name = succeeded(mallory.ask("POST", f"{MODELS}/{model_id}/versions", {"Uri": "oss://b/x"}))["VersionName"]
    version = f"{MODELS}/{model_id}/versions/{name}"
    denied(mallory.ask("PUT", version, {"ApprovalStatus": "Approved"}))
    assert succeeded(root.ask("GET", version))["ApprovalStatus"] == "Pending"
    succeeded(mallory.ask("PUT", version, {"ApprovalStatus": "Rejected"}))


def test_a_model_cannot_be_made_or_become_public(root: Root) -> None:
    mallory, workspace_id = developer(root, "AliyunPAIFullAccess", NOT_PUBLIC)
    denied(mallory.ask("POST", MODELS, {"WorkspaceId": workspace_id, "ModelName": "p", "Accessibility": "PUBLIC"}))
    model_id = new_model(mallory, workspace_id)
    denied(mallory.ask("PUT", f"{MODELS}/{model_id}", {"Accessibility": "PUBLIC"}))
    assert succeeded(root.ask("GET", f"{MODELS}/{model_id}"))["Accessibility"] == "PRIVATE"


def test_the_label_that_a_policy_goes_by_cannot_be_taken_off_or_changed(root: Root) -> None:
    """Neither can it be put onto what has none."""
    mallory, workspace_id = developer(root, allow("paimodel:*", Condition=OWN_TEAM))
    model_id = new_model(mallory, workspace_id, Labels=[{"Key": "team", "Value": "vision"}])
    labels = f"{MODELS}/{model_id}/labels"
    denied(mallory.ask("DELETE", f"{labels}?LabelKeys=team"))
    denied(mallory.ask("POST", labels, {"Labels": [{"Key": "team", "Value": "audio"}]}))
    succeeded(mallory.ask("POST", labels, {"Labels": [{"Key": "stage", "Value": "dev"}]}))
    other = new_model(root, workspace_id, ModelName="other", Accessibility="PUBLIC")
    denied(mallory.ask("POST", f"{MODELS}/{other}/labels", {"Labels": [{"Key": "team", "Value": "vision"}]}))


def test_that_a_name_is_taken_is_told_only_to_who_may_make_such_a_model(root: Root) -> None:
    mallory, workspace_id = developer(root, "AliyunPAIFullAccess", NOT_PUBLIC)
    new_model(mallory, workspace_id)
    body = {"WorkspaceId": workspace_id, "ModelName": "m"}
    refused(mallory.ask("POST", MODELS, body), 409, "ModelNameAlreadyExists")
    denied(mallory.ask("POST", MODELS, {**body, "Accessibility": "PUBLIC"}))
