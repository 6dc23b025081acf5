"""What goes wrong is told with its reason, and nothing that exists is lost from the state or made twice."""

import signal
import time
from pathlib import Path
from uuid import uuid4

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_ram20150501 import models as ram

from modelry.testing import Registry
from tests.registry import running, started
from tests.terraform.workbench import EMPTY, MODEL, VERSION, WORKSPACE, Resources, Workbench, needs_terraform
from tests.terraform.workbench import workbench as with_key

pytestmark = needs_terraform

IT = f"{MODEL}.it"


@pytest.fixture
def bench(tmp_path: Path, modelry_registry: Registry) -> Workbench:
    it = modelry_registry
    return Workbench(tmp_path / "bench", it.endpoint, it.access_key_id, it.access_key_secret)


def model(**more: object) -> Resources:
    return {IT: {"model_name": "it", **more}}


def names(registry: Registry) -> list[str]:
    return [found.model_name for found in registry.sdk().list_models(m.ListModelsRequest(page_size=100)).body.models]


@pytest.mark.parametrize("key", [{"key_id": "LTAI5tUnknown"}, {"secret": "wrong"}])
def test_a_wrong_key_is_an_error_and_not_a_lost_resource(
    bench: Workbench, modelry_registry: Registry, key: dict[str, str]
) -> None:
    bench.applied(model())
    before = bench.state
    for name, value in key.items():
        setattr(bench, name, value)
    for done in (bench.plan(), bench.apply()):
        assert done.code == 1
        assert "InvalidAccessKeyId" in done.text or "SignatureDoesNotMatch" in done.text
        assert "RequestId" in done.text
        assert "will be created" not in done.text
    assert bench.state == before


def test_a_missing_permission_is_an_error_and_not_a_lost_resource(bench: Workbench, modelry_registry: Registry) -> None:
    bench.applied(model())
    before = bench.state
    users = modelry_registry.ram_sdk()
    users.create_user(ram.CreateUserRequest(user_name="nobody"))
    key = users.create_access_key(ram.CreateAccessKeyRequest(user_name="nobody")).body.access_key
    bench.key_id, bench.secret = key.access_key_id, key.access_key_secret
    done = bench.plan()
    assert done.code == 1
    assert "NoPermission" in done.text
    assert "RequestId" in done.text
    assert bench.state == before


def test_a_404_of_something_else_does_not_make_a_resource_gone(bench: Workbench, modelry_registry: Registry) -> None:
    bench.applied(model())
    modelry_registry.faults.fail(status=404, code="InvalidAction.NotFound", operation="GetModel", times=None)
    done = bench.plan()
    assert done.code == 1
    assert "InvalidAction.NotFound" in done.text
    modelry_registry.faults.clear()
    assert bench.plan().code == EMPTY


def test_throttling_is_waited_for(bench: Workbench, modelry_registry: Registry) -> None:
    modelry_registry.faults.throttle(times=8, operation="CreateModel")
    bench.applied(model())
    assert modelry_registry.calls.count("CreateModel") == 9


def test_throttling_beyond_the_timeout_is_an_error(bench: Workbench, modelry_registry: Registry) -> None:
    modelry_registry.faults.throttle(times=None, operation="CreateModel")
    bench.write(model(timeouts={"create": "2s"}))
    done = bench.apply()
    assert done.code == 1
    assert "Throttling" in done.text
    modelry_registry.faults.clear()
    bench.applied()


def test_silence_ends_with_the_timeout(bench: Workbench, modelry_registry: Registry) -> None:
    bench.applied(model())
    modelry_registry.faults.delay(600, operation="UpdateModel")
    bench.write(model(task="t", timeouts={"update": "1s"}))
    done = bench.apply()
    assert done.code == 1
    assert "UpdateModel: no answer" in done.text
    modelry_registry.faults.clear()
    bench.applied()


def test_a_creation_whose_answer_was_lost_is_found_again(bench: Workbench, modelry_registry: Registry) -> None:
    workspace = {f"{WORKSPACE}.w": {"workspace_name": "www", "description": "d", "env_types": ["prod"]}}
    for operation in ("CreateWorkspace", "CreateModel", "CreateModelVersion"):
        modelry_registry.faults.drop(when="after", operation=operation)
    version = {"model_id": f"${{{IT}.id}}", "version_name": "1.0.0", "uri": "oss://b.c/d"}
    bench.applied(workspace | model(workspace_id=f"${{{WORKSPACE}.w.id}}") | {f"{VERSION}.v": version})
    assert names(modelry_registry) == ["it"]


