"""What a running server leaves in the audit."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_aiworkspace20210204 import models as m
from alibabacloud_tea_openapi.exceptions import ClientException, ServerException

from modelry import families
from modelry.families.audit.store import Event, record
from modelry.storage.database import Change, Connection
from modelry.storage.sqlite import FILE_NAME, connect, write_alone
from tests.audit import pai_writes, ram_writes
from tests.audit.events import MADE, event, found, times
from tests.audit.steps import Clients, Expected, Known, Side, Step
from tests.contract.calls import Calls
from tests.contract.ram.rpc_calls import RpcCalls, User
from tests.registry import Registry, running

STEPS = (*pai_writes.STEPS, *ram_writes.STEPS)
CHANGE_TIMES = ("GmtModifiedTime", "UpdateDate")
"""Members that every update changes."""


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server of this file alone."""
    with running(tmp_path_factory.mktemp("audit") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def audit(registry: Registry) -> Iterator[Connection]:
    """Its database."""
    raw = connect(registry.folder / FILE_NAME)
    yield Connection(raw)
    raw.close()


def rows(audit: Connection, registry: Registry, **filters: str) -> list[Event]:
    """The rows that fit."""
    return found(audit, int(registry.account_id), **filters)


@pytest.fixture(scope="module")
def life(registry: Registry) -> tuple[dict[str, str], Known]:
    """The request id of each step of the life cycle, and what they made."""
    clients = Clients.of(registry)
    first = clients.pai("get_default_workspace")
    known = {
        "account": registry.account_id,
        "first": first.workspace_id,
        "default_group": clients.pai("get_workspace", first.workspace_id).resource_group_id,
    }
    request_ids = {}
    for step in STEPS:
        answer = step.call(clients, known)
        known |= step.learns(clients, answer)
        request_ids[step.operation] = answer.request_id
    return request_ids, known


def test_the_life_cycle_calls_every_write_of_the_catalogue() -> None:
    writes = {operation.full_name for operation in families.operations() if operation.writes}
    assert writes == {step.operation for step in STEPS} | set(ram_writes.NEVER)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.operation)
def test_a_write_leaves_one_row_with_what_it_changed(
    registry: Registry, audit: Connection, life: tuple[dict[str, str], Known], step: Step
) -> None:
    request_ids, known = life
    (row,) = rows(audit, registry, request_id=request_ids[step.operation])
    assert (f"{row.product}:{row.operation}", row.outcome, row.code, row.reason) == (step.operation, "Success", "", "")
    expected: tuple[Expected, ...] = filled(step.changes, known)
    assert len(row.changes) == len(expected)
    for resource, before, after in expected:
        told = [among(change, before, after) for change in row.changes if change.resource == resource]
        assert (before, after) in told


def filled(expected: Any, known: Known) -> Any:  # noqa: ANN401  whatever is made of texts
    """What is expected, with the ids that the life cycle has met."""
    if isinstance(expected, str):
        return re.sub(r"\{(\w+)\}", lambda name: known[name[1]], expected)
    if isinstance(expected, dict):
        return {key: filled(value, known) for key, value in expected.items()}
    return type(expected)(filled(each, known) for each in expected) if isinstance(expected, tuple | list) else expected


def among(change: Change, before: Side, after: Side) -> tuple[Side, Side]:
    """Both sides of a change; of what was made or removed, the members that are asked about."""
    old, new = (None if side is None else json.loads(side) for side in (change.before, change.after))
    if old is None or new is None:
        return asked(old, before), asked(new, after)
    return untimed(old), untimed(new)


def asked(side: dict[str, Any] | None, wanted: Side) -> Side:
    return side if side is None or wanted is None else {key: side.get(key) for key in wanted}


def untimed(side: dict[str, Any]) -> Side:
    return {key: value for key, value in side.items() if key not in CHANGE_TIMES}


def test_a_row_says_who_and_from_where(registry: Registry, audit: Connection) -> None:
    request_id = Calls(registry, "sync")("create_model", model_name="who").request_id
    (row,) = rows(audit, registry, request_id=request_id)
    assert (row.identity_type, row.user_id, row.user_name) == ("Account", registry.account_id, "")
    assert (row.access_key_id, row.source) == (registry.key_id, "127.0.0.1")
    assert row.user_agent.startswith("AlibabaCloud")


