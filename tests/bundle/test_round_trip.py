"""What a registry answers after an import is what the other one answers."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from modelry.bundle.format import Entry
from tests.bundle.conftest import ACCOUNT, Source
from tests.bundle.world import answers, ask, made, models_of, surroundings
from tests.cli.folder_steps import on_terminal, ran
from tests.crash import assert_whole
from tests.registry import Registry, running


def test_models_and_versions_are_answered_byte_for_byte_as_before(source: Source, twin: Registry) -> None:
    before = dict(answers(source.registry, source.workspace_id))
    assert len(before) > 20
    assert dict(answers(twin, source.workspace_id)) == before


def test_roles_members_and_configurations_are_answered_as_before(source: Source, twin: Registry) -> None:
    before, after = (dict(surroundings(each, source.workspace_id)) for each in (source.registry, twin))
    workspace = f"/api/v1/workspaces/{source.workspace_id}"
    group = {key: json.loads(body[workspace]).pop("ResourceGroupId") for key, body in (("a", before), ("b", after))}
    assert before.pop(workspace).replace(group["a"].encode(), b"") == after.pop(workspace).replace(
        group["b"].encode(), b""
    )
    assert after == before


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_other_workspaces_arrive_whole_too(tmp_path: Path, seed: int) -> None:
    with running(tmp_path / "a", "--account-id", ACCOUNT) as a, running(tmp_path / "b", "--account-id", ACCOUNT) as b:
        workspace_id = made(a, seed, models=5)
        ran("export", workspace_id, tmp_path / "x.zip", "--data", a.folder)
        ran("import", tmp_path / "x.zip", "--data", b.folder)
        assert dict(answers(b, workspace_id)) == dict(answers(a, workspace_id))


def test_the_data_is_whole_after_an_import(twin: Registry) -> None:
    assert_whole(twin.folder)


def test_numbering_goes_on_where_the_source_would(tmp_path: Path) -> None:
    """Also from the name of a version that was deleted, which no answer shows."""
    with running(tmp_path / "a") as a, running(tmp_path / "b") as b:
        model_id = _with_a_deleted_version(a)
        ran("export", "default_workspace", tmp_path / "x.zip", "--data", a.folder)
        ran("import", tmp_path / "x.zip", "--data", b.folder, "--into", "default_workspace", "--without", "members")
        names = [
            ask(each, "POST", f"/api/v1/models/{model_id}/versions", {"Uri": "oss://b.e/"})["VersionName"]
            for each in (a, b)
        ]
        assert names == ["3.8.0", "3.8.0"]


def _with_a_deleted_version(registry: Registry) -> str:
    model_id: str = ask(registry, "POST", "/api/v1/models", {"ModelName": "m"})["ModelId"]
    versions = f"/api/v1/models/{model_id}/versions"
    ask(registry, "POST", versions, {"Uri": "oss://b.e/"})
    ask(registry, "POST", versions, {"Uri": "oss://b.e/", "VersionName": "3.7.0"})
    ask(registry, "DELETE", f"{versions}/3.7.0")
    return model_id


def test_provider_and_collections_stay(tmp_path: Path) -> None:
    with running(tmp_path / "a") as a, running(tmp_path / "b") as b:
        model_id = ask(a, "POST", "/api/v1/models", {"ModelName": "m"})["ModelId"]
        ran("mark", model_id, "--data", a.folder, "--provider", "pai", "--collection", "QuickStart")
        ran("export", "default_workspace", tmp_path / "x.zip", "--data", a.folder)
        ran("import", tmp_path / "x.zip", "--data", b.folder, "--into", "default_workspace", "--without", "members")
        found = ask(b, "GET", "/api/v1/models?Provider=pai&Collections=QuickStart")["Models"]
        assert [model["ModelId"] for model in found] == [model_id]


def test_in_another_account_only_the_owner_changes(source: Source, empty: Registry) -> None:
    ran("import", source.bundle, "--data", empty.folder)
    before, after = (models_of(each, source.workspace_id) for each in (source.registry, empty))
    for model in _with_versions(before):
        model["OwnerId"] = empty.account_id
    assert after == before
    assert {model["OwnerId"] for model in _with_versions(after)} == {empty.account_id}


def test_in_another_workspace_only_that_changes(source: Source, empty: Registry) -> None:
    into = ask(empty, "GET", "/api/v1/defaultWorkspaces")["WorkspaceId"]
    ran("import", source.bundle, "--data", empty.folder, "--into", "default_workspace")
    before, after = models_of(source.registry, source.workspace_id), models_of(empty, into)
    for model in _with_versions(before):
        model["OwnerId"] = empty.account_id
    for model in before:
        model["WorkspaceId"] = into
    assert after == before


def _with_versions(models: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    for model in models:
        yield model
        if isinstance(latest := model.get("LatestVersion"), dict):
            yield latest


def test_a_bundle_through_the_api_holds_the_same_documents(source: Source, tmp_path: Path) -> None:
    registry = source.registry
    export = ("export", "team", tmp_path / "api.zip", "--endpoint", registry.url)
    ran(*export, ALIBABA_CLOUD_ACCESS_KEY_ID=registry.key_id, ALIBABA_CLOUD_ACCESS_KEY_SECRET=registry.secret)
    assert _documents(tmp_path / "api.zip") == _documents(source.bundle)
    assert list(tmp_path.glob("api.zip*")) == [tmp_path / "api.zip"]


def _documents(bundle: Path) -> list[tuple[str, bytes]]:
    from modelry.bundle.format import opened

    with opened(bundle) as found:
        return [(entry.kind, bytes(entry.document)) for entry in found.entries()]


def test_what_is_made_after_an_import_comes_after_it_and_gets_an_id_of_its_own(source: Source, empty: Registry) -> None:
    ran("import", source.bundle, "--data", empty.folder)
    body = {"WorkspaceName": "other", "Description": "", "EnvTypes": ["prod"]}
    assert int(ask(empty, "POST", "/api/v1/workspaces", body)["WorkspaceId"]) > int(source.workspace_id)
    ask(empty, "POST", "/api/v1/models", {"ModelName": "last", "WorkspaceId": source.workspace_id})
    names = [model["ModelName"] for model in models_of(empty, source.workspace_id)]
    assert names == [*(model["ModelName"] for model in models_of(source.registry, source.workspace_id)), "last"]


def test_times_of_the_future_leave_the_clock_usable(tmp_path: Path) -> None:
    """The other machine's clock may be ahead: what is made here afterwards still gets times of its own."""
    with running(tmp_path / "a") as a, running(tmp_path / "b") as b:
        for number in range(3):
            ask(a, "POST", "/api/v1/models", {"ModelName": f"m{number}"})
        with closing(sqlite3.connect(a.folder / "modelry.sqlite")) as raw:
            raw.execute("UPDATE models SET position = position + 3600000000, gmt_modified = gmt_modified + 3600000000")
            raw.execute("UPDATE model_documents SET position = position + 3600000000")
            raw.commit()
        ran("export", "default_workspace", tmp_path / "x.zip", "--data", a.folder)
        ran("import", tmp_path / "x.zip", "--data", b.folder, "--into", "default_workspace", "--without", "members")
        ask(b, "POST", "/api/v1/models", {"ModelName": "m3"})
        found = ask(b, "GET", "/api/v1/models?SortBy=GmtCreateTime")["Models"]
        assert [model["ModelName"] for model in found] == ["m0", "m1", "m2", "m3"]
        assert_whole(b.folder)