def test_a_creation_in_doubt_stays_in_the_state_and_is_made_once(bench: Workbench, modelry_registry: Registry) -> None:
    workspace_id = modelry_registry.sdk().get_default_workspace(m.GetDefaultWorkspaceRequest()).body.workspace_id
    modelry_registry.faults.drop(when="after", operation="CreateModel")
    modelry_registry.faults.fail(status=503, operation="ListModels", times=None)
    bench.write(model(workspace_id=workspace_id))
    done = bench.apply()
    assert done.code == 1
    assert "tainted" in done.text
    assert IT in bench.state
    modelry_registry.faults.clear()
    bench.applied()
    assert names(modelry_registry) == ["it"]


@pytest.mark.parametrize("lists", [200, 503])
def test_a_creation_in_doubt_does_not_take_what_is_somebody_else_s(
    bench: Workbench, modelry_registry: Registry, lists: int
) -> None:
    """Whose answer, that the name is taken, was lost."""
    sdk = modelry_registry.sdk()
    workspace_id = sdk.get_default_workspace(m.GetDefaultWorkspaceRequest()).body.workspace_id
    theirs = sdk.create_model(m.CreateModelRequest(model_name="it", task="theirs")).body.model_id
    modelry_registry.faults.drop(when="after", operation="CreateModel")
    if lists != 200:
        modelry_registry.faults.fail(status=lists, operation="ListModels", times=None)
    bench.write(model(workspace_id=workspace_id, task="ours"))
    assert bench.apply().code == 1
    modelry_registry.faults.clear()
    again = bench.apply()
    assert again.code == 1
    assert "CreateModel: " in again.text
    assert sdk.get_model(theirs, m.GetModelRequest()).body.task == "theirs"


def test_a_creation_that_was_never_carried_out_is_repeated(bench: Workbench, modelry_registry: Registry) -> None:
    modelry_registry.faults.drop(when="before", operation="CreateModel")
    bench.write(model())
    assert bench.apply().code == 1
    bench.applied()
    assert names(modelry_registry) == ["it"]


def test_a_change_that_failed_half_way_is_taken_up(bench: Workbench, modelry_registry: Registry) -> None:
    bench.applied(model(labels=[{"key": "a", "value": "1"}]))
    modelry_registry.faults.fail(status=500, operation="CreateModelLabels")
    bench.write(model(task="new", labels=[{"key": "b", "value": "2"}]))
    assert bench.apply().code == 1
    assert (bench.state[IT]["task"], bench.state[IT]["labels"]) == ("new", [{"key": "a", "value": "1"}])
    bench.applied()


def test_labels_are_never_all_gone(bench: Workbench, modelry_registry: Registry) -> None:
    bench.applied(model(labels=[{"key": "a", "value": "1"}, {"key": "b", "value": "1"}]))
    modelry_registry.faults.fail(status=500, operation="DeleteModelLabels")
    bench.write(model(labels=[{"key": "c", "value": "1"}, {"key": "a", "value": "1"}]))
    assert bench.apply().code == 1
    found = modelry_registry.sdk().get_model(bench.state[IT]["id"], m.GetModelRequest()).body
    assert {"c", "a"} <= {label.key for label in found.labels}
    bench.applied()


def test_a_made_resource_that_cannot_be_read_is_kept(bench: Workbench, modelry_registry: Registry) -> None:
    modelry_registry.faults.fail(status=500, operation="GetModelVersion", times=3)
    bench.write(model() | {f"{VERSION}.v": {"model_id": f"${{{IT}.id}}", "uri": "oss://b.c/d"}})
    done = bench.apply()
    assert done.code == 0, done.text
    assert "Warning" in done.text
    left = bench.plan()
    assert left.code == EMPTY, left.text


