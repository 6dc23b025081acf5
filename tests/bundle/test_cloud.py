"""`modelry import --from cloud`, with a second Modelry in the cloud's place."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from alibabacloud_ram20150501 import models as m

from modelry.testing import Registry as Cloud
from modelry.testing import running as cloud_running
from tests.bundle.conftest import ACCOUNT
from tests.bundle.world import answers, ask, made, models_of, surroundings
from tests.cli.folder_steps import ran
from tests.crash import assert_whole
from tests.registry import Registry, running, started

PROGRAM = [sys.executable, "-m", "modelry"]


class Twins(NamedTuple):
    """The service, the workspace to bring over, and the registry that it comes to."""

    cloud: Cloud
    service: Registry
    """The cloud, as tests ask it."""
    workspace_id: str
    here: Registry

    @property
    def spool(self) -> Path:
        return self.here.folder / f"import-{self.workspace_id}.partial"

    @property
    def command(self) -> list[str]:
        return _command(self.service, self.workspace_id, self.here)

    def fetched(self, *arguments: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        return _ran(self.service, *self.command, *arguments, code=code)

    def assert_equal(self) -> None:
        assert dict(answers(self.here, self.workspace_id)) == dict(answers(self.service, self.workspace_id))
        assert not self.spool.exists()


def _command(service: Registry, workspace: str, here: Registry) -> list[str]:
    return [
        "import",
        "--from",
        "cloud",
        "--workspace",
        workspace,
        "--endpoint",
        service.url,
        "--data",
        str(here.folder),
    ]


def _ran(service: Registry, *arguments: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
    return ran(
        *arguments,
        code=code,
        ALIBABA_CLOUD_ACCESS_KEY_ID=service.key_id,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET=service.secret,
    )


def _begun(service: Registry, command: list[str]) -> "subprocess.Popen[str]":
    key = {"ALIBABA_CLOUD_ACCESS_KEY_ID": service.key_id, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": service.secret}
    return subprocess.Popen(
        [*PROGRAM, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **key}
    )


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def _whole_models(spool: Path) -> int:
    return spool.read_bytes().count(b'\n{"Whole":') if spool.exists() else 0


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[Twins]:
    """A service with a workspace, and an empty registry of the same account."""
    (tmp_path / "cloud").mkdir()
    with (
        cloud_running(tmp_path / "cloud", account_id=ACCOUNT) as cloud,
        running(tmp_path / "here", "--account-id", ACCOUNT) as here,
    ):
        service = Registry(
            here.process,
            cloud.folder,
            "http",
            cloud.endpoint,
            cloud.access_key_id,
            cloud.access_key_secret,
            cloud.account_id,
            here.log,
        )
        yield Twins(cloud, service, made(service, seed=5), here)


def test_what_comes_over_is_answered_as_the_service_answers_it(twins: Twins) -> None:
    asked = len(twins.cloud.calls)
    twins.fetched()
    reads = set(twins.cloud.calls[asked:])
    twins.assert_equal()
    assert_whole(twins.here.folder)
    assert reads == {
        *("GetWorkspace", "ListWorkspaceRoles", "ListMembers", "ListConfigs"),
        *("ListModels", "GetModel", "ListModelVersions"),
    }


def test_roles_members_and_configurations_come_over_too(twins: Twins) -> None:
    twins.fetched()
    lists = [dict(list(surroundings(each, twins.workspace_id))[1:]) for each in (twins.service, twins.here)]
    assert lists[0] == lists[1]


def test_a_workspace_is_found_by_its_name(twins: Twins) -> None:
    _ran(twins.service, *_command(twins.service, "team", twins.here))
    twins.assert_equal()


def test_throttling_and_failures_are_waited_out(twins: Twins) -> None:
    twins.cloud.faults.throttle(times=2, retry_after_ms=50, operation="GetModel")
    twins.cloud.faults.fail(status=503, times=2, operation="ListModelVersions")
    twins.cloud.faults.drop(times=1, operation="ListMembers")
    twins.fetched()
    twins.assert_equal()


def test_an_import_that_was_killed_goes_on_where_it_was(twins: Twins) -> None:
    twins.cloud.faults.delay(0.1, operation="GetModel")
    process = _begun(twins.service, twins.command)
    _until(lambda: _whole_models(twins.spool) >= 3)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = _whole_models(twins.spool)
    assert models_of(twins.here, twins.workspace_id) == []
    twins.cloud.faults.clear()
    asked = len(twins.cloud.calls)
    twins.fetched()
    assert twins.cloud.calls[asked:].count("GetModel") == 8 - kept
    twins.assert_equal()


def test_a_line_that_was_cut_off_is_fetched_again(twins: Twins) -> None:
    twins.cloud.faults.fail(status=400, times=None, operation="ListModelVersions")
    twins.fetched(code=1)
    twins.cloud.faults.clear()
    with twins.spool.open("ab") as spool:
        spool.write(b'{"Kind":"Model","Document":{"ModelId":"mod')
    twins.fetched()
    twins.assert_equal()


def test_a_service_that_refuses_for_good_ends_it_and_says_how_to_go_on(twins: Twins) -> None:
    twins.cloud.faults.fail(status=400, times=None, operation="ListModelVersions", code="Odd", message="no")
    done = twins.fetched(code=1)
    kept, line = done.stderr.splitlines()
    assert kept.startswith("0 models are kept in ")
    assert line.startswith("modelry: Odd: no")
    assert models_of(twins.here, twins.workspace_id) == []


def test_what_was_changed_meanwhile_is_fetched_again(twins: Twins) -> None:
    twins.cloud.faults.delay(0.1, operation="GetModel")
    process = _begun(twins.service, twins.command)
    _until(lambda: _whole_models(twins.spool) >= 3)
    process.kill()
    process.communicate()
    twins.cloud.faults.clear()
    models = [model["ModelId"] for model in models_of(twins.service, twins.workspace_id)]
    ask(twins.service, "PUT", f"/api/v1/models/{models[0]}", {"Task": "changed"})
    ask(twins.service, "POST", f"/api/v1/models/{models[1]}/versions", {"Uri": "oss://b.e/"})
    ask(twins.service, "DELETE", f"/api/v1/models/{models[2]}")
    twins.fetched()
    twins.assert_equal()


def test_a_model_that_goes_while_others_are_fetched_is_left_out(twins: Twins) -> None:
    twins.cloud.faults.fail(status=404, times=1, operation="GetModel")
    twins.fetched()
    here, there = (models_of(each, twins.workspace_id) for each in (twins.here, twins.service))
    assert here == there[1:]


def test_a_list_that_changes_between_its_pages_is_read_again(twins: Twins) -> None:
    for number in range(110):
        ask(twins.service, "POST", "/api/v1/models", {"ModelName": f"x{number}", "WorkspaceId": twins.workspace_id})
    first = models_of(twins.service, twins.workspace_id)[0]["ModelId"]
    before = twins.cloud.calls.count("ListModels")
    twins.cloud.faults.delay(1, operation="ListModels", times=1, when="after")
    process = _begun(twins.service, twins.command)
    _until(lambda: twins.cloud.calls.count("ListModels") > before)
    time.sleep(0.2)
    ask(twins.service, "DELETE", f"/api/v1/models/{first}")
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0
    twins.assert_equal()


def test_what_is_in_the_way_is_said_before_models_are_fetched(twins: Twins) -> None:
    twins.fetched()
    asked = len(twins.cloud.calls)
    assert "already" in twins.fetched(code=1).stderr
    assert "ListModels" not in twins.cloud.calls[asked:]


def test_what_has_come_since_is_added(twins: Twins) -> None:
    twins.fetched()
    ask(twins.service, "POST", "/api/v1/models", {"ModelName": "new", "WorkspaceId": twins.workspace_id})
    outcome = json.loads(twins.fetched("--skip-existing", "-o", "json").stdout)
    assert outcome["Added"] == {"Model": 1}
    twins.assert_equal()


def test_two_at_once_are_one_too_many(twins: Twins) -> None:
    twins.cloud.faults.delay(0.3, operation="GetModel")
    process = _begun(twins.service, twins.command)
    _until(twins.spool.exists)
    time.sleep(0.2)
    assert "is in use" in twins.fetched(code=1).stderr
    twins.cloud.faults.clear()
    process.communicate(timeout=60)
    assert process.returncode == 0
    twins.assert_equal()


def test_what_was_fetched_of_another_service_is_not_mixed_in(twins: Twins) -> None:
    twins.spool.write_text('{"SpoolOf":"workspace 1 at http://elsewhere"}\n')
    assert "holds what was fetched of workspace 1 at http://elsewhere" in twins.fetched(code=1).stderr


def test_a_caller_who_may_not_read_is_told_so(twins: Twins) -> None:
    user = twins.cloud.ram_sdk()
    user.create_user(m.CreateUserRequest(user_name="nobody"))
    key = user.create_access_key(m.CreateAccessKeyRequest(user_name="nobody")).body.access_key
    done = ran(
        *twins.command,
        code=3,
        ALIBABA_CLOUD_ACCESS_KEY_ID=key.access_key_id,
        ALIBABA_CLOUD_ACCESS_KEY_SECRET=key.access_key_secret,
    )
    assert "NoPermission" in done.stderr
    assert not twins.spool.exists()


def test_kinds_that_are_left_out_are_not_asked_for(twins: Twins) -> None:
    asked = len(twins.cloud.calls)
    twins.fetched("--without", "members", "--without", "roles", "--without", "configs")
    assert {"ListMembers", "ListWorkspaceRoles", "ListConfigs"}.isdisjoint(twins.cloud.calls[asked:])
    assert ask(twins.here, "GET", f"/api/v1/workspaces/{twins.workspace_id}/members")["Members"] == []


def test_a_service_that_stops_midway_is_gone_on_with_when_it_is_back(tmp_path: Path) -> None:
    """Hundreds of models with three versions each; then the same out of a bundle."""
    with running(tmp_path / "here", "--account-id", ACCOUNT) as here:
        service = started(tmp_path / "cloud", "--account-id", ACCOUNT)
        workspace_id = _filled(service, models=500, versions=3)
        spool = here.folder / f"import-{workspace_id}.partial"
        process = _begun(service, _command(service, workspace_id, here))
        _until(lambda: _whole_models(spool) >= 50)
        service.kill()
        _, err = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "the same command goes on from there" in err
        kept = _whole_models(spool)
        assert 50 <= kept < 500
        service = started(tmp_path / "cloud", "--port", str(service.port))
        asked = _gets(service)
        try:
            _ran(service, *_command(service, workspace_id, here))
            assert _gets(service) - asked == 500 - kept
            assert models_of(here, workspace_id) == models_of(service, workspace_id)
            bundle = tmp_path / "x.zip"
            ran("export", workspace_id, bundle, "--data", service.folder)
        finally:
            service.stop()
        assert_whole(here.folder)
        expected = models_of(here, workspace_id)
    with running(tmp_path / "third", "--account-id", ACCOUNT) as third:
        ran("import", bundle, "--data", third.folder)
        assert models_of(third, workspace_id) == expected
    assert_whole(third.folder)


def _gets(registry: Registry) -> int:
    return [line.get("Operation") for line in registry.log_lines()].count("GetModel")


def _filled(registry: Registry, *, models: int, versions: int) -> str:
    body = {"WorkspaceName": "many", "Description": "", "EnvTypes": ["prod"]}
    workspace_id: str = ask(registry, "POST", "/api/v1/workspaces", body)["WorkspaceId"]
    for number in range(models):
        body = {"ModelName": f"m{number}", "WorkspaceId": workspace_id}
        model_id = ask(registry, "POST", "/api/v1/models", body)["ModelId"]
        for _ in itertools.repeat(None, versions):
            ask(registry, "POST", f"/api/v1/models/{model_id}/versions", {"Uri": "oss://b.e/"})
    return workspace_id