def test_what_was_made_in_the_same_millisecond_keeps_its_order(source: Source, empty: Registry, tmp_path: Path) -> None:
    """A service shows no more of a time; and the places may be taken by what is there."""
    from modelry.bundle.format import opened, write

    bundle = tmp_path / "coarse.zip"
    with opened(source.bundle) as found:
        entries = [_at_once(entry) for entry in found.entries()]
        write(bundle, found.manifest.origin, entries)
    ran("import", bundle, "--data", empty.folder)
    names = [model["ModelName"] for model in models_of(empty, source.workspace_id)]
    assert names == [model["ModelName"] for model in models_of(source.registry, source.workspace_id)]
    for model in models_of(source.registry, source.workspace_id):
        target = f"/api/v1/models/{model['ModelId']}/versions?PageSize=100"
        assert [v["VersionName"] for v in ask(empty, "GET", target)["Versions"]] == [
            v["VersionName"] for v in ask(source.registry, "GET", target)["Versions"]
        ]
    assert_whole(empty.folder)


def _at_once(entry: Entry) -> Entry:
    import msgspec

    return msgspec.structs.replace(entry, created_us=1_600_000_000_000_000, modified_us=1_600_000_000_000_000)


def test_the_audit_says_what_was_imported(twin: Registry, source: Source) -> None:
    model_id = models_of(source.registry, source.workspace_id)[0]["ModelId"]
    shown = ran("audit", "--data", twin.folder, "--resource", f"model/{model_id}", "-o", "json").stdout
    (event,) = [json.loads(line) for line in shown.splitlines()]
    assert (event["Operation"], event["IdentityType"]) == ("import", "Operator")


def test_a_terminal_shows_what_was_done(source: Source, empty: Registry, tmp_path: Path) -> None:
    bundle = tmp_path / "x.zip"
    export = ("export", "team", bundle, "--data", source.registry.folder)
    for arguments in (export, ("import", bundle, "--data", empty.folder)):
        code, text = on_terminal(*arguments, TERM="xterm")
        assert code == 0
        assert source.workspace_id in text
        assert "Model" in text


def test_names_are_ids_of_workspaces(source: Source, empty: Registry) -> None:
    done = ran("import", source.bundle, "--data", empty.folder, "-o", "name")
    assert (done.stdout, done.stderr) == (f"{source.workspace_id}\n", "")
