"""`modelry doctor`: each check can fail, and says what to do."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.folder_steps import PROGRAM, asked, changed, copied, made, older, on_terminal, ran, states
from tests.registry import running
from tests.wire_client import Wire

CHECKS = [
    *("folder", "modes", "lock", "disk", "nonces"),
    *("integrity", "schema", "clock", "sealing key", "root key", "signature"),
]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doctor") / "data"
    made(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return copied(original, tmp_path / "data")


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "server.lock"}


def test_a_new_folder_is_well_in_every_check(folder: Path) -> None:
    assert states(folder) == dict.fromkeys(CHECKS, "ok")


def test_a_folder_that_is_served_is_well_and_the_server_goes_on(folder: Path) -> None:
    with running(folder) as server:
        Wire(server).new_model()
        assert states(folder) == dict.fromkeys(CHECKS, "ok")
        assert f"held by process {server.process.pid}" in ran("doctor", "--data", folder).stdout
        Wire(server).new_model()


def test_it_changes_no_data(folder: Path) -> None:
    before = content(folder)
    ran("doctor", "--data", folder)
    assert content(folder) == before


def test_each_check_is_a_line_of_state_name_and_text(folder: Path) -> None:
    lines = ran("doctor", "--data", folder).stdout.splitlines()
    assert [re.split(r"  +", line)[1] for line in lines] == CHECKS
    assert {line.split()[0] for line in lines} == {"ok"}


def open_to_others(folder: Path) -> None:
    (folder / "sealing.key").chmod(0o644)


def of_another(folder: Path) -> None:
    os.chown(folder, 4321, 4321)


def cut_off(folder: Path) -> None:
    (folder / "restore.unfinished").touch()


def damaged(folder: Path) -> None:
    """Zero the page of an index."""
    ((page, size),) = asked(
        folder,
        "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size WHERE name = 'workspaces_by_name'",
    )
    assert isinstance(page, int)
    assert isinstance(size, int)
    with (folder / "modelry.sqlite").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(bytes(size))


def loose(folder: Path) -> None:
    changed(folder, "PRAGMA foreign_keys = OFF", "INSERT INTO default_workspaces VALUES (5, 'none')")


def newer(folder: Path) -> None:
    changed(folder, "UPDATE schema_version SET version = 1000, oldest_program = 999")


def ahead(seconds: int) -> Callable[[Path], None]:
    return lambda folder: changed(folder, f"UPDATE clock SET last_us = last_us + {seconds}000000")  # noqa: S608  a number


def other_key(folder: Path) -> None:
    (folder / "sealing.key").write_text("ab" * 32)


def no_key(folder: Path) -> None:
    (folder / "sealing.key").unlink()


def odd_key(folder: Path) -> None:
    (folder / "sealing.key").write_text("no key\n")


def half_rewrapped(folder: Path) -> None:
    (folder / "sealing.key.next").write_text("ab" * 32)
    (folder / "sealing.key.next").chmod(0o600)


def no_root(folder: Path) -> None:
    changed(folder, "DELETE FROM access_keys")


def inactive_root(folder: Path) -> None:
    changed(folder, "UPDATE access_keys SET status = 'Inactive'")


def odd_table(folder: Path) -> None:
    (folder / "machine.state").write_bytes(b"odd")
    (folder / "machine.state").chmod(0o600)


def no_registry(folder: Path) -> None:
    shutil.rmtree(folder)


ILLS: list[tuple[Callable[[Path], None], dict[str, str]]] = [
    (open_to_others, {"modes": "warning"}),
    (cut_off, {"folder": "failed"}),
    (damaged, {"integrity": "failed"}),
    (loose, {"integrity": "failed"}),
    (older, {"schema": "warning"}),
    (newer, {"schema": "failed"}),
    (ahead(400), {"clock": "warning"}),
    (ahead(10_000), {"clock": "failed"}),
    (other_key, {"sealing key": "failed", "root key": "failed", "signature": "failed"}),
    (no_key, {"sealing key": "failed", "root key": "failed", "signature": "failed"}),
    (odd_key, {"sealing key": "failed", "root key": "failed", "signature": "failed"}),
    (half_rewrapped, {"sealing key": "warning"}),
    (no_root, {"root key": "failed", "signature": "failed"}),
    (inactive_root, {"root key": "warning"}),
    (odd_table, {"nonces": "warning"}),
    (no_registry, {"folder": "failed"}),
]


@pytest.mark.parametrize(("harm", "expected"), ILLS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_wrong_is_found_where_it_is_and_nothing_else(
    folder: Path, harm: Callable[[Path], None], expected: dict[str, str]
) -> None:
    harm(folder)
    found = states(folder)
    ill = {name: state for name, state in found.items() if state != "ok"}
    assert ill == expected


@pytest.mark.parametrize(("harm", "expected"), ILLS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_not_well_says_what_to_do(folder: Path, harm: Callable[[Path], None], expected: dict[str, str]) -> None:
    harm(folder)
    code = 1 if "failed" in expected.values() else 0
    for check in json.loads(ran("doctor", "--json", "--data", folder, code=code).stdout)["Checks"]:
        assert bool(check["Advice"]) == (check["State"] != "ok"), check


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_folder_of_somebody_else_is_a_warning(folder: Path) -> None:
    of_another(folder)
    assert states(folder)["folder"] == "warning"


def test_a_file_that_is_no_database_is_found(folder: Path) -> None:
    (folder / "modelry.sqlite").write_bytes(b"not a database, for sure" * 100)
    assert states(folder)["database"] == "failed"


def test_settings_that_contradict_the_data_are_found(folder: Path) -> None:
    given = {"MODELRY_ROOT_ACCESS_KEY_ID": "LTAIother", "MODELRY_ROOT_ACCESS_KEY_SECRET": "other"}
    assert states(folder, **given)["root key"] == "failed"
    assert states(folder, MODELRY_SEALING_KEY="ab" * 32)["sealing key"] == "failed"


def test_a_disk_without_room_is_found(folder: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    script = f'mount -t tmpfs -o size=16m tmpfs {small} || exit 77; cp -r {folder}/. {small}; chmod 700 {small}; "$@"'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    command += [*PROGRAM, "doctor", "--json", "--data", str(small)]
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("a file system cannot be mounted here")
    (disk,) = (check for check in json.loads(done.stdout)["Checks"] if check["Name"] == "disk")
    assert disk["State"] == "failed"
    assert "make room" in disk["Advice"]


def test_no_secret_is_shown(folder: Path) -> None:
    secrets = [
        (folder / "sealing.key").read_text().strip(),
        json.loads((folder / "root_access_key.json").read_text())["AccessKeySecret"],
    ]
    for arguments in ((), ("--json",)):
        text = ran("doctor", "--data", folder, *arguments).stdout
        assert [secret for secret in secrets if secret in text] == []


def test_a_terminal_sees_the_same(folder: Path) -> None:
    code, text = on_terminal("doctor", "--data", folder)
    assert code == 0
    assert [re.split(r"  +", line)[1] for line in text.splitlines()] == CHECKS
