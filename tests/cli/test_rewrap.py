"""`modelry keys rewrap`: a new sealing key for everything that is sealed."""

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_ram20150501 import models as ram
from alibabacloud_sts20150401 import models as sts

from modelry.access.sealing import Sealer
from modelry.families.ram.keys.renewal import sealed_secrets
from modelry.storage.stores import SqliteStore
from tests.cli.folder_steps import copied, killed, limited, on_terminal, ran, refused, root_key, states
from tests.registry import Registry, running

NEW = "cd" * 32
TRUST = {
    "Version": "1",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["acs:ram::{account}:root"]}}],
}


@pytest.fixture(scope="module")
def user_key() -> dict[str, str]:
    """The key of a user of the original folder."""
    return {}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, user_key: dict[str, str]) -> Path:
    """A folder with a user, who has a key."""
    folder = tmp_path_factory.mktemp("rewrap") / "data"
    with running(folder) as server:
        client = server.ram_sdk()
        client.create_user(ram.CreateUserRequest(user_name="alice"))
        made = client.create_access_key(ram.CreateAccessKeyRequest(user_name="alice")).body.access_key
        user_key.update(id=made.access_key_id, secret=made.access_key_secret)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return copied(original, tmp_path / "data")


def secrets_of(folder: Path, key: str) -> dict[str, str]:
    """Every stored secret, opened with a sealing key."""
    sealer = Sealer(bytes.fromhex(key))
    with SqliteStore(folder).reading() as database:
        return {key_id: sealer.open(sealed, belongs_to=key_id) for key_id, sealed in sealed_secrets(database)}


def works(server: Registry, user_key: dict[str, str]) -> bool:
    """Whether both keys still sign."""
    server.sdk().list_models(m.ListModelsRequest())
    answer = server.sts_sdk(user_key["id"], user_key["secret"]).get_caller_identity()
    return bool(answer.body.identity_type == "RAMUser")


def test_every_key_still_signs_and_the_sealing_key_is_another(folder: Path, user_key: dict[str, str]) -> None:
    before = (folder / "sealing.key").read_text().strip()
    assert "2 secrets" in ran("keys", "rewrap", "--data", folder).stdout
    after = (folder / "sealing.key").read_text().strip()
    assert after != before
    assert stat.S_IMODE((folder / "sealing.key").stat().st_mode) == 0o600
    assert secrets_of(folder, after)[user_key["id"]] == user_key["secret"]
    with running(folder) as server:
        assert works(server, user_key)
    (folder / "sealing.key").write_text(before)
    assert "sealed with another key" in refused("serve", "--data", folder, "--port", "0")


def test_no_sealing_key_is_printed(folder: Path) -> None:
    said = ran("keys", "rewrap", "--data", folder)
    assert (folder / "sealing.key").read_text().strip() not in said.stdout + said.stderr


def test_security_tokens_of_before_no_longer_count(folder: Path, user_key: dict[str, str]) -> None:
    with running(folder) as server:
        grant = ram.AttachPolicyToUserRequest(
            policy_type="System", policy_name="AliyunSTSAssumeRoleAccess", user_name="alice"
        )
        server.ram_sdk().attach_policy_to_user(grant)
        trust = json.dumps(TRUST).replace("{account}", server.account_id)
        role = ram.CreateRoleRequest(role_name="deployer", assume_role_policy_document=trust)
        arn = server.ram_sdk().create_role(role).body.role.arn
        request = sts.AssumeRoleRequest(role_arn=arn, role_session_name="before")
        token = server.sts_sdk(user_key["id"], user_key["secret"]).assume_role(request).body.credentials
        session = {"security_token": token.security_token}
        identity = server.sts_sdk(token.access_key_id, token.access_key_secret, **session).get_caller_identity()
        assert identity.body.identity_type == "AssumedRoleUser"
    ran("keys", "rewrap", "--data", folder)
    with running(folder) as server, pytest.raises(Exception, match="SecurityToken"):
        server.sts_sdk(token.access_key_id, token.access_key_secret, **session).get_caller_identity()


