"""What is taken away counts from the next request on, in every worker, and for writes that wait already."""

import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any, NamedTuple

import pytest

from modelry.families.ram.keys import store as keys
from modelry.families.ram.keys.store import Owner
from modelry.storage.database import Transaction
from tests import databases
from tests.authorization.identities import (
    Identity,
    account,
    attach,
    detach,
    document,
    fresh,
    new_role,
    new_user,
    session,
)
from tests.authorization.scene import join
from tests.registry import Registry, running
from tests.wire_client import Answer, read_answer

WORKERS = 3
BURSTS, BURST = 100, 60
EVERYTHING = document(Action="*", Resource="*")
NOTHING = document(Action="oss:*", Resource="*")
DEVELOPER = "PAI.AlgoDeveloper"


class Held(NamedTuple):
    """Somebody who may list and get a model."""

    identity: Identity
    name: str
    """Of the user or of the role."""
    workspace_id: str
    model_id: str
    role_id: str
    """Of a custom role of the workspace, which allows models."""


Take = Callable[[Identity, Held], None]
"""Takes something from them, as the account."""


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("propagation") / "data", "--workers", str(WORKERS)) as server:
        yield server


@pytest.fixture(scope="module")
def by(registry: Registry) -> Identity:
    return account(registry)


class Line:
    """A connection that stays open."""

    def __init__(self, registry: Registry) -> None:
        self.socket = socket.create_connection(("127.0.0.1", registry.port), 20)
        self.worker = 0
        """Which process answers."""

    def ask(self, identity: Identity, full_name: str, **fields: object) -> Answer:
        request = identity.signed(full_name, fields)
        self.socket.sendall(request.data())
        return read_answer(self.socket, request.method)


@pytest.fixture(scope="module")
def elsewhere(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Registry]]:
    """Another server of the same registry, where its database may have several."""
    if not databases.on_postgresql():
        yield []
        return
    shared = {
        "MODELRY_SEALING_KEY": (registry.folder / "sealing.key").read_text().strip(),
        "MODELRY_ROOT_ACCESS_KEY_ID": registry.key_id,
        "MODELRY_ROOT_ACCESS_KEY_SECRET": registry.secret,
        **databases.environment_of(registry.folder, {}),
    }
    with running(tmp_path_factory.mktemp("elsewhere") / "data", **shared) as server:
        yield [server]


@pytest.fixture(scope="module")
def lines(registry: Registry, elsewhere: list[Registry]) -> Iterator[list[Line]]:
    """An open connection to each worker; they come in bursts, so that one worker alone is too slow."""
    found: dict[int, Line] = {}
    for _ in range(BURSTS):
        burst = [Line(registry) for _ in range(BURST)]
        for line in burst:
            line.socket.sendall(b"GET /version HTTP/1.1\r\nhost: x\r\n\r\n")
        for line in burst:
            line.worker = int(read_answer(line.socket).json["Process"])
            if found.setdefault(line.worker, line) is not line:
                line.socket.close()
        if len(found) == WORKERS:
            break
    assert len(found) == WORKERS
    all_lines = [*found.values(), *map(Line, elsewhere)]
    yield all_lines
    for line in all_lines:
        line.socket.close()


def custom_policy(by: Identity, text: str = EVERYTHING) -> str:
    name = fresh()
    by.done("Ram:CreatePolicy", PolicyName=name, PolicyDocument=text)
    return name


def modules(permission_type: str) -> list[dict[str, str]]:
    return [{"ModuleName": "Model", "PermissionType": permission_type}]


def placed(by: Identity, identity: Identity, name: str, *roles: str) -> Held:
    """Make somebody a member of a new workspace with a PUBLIC model; `custom` among the roles is a custom one."""
    made = by.done("AIWorkSpace:CreateWorkspace", WorkspaceName=fresh(), Description="d", EnvTypes=["prod"])
    workspace_id = made["WorkspaceId"]
    job = by.done(
        "AIWorkSpace:CreateWorkspaceRole",
        WorkspaceId=workspace_id,
        RoleName="custom",
        ModulePermissions=modules("FullAccess"),
    )
    role_id = by.done("AIWorkSpace:GetInstanceJob", InstanceJobId=job["InstanceJobId"])["InstanceId"]
    join(by, workspace_id, identity.user_id, *roles)
    model = {"ModelName": "m", "WorkspaceId": workspace_id, "Accessibility": "PUBLIC"}
    model_id = by.done("AIWorkSpace:CreateModel", **model)["ModelId"]
    return Held(identity, name, workspace_id, model_id, role_id)


def user_with(by: Identity, policy: str, policy_type: str = "System", *roles: str) -> Held:
    name = fresh()
    identity = new_user(by, name)
    attach(by, "User", name, policy, policy_type)
    return placed(by, identity, name, *(roles or (DEVELOPER,)))


def plain_user(by: Identity) -> Held:
    return user_with(by, "AliyunPAIFullAccess")


def user_of_custom_role(by: Identity) -> Held:
    return user_with(by, "AliyunPAIFullAccess", "System", "custom")


