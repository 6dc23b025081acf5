"""Lists, counts, searches and latest versions show what gets allow: no less, and nothing else. On random registries."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
import pytest
from alibabacloud_aiworkspace20210204 import models as m
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from modelry import families
from modelry.access.authority import Authority, Caller, Denied
from modelry.access.policy import Context, Grant, Policies, parse
from modelry.access.principal import Principal
from modelry.access.sealing import Sealer
from modelry.errors import ApiError
from modelry.families.workspaces import store as workspace_store
from modelry.families.workspaces.membership.store import memberships
from modelry.handling import Call, Handler, More
from modelry.storage import migrations
from modelry.storage.database import Transaction
from modelry.storage.sqlite import SqliteSchema, SqliteTransaction, connect
from tests import databases
from tests.authorization.identities import Identity, account, attach, fresh, new_role, new_user, session
from tests.authorization.reference import Subject, Thing, may
from tests.authorization.worlds import ASKED, ROLES_APART, WORLDS, Made, Statement, Stored, World, store, subject
from tests.registry import Registry, running

ACCOUNT = 1000000000000001
EPOCH_US = 1_700_000_000_000_000
HERE = Context(source_ip="192.0.2.7", secure_transport=False, time_s=1_700_000_000, user_agent="t")
HANDLERS = {each.operation.full_name: each for each in families.handlers()}


class Told(NamedTuple):
    """An answer."""

    status: int
    body: Mapping[str, Any]


Ask = Callable[..., Told]
"""`ask("GetModel", ModelId=...)`, as the one who asks."""


class View(NamedTuple):
    """A world, who asks, and how."""

    world: World
    stored: Stored
    subject: Subject
    ask: Ask

    def sees(self, model: Made) -> bool:
        return self.ask("GetModel", ModelId=model.model_id).status == 200

    def versions(self, model: Made) -> list[str]:
        """Those of a model that GetModelVersion answers, the oldest first."""
        wanted = [
            (name, self.ask("GetModelVersion", ModelId=model.model_id, VersionName=name)) for name in model.versions
        ]
        return [name for name, told in wanted if told.status == 200]

    def expects(self, action: str, thing: Thing) -> bool:
        return may(self.subject, action, thing)

    def pages(self, operation: str, entities: str, size: int, **asked: object) -> tuple[list[dict[str, Any]], set[int]]:
        """Everything on all pages of a list, and the total counts that they name."""
        found: list[dict[str, Any]] = []
        counts: set[int] = set()
        number = 1
        while True:
            told = self.ask(operation, PageNumber=number, PageSize=size, **asked)
            if told.status != 200:
                assert told.status == 403, told
                return [], {0}
            found += told.body[entities]
            counts.add(told.body["TotalCount"])
            if not told.body[entities]:
                return found, counts
            number += 1


def fits(model: Made, asked: Mapping[str, Any]) -> bool:
    """Whether a filter means a model."""
    provider, accessibility = model.thing.provider, model.thing.cell and model.thing.cell.accessibility
    if "Provider" in asked:
        scope = provider == asked["Provider"] and accessibility == "PUBLIC"
    else:
        scope = provider is None and asked.get("WorkspaceId", model.thing.workspace_id) == model.thing.workspace_id
    texts = [text for label in model.labels.items() for text in label]
    name = asked.get("ModelName", "")
    return (
        scope
        and ("Label" not in asked or any(asked["Label"] in text for text in texts))
        and all(model.labels.get(tag["Key"]) == tag["Value"] for tag in asked.get("Tag", []))
        and any(asked.get("Query", "") in text for text in [model.name, *texts])
        and (model.name == name[1:-1] if name.startswith('"') else name in model.name)
    )


def check_gets(view: View) -> None:
    """Gets answer as the reference says."""
    for model in view.stored.models:
        assert view.sees(model) is view.expects("paimodel:GetModel", model.thing), model
        allowed = [name for name, v in model.versions.items() if view.expects("paimodel:GetModelVersion", v)]
        assert view.versions(model) == allowed, model


def check_models(view: View, asked: Mapping[str, Any], size: int) -> None:
    """ListModels shows the models of the scope that GetModel answers, as GetModel answers them."""
    listed, counts = view.pages("ListModels", "Models", size, **asked)
    ids = [each["ModelId"] for each in listed]
    assert counts == {len(ids)}
    assert len(set(ids)) == len(ids)
    visible = {each.model_id for each in view.stored.models if fits(each, asked) and view.sees(each)}
    if not view.world.joint:
        listable = [each for each in view.stored.models if view.expects("paimodel:ListModels", each.thing)]
        visible &= {each.model_id for each in listable}
    known = {each.model_id for each in view.stored.models}
    assert known & set(ids) == visible
    for each in listed:
        told = view.ask("GetModel", ModelId=each["ModelId"])
        assert told.status == 200
        got = {name: value for name, value in told.body.items() if name != "RequestId"}
        assert {name: value for name, value in each.items() if name != "Tags"} == got
    event(f"{len(visible)} listed")


def check_latest(view: View) -> None:
    """LatestVersion is the newest version that GetModelVersion answers, and absent where it answers none."""
    for model in view.stored.models:
        told = view.ask("GetModel", ModelId=model.model_id)
        if told.status != 200:
            continue
        allowed = view.versions(model)
        latest = told.body.get("LatestVersion")
        assert (latest and latest["VersionName"]) == (allowed[-1] if allowed else None)
        if latest is not None:
            version = view.ask("GetModelVersion", ModelId=model.model_id, VersionName=latest["VersionName"]).body
            assert latest == {name: value for name, value in version.items() if name != "RequestId"}
            event(f"latest is {len(model.versions) - list(model.versions).index(latest['VersionName'])} from the end")


def check_versions(view: View, size: int) -> None:
    """ListModelVersions shows the versions that GetModelVersion answers, or is denied as a whole."""
    for model in view.stored.models:
        told = view.ask("ListModelVersions", ModelId=model.model_id)
        assert (told.status == 200) is view.expects("paimodel:ListModelVersions", model.thing)
        if told.status != 200:
            continue
        listed, counts = view.pages("ListModelVersions", "Versions", size, ModelId=model.model_id)
        allowed = view.versions(model)
        assert [each["VersionName"] for each in listed] == allowed
        assert counts == {len(allowed)}
        for name, version in model.versions.items():
            label = next(key for key in version.labels if key.startswith("v"))
            count = view.ask("ListModelVersions", ModelId=model.model_id, Label=label).body["TotalCount"]
            assert count == (name in allowed)


def check_searches(view: View, visible: Callable[[Made], bool]) -> None:
    """Nobody finds by its label, name or text what they may not get."""
    for model in view.stored.models:
        if model.thing.provider is not None:
            continue
        label = next(key for key in model.labels if key.startswith("of"))
        searches: list[dict[str, Any]] = [
            {"Label": label},
            {"Tag": [{"Key": label, "Value": "x"}]},
            {"Query": model.name},
            {"ModelName": f'"{model.name}"'},
            {"Conditions": [{"Column": "ModelName", "Operator": "Equal", "Value": model.name}]},
        ]
        for search in searches:
            told = view.ask("ListModels", **search)
            assert told.body.get("TotalCount", 0) == visible(model), search


def check_workspaces(view: View, size: int) -> None:
    """ListWorkspaces shows the workspaces that GetWorkspace answers."""
    listed, counts = view.pages("ListWorkspaces", "Workspaces", size)
    ids = [each["WorkspaceId"] for each in listed]
    assert counts == {len(ids)}
    answered = set()
    for workspace_id in view.stored.workspaces:
        arn = f"acs:paiworkspace:cn-x:{view.stored.names['account']}:workspace/{workspace_id}"
        thing = Thing(arn, workspace_id)
        got = view.ask("GetWorkspace", WorkspaceId=workspace_id).status == 200
        assert got is view.expects("paiworkspace:GetWorkspace", thing)
        if got and (view.world.joint or view.expects("paiworkspace:ListWorkspaces", thing)):
            answered.add(workspace_id)
    assert set(ids) & set(view.stored.workspaces) == answered
    assert all(view.ask("GetWorkspace", WorkspaceId=each).status == 200 for each in ids)


# In process: the handlers, over a real database.


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """An empty registry; what a test adds is undone."""
    connection = connect(tmp_path_factory.mktemp("leaks") / "r.sqlite")
    migrations.apply(SqliteSchema(connection), families.migrations("sqlite"))
    transaction = SqliteTransaction(connection, lambda: EPOCH_US)
    transaction.begin()
    workspace_store.first_start(transaction, ACCOUNT, str(ACCOUNT))
    transaction.commit()
    yield connection
    connection.close()


def policies(statements: list[list[Statement]]) -> Policies:
    texts = [json.dumps({"Version": "1", "Statement": each}) for each in statements]
    return Policies([Grant(str(number), parse(text)) for number, text in enumerate(texts)], region="cn-x")


def asking_handlers(transaction: Transaction, world: World, stored: Stored, user_id: str) -> Ask:
    """Calls handlers as the server does."""
    principal = Principal(
        account_id=ACCOUNT,
        user_id=user_id,
        access_key_id="k",
        name="me",
        session_name="" if world.session is None else "s",
    )
    authority = Authority(
        principal,
        policies(stored.meant(world.policies)),
        None if world.session is None else policies([stored.meant(world.session)]),
        memberships(transaction, ACCOUNT, user_id),
    )
    sealer = Sealer(bytes(32))

    def answered(name: str, fields: Mapping[str, Any]) -> Any:  # noqa: ANN401  answers of any shape
        handler = HANDLERS[f"AIWorkSpace:{name}"]
        request = msgspec.convert(fields, handler.operation.request)
        caller = Caller(authority, handler.operation.access.action, HERE)
        caller.check_granted()
        if isinstance(handler, Handler):
            return handler.run(Call(caller=caller, database=transaction, sealer=sealer), request)
        answer = handler.answer(caller, request, tuple(map(transaction.find, handler.keys(caller, request))))
        while isinstance(answer, More):
            answer = answer.answer(tuple(map(transaction.find, answer.keys)))
        return answer

    def ask(name: str, **fields: object) -> Told:
        try:
            return Told(200, json.loads(msgspec.json.encode(answered(name, fields))))
        except Denied:
            return Told(403, {})
        except ApiError as error:
            raise AssertionError(error) from error

    return ask


EXAMPLES = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def seen(raw: sqlite3.Connection) -> Iterator[Callable[[World], View]]:
    """Makes a world, and a view of it through the handlers; the world before is undone."""
    transaction = SqliteTransaction(raw, lambda: EPOCH_US)

    def made(world: World) -> View:
        transaction.roll_back()
        transaction.begin()
        user_id = "2001" if world.session is None else "3001"
        stored = store(transaction, ACCOUNT, world, user_id, "")
        return View(world, stored, subject(world, stored), asking_handlers(transaction, world, stored, user_id))

    yield made
    transaction.roll_back()


@EXAMPLES
@example(world=ROLES_APART)
@given(world=WORLDS)
def test_gets_answer_as_a_second_evaluator_says(seen: Callable[[World], View], world: World) -> None:
    check_gets(seen(world))


@EXAMPLES
@example(world=ROLES_APART, asked={}, size=2)
@example(world=ROLES_APART, asked={"Provider": "pai"}, size=2)
@given(world=WORLDS, asked=ASKED, size=st.integers(1, 3))
def test_a_list_of_models_shows_what_gets_allow(
    seen: Callable[[World], View], world: World, asked: dict[str, Any], size: int
) -> None:
    view = seen(world)
    check_models(view, view.stored.meant(asked), size)


@EXAMPLES
@example(world=ROLES_APART)
@given(world=WORLDS)
def test_the_latest_version_is_the_newest_that_may_be_got(seen: Callable[[World], View], world: World) -> None:
    check_latest(seen(world))


@EXAMPLES
@example(world=ROLES_APART, size=1)
@given(world=WORLDS, size=st.integers(1, 3))
def test_a_list_of_versions_shows_what_gets_allow(seen: Callable[[World], View], world: World, size: int) -> None:
    check_versions(seen(world), size)


@EXAMPLES
@example(world=ROLES_APART)
@given(world=WORLDS)
def test_no_search_finds_what_may_not_be_got(seen: Callable[[World], View], world: World) -> None:
    view = seen(world)
    check_searches(view, lambda model: view.sees(model) and view.expects("paimodel:ListModels", model.thing))


@EXAMPLES
@given(world=WORLDS, size=st.integers(1, 3))
def test_a_list_of_workspaces_shows_what_gets_allow(seen: Callable[[World], View], world: World, size: int) -> None:
    check_workspaces(seen(world), size)


# Over the wire: users, roles, policies and sessions are made through the API, and a server answers.


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("leaks") / "data") as server:
        yield server


def who_asks(by: Identity, world: World) -> tuple[str, str, Callable[[Stored], Identity]]:
    """The kind and name of a new user or role without policies, and how to sign as them once the world is there."""
    name = fresh()
    if world.session is None:
        user = new_user(by, name)
        return "User", name, lambda _: user
    role_id = new_role(by, name)
    assumer = new_user(by, fresh(), "AliyunSTSAssumeRoleAccess")
    statements = world.session

    def assumed(stored: Stored) -> Identity:
        document = json.dumps({"Version": "1", "Statement": stored.meant(statements)})
        return session(assumer, name, role_id, document)

    return "Role", name, assumed


def seen_by_wire(registry: Registry, world: World) -> tuple[View, Identity]:
    """A world on a server that has others, and who asks."""
    by = account(registry)
    kind, name, signing = who_asks(by, world)
    found = by.done(f"Ram:Get{kind}", **{f"{kind}Name": name})[kind]
    user_id = found[f"{kind}Id"]
    prefix = uuid4().hex[:12]
    account_id = int(registry.account_id)
    stored = databases.store_of(registry.folder).write_alone(lambda t: store(t, account_id, world, user_id, prefix))
    for statements in world.policies:
        policy = fresh()
        document = json.dumps({"Version": "1", "Statement": stored.meant(statements)})
        by.done("Ram:CreatePolicy", PolicyName=policy, PolicyDocument=document)
        attach(by, kind, name, policy, "Custom")
    identity = signing(stored)

    def ask(operation: str, **fields: Any) -> Told:  # noqa: ANN401  fields of any request
        sent = {name: json.dumps(value) if isinstance(value, list) else value for name, value in fields.items()}
        answer = identity.ask(f"AIWorkSpace:{operation}", **sent)
        return Told(answer.status, answer.json)

    return View(world, stored, subject(world, stored), ask), identity


@settings(EXAMPLES, max_examples=12)
@given(world=WORLDS, asked=ASKED, size=st.integers(1, 3))
def test_a_server_shows_what_gets_allow(registry: Registry, world: World, asked: dict[str, Any], size: int) -> None:
    view, identity = seen_by_wire(registry, world)
    check_gets(view)
    check_models(view, view.stored.meant(asked), size)
    check_latest(view)
    check_versions(view, size)
    check_searches(view, lambda model: view.sees(model) and view.expects("paimodel:ListModels", model.thing))
    check_workspaces(view, size)
    told = view.ask("ListModels", PageSize=1000)
    if told.status == 200:
        signing = identity.registry
        token = {"security_token": identity.token} if identity.token else {}
        by_sdk = signing.sdk(signing.key_id, signing.secret, **token).list_models(m.ListModelsRequest(page_size=1000))
        assert [each.model_id for each in by_sdk.body.models] == [each["ModelId"] for each in told.body["Models"]]
