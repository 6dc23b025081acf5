"""`modelry restore`: complete or refused, at any byte and at any moment."""

import hashlib
import io
import json
import shutil
import stat
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from hypothesis import given, settings
from hypothesis import strategies as st

from modelry.storage import backup as backups
from modelry.storage.backup import BackupError, verified
from tests.cli.folder_steps import asked, changed, killed, limited, older, on_terminal, ran, refused, root_key, states
from tests.registry import running
from tests.wire_client import Wire

MODELS = "/api/v1/models"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model and a version."""
    folder = tmp_path_factory.mktemp("restore") / "data"
    with running(folder) as server:
        wire = Wire(server)
        model_id = wire.new_model(ModelName="kept")
        wire.ask("POST", f"{MODELS}/{model_id}/versions", {"Uri": "oss://b.e/"})
    return folder


@pytest.fixture(scope="module")
def backup(original: Path) -> Path:
    target = original.parent / "b.tar"
    ran("backup", target, "--data", original)
    return target


@pytest.fixture(scope="module")
def whole(original: Path) -> Path:
    """A backup with the sealing key."""
    target = original.parent / "whole.tar"
    ran("backup", target, "--data", original, "--with-sealing-key")
    return target


def give_root_key(original: Path, folder: Path) -> None:
    """The tests speak with the key in this file, which no backup has."""
    shutil.copy(original / "root_access_key.json", folder)


# What is restored.


def test_a_restored_folder_is_served_as_it_was(original: Path, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    said = ran("restore", whole, "--data", folder).stdout
    assert "1 models, 1 versions, with the sealing key" in said
    give_root_key(original, folder)
    with running(folder) as server:
        (model,) = server.sdk().list_models(m.ListModelsRequest()).body.models
        assert model.model_name == "kept"
        assert model.latest_version.version_name == "0.1.0"
    assert set(states(folder).values()) == {"ok"}


def test_without_the_sealing_key_it_says_what_is_missing_and_a_start_says_so_too(
    original: Path, backup: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "again"
    said = ran("restore", backup, "--data", folder).stdout
    assert "missing: the sealing key" in said
    assert "sealing.key" in said
    assert "MODELRY_SEALING_KEY" in said
    assert "sealing.key is missing" in refused("serve", "--data", folder, "--port", "0")
    shutil.copy(original / "sealing.key", folder)
    give_root_key(original, folder)
    with running(folder) as server:
        assert server.sdk().list_models(m.ListModelsRequest()).body.total_count == 1


def test_a_sealing_key_of_the_environment_is_tried(original: Path, backup: Path, tmp_path: Path) -> None:
    key = (original / "sealing.key").read_text().strip()
    right = ran("restore", backup, "--data", tmp_path / "a", MODELRY_SEALING_KEY=key).stdout
    wrong = ran("restore", backup, "--data", tmp_path / "b", MODELRY_SEALING_KEY="ab" * 32).stdout
    assert "missing" not in right
    assert "missing" in wrong
    assert "another one" in wrong


def test_another_sealing_key_in_the_environment_than_in_the_backup_is_told(whole: Path, tmp_path: Path) -> None:
    assert "take it out" in ran("restore", whole, "--data", tmp_path / "a", MODELRY_SEALING_KEY="ab" * 32).stdout
    assert "take it out" not in ran("restore", whole, "--data", tmp_path / "b").stdout


def test_everything_restored_is_the_owners_alone(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    folder.mkdir(mode=0o755)
    ran("restore", whole, "--data", folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_requests_of_before_the_restore_are_refused_reads_and_writes(
    original: Path, whole: Path, tmp_path: Path
) -> None:
    """A write that was answered after the backup was made is not carried out again by the restored server."""
    with running(original) as before:
        earlier = time.time() - 2  # the second of the start itself is not known to be before
        write = Wire(before).signed("POST", MODELS, {"ModelName": "after the backup"}, at=earlier)
        read = Wire(before).signed("GET", MODELS, at=earlier)
        answer = Wire(before).send(write)
        assert answer.status == 200
        Wire(before).ask("DELETE", f"{MODELS}/{answer.json['ModelId']}")
    ran("restore", whole, "--data", tmp_path / "again")
    give_root_key(original, tmp_path / "again")
    with running(tmp_path / "again") as after:
        for request in (write, read):
            again = Wire(after).send(request)
            assert again.code == "InvalidTimeStamp.Expired", again.body
        assert after.sdk().list_models(m.ListModelsRequest()).body.total_count == 1


def test_a_backup_of_an_older_schema_is_restored_and_migrated_by_the_start(
    original: Path, whole: Path, tmp_path: Path
) -> None:
    ran("restore", whole, "--data", tmp_path / "old")
    older(tmp_path / "old")
    ran("backup", tmp_path / "old.tar", "--data", tmp_path / "old", "--with-sealing-key")
    ran("restore", tmp_path / "old.tar", "--data", tmp_path / "again")
    ran("migrate", "--check", "--data", tmp_path / "again", code=3)
    give_root_key(original, tmp_path / "again")
    with running(tmp_path / "again"):
        pass
    ran("migrate", "--check", "--data", tmp_path / "again")


def test_a_backup_of_a_newer_program_is_refused(whole: Path, tmp_path: Path) -> None:
    ran("restore", whole, "--data", tmp_path / "new")
    changed(tmp_path / "new", "UPDATE schema_version SET version = 1000, oldest_program = 999")
    ran("backup", tmp_path / "new.tar", "--data", tmp_path / "new")
    assert "newer version" in refused("restore", tmp_path / "new.tar", "--data", tmp_path / "again")
    assert "newer version" in refused("restore", "--verify", tmp_path / "new.tar")
    assert not (tmp_path / "again").exists()


def test_a_plain_tar_unpacks_it(original: Path, whole: Path, tmp_path: Path) -> None:
    with tarfile.open(whole) as tar:
        tar.extractall(tmp_path, filter="data")
    assert asked(original, "SELECT model_name FROM models") == [("kept",)]
    (tmp_path / "modelry.sqlite").rename(tmp_path / "copy.sqlite")
    (tmp_path / "data").mkdir()
    (tmp_path / "copy.sqlite").rename(tmp_path / "data/modelry.sqlite")
    assert asked(tmp_path / "data", "SELECT model_name FROM models") == [("kept",)]


# What is refused.


def test_verify_makes_nothing(backup: Path, tmp_path: Path) -> None:
    before = sorted(backup.parent.iterdir())
    (tmp_path / "tmp").mkdir()
    said = ran("restore", "--verify", backup, "--data", tmp_path / "none", TMPDIR=str(tmp_path / "tmp")).stdout
    assert "is whole" in said
    assert "without the sealing key" in said
    assert sorted(backup.parent.iterdir()) == before
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["notes.txt", "modelry.sqlite", ".hidden"])
def test_a_folder_that_is_not_empty_is_refused_and_stays_as_it_is(whole: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / name).write_text("precious")
    assert "is not empty" in refused("restore", whole, "--data", folder)
    assert [path.name for path in folder.iterdir()] == [name]
    assert (folder / name).read_text() == "precious"


def test_the_folder_of_a_running_server_is_refused(whole: Path, tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        refused("restore", whole, "--data", tmp_path / "data")
        assert server.sdk().list_models(m.ListModelsRequest()).body.total_count == 0


def test_a_folder_has_to_be_named(whole: Path) -> None:
    assert "--data" in refused("restore", whole)


def test_a_file_that_is_no_backup_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.tar").write_bytes(b"x" * 10_000)
    (tmp_path / "empty.tar").write_bytes(b"")
    for name in ("other.tar", "empty.tar"):
        assert "is no backup" in refused("restore", tmp_path / name, "--data", tmp_path / "again")
    assert "No such file" in refused("restore", tmp_path / "none.tar", "--data", tmp_path / "again")
    assert "cannot be read" in refused("restore", "--verify", tmp_path)
    assert not (tmp_path / "again").exists()


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_one_changed_bit_anywhere_is_noticed(
    backup: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(backup.read_bytes())
    position = data.draw(st.integers(0, len(content) - 1) | st.integers(len(content) - 4096, len(content) - 1))
    content[position] ^= 1 << data.draw(st.integers(0, 7))
    assert_refused(bytes(content), tmp_path_factory)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_missing_or_an_added_end_is_noticed(
    backup: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = backup.read_bytes()
    shorter = st.integers(0, len(content) - 1).map(lambda length: content[:length])
    by_blocks = st.integers(1, len(content) // 512).map(lambda count: content[: -512 * count])
    longer = st.integers(1, 4).map(lambda count: content + bytes(512 * count))
    twice = st.just(content + content)
    assert_refused(data.draw(shorter | by_blocks | longer | twice), tmp_path_factory)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_blocks_that_changed_places_are_noticed(
    backup: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = backup.read_bytes()
    blocks = [content[start : start + 512] for start in range(0, len(content), 512)]
    one, other = (data.draw(st.integers(0, len(blocks) - 1)) for _ in range(2))
    blocks[one], blocks[other] = blocks[other], blocks[one]
    swapped = b"".join(blocks)
    if swapped != content:
        assert_refused(swapped, tmp_path_factory)


def assert_refused(content: bytes, folders: pytest.TempPathFactory) -> None:
    file = folders.getbasetemp() / "altered.tar"
    file.write_bytes(content)
    with pytest.raises(BackupError):
        verified(file)


@pytest.mark.parametrize("position", [0, 700, 5000, -1, -600, -1500])
def test_an_altered_backup_is_refused_by_the_program_and_leaves_nothing(
    backup: Path, tmp_path: Path, position: int
) -> None:
    content = bytearray(backup.read_bytes())
    content[position] ^= 1
    (tmp_path / "altered.tar").write_bytes(content)
    refused("restore", tmp_path / "altered.tar", "--data", tmp_path / "again")
    refused("restore", "--verify", tmp_path / "altered.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["altered.tar"]


def packed(members: dict[str, bytes]) -> bytes:
    """A backup with a right sum, whatever is in it."""
    body = b"".join(
        backups._header(name, len(content)) + content + backups._padding(len(content))
        for name, content in members.items()
    )
    return body + backups._end(hashlib.sha256(body).hexdigest())


def forged(backup: Path, change: Callable[[dict[str, Any], dict[str, bytes]], object]) -> bytes:
    """A backup whose manifest or members were changed by somebody who knows how the sum is made."""
    members = {}
    with tarfile.open(backup) as tar:
        for member in tar.getmembers()[:-1]:
            members[member.name] = (tar.extractfile(member) or io.BytesIO()).read()
    manifest = json.loads(members["manifest.json"])
    change(manifest, members)
    return packed({**members, "manifest.json": json.dumps(manifest).encode()})


def escaping(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    members["../escaped"] = b"x"
    sha256 = hashlib.sha256(b"x").hexdigest()
    manifest["Members"].append({"Name": "../escaped", "SizeBytes": 1, "Sha256": sha256})


def damaged(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    content = bytearray(members["modelry.sqlite"])
    content[4096:] = bytes(len(content) - 4096)
    members["modelry.sqlite"] = bytes(content)
    manifest["Members"][0]["Sha256"] = hashlib.sha256(content).hexdigest()


FORGERIES: dict[str, tuple[Callable[[dict[str, Any], dict[str, bytes]], object], str]] = {
    "another account": (lambda manifest, _: manifest.update(AccountId="1234567890123456"), "not the one"),
    "other counts": (lambda manifest, _: manifest["Rows"].update(models=7), "not the one"),
    "another sum of a member": (
        lambda manifest, _: manifest["Members"][0].update(Sha256="00"),
        "not what its manifest",
    ),
    "no member": (lambda manifest, _: manifest.update(Members=[]), ""),
    "a missing member": (lambda _, members: members.pop("modelry.sqlite"), ""),
    "a larger member": (lambda manifest, _: manifest["Members"][0].update(SizeBytes=10**9), ""),
    "a member that leads out": (escaping, "does not know"),
    "a newer format": (lambda manifest, _: manifest.update(FormatVersion=2), "newer version"),
    "another format": (lambda manifest, _: manifest.update(Format="something"), ""),
    "a manifest without fields": (lambda manifest, _: manifest.clear(), "no backup that this version can read"),
    "a damaged database": (damaged, "damaged"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_backup_with_a_right_sum_and_wrong_content_is_refused(backup: Path, tmp_path: Path, name: str) -> None:
    change, said = FORGERIES[name]
    file = tmp_path / "forged.tar"
    file.write_bytes(forged(backup, change))
    assert said in refused("restore", file, "--data", tmp_path / "inner/again")
    assert said in refused("restore", "--verify", file)
    assert not (tmp_path / "inner/again").exists()
    assert not (tmp_path / "inner/escaped").exists()


def test_a_forgery_that_changes_nothing_is_restored(backup: Path, tmp_path: Path) -> None:
    """The tests above forge well."""
    (tmp_path / "forged.tar").write_bytes(forged(backup, lambda _manifest, _members: None))
    ran("restore", tmp_path / "forged.tar", "--data", tmp_path / "again")


# When it is cut off.


def test_a_kill_at_any_point_leaves_a_folder_that_is_refused_until_it_is_restored_again(
    original: Path, whole: Path, tmp_path: Path
) -> None:
    places = killed(tmp_path / "none", tmp_path / "out", "restore", str(whole), "--data", "DATA")
    for place in places[::2]:
        folder = place / "data"
        if complete(folder):
            assert set(states(folder).values()) == {"ok"}
            continue
        if (folder / "restore.unfinished").exists():
            assert "cut off" in refused("serve", "--data", folder, "--port", "0")
        ran("restore", whole, "--data", folder)
        assert complete(folder)
        assert asked(folder, "SELECT model_name FROM models") == [("kept",)]
        assert {path.name for path in folder.iterdir()} == {"modelry.sqlite", "sealing.key", "server.lock"}


def complete(folder: Path) -> bool:
    return (folder / "modelry.sqlite").exists() and not (folder / "restore.unfinished").exists()


@pytest.mark.parametrize("room_bytes", [-200_000, -4096])
def test_a_full_disk_leaves_one_line_and_no_folder(whole: Path, tmp_path: Path, room_bytes: int) -> None:
    """The database does not fit into the largest file that may be written."""
    size_bytes = whole.stat().st_size
    done = limited((size_bytes + room_bytes) // 512 - 8, "restore", whole, "--data", tmp_path / "again")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "cannot be" in line
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_mount_s_root_may_have_its_lost_and_found(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "volume/lost+found").mkdir(parents=True)
    ran("restore", whole, "--data", tmp_path / "volume")
    assert (tmp_path / "volume/lost+found").is_dir()


def test_a_lost_root_secret_is_replaced_after_a_restore(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    assert "reset-root" in ran("restore", whole, "--data", folder).stdout
    ran("keys", "reset-root", "--data", folder)
    assert root_key(folder)
    with running(folder) as server:
        assert server.sdk().list_models(m.ListModelsRequest()).body.total_count == 1


def test_a_terminal_sees_the_same(whole: Path, tmp_path: Path) -> None:
    code, text = on_terminal("restore", whole, "--data", tmp_path / "again")
    assert code == 0
    assert text.startswith(f"{tmp_path / 'again'} is restored: account ")