@pytest.mark.parametrize(
    ("resources", "argument", "said"),
    [
        (model(accessibility="SECRET"), "accessibility", "SECRET"),
        (model(model_name="x" * 128), "model_name", "127"),
        (model(order_number=1.5), "order_number", "whole number"),
        (model(labels=[{"key": "a=b", "value": ""}]), "labels", "regex"),
        (model(extra_info_json="[1]"), "extra_info_json", "no JSON object"),
        (model(extra_info_json="{}", extra_info={"a": "b"}), "extra_info", "two spellings"),
        (model(timeouts={"create": "soon"}), "timeouts", "no duration"),
        (
            {f"{WORKSPACE}.w": {"workspace_name": "1", "description": "", "env_types": ["prod"]}},
            "workspace_name",
            "regex",
        ),
        ({f"{WORKSPACE}.w": {"workspace_name": "abc", "description": "", "env_types": ["x"]}}, "env_types", "'x'"),
        ({f"{VERSION}.v": {"model_id": "m", "uri": "u", "version_name": "1"}}, "version_name", "regex"),
    ],
)
def test_a_wrong_argument_is_named_before_anything_is_sent(
    bench: Workbench, modelry_registry: Registry, resources: Resources, argument: str, said: str
) -> None:
    bench.write(resources)
    done = bench.plan()
    assert done.code == 1
    assert f"unusable {argument}" in done.text
    assert said in done.text
    assert modelry_registry.calls == []


def test_what_the_server_refuses_has_its_code_and_request_id(bench: Workbench, modelry_registry: Registry) -> None:
    modelry_registry.sdk().create_model(m.CreateModelRequest(model_name="it"))
    bench.write(model())
    done = bench.apply()
    assert done.code == 1
    assert "CreateModel: " in done.text
    assert "RequestId" in done.text


def test_an_interrupt_lets_what_is_under_way_come_to_its_end(bench: Workbench, modelry_registry: Registry) -> None:
    modelry_registry.faults.delay(4, operation="CreateModel")
    bench.write(model() | {f"{MODEL}.later": {"model_name": "later", "depends_on": [IT]}})
    process = bench.start("apply", "-auto-approve")
    while "CreateModel" not in modelry_registry.calls:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 1, text
    assert names(modelry_registry) == ["it"]
    assert set(bench.state) == {IT}
    modelry_registry.faults.clear()
    bench.applied()


def test_a_provider_does_not_outlive_terraform(bench: Workbench, modelry_registry: Registry) -> None:
    modelry_registry.faults.delay(4, operation="CreateModel")
    bench.write(model())
    process = bench.start("apply", "-auto-approve")
    while "CreateModel" not in modelry_registry.calls:
        time.sleep(0.05)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    providers = [int(pid) for pid in children] or _providers(process.pid)
    process.kill()
    process.communicate()
    assert providers
    deadline = time.monotonic() + 30
    while any(_alive(pid) for pid in providers):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_server_that_is_killed_during_an_apply_loses_nothing(tmp_path: Path) -> None:
    """It comes back while Terraform runs, or before the next apply; there is one model of each name in the end."""
    data = tmp_path / "data"
    prefix, count = uuid4().hex[:8], 40
    registry = started(data)
    bench = with_key(tmp_path / "bench", registry)
    workspace_id = registry.sdk().get_default_workspace(m.GetDefaultWorkspaceRequest()).body.workspace_id
    wanted = {
        f"{MODEL}.m{i}": {
            "model_name": f"{prefix}-{i}",
            "workspace_id": workspace_id,
            "labels": [{"key": "n", "value": str(i)}],
        }
        for i in range(count)
    }
    bench.write(wanted)
    process = bench.start("apply", "-auto-approve", "-parallelism=30")
    while _count(registry.log) < 10:
        time.sleep(0.01)
    registry.kill()
    with running(data, "--port", str(registry.port)) as again:
        process.communicate(timeout=120)
        bench.applied()
        found = again.sdk().list_models(m.ListModelsRequest(page_size=1000, model_name=prefix)).body.models
        assert sorted(each.model_name for each in found) == sorted(values["model_name"] for values in wanted.values())
        assert {values["id"] for values in bench.state.values()} == {each.model_id for each in found}


def _count(log: Path) -> int:
    return log.read_text().count("CreateModel")


def _providers(parent: int) -> list[int]:
    stats = ((int(p.name), (p / "stat").read_text()) for p in Path("/proc").iterdir() if p.name.isdigit())
    return [pid for pid, stat in stats if int(stat.rpartition(")")[2].split()[1]) == parent]


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