def user_of_custom_policy(by: Identity) -> Held:
    return user_with(by, custom_policy(by), "Custom")


def user_of_group(by: Identity) -> Held:
    name = fresh()
    identity = new_user(by, name)
    by.done("Ram:CreateGroup", GroupName=name)
    attach(by, "Group", name, "AliyunPAIFullAccess")
    by.done("Ram:AddUserToGroup", UserName=name, GroupName=name)
    return placed(by, identity, name, DEVELOPER)


def role_session(by: Identity) -> Held:
    name = fresh()
    role_id = new_role(by, name, "AliyunPAIFullAccess")
    assumer = new_user(by, fresh(), "AliyunSTSAssumeRoleAccess")
    return placed(by, session(assumer, name, role_id), name, DEVELOPER)


def key_deleted(by: Identity, held: Held) -> None:
    by.done("Ram:DeleteAccessKey", UserName=held.name, UserAccessKeyId=held.identity.registry.key_id)


def key_made_inactive(by: Identity, held: Held) -> None:
    key_id = held.identity.registry.key_id
    by.done("Ram:UpdateAccessKey", UserName=held.name, UserAccessKeyId=key_id, Status="Inactive")


def policy_detached(by: Identity, held: Held) -> None:
    detach(by, "User", held.name, "AliyunPAIFullAccess")


def policy_detached_from_group(by: Identity, held: Held) -> None:
    detach(by, "Group", held.name, "AliyunPAIFullAccess")


def policy_detached_from_role(by: Identity, held: Held) -> None:
    detach(by, "Role", held.name, "AliyunPAIFullAccess")


def the_policy_of(by: Identity, held: Held) -> str:
    attached = by.done("Ram:ListPoliciesForUser", UserName=held.name)
    name: str = attached["Policies"]["Policy"][0]["PolicyName"]
    return name


def policy_denying_attached(by: Identity, held: Held) -> None:
    statement = {"Effect": "Deny", "Action": "paimodel:*", "Resource": "*"}
    denying = custom_policy(by, json.dumps({"Version": "1", "Statement": [statement]}))
    attach(by, "User", held.name, denying, "Custom")


def default_version_set(by: Identity, held: Held) -> None:
    policy = {"PolicyName": the_policy_of(by, held)}
    new = by.done("Ram:CreatePolicyVersion", **policy, PolicyDocument=NOTHING)["PolicyVersion"]
    by.done("Ram:SetDefaultPolicyVersion", **policy, VersionId=new["VersionId"])


def version_created_as_default(by: Identity, held: Held) -> None:
    policy = {"PolicyName": the_policy_of(by, held), "PolicyDocument": NOTHING}
    by.done("Ram:CreatePolicyVersion", **policy, SetAsDefault="true")


def removed_from_group(by: Identity, held: Held) -> None:
    by.done("Ram:RemoveUserFromGroup", UserName=held.name, GroupName=held.name)


def member_removed(by: Identity, held: Held) -> None:
    member_id = f"{held.workspace_id}-{held.identity.user_id}"
    by.done("AIWorkSpace:DeleteMembers", WorkspaceId=held.workspace_id, MemberIds=member_id)


def member_role_removed(by: Identity, held: Held) -> None:
    member = {"WorkspaceId": held.workspace_id, "MemberId": f"{held.workspace_id}-{held.identity.user_id}"}
    by.done("AIWorkSpace:RemoveMemberRole", **member, RoleName=DEVELOPER)


def custom_role_changed(by: Identity, held: Held) -> None:
    role = {"WorkspaceId": held.workspace_id, "RoleId": held.role_id}
    by.done("AIWorkSpace:UpdateWorkspaceRole", **role, ModulePermissions=modules("NoPrivilege"))


def role_deleted(by: Identity, held: Held) -> None:
    policy_detached_from_role(by, held)
    by.done("Ram:DeleteRole", RoleName=held.name)


def one_got(held: Held, line: Line) -> Answer:
    return line.ask(held.identity, "AIWorkSpace:GetModel", ModelId=held.model_id)


CHANGES = [
    (plain_user, key_deleted, "InvalidAccessKeyId.NotFound"),
    (plain_user, key_made_inactive, "InvalidAccessKeyId.Inactive"),
    (plain_user, policy_detached, "NoPermission"),
    (plain_user, policy_denying_attached, "NoPermission"),
    (plain_user, member_removed, "NoPermission"),
    (plain_user, member_role_removed, "NoPermission"),
    (user_of_custom_policy, default_version_set, "NoPermission"),
    (user_of_custom_policy, version_created_as_default, "NoPermission"),
    (user_of_group, removed_from_group, "NoPermission"),
    (user_of_group, policy_detached_from_group, "NoPermission"),
    (user_of_custom_role, custom_role_changed, "NoPermission"),
    (role_session, policy_detached_from_role, "NoPermission"),
    (role_session, member_removed, "NoPermission"),
    (role_session, role_deleted, "InvalidSecurityToken.Malformed"),
]
every_change = pytest.mark.parametrize(
    ("holding", "take", "code"), CHANGES, ids=[f"{h.__name__}-{t.__name__}" for h, t, _ in CHANGES]
)


