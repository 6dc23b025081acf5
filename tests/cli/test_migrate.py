"""`modelry migrate`, and the backup that is made before a migration."""

from pathlib import Path

import pytest

from modelry import families
from tests.cli.folder_steps import (
    LAST_MIGRATION,
    asked,
    changed,
    copied,
    killed,
    made,
    older,
    on_terminal,
    ran,
    refused,
    states,
)
from tests.registry import running

PENDING = "/".join(LAST_MIGRATION[:2])


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrate") / "data"
    made(folder)
    older(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A folder with one migration pending."""
    return copied(original, tmp_path / "data")


def version(folder: Path) -> int:
    ((found,),) = asked(folder, "SELECT version FROM schema_version")
    assert isinstance(found, int)
    return found


def backups(folder: Path) -> list[Path]:
    return sorted((folder / "backups").glob("*")) if (folder / "backups").exists() else []


def test_the_plan_names_what_is_pending_and_changes_nothing(folder: Path) -> None:
    before = version(folder)
    assert ran("migrate", "--plan", "--data", folder).stdout == f"{PENDING}  expands\n1 pending\n"
    assert version(folder) == before
    assert backups(folder) == []


def test_the_check_tells_pending_from_nothing_from_impossible(folder: Path) -> None:
    ran("migrate", "--check", "--data", folder, code=3)
    ran("migrate", "--data", folder)
    ran("migrate", "--check", "--data", folder)
    changed(folder, "UPDATE schema_version SET version = 1000, oldest_program = 999")
    assert "newer version" in refused("migrate", "--check", "--data", folder)


def test_it_applies_what_is_pending_and_the_server_serves_it(folder: Path) -> None:
    done = ran("migrate", "--data", folder)
    assert done.stdout == f"{PENDING}  expands\n1 applied\n"
    assert version(folder) == len(list(families.migrations("sqlite")))
    assert ran("migrate", "--data", folder).stdout == "nothing is pending\n"
    with running(folder) as server:
        assert server.get("/readyz")[0] == 200


def test_the_state_of_before_is_in_a_backup_that_restores(folder: Path, tmp_path: Path) -> None:
    before = version(folder)
    done = ran("migrate", "--data", folder)
    (backup,) = backups(folder)
    assert str(backup) in done.stderr
    assert backup.stat().st_mode & 0o777 == 0o600
    ran("restore", backup, "--data", tmp_path / "again")
    assert version(tmp_path / "again") == before


def test_a_start_makes_the_backup_too_and_says_so(folder: Path) -> None:
    with running(folder) as server:
        (backup,) = backups(folder)
        assert f"1 migrations were applied; the data of before is in {backup}" in server.log.read_text()
    ran("restore", "--verify", backup)


def test_without_anything_pending_there_is_no_backup(folder: Path) -> None:
    ran("migrate", "--data", folder)
    (only,) = backups(folder)
    ran("migrate", "--data", folder)
    with running(folder):
        pass
    assert backups(folder) == [only]


def test_the_first_start_makes_no_backup(tmp_path: Path) -> None:
    made(tmp_path / "new")
    assert backups(tmp_path / "new") == []


@pytest.mark.parametrize(("keep", "left"), [("1", 1), ("2", 2), ("3", 3)])
def test_the_newest_backups_stay_and_nothing_else_goes(folder: Path, keep: str, left: int) -> None:
    (folder / "backups").mkdir()
    old = [folder / "backups" / f"before-migration-2020010{day}T000000Z.tar" for day in range(1, 6)]
    for path in (*old, folder / "backups/mine.tar"):
        path.write_text("")
    ran("migrate", "--data", folder, MODELRY_MIGRATION_BACKUPS=keep)
    found = backups(folder)
    assert folder / "backups/mine.tar" in found
    assert len(found) == left + 1
    assert [path for path in found if path in old] == (old[-left + 1 :] if left > 1 else [])


def test_none_are_made_where_the_settings_want_none(folder: Path) -> None:
    ran("migrate", "--data", folder, MODELRY_MIGRATION_BACKUPS="0")
    assert version(folder) == len(list(families.migrations("sqlite")))
    assert backups(folder) == []


def test_a_backup_that_cannot_be_made_stops_the_migration(folder: Path) -> None:
    before = version(folder)
    (folder / "backups").write_text("in the way")
    line = refused("migrate", "--data", folder)
    assert "backups" in line
    assert version(folder) == before
    assert "backups" in refused("serve", "--data", folder, "--port", "0")
    assert version(folder) == before


def test_data_that_is_damaged_is_not_migrated(folder: Path) -> None:
    before = version(folder)
    changed(folder, "PRAGMA foreign_keys = OFF", "INSERT INTO default_workspaces VALUES (5, 'none')")
    line = refused("migrate", "--data", folder)
    assert "damaged" in line
    assert "migration_backups" in line
    assert version(folder) == before


def test_it_is_refused_beside_a_server_while_the_plan_is_not(folder: Path) -> None:
    with running(folder) as server:
        line = refused("migrate", "--data", folder)
        assert f"process {server.process.pid}" in line
        assert "stop it first" in line
        assert ran("migrate", "--plan", "--data", folder).stdout == "nothing is pending\n"


@pytest.mark.parametrize("option", [(), ("--plan",), ("--check",)])
def test_a_folder_without_a_registry_is_refused_and_stays_empty(tmp_path: Path, option: tuple[str, ...]) -> None:
    assert "there is no registry" in refused("migrate", *option, "--data", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_kill_at_any_point_leaves_what_a_second_try_completes(folder: Path, tmp_path: Path) -> None:
    for place in killed(folder, tmp_path / "out", "migrate", "--data", "DATA")[::3]:
        data = place / "data"
        assert version(data) in {version(folder), version(folder) + 1}
        for backup in backups(data):
            if backup.suffix == ".tar":
                ran("restore", "--verify", backup)
        ran("migrate", "--data", data)
        assert version(data) == version(folder) + 1
        assert [path for path in backups(data) if path.suffix != ".tar"] == []
        assert set(states(data).values()) == {"ok"}


def test_a_terminal_sees_the_same(folder: Path) -> None:
    assert on_terminal("migrate", "--plan", "--data", folder) == (0, f"{PENDING}  expands\n1 pending\n")