def test_rows_stand_in_the_order_of_the_writes(registry: Registry, audit: Connection) -> None:
    call = Calls(registry, "sync")
    request_ids = [call("create_model", model_name=f"order-{number}").request_id for number in range(5)]
    assert [row.request_id for row in rows(audit, registry) if row.request_id in request_ids] == request_ids


REFUSED: list[tuple[str, tuple[str, ...], dict[str, object]]] = [
    ("create_model", (), {"model_name": "taken"}),
    ("create_model", (), {"model_name": "x" * 1000}),
    ("create_workspace", (), {"workspace_name": "1", "description": "d", "env_types": ["prod"]}),
    ("delete_model", ("model-absent",), {}),
]


@pytest.mark.parametrize(("operation", "path", "fields"), REFUSED)
def test_what_is_refused_leaves_no_row(
    registry: Registry, audit: Connection, operation: str, path: tuple[str, ...], fields: dict[str, object]
) -> None:
    call = Calls(registry, "sync")
    if fields.get("model_name") == "taken":
        call("create_model", **fields)
    before = rows(audit, registry)
    with call.refused() as refusal:
        call(operation, *path, **fields)
    assert 400 <= refusal.status < 500
    assert rows(audit, registry) == before


def test_a_read_leaves_no_row(registry: Registry, audit: Connection) -> None:
    before = rows(audit, registry)
    Calls(registry, "sync")("list_models")
    assert rows(audit, registry) == before


def test_the_command_reads_beside_the_running_server(registry: Registry) -> None:
    request_id = Calls(registry, "sync")("create_model", model_name="beside").request_id
    command = [sys.executable, "-m", "modelry", "audit", "--data", str(registry.folder), "--request-id", request_id]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(printed.stdout)["Changes"][0]["After"]["ModelName"] == "beside"
    assert printed.stderr == ""


def new_user(registry: Registry, name: str) -> User:
    """A user without a policy."""
    ram = RpcCalls(registry.ram_sdk())
    user = ram("create_user", user_name=name).user
    key = ram("create_access_key", user_name=name).access_key
    return User(registry, name, user.user_id, key.access_key_id, key.access_key_secret)


@pytest.fixture(scope="module")
def bob(registry: Registry) -> User:
    """A user who may do everything to one thing alone, so that what a request names decides."""
    ram, user = RpcCalls(registry.ram_sdk()), new_user(registry, "bob")
    statement = {"Effect": "Allow", "Action": "*", "Resource": "acs:ram:*:*:user/nobody"}
    document = json.dumps({"Version": "1", "Statement": [statement]})
    ram("create_policy", policy_name="nobody", policy_document=document)
    ram("attach_policy_to_user", user_name="bob", policy_name="nobody", policy_type="Custom")
    return user


@pytest.fixture(scope="module")
def eve(registry: Registry) -> User:
    """A user who may do nothing."""
    return new_user(registry, "eve")


def create_workspace(user: User) -> object:
    request = m.CreateWorkspaceRequest(workspace_name="denied", description="d", env_types=["prod"])
    return user.sdk.create_workspace(request)


def list_models(user: User) -> object:
    return user.sdk.list_models(m.ListModelsRequest())


DENIED: dict[str, tuple[Callable[[User], object], str]] = {
    "Ram:CreateUser": (lambda user: user.call_ram("create_user", user_name="carol"), "user/*"),
    "Ram:DeleteUser": (lambda user: user.call_ram("delete_user", user_name="Bob"), "user/bob"),
    "Ram:GetUser": (lambda user: user.call_ram("get_user", user_name="alice"), "user/alice"),
}


@pytest.mark.parametrize("operation", DENIED)
def test_a_denial_leaves_one_row_with_what_was_denied_and_why(
    registry: Registry, audit: Connection, bob: User, operation: str
) -> None:
    call, resource = DENIED[operation]
    row = denied(registry, audit, bob, call)
    assert f"{row.product}:{row.operation}" == operation
    assert (row.identity_type, row.user_id, row.user_name) == ("RAMUser", bob.user_id, "bob")
    assert (row.access_key_id, row.changes) == (bob.key_id, [Change(resource, None, None)])


