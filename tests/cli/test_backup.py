"""`modelry backup`: beside a server, under load, killed, on a full disk."""

import copy
import json
import os
import shutil
import stat
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.folder_steps import (
    PROGRAM,
    asked,
    changed,
    copied,
    interrupted,
    killed,
    limited,
    made,
    on_terminal,
    ran,
    refused,
    states,
)
from tests.crash import Acknowledged, Writer, assert_all_there, assert_whole
from tests.registry import Registry, running
from tests.wire_client import Wire

BALLAST = (
    "CREATE TABLE ballast (piece BLOB)",
    "INSERT INTO ballast WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 4000) SELECT i FROM n",
    "UPDATE ballast SET piece = randomblob(9000)",
)
"""So much that a backup takes several steps, between which others write."""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backup") / "data"
    made(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return copied(original, tmp_path / "data")


def manifest(backup: Path) -> dict[str, Any]:
    with tarfile.open(backup) as tar:
        member = tar.extractfile("manifest.json")
        assert member is not None
        found: dict[str, Any] = json.load(member)
    return found


def names(backup: Path) -> list[str]:
    with tarfile.open(backup) as tar:
        return tar.getnames()


def test_under_a_load_of_writes_it_restores_to_one_state_with_all_that_was_acknowledged(tmp_path: Path) -> None:
    folder, done = tmp_path / "data", Acknowledged()
    made(folder)
    changed(folder, *BALLAST)
    snapshots: list[tuple[Path, Acknowledged]] = []
    with running(folder, "--workers", "2") as server:
        shared, *_ = (create(server, done, name) for name in ("shared", *(f"kept{n}" for n in range(10))))
        writers = [Writer(server, shared, done) for _ in range(6)]
        for writer in writers:
            writer.start()
        for number in range(3):
            create(server, done, f"between{number}")
            time.sleep(0.5)
            before = frozen(done)
            backup = tmp_path / f"{number}.tar"
            ran("backup", backup, "--data", folder)
            snapshots.append((backup, before))
        server.kill()
        for writer in writers:
            writer.join(30)
            assert writer.unexpected == []
    assert len(snapshots[0][1].versions[shared]) < len(snapshots[2][1].versions[shared])
    for backup, before in snapshots:
        restored = backup.with_suffix("")
        ran("restore", backup, "--data", restored)
        assert_whole(restored)
        shutil.copy(folder / "sealing.key", restored)
        shutil.copy(folder / "root_access_key.json", restored)
        kept = without_later_deletions(before, done)
        assert len(kept.models) > 10
        with running(restored) as again:
            assert_all_there(again, kept)


def create(server: Registry, done: Acknowledged, name: str) -> str:
    model_id = Wire(server).new_model(ModelName=name)
    done.models[model_id] = name
    return model_id


def frozen(done: Acknowledged) -> Acknowledged:
    """What was acknowledged up to now; writers go on meanwhile, so their dictionaries are copied in one step each."""
    versions = {model_id: list(found) for model_id, found in done.versions.copy().items()}
    return Acknowledged(done.models.copy(), versions, copy.deepcopy(done.labels.copy()), done.deleted.copy())


def without_later_deletions(before: Acknowledged, end: Acknowledged) -> Acknowledged:
    models = {model_id: name for model_id, name in before.models.items() if model_id in end.models}
    versions = {model_id: found for model_id, found in before.versions.items() if model_id in models}
    return Acknowledged(models, versions, before.labels, before.deleted)


def test_no_write_waits_for_it(folder: Path) -> None:
    """A write that is acknowledged while pages are copied is not in the copy."""
    changed(folder, *BALLAST)
    with running(folder) as server:
        wire = Wire(server)
        process = subprocess.Popen([*PROGRAM, "backup", str(folder.parent / "b.tar"), "--data", str(folder)])
        written = 0
        while process.poll() is None:
            wire.new_model()
            written += 1
        assert process.returncode == 0
        assert written > 10
        ((total,),) = asked(folder, "SELECT count(*) FROM models")
    rows = manifest(folder.parent / "b.tar")["Rows"]
    assert isinstance(total, int)
    assert rows["models"] < total


def test_the_manifest_says_what_it_is_of(folder: Path, tmp_path: Path) -> None:
    said = ran("backup", tmp_path / "b.tar", "--data", folder).stdout
    found = manifest(tmp_path / "b.tar")
    ((account, region),) = asked(folder, "SELECT account_id, region FROM instance")
    ((schema,),) = asked(folder, "SELECT version FROM schema_version")
    assert (found["AccountId"], found["Region"], found["Schema"]) == (str(account), region, schema)
    assert found["Rows"]["access_keys"] == 1
    assert str(account) in said
    assert "without the sealing key" in said


def test_no_secret_is_in_it_unless_asked_for(folder: Path, tmp_path: Path) -> None:
    key = (folder / "sealing.key").read_bytes().strip()
    secret = json.loads((folder / "root_access_key.json").read_text())["AccessKeySecret"].encode()
    ran("backup", tmp_path / "without.tar", "--data", folder)
    ran("backup", tmp_path / "with.tar", "--data", folder, "--with-sealing-key")
    without, with_key = ((tmp_path / name).read_bytes() for name in ("without.tar", "with.tar"))
    assert key not in without
    assert bytes.fromhex(key.decode()) not in without
    assert key in with_key
    assert secret not in without + with_key
    assert names(tmp_path / "without.tar") == ["manifest.json", "modelry.sqlite", "checksum.sha256"]
    assert names(tmp_path / "with.tar") == ["manifest.json", "modelry.sqlite", "sealing.key", "checksum.sha256"]


def test_a_sealing_key_of_the_environment_is_put_in_when_asked_for(tmp_path: Path) -> None:
    environment = {"MODELRY_SEALING_KEY": "ab" * 32}
    ran("init", "--data", tmp_path / "data", **environment)
    ran("backup", tmp_path / "b.tar", "--data", tmp_path / "data", "--with-sealing-key", **environment)
    assert b"ab" * 32 in (tmp_path / "b.tar").read_bytes()


def test_a_sealing_key_that_does_not_open_the_data_is_not_put_in(folder: Path, tmp_path: Path) -> None:
    (folder / "sealing.key").write_text("cd" * 32)
    assert "sealed with another key" in refused("backup", tmp_path / "b.tar", "--data", folder, "--with-sealing-key")
    assert not (tmp_path / "b.tar").exists()


def test_it_is_the_owners_alone_whatever_the_umask(folder: Path, tmp_path: Path) -> None:
    command = [
        "sh",
        "-c",
        'umask 0; exec "$@"',
        "sh",
        *PROGRAM,
        "backup",
        str(tmp_path / "b.tar"),
        "--data",
        str(folder),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert stat.S_IMODE((tmp_path / "b.tar").stat().st_mode) == 0o600


def test_a_folder_gets_a_file_with_a_name_of_its_own(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    ran("backup", tmp_path / "backups", "--data", folder)
    (only,) = (tmp_path / "backups").iterdir()
    assert only.name.startswith("modelry-")
    ran("restore", "--verify", only)


def test_a_file_that_is_there_stays_unless_it_is_to_be_replaced(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.tar"
    target.write_text("precious")
    assert "--overwrite" in refused("backup", target, "--data", folder)
    assert target.read_text() == "precious"
    ran("backup", target, "--data", folder, "--overwrite")
    ran("restore", "--verify", target)


def test_an_overwriting_backup_that_fails_leaves_the_old_one(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.tar"
    target.write_text("precious")
    changed(folder, "PRAGMA foreign_keys = OFF", "INSERT INTO default_workspaces VALUES (5, 'none')")
    assert "damaged" in refused("backup", target, "--data", folder, "--overwrite")
    assert target.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar", "data"]


def test_data_that_is_damaged_is_not_backed_up(folder: Path, tmp_path: Path) -> None:
    content = bytearray((folder / "modelry.sqlite").read_bytes())
    content[8192 : len(content) // 2] = bytes(len(content) // 2 - 8192)
    (folder / "modelry.sqlite").write_bytes(content)
    refused("backup", tmp_path / "b.tar", "--data", folder)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("target", ["missing/b.tar", "file/b.tar"])
def test_a_target_that_cannot_be_written_is_refused(folder: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused("backup", tmp_path / target, "--data", folder)


def test_a_folder_without_a_registry_is_refused_and_stays_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "there is no registry" in refused("backup", tmp_path / "b.tar", "--data", tmp_path / "empty")
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_kill_at_any_point_leaves_a_whole_backup_or_none_and_the_next_one_tidies_up(
    folder: Path, tmp_path: Path
) -> None:
    places = killed(folder, tmp_path / "out", "backup", "OUT/b.tar", "--data", "DATA")
    assert (places[-1] / "b.tar").exists()
    for place in places[:-1:3]:
        if (place / "b.tar").exists():
            ran("restore", "--verify", place / "b.tar")
        ran("backup", place / "b.tar", "--data", place / "data", "--overwrite")
        ran("restore", "--verify", place / "b.tar")
        assert sorted(path.name for path in place.iterdir()) == ["b.tar", "data"]


def test_a_backup_beside_another_does_not_take_its_unfinished_one_away(folder: Path, tmp_path: Path) -> None:
    changed(folder, *BALLAST)
    commands = [[*PROGRAM, "backup", str(tmp_path / f"{n}.tar"), "--data", str(folder)] for n in range(3)]
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    for number in range(3):
        ran("restore", "--verify", tmp_path / f"{number}.tar")


def test_a_full_disk_leaves_one_line_and_no_half_file(folder: Path, tmp_path: Path) -> None:
    changed(folder, *BALLAST)
    place = tmp_path / "small"
    place.mkdir()
    script = f'mount -t tmpfs -o size=8m tmpfs {place} || exit 77; "$@"; echo "code $?"; ls -A {place}'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    command += [*PROGRAM, "backup", str(place / "b.tar"), "--data", str(folder)]
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=dict(os.environ))
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("a file system cannot be mounted here")
    assert done.stdout == "code 1\n", done.stderr
    (line,) = done.stderr.splitlines()
    assert "full" in line or "No space left" in line
    assert states(folder)["integrity"] == "ok"


@pytest.mark.parametrize("room_bytes", [-200_000, -4096, 1024])
def test_a_file_that_may_not_grow_leaves_one_line_and_no_half_file(
    folder: Path, tmp_path: Path, room_bytes: int
) -> None:
    """As on a full disk: while pages are copied, at the last of them, and when all is packed."""
    size_bytes = (folder / "modelry.sqlite").stat().st_size
    done = limited((size_bytes + room_bytes) // 512, "backup", tmp_path / "b.tar", "--data", folder)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"modelry: the backup {tmp_path / 'b.tar'} cannot be written: ")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_ctrl_c_leaves_one_line_and_no_half_file(folder: Path, tmp_path: Path) -> None:
    changed(folder, *BALLAST)
    (tmp_path / "place").mkdir()
    done = interrupted(tmp_path / "place", "backup", tmp_path / "place/b.tar", "--data", folder)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "modelry: interrupted\n")
    assert list((tmp_path / "place").iterdir()) == []


def test_a_terminal_sees_the_same(folder: Path, tmp_path: Path) -> None:
    code, text = on_terminal("backup", tmp_path / "b.tar", "--data", folder)
    assert code == 0
    (line,) = text.splitlines()
    assert line.startswith(f"{tmp_path / 'b.tar'}: account ")