@every_change
def test_what_is_taken_away_is_gone_from_the_next_request_on_in_every_worker(
    lines: list[Line], by: Identity, holding: Callable[[Identity], Held], take: Take, code: str
) -> None:
    """Also on connections that were open before; every worker had answered with what it knew."""
    held = holding(by)
    scope = {"WorkspaceId": held.workspace_id}
    for line in lines:
        assert one_got(held, line).status == 200
        assert line.ask(held.identity, "AIWorkSpace:ListModels", **scope).json["TotalCount"] == 1
    take(by, held)
    for line in lines:
        assert one_got(held, line).code == code, line.worker
        assert line.ask(held.identity, "AIWorkSpace:ListModels", **scope).json.get("TotalCount", 0) == 0
        assert line.ask(held.identity, "AIWorkSpace:CreateModel", ModelName="late", **scope).code == code
    assert by.done("AIWorkSpace:ListModels", **scope)["TotalCount"] == 1


def test_what_is_given_counts_from_the_next_request_on_in_every_worker(lines: list[Line], by: Identity) -> None:
    name = fresh()
    held = placed(by, new_user(by, name), name, DEVELOPER)
    assert {one_got(held, line).status for line in lines} == {403}
    attach(by, "User", name, "AliyunPAIFullAccess")
    assert {one_got(held, line).status for line in lines} == {200}


# Writes that wait.


@pytest.fixture
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A server of one worker, whose writes are carried out in the order in which they came."""
    with running(tmp_path_factory.mktemp("waiting") / "data") as server:
        yield server


@contextmanager
def nobody_writes(registry: Registry) -> Iterator[Transaction]:
    """Write as another process of this program does, which takes its time; what it writes is kept in the end."""
    begun: Future[Transaction] = Future()
    done = Event()

    def take_time(transaction: Transaction) -> None:
        begun.set_result(transaction)
        done.wait(10)

    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(databases.store_of(registry.folder).write_alone, take_time)
        try:
            yield begun.result(10)
        finally:
            done.set()
        writing.result(10)


def waiting(sent: Sequence[Future[Any]]) -> None:
    """Let requests reach the queue of the writes."""
    time.sleep(0.4)
    assert not any(one.done() for one in sent)


ONE_WRITE = {
    key_deleted,
    key_made_inactive,
    policy_detached,
    member_removed,
    member_role_removed,
    removed_from_group,
    policy_detached_from_group,
    custom_role_changed,
    policy_detached_from_role,
}
"""Changes of one write, which needs no answer to something else before."""


def test_a_write_is_refused_that_waited_behind_what_took_the_right_to_it_away(alone: Registry) -> None:
    """Each was signed, sent and let in while its caller still might."""
    by = account(alone)
    chosen = [change for change in CHANGES if change[1] in ONE_WRITE]
    placed_so = [(holding(by), take, code) for holding, take, code in chosen]
    with ThreadPoolExecutor(2 * len(placed_so)) as threads:
        for held, _, _ in placed_so:
            assert late(held, "own").status == 200
        with nobody_writes(alone):
            taken = [threads.submit(take, by, held) for held, take, _ in placed_so]
            waiting(taken)
            sent = [threads.submit(late, held, "late") for held, _, _ in placed_so]
            waiting(sent)
        for one in taken:
            one.result(10)
        answers = [one.result(10) for one in sent]
    for (held, take, code), answer in zip(placed_so, answers, strict=True):
        assert answer.code == code, take.__name__
        left = by.done("AIWorkSpace:ListModels", WorkspaceId=held.workspace_id)["Models"]
        assert {each["ModelName"] for each in left} == {"m", "own"}, take.__name__


def late(held: Held, name: str) -> Answer:
    """A write by somebody who may."""
    return held.identity.ask("AIWorkSpace:CreateModel", ModelName=name, WorkspaceId=held.workspace_id)


def test_a_waiting_write_is_refused_once_another_process_has_revoked_its_key(alone: Registry) -> None:
    by = account(alone)
    held = plain_user(by)
    assert one_of(held).status == 200
    with ThreadPoolExecutor(1) as thread:
        with nobody_writes(alone) as sibling:
            sent = thread.submit(late, held, "late")
            waiting([sent])
            revoke(sibling, alone, held)
        assert sent.result(10).code == "InvalidAccessKeyId.NotFound"
    assert by.done("AIWorkSpace:ListModels", WorkspaceId=held.workspace_id)["TotalCount"] == 1


def one_of(held: Held) -> Answer:
    return held.identity.ask("AIWorkSpace:GetModel", ModelId=held.model_id)


def revoke(transaction: Transaction, registry: Registry, held: Held) -> None:
    """Delete a key as a sibling does that writes, before it tells anybody."""
    owner = Owner(int(registry.account_id), held.identity.user_id, held.name)
    gone = keys.owned_key(transaction, owner, held.identity.registry.key_id)
    assert gone is not None
    keys.delete_key(transaction, owner, gone)