def test_the_audit_has_a_row_of_it(folder: Path) -> None:
    ran("keys", "rewrap", "--data", folder)
    (line,) = ran("audit", "--data", folder, "--operation", "rewrap", "-o", "json").stdout.splitlines()
    row = json.loads(line)
    assert (row["Product"], row["IdentityType"], row["Outcome"]) == ("modelry", "Operator", "Success")
    assert [change["Resource"] for change in row["Changes"]] == ["sealingkey"]


def test_a_given_key_takes_the_place_of_the_one_in_the_folder(folder: Path) -> None:
    ran("keys", "rewrap", "--data", folder, MODELRY_NEW_SEALING_KEY=NEW)
    assert (folder / "sealing.key").read_text().strip() == NEW
    again = ran("keys", "rewrap", "--data", folder, MODELRY_NEW_SEALING_KEY=NEW)
    assert "already" in again.stdout


def test_where_the_environment_has_the_key_no_file_is_written(tmp_path: Path) -> None:
    folder, old = tmp_path / "data", {"MODELRY_SEALING_KEY": "ab" * 32}
    ran("init", "--data", folder, **old)
    secret = root_key(folder)["AccessKeySecret"]
    (tmp_path / "new").write_text(f"{NEW}\n")
    said = ran("keys", "rewrap", "--data", folder, **old, MODELRY_NEW_SEALING_KEY_FILE=str(tmp_path / "new")).stdout
    assert "MODELRY_SEALING_KEY has to" in said
    assert list(secrets_of(folder, NEW).values()) == [secret]
    assert list(folder.glob("sealing.key*")) == []
    again = ran("keys", "rewrap", "--data", folder, **old, MODELRY_NEW_SEALING_KEY=NEW)
    assert "already" in again.stdout
    assert "another key" in refused("serve", "--data", folder, "--port", "0", **old)
    with running(folder, MODELRY_SEALING_KEY=NEW) as server:
        server.sdk().list_models(m.ListModelsRequest())


def test_where_the_environment_has_the_key_a_new_one_has_to_be_given(tmp_path: Path) -> None:
    old = {"MODELRY_SEALING_KEY": "ab" * 32}
    ran("init", "--data", tmp_path / "data", **old)
    assert "MODELRY_NEW_SEALING_KEY" in refused("keys", "rewrap", "--data", tmp_path / "data", **old)
    assert secrets_of(tmp_path / "data", "ab" * 32)


@pytest.mark.parametrize(("key", "said"), [("xyz", "hexadecimal"), ("abcd", "32 bytes")])
def test_a_new_key_that_is_none_is_refused(folder: Path, key: str, said: str) -> None:
    before = (folder / "sealing.key").read_text()
    assert said in refused("keys", "rewrap", "--data", folder, MODELRY_NEW_SEALING_KEY=key)
    assert (folder / "sealing.key").read_text() == before


def test_a_file_with_the_new_key_that_is_not_there_is_refused(folder: Path) -> None:
    assert "MODELRY_NEW_SEALING_KEY_FILE" in refused(
        "keys", "rewrap", "--data", folder, MODELRY_NEW_SEALING_KEY_FILE="/nonexistent"
    )


def test_one_secret_of_another_key_stops_it_and_nothing_changes(folder: Path, user_key: dict[str, str]) -> None:
    from modelry.storage.sqlite import write_alone

    old = (folder / "sealing.key").read_text()
    alien = Sealer(bytes(32)).seal("secret", belongs_to=user_key["id"])
    sql = "UPDATE access_keys SET sealed_secret = ? WHERE access_key_id = ?"
    write_alone(folder, lambda transaction: transaction.run(sql, alien, user_key["id"]))
    assert user_key["id"] in refused("keys", "rewrap", "--data", folder)
    assert (folder / "sealing.key").read_text() == old
    with running(folder) as server:
        server.sdk().list_models(m.ListModelsRequest())


