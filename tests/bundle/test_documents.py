"""Documents of the real service, which may write less than Modelry does, and `null`."""

import json
from pathlib import Path

import msgspec
import pytest

from modelry.bundle.format import Entry, Kind, Origin, write
from tests.bundle.world import JSON, ask
from tests.cli.folder_steps import ran, refused
from tests.registry import Registry

TIME = "2021-01-30T12:51:33.028Z"
WORKSPACE: JSON = {"WorkspaceId": "596814", "WorkspaceName": "cloudy", "Creator": "2001", "GmtCreateTime": TIME}
MODEL: JSON = {
    "ModelId": "model-1",
    "ModelName": "m",
    "GmtCreateTime": TIME,
    "GmtModifiedTime": TIME,
    "UserId": "2001",
    "OwnerId": "1",
    "WorkspaceId": "596814",
}
VERSION: JSON = {
    "VersionName": "0.1.0",
    "GmtCreateTime": TIME,
    "GmtModifiedTime": TIME,
    "UserId": "2001",
    "OwnerId": "1",
    "Uri": "oss://b.e/",
}


def _bundle(folder: Path, *documents: tuple[Kind, JSON]) -> Path:
    path = folder / "cloud.zip"
    workspace: tuple[Kind, JSON] = ("Workspace", {**WORKSPACE, "GmtModifiedTime": TIME})
    entries = [
        Entry(kind=kind, document=msgspec.Raw(json.dumps(each).encode())) for kind, each in (workspace, *documents)
    ]
    write(path, Origin(source="service", workspace_id="596814", workspace_name="cloudy"), entries)
    return path


def test_what_is_null_or_missing_is_absent_or_has_its_default(empty: Registry, tmp_path: Path) -> None:
    model: JSON = {
        **MODEL,
        "Labels": None,
        "Provider": None,
        "ExtraInfo": None,
        "Tags": [],
        "LatestVersion": {"Uri": "x"},
    }
    version: JSON = {**VERSION, "Metrics": None, "ApprovalStatus": None}
    ran("import", _bundle(tmp_path, ("Model", model), ("Version", version)), "--data", empty.folder)
    found = ask(empty, "GET", "/api/v1/models/model-1")
    latest = found.pop("LatestVersion")
    assert found == {
        **MODEL,
        "OwnerId": empty.account_id,
        "Labels": [],
        "Accessibility": "PRIVATE",
        "GmtLatestVersionModifiedTime": TIME,
    }
    assert latest == {
        **VERSION,
        "OwnerId": empty.account_id,
        "Labels": [],
        "ApprovalStatus": "Pending",
        "SourceType": "Custom",
    }


def test_keys_that_are_not_known_here_stay(empty: Registry, tmp_path: Path) -> None:
    model: JSON = {**MODEL, "Tomorrow": {"n": 1.5}}
    ran("import", _bundle(tmp_path, ("Model", model)), "--data", empty.folder)
    assert ask(empty, "GET", "/api/v1/models/model-1")["Tomorrow"] == {"n": 1.5}


def test_a_workspace_of_few_words_is_one(empty: Registry, tmp_path: Path) -> None:
    ran("import", _bundle(tmp_path), "--data", empty.folder)
    found = ask(empty, "GET", "/api/v1/workspaces/596814")
    assert {key: found[key] for key in WORKSPACE} == WORKSPACE
    assert (found["DisplayName"], found["EnvTypes"], found["Status"]) == ("cloudy", ["prod"], "ENABLED")


def test_a_role_that_is_not_known_here_is_kept_and_allows_nothing(empty: Registry, tmp_path: Path) -> None:
    member: JSON = {"UserId": "2001", "Roles": ["PAI.Tomorrow", "PAI.WorkspaceGuest"], "GmtCreateTime": TIME}
    ran("import", _bundle(tmp_path, ("Member", member)), "--data", empty.folder)
    (found,) = ask(empty, "GET", "/api/v1/workspaces/596814/members")["Members"]
    assert found["Roles"] == ["PAI.Tomorrow", "PAI.WorkspaceGuest"]


def test_a_configuration_without_times_is_one(empty: Registry, tmp_path: Path) -> None:
    config: JSON = {"ConfigKey": "tempStoragePath", "ConfigValue": "oss://b/p", "CategoryName": "CommonResourceConfig"}
    ran("import", _bundle(tmp_path, ("Config", config)), "--data", empty.folder)
    (found,) = ask(empty, "GET", "/api/v1/workspaces/596814/configs")["Configs"]
    assert {key: found[key] for key in config} == config


@pytest.mark.parametrize(
    ("kind", "change", "reason"),
    [
        ("Model", {"GmtCreateTime": "yesterday"}, "the model model-1 cannot be taken in: "),
        ("Model", {"Accessibility": "SECRET"}, "the model model-1 cannot be taken in: "),
        ("Model", {"ParameterSize": 2**63}, "the model model-1 cannot be taken in: "),
        ("Model", {"Labels": [{"Key": ""}]}, "the model model-1 cannot be taken in: "),
        ("Model", {"UserId": None}, "the model model-1 cannot be taken in: "),
        ("Model", {"ExtraInfo": 5}, "the model model-1 cannot be taken in: "),
        ("Version", {"Metrics": "{}"}, "the version 0.1.0 cannot be taken in: "),
        ("Version", {"VersionName": "latest"}, "the version latest cannot be taken in: "),
        ("Version", {"Labels": "a=b"}, "the version 0.1.0 cannot be taken in: "),
        ("Version", {"GmtModifiedTime": ""}, "the version 0.1.0 cannot be taken in: "),
    ],
)
def test_what_could_not_be_stored_is_refused(
    empty: Registry, tmp_path: Path, kind: Kind, change: JSON, reason: str
) -> None:
    documents: list[tuple[Kind, JSON]] = [("Model", dict(MODEL)), ("Version", dict(VERSION))]
    changed = [(of, {**document, **change} if of == kind else document) for of, document in documents]
    assert reason in refused("import", _bundle(tmp_path, *changed), "--data", empty.folder)
    assert ask(empty, "GET", "/api/v1/workspaces")["TotalCount"] == 1


def test_a_version_twice_is_refused(empty: Registry, tmp_path: Path) -> None:
    bundle = _bundle(tmp_path, ("Model", dict(MODEL)), ("Version", dict(VERSION)), ("Version", dict(VERSION)))
    assert "two versions 0.1.0" in refused("import", bundle, "--data", empty.folder)
