"""`modelry keys reset-root`: a new key for the account itself."""

import json
import stat
from pathlib import Path

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_ram20150501 import models as ram

from tests.cli.folder_steps import asked, copied, killed, limited, made, on_terminal, ran, refused, root_key, states
from tests.registry import running

GIVEN = {"MODELRY_ROOT_ACCESS_KEY_ID": "LTAIgivenroot", "MODELRY_ROOT_ACCESS_KEY_SECRET": "a-given-secret"}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reset") / "data"
    made(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return copied(original, tmp_path / "data")


def ids(folder: Path) -> list[object]:
    return [key_id for (key_id,) in asked(folder, "SELECT access_key_id FROM access_keys ORDER BY gmt_create")]


def test_the_new_key_signs_and_the_old_one_does_not(folder: Path) -> None:
    old = root_key(folder)
    (folder / "root_access_key.json").unlink()  # lost
    said = ran("keys", "reset-root", "--data", folder).stdout
    new = root_key(folder)
    assert f"replaced {old['AccessKeyId']}" in said
    assert new["AccessKeyId"] in said
    assert new["AccessKeySecret"] in said
    assert stat.S_IMODE((folder / "root_access_key.json").stat().st_mode) == 0o600
    with running(folder) as server:
        server.sdk().list_models(m.ListModelsRequest())
        with pytest.raises(Exception, match="InvalidAccessKeyId"):
            server.sdk(old["AccessKeyId"], old["AccessKeySecret"]).list_models(m.ListModelsRequest())


def test_what_the_account_had_stays_its_own_and_users_keep_their_keys(folder: Path) -> None:
    with running(folder) as server:
        server.sdk().create_model(m.CreateModelRequest(model_name="kept"))
        server.ram_sdk().create_user(ram.CreateUserRequest(user_name="alice"))
        request = ram.CreateAccessKeyRequest(user_name="alice")
        alice = server.ram_sdk().create_access_key(request).body.access_key
    ran("keys", "reset-root", "--data", folder)
    with running(folder) as server:
        assert server.sdk().list_models(m.ListModelsRequest()).body.total_count == 1
        identity = server.sts_sdk(alice.access_key_id, alice.access_key_secret).get_caller_identity().body
        assert identity.identity_type == "RAMUser"


def test_the_audit_has_a_row_of_it_without_a_secret(folder: Path) -> None:
    old = root_key(folder)
    ran("keys", "reset-root", "--data", folder)
    new = root_key(folder)
    (line,) = ran("audit", "--data", folder, "--operation", "reset-root", "-o", "json").stdout.splitlines()
    row = json.loads(line)
    assert (row["Product"], row["IdentityType"], row["Outcome"]) == ("modelry", "Operator", "Success")
    changed = {change["Resource"]: change.keys() - {"Resource"} for change in row["Changes"]}
    assert changed == {
        f"root/accesskey/{old['AccessKeyId']}": {"Before"},
        f"root/accesskey/{new['AccessKeyId']}": {"After"},
    }
    for secret in (old["AccessKeySecret"], new["AccessKeySecret"]):
        assert secret not in line


def test_no_secret_lies_open_in_the_database(folder: Path) -> None:
    ran("keys", "reset-root", "--data", folder)
    secret = root_key(folder)["AccessKeySecret"].encode()
    assert [path.name for path in folder.iterdir() if secret in path.read_bytes()] == ["root_access_key.json"]


def test_a_key_of_the_environment_becomes_the_root_key_and_is_not_shown_or_written(folder: Path) -> None:
    said = ran("keys", "reset-root", "--data", folder, **GIVEN)
    assert "LTAIgivenroot" in said.stdout
    assert "a-given-secret" not in said.stdout + said.stderr
    assert not (folder / "root_access_key.json").exists()
    with running(folder, **GIVEN) as server:
        server.sdk().list_models(m.ListModelsRequest())


def test_the_same_id_may_get_another_secret(folder: Path) -> None:
    ran("keys", "reset-root", "--data", folder, **GIVEN)
    another = {**GIVEN, "MODELRY_ROOT_ACCESS_KEY_SECRET": "another-secret"}
    ran("keys", "reset-root", "--data", folder, **another)
    with running(folder, **another) as server:
        server.sdk().list_models(m.ListModelsRequest())


def test_the_key_that_there_is_cannot_be_the_new_one(folder: Path) -> None:
    ran("keys", "reset-root", "--data", folder, **GIVEN)
    line = refused("keys", "reset-root", "--data", folder, **GIVEN)
    assert "MODELRY_ROOT_ACCESS_KEY_ID" in line
    assert "a-given-secret" not in line


def test_somebody_else_s_key_cannot_be_the_new_one(folder: Path) -> None:
    with running(folder) as server:
        server.ram_sdk().create_user(ram.CreateUserRequest(user_name="alice"))
        request = ram.CreateAccessKeyRequest(user_name="alice")
        alice = server.ram_sdk().create_access_key(request).body.access_key
        before = ids(folder)
    line = refused(
        "keys",
        "reset-root",
        "--data",
        folder,
        MODELRY_ROOT_ACCESS_KEY_ID=alice.access_key_id,
        MODELRY_ROOT_ACCESS_KEY_SECRET="mine",
    )
    assert alice.access_key_id in line
    assert ids(folder) == before
    with running(folder) as server:
        server.sdk().list_models(m.ListModelsRequest())


def test_it_is_refused_beside_a_server(folder: Path) -> None:
    with running(folder) as server:
        line = refused("keys", "reset-root", "--data", folder)
        assert f"process {server.process.pid}" in line
        server.sdk().list_models(m.ListModelsRequest())


def test_without_the_sealing_key_of_the_data_nothing_is_changed(folder: Path) -> None:
    before = ids(folder)
    (folder / "sealing.key").write_text("cd" * 32)
    assert "another key" in refused("keys", "reset-root", "--data", folder)
    (folder / "sealing.key").unlink()
    assert "sealing.key is missing" in refused("keys", "reset-root", "--data", folder)
    assert ids(folder) == before


def test_a_folder_without_a_registry_is_refused_and_stays_empty(tmp_path: Path) -> None:
    assert "there is no registry" in refused("keys", "reset-root", "--data", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_kill_at_any_point_leaves_a_root_key_whose_secret_the_next_start_knows(folder: Path, tmp_path: Path) -> None:
    old = root_key(folder)["AccessKeyId"]
    places = [place / "data" for place in killed(folder, tmp_path / "out", "keys", "reset-root", "--data", "DATA")]
    kinds = {}
    for data in places:
        (current,) = ids(data)
        kinds[current == old, root_key(data)["AccessKeyId"] == old] = data
    # Before the commit, after it with the old file still in place, and after the end.
    assert kinds.keys() == {(True, True), (False, True), (False, False)}
    for data in kinds.values():
        with running(data):
            pass  # settles what was cut off
        with running(data) as server:
            server.sdk().list_models(m.ListModelsRequest())
        assert [root_key(data)["AccessKeyId"]] == ids(data)
        assert not (data / "root_access_key.json.next").exists()
        assert set(states(data).values()) == {"ok"}


@pytest.mark.parametrize("blocks", [0, 8, 64, 80, 200])
def test_a_full_disk_leaves_one_line_and_keys_that_still_sign(folder: Path, blocks: int) -> None:
    """From where nothing can be written to where there is room enough."""
    done = limited(blocks, "keys", "reset-root", "--data", folder)
    if done.returncode:
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith("modelry: ")
    with running(folder):
        pass  # settles what was cut off
    with running(folder) as server:
        server.sdk().list_models(m.ListModelsRequest())


def test_a_terminal_sees_the_same(folder: Path) -> None:
    code, text = on_terminal("keys", "reset-root", "--data", folder)
    assert code == 0
    assert root_key(folder)["AccessKeySecret"] in text
