"""What is damaged, or in the way of what is there, is refused; and nothing of it is taken in."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bundle.conftest import Source
from tests.bundle.world import answers, ask, made, models_of
from tests.cli.folder_steps import ran, refused
from tests.registry import Registry


def _ids(registry: Registry) -> list[str]:
    found = ask(registry, "GET", "/api/v1/workspaces?PageSize=100")["Workspaces"]
    return [workspace["WorkspaceId"] for workspace in found]


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9, 0.999])
def test_a_bundle_that_was_cut_off_is_refused(source: Source, empty: Registry, tmp_path: Path, part: float) -> None:
    whole = source.bundle.read_bytes()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[: int(len(whole) * part)])
    assert "cut off" in refused("import", cut, "--data", empty.folder)
    assert len(_ids(empty)) == 1


def test_a_bundle_with_another_byte_anywhere_is_refused_or_holds_the_same(source: Source, tmp_path: Path) -> None:
    """Some bytes of an archive mean nothing; no change of what they do mean gets through."""
    whole = source.bundle.read_bytes()
    before = _lines(source.bundle)
    changed = tmp_path / "changed.zip"
    for at in range(0, len(whole), max(1, len(whole) // 25)):
        changed.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        try:
            refused("import", changed, "--check")
        except AssertionError:
            assert _lines(changed) == before


def _lines(bundle: Path) -> list[bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return [archive.read(name) for name in sorted(archive.namelist()) if name.endswith("l")]


def _packed_anew(bundle: Path, to: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A bundle whose archive is in order, with other files."""
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(to, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return to


def _another_name(files: dict[str, bytes]) -> None:
    files["models.jsonl"] = files["models.jsonl"].replace(b"oss://b.e/o", b"oss://b.e/p")


def _without_members(files: dict[str, bytes]) -> None:
    del files["members.jsonl"]


def _another_file(files: dict[str, bytes]) -> None:
    files["../evil"] = b"x"


def _no_manifest(files: dict[str, bytes]) -> None:
    del files["manifest.json"]


def _later_format(files: dict[str, bytes]) -> None:
    files["manifest.json"] = json.dumps({**json.loads(files["manifest.json"]), "FormatVersion": 2}).encode()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_another_name, "SHA-256"),
        (_without_members, "names others"),
        (_another_file, "names others"),
        (_no_manifest, "it is no bundle"),
        (_later_format, "take a later version of modelry"),
    ],
)
def test_a_bundle_that_was_packed_anew_otherwise_is_refused(
    source: Source, tmp_path: Path, change: Callable[[dict[str, bytes]], None], reason: str
) -> None:
    assert reason in refused("import", _packed_anew(source.bundle, tmp_path / "x.zip", change), "--check")


def test_a_check_says_what_a_bundle_holds_and_needs_no_registry(source: Source, tmp_path: Path) -> None:
    shown = json.loads(ran("import", source.bundle, "--check", "-o", "json", MODELRY_DATA=str(tmp_path)).stdout)
    assert shown["Origin"]["WorkspaceId"] == source.workspace_id
    assert shown["Files"]["models.jsonl"]["Counts"]["Model"] == 8
    assert list(tmp_path.iterdir()) == []


def test_a_second_import_is_refused_and_changes_nothing(source: Source, empty: Registry) -> None:
    ran("import", source.bundle, "--data", empty.folder)
    before = dict(answers(empty, source.workspace_id))
    line = refused("import", source.bundle, "--data", empty.folder)
    assert f"there is a workspace {source.workspace_id} already" in line
    assert dict(answers(empty, source.workspace_id)) == before


def test_a_second_import_may_skip_what_is_there(source: Source, empty: Registry) -> None:
    ran("import", source.bundle, "--data", empty.folder)
    models = models_of(empty, source.workspace_id)
    ask(empty, "PUT", f"/api/v1/models/{models[0]['ModelId']}", {"Task": "changed here"})
    ask(empty, "DELETE", f"/api/v1/models/{models[1]['ModelId']}")
    before = dict(answers(source.registry, source.workspace_id))
    done = ran("import", source.bundle, "--data", empty.folder, "--skip-existing", "-o", "json")
    outcome = json.loads(done.stdout)
    assert outcome["Added"]["Model"] == 1
    assert outcome["Skipped"]["Model"] == 7
    after = models_of(empty, source.workspace_id)
    assert [model["ModelId"] for model in after] == [model["ModelId"] for model in models]
    assert after[0]["Task"] == "changed here"
    assert dict(answers(source.registry, source.workspace_id)) == before


def test_a_model_that_is_there_elsewhere_stops_everything(source: Source, empty: Registry) -> None:
    ran("import", source.bundle, "--data", empty.folder)
    other = made(empty, seed=9, models=1, name="other")
    before = dict(answers(empty, other))
    assert "--skip-existing" in refused(
        "import", source.bundle, "--data", empty.folder, "--into", other, "--without", "members", "--without", "roles",
        "--without", "configs",
    )  # fmt: skip
    assert dict(answers(empty, other)) == before


@pytest.mark.parametrize("names", [("one",), ("one", "TEAM")], ids=["its id", "its name"])
def test_another_workspace_with_the_id_or_the_name_is_not_taken_for_it(
    source: Source, empty: Registry, names: tuple[str, ...]
) -> None:
    """Every registry counts its ids from the same number."""
    for name in names:
        body = {"WorkspaceName": name, "Description": "", "EnvTypes": ["prod"]}
        ask(empty, "POST", "/api/v1/workspaces", body)
    assert "there is another workspace" in refused("import", source.bundle, "--data", empty.folder, "--skip-existing")
    assert models_of(empty, source.workspace_id) == []


def test_what_is_not_there_is_said_so(source: Source, empty: Registry, tmp_path: Path) -> None:
    for arguments in (
        ("export", "nowhere", tmp_path / "x.zip", "--data", empty.folder),
        ("import", source.bundle, "--data", empty.folder, "--into", "nowhere"),
    ):
        assert ran(*arguments, code=4).stderr == "modelry: there is no workspace nowhere\n"
    assert list(tmp_path.glob("*x.zip*")) == []
    assert "there is no registry" in refused("import", source.bundle, "--data", tmp_path / "nothing")


def test_a_file_is_replaced_only_when_told(source: Source, tmp_path: Path) -> None:
    there = tmp_path / "x.zip"
    there.write_text("mine")
    assert "--force" in refused("export", "team", there, "--data", source.registry.folder)
    assert there.read_text() == "mine"
    ran("export", "team", there, "--data", source.registry.folder, "--force")
    assert zipfile.is_zipfile(there)
    assert there.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "arguments",
    [
        ("import",),
        ("import", "x.zip", "--from", "cloud"),
        ("import", "--from", "cloud"),
        ("import", "--from", "cloud", "--workspace", "1", "--check"),
        ("import", "x.zip", "--workspace", "1"),
        ("export", "team", "x.zip", "--data", "d", "--endpoint", "e:1"),
    ],
)
def test_arguments_that_contradict_each_other_are_wrong_usage(arguments: tuple[str, ...]) -> None:
    ran(*arguments, code=2)