@pytest.mark.parametrize("call", [create_workspace, list_models])
def test_who_has_no_policy_leaves_a_row_too(
    registry: Registry, audit: Connection, eve: User, call: Callable[[User], object]
) -> None:
    assert denied(registry, audit, eve, call).user_name == "eve"


def test_a_denial_by_a_workspace_role_names_what_was_looked_up(registry: Registry, audit: Connection) -> None:
    call, ram, guest = Calls(registry, "sync"), RpcCalls(registry.ram_sdk()), new_user(registry, "guest")
    ram("attach_policy_to_user", user_name="guest", policy_name="AliyunPAIFullAccess", policy_type="System")
    workspace_id = call.new_workspace()
    member = m.CreateMemberRequestMembers(user_id=guest.user_id, roles=["PAI.WorkspaceGuest"])
    call("create_member", workspace_id, members=[member])
    fields = {"model_name": "public", "workspace_id": workspace_id, "accessibility": "PUBLIC"}
    model_id = call("create_model", **fields).model_id
    row = denied(registry, audit, guest, lambda user: user.sdk.delete_model(model_id, m.DeleteModelRequest()))
    assert row.changes == [Change(f"model/{model_id}", None, None)]


def denied(registry: Registry, audit: Connection, user: User, call: Callable[[User], object]) -> Event:
    """The one row that a call leaves, which is denied."""
    before = rows(audit, registry)
    with pytest.raises(ClientException) as refusal:
        call(user)
    assert refusal.value.status_code == 403
    *others, row = rows(audit, registry)
    assert others == before
    assert (row.request_id, row.code) == (refusal.value.request_id, refusal.value.code)
    assert row.outcome == "Denied"
    assert row.reason
    return row


def test_a_write_that_cannot_be_recorded_is_not_carried_out(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        call = Calls(server, "sync")
        call("create_model", model_name="before")
        with closing(connect(server.folder / FILE_NAME)) as raw:
            raw.execute("ALTER TABLE audit_resources RENAME TO elsewhere")
            with pytest.raises(ServerException, match="ServiceUnavailable"):
                call("create_model", model_name="unrecorded")
            raw.execute("ALTER TABLE elsewhere RENAME TO audit_resources")
            assert len(rows(Connection(raw), server)) == 1
        assert [model.model_name for model in call("list_models").models] == ["before"]
        call("create_model", model_name="unrecorded")


def test_what_was_acknowledged_is_recorded_after_a_crash(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        request_id = Calls(server, "sync")("create_model", model_name="m").request_id
        server.kill()
        with closing(connect(server.folder / FILE_NAME)) as raw:
            assert [row.request_id for row in rows(Connection(raw), server)] == [request_id]


def test_the_setting_bounds_what_is_kept(tmp_path: Path) -> None:
    with running(tmp_path / "data", "--audit-retention-days", "1") as server:
        old = event(1_700_000_000_000_000, MADE, account_id=int(server.account_id))
        write_alone(server.folder, lambda transaction: record(transaction, old, None))
        call = Calls(server, "sync")
        with closing(connect(server.folder / FILE_NAME)) as raw:
            for number in range(200):
                call("create_model", model_name=f"m{number}")
                if old.time_us not in times(rows(Connection(raw), server)):
                    return
    pytest.fail("the old row is still there")


def test_what_an_operator_marks_leaves_a_row_without_a_request(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        model_id = Calls(server, "sync")("create_model", model_name="m").model_id
        command = [sys.executable, "-m", "modelry", "mark", model_id, "--provider", "pai", "--collection", "QuickStart"]
        subprocess.run([*command, "--data", str(server.folder)], check=True)
        with closing(connect(server.folder / FILE_NAME)) as raw:
            (*_, row) = rows(Connection(raw), server)
    assert (row.product, row.operation, row.identity_type, row.request_id) == ("modelry", "mark", "Operator", "")
    assert {change.resource for change in row.changes} == {f"model/{model_id}"}
    made = [json.loads(change.after or b"{}") for change in row.changes]
    assert (made[0]["Provider"], made[1]) == ("pai", {"Collections": ["QuickStart"]})