def test_it_is_refused_beside_a_server(folder: Path, user_key: dict[str, str]) -> None:
    with running(folder) as server:
        assert f"process {server.process.pid}" in refused("keys", "rewrap", "--data", folder)
        assert works(server, user_key)


def test_a_folder_without_a_registry_is_refused_and_stays_empty(tmp_path: Path) -> None:
    assert "there is no registry" in refused("keys", "rewrap", "--data", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_kill_at_any_point_leaves_keys_that_sign_after_the_next_start(
    folder: Path, tmp_path: Path, user_key: dict[str, str]
) -> None:
    old = (folder / "sealing.key").read_text().strip()
    places = [place / "data" for place in killed(folder, tmp_path / "out", "keys", "rewrap", "--data", "DATA")]
    kinds = {}
    for data in places:
        settled = settled_key(data)
        assert secrets_of(data, settled)[user_key["id"]] == user_key["secret"]
        kinds[settled == old, (data / "sealing.key").read_text().strip() == old] = data
    # Before the commit, after it with the old file still in place, and after the end.
    assert kinds.keys() == {(True, True), (False, True), (False, False)}
    for data in kinds.values():
        with running(data) as server:
            assert works(server, user_key)
        assert not (data / "sealing.key.next").exists()
        assert set(states(data).values()) == {"ok"}


def settled_key(folder: Path) -> str:
    """The one of the two keys that opens what is there."""
    from modelry.access.sealing import SealError

    for name in ("sealing.key", "sealing.key.next"):
        try:
            key = (folder / name).read_text().strip()
            secrets_of(folder, key)
        except (FileNotFoundError, SealError):
            continue
        return key
    raise AssertionError(folder)


def test_a_second_rewrap_after_a_kill_goes_through(folder: Path, tmp_path: Path, user_key: dict[str, str]) -> None:
    for place in killed(folder, tmp_path / "out", "keys", "rewrap", "--data", "DATA")[::4]:
        ran("keys", "rewrap", "--data", place / "data")
        key = (place / "data/sealing.key").read_text().strip()
        assert secrets_of(place / "data", key)[user_key["id"]] == user_key["secret"]


@pytest.mark.parametrize("blocks", [0, 8, 64, 80, 200])
def test_a_full_disk_leaves_one_line_and_keys_that_still_sign(folder: Path, blocks: int) -> None:
    """From where nothing can be written to where there is room enough."""
    done = limited(blocks, "keys", "rewrap", "--data", folder)
    if done.returncode:
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert line.startswith("modelry: ")
    with running(folder):
        pass  # settles what was cut off
    with running(folder) as server:
        server.sdk().list_models(m.ListModelsRequest())


def test_a_transaction_that_does_not_fit_leaves_everything_sealed_as_it_was(folder: Path) -> None:
    old = (folder / "sealing.key").read_text().strip()
    sealer = Sealer(bytes.fromhex(old))
    with closing(sqlite3.connect(folder / "modelry.sqlite")) as raw, raw:
        rows = [(f"LTAI{n}", sealer.seal(f"secret{n}", belongs_to=f"LTAI{n}"), n) for n in range(2000)]
        raw.executemany("INSERT INTO access_keys SELECT account_id, ?, '5', 'Active', ?, ? FROM instance", rows)
    before = secrets_of(folder, old)
    done = limited(128, "keys", "rewrap", "--data", folder)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("modelry: ")
    assert secrets_of(folder, old) == before
    assert "2002 secrets" in ran("keys", "rewrap", "--data", folder).stdout
    assert secrets_of(folder, (folder / "sealing.key").read_text().strip()) == before


def test_a_terminal_sees_the_same(folder: Path) -> None:
    code, text = on_terminal("keys", "rewrap", "--data", folder)
    assert code == 0
    assert "2 secrets are sealed with the new key" in text
