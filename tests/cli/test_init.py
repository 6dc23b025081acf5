"""`modelry init`."""

import json
import stat
from pathlib import Path

import pytest
from alibabacloud_aiworkspace20210204 import models as m

from tests.cli.folder_steps import made, on_terminal, ran, refused, root_key
from tests.registry import running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_it_makes_what_a_server_then_serves(folder: Path) -> None:
    said = ran("init", "--data", folder).stdout
    key = root_key(folder)
    assert key["AccessKeyId"] in said
    assert key["AccessKeySecret"] in said
    with running(folder) as server:
        assert server.key_id == key["AccessKeyId"]
        assert server.sdk().list_models(m.ListModelsRequest()).body.total_count == 0
        assert f"account {server.account_id}" in said


def test_a_second_time_changes_nothing_and_shows_no_secret(folder: Path) -> None:
    key = made(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in {".key", ".json", ".sqlite"}}
    said = ran("init", "--data", folder).stdout
    assert key["AccessKeySecret"] not in said
    assert key["AccessKeyId"] in said
    assert "is there already" in said
    assert {name: (folder / name).read_bytes() for name in before} == before


def test_it_runs_beside_a_server(folder: Path) -> None:
    with running(folder) as server:
        assert server.key_id in ran("init", "--data", folder).stdout


def test_an_account_and_a_region_are_taken_once(folder: Path) -> None:
    given = ("--account-id", "1234567890123456", "--region", "eu-central-1")
    assert "account 1234567890123456, region eu-central-1" in ran("init", "--data", folder, *given).stdout
    ran("init", "--data", folder, *given)
    line = refused("init", "--data", folder, "--account-id", "6543210987654321")
    assert "1234567890123456" in line
    assert "6543210987654321" in line


def test_everything_is_the_owners_alone(folder: Path) -> None:
    made(folder)
    modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()}
    assert set(modes.values()) == {"0o600"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_root_key_of_the_environment_is_not_shown_or_written(folder: Path) -> None:
    key = {"MODELRY_ROOT_ACCESS_KEY_ID": "LTAIgiven", "MODELRY_ROOT_ACCESS_KEY_SECRET": "a-given-secret"}
    said = ran("init", "--data", folder, **key).stdout
    assert "LTAIgiven" in said
    assert "a-given-secret" not in said
    assert not (folder / "root_access_key.json").exists()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused("init", "--data", tmp_path / "file" / "data")


def test_a_terminal_sees_the_same(folder: Path) -> None:
    code, text = on_terminal("init", "--data", folder)
    assert code == 0
    assert json.loads((folder / "root_access_key.json").read_text())["AccessKeySecret"] in text
