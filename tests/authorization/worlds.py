"""Random registries: workspaces, members, models with versions, and the policies of one who asks."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st

from modelry.families.labels.structs import Label
from modelry.families.model_versions import store as version_store
from modelry.families.models import store as model_store
from modelry.families.models.structs import Model, ModelVersion
from modelry.families.workspaces import store as workspace_store
from modelry.families.workspaces.roles import store as role_store
from modelry.families.workspaces.roles.structs import ModulePermission, WorkspaceRole
from modelry.families.workspaces.structs import StoredWorkspace
from modelry.storage.database import Transaction
from modelry.storage.times import shown
from tests.authorization.reference import BUILT_IN, CUSTOM, Subject, Thing
from tests.authorization.scene import Cell

Statement = dict[str, Any]

ANOTHER = "2999"
"""Who created what the one who asks did not."""


class NewVersion(NamedTuple):
    """A version to come."""

    approval_status: str
    labels: dict[str, str]


class NewModel(NamedTuple):
    """A model to come."""

    workspace: int
    own: bool
    accessibility: str
    provider: str | None
    labels: dict[str, str]
    versions: list[NewVersion]


class World(NamedTuple):
    """A registry to come, as the one who asks meets it."""

    joint: bool
    """Whether policies and roles treat a list and its get alike."""
    roles: list[list[str] | None]
    """By workspace; `None` where they are no member."""
    models: list[NewModel]
    policies: list[list[Statement]]
    session: list[Statement] | None
    """As a session of a role, narrowed by this; `None`: as a user."""


LABEL_SETS = st.dictionaries(st.sampled_from(["team", "stage"]), st.sampled_from(["dev", "ops", ""]), max_size=2)
VERSIONS = st.builds(NewVersion, st.sampled_from(["Pending", "Approved", "Rejected"]), LABEL_SETS)
MODELS = st.builds(
    NewModel,
    workspace=st.integers(0, 2),
    own=st.booleans(),
    accessibility=st.sampled_from(["PRIVATE", "PUBLIC"]),
    provider=st.sampled_from([*[None] * 6, "pai", "hf"]),
    labels=LABEL_SETS,
    versions=st.lists(VERSIONS, min_size=1, max_size=3) | st.just([]),
)
JOINT_ACTIONS = [
    *(["*"], ["paimodel:*"], ["PaiModel:Get*", "paimodel:List*"], ["*:*Model*"], ["paimodel:*Version*"]),
    *(["paimodel:GetModelVersion"], ["paimodel:*", "paiworkspace:*"], ["paiworkspace:*"]),
]
APART_ACTIONS = [
    *JOINT_ACTIONS,
    *(["paimodel:GetModel"], ["paimodel:ListModels"], ["paimodel:ListModelVersions"], ["paimodel:*Versions"]),
    *(["paiworkspace:GetWorkspace"], ["paiworkspace:ListWorkspaces"], ["*:Get*"], ["*:List*"]),
]
JOINT_NOT_ACTIONS = [["paimodel:DeleteModel"], ["paiworkspace:*"], ["paimodel:*Version"]]
RESOURCES = [
    *("acs:paimodel:*:<account>:model/<m0>", "acs:paimodel:*:*:model/<m1>*"),
    *("acs:paimodel:*:*:model/<m2>/modelVersion/0.1.0", "acs:paimodel:*:*:model/*/modelVersion/0.2.?"),
    *("acs:paimodel:*:*:model/<m0>/*", "acs:paimodel:*:*:model/*/modelVersion/*", "acs:paimodel:*:2:*"),
    *("acs:paiworkspace:*:*:workspace/<w0>", "acs:*:*:*:workspace/*", "acs:paiworkspace:*:<account>:*"),
]
KEYS = {
    "paimodel:Accessibility": ["PUBLIC", "PRIVATE", "P*", "public"],
    "PaiModel:ApprovalStatus": ["Approved", "Pending", "*ed", "approved"],
    "paimodel:WorkspaceId": ["<w0>", "<w1>", "*"],
    "paiworkspace:WorkspaceId": ["<w0>", "<w2>"],
    "acs:ResourceTag/team": ["dev", "ops", "", "*", "d*"],
    "paimodel:Label/stage": ["dev", "?ps", ""],
}
OPERATORS = [
    *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike"),
    *("StringEqualsIfExists", "StringLikeIfExists", "StringNotEqualsIfExists"),
]
FOLDING = ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"]


def _blocks(key: str) -> st.SearchStrategy[Statement]:
    operators = OPERATORS if "/" in key else OPERATORS + FOLDING
    values = st.lists(st.sampled_from(KEYS[key]), min_size=1, max_size=2)
    return st.builds(lambda operator, wanted: {operator: {key: wanted}}, st.sampled_from(operators), values)


CONDITIONS = st.sampled_from(sorted(KEYS)).flatmap(_blocks)


def _statements(actions: list[list[str]], not_actions: list[list[str]]) -> st.SearchStrategy[Statement]:
    """Denials are about some objects: one of everything would hide all that a test is about."""
    named = st.sampled_from(actions).map(lambda each: {"Action": each})
    others = st.sampled_from(not_actions).map(lambda each: {"NotAction": each})
    some = st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2)
    anywhere = st.just({"Resource": ["*"]})
    there = some.map(lambda each: {"Resource": each})
    where = there | some.map(lambda each: {"NotResource": each})
    action = named | named | others
    conditional = st.tuples(anywhere | there, CONDITIONS.map(lambda each: {"Condition": each}))
    narrow: st.SearchStrategy[tuple[Statement, Statement]] = st.tuples(where, st.just({}))
    return st.builds(
        lambda effect, action, parts: {"Effect": effect, **action, **parts[0], **parts[1]},
        st.sampled_from(["Allow", "Deny"]),
        action,
        conditional | conditional | narrow,
    )


EVERYTHING: Statement = {"Effect": "Allow", "Action": ["*"], "Resource": ["*"]}


OF_VERSIONS = st.builds(
    lambda action, parts: {"Effect": "Deny", "Action": [action], **parts},
    st.sampled_from(["paimodel:GetModelVersion", "paimodel:*Version"]),
    st.sampled_from(
        [
            {"Resource": ["*"], "Condition": {"StringNotEqualsIfExists": {"paimodel:ApprovalStatus": ["Approved"]}}},
            {"Resource": ["*"], "Condition": {"StringLike": {"paimodel:ApprovalStatus": ["Pending", "R*"]}}},
            {"Resource": ["*"], "Condition": {"StringEquals": {"acs:ResourceTag/team": ["dev", "ops"]}}},
            {"Resource": ["acs:paimodel:*:*:model/*/modelVersion/0.2.?", "acs:paimodel:*:*:model/<m0>/*"]},
            {"NotResource": ["acs:paimodel:*:*:model/*/modelVersion/0.1.0"]},
        ]
    ),
)
"""What hides some versions of a model that is seen."""


def _often(usual: st.SearchStrategy[Any], rare: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([usual, usual, usual, rare]).flatmap(lambda chosen: chosen)


def _worlds(joint: bool) -> st.SearchStrategy[World]:
    statement = _statements(
        JOINT_ACTIONS if joint else APART_ACTIONS, JOINT_NOT_ACTIONS + ([] if joint else [["paimodel:ListModels"]])
    )
    wide = st.lists(statement, max_size=2).map(lambda statements: [EVERYTHING, *statements])
    policy = st.lists(statement, min_size=1, max_size=2)
    names = [*BUILT_IN, *CUSTOM]
    names = [name for name in names if not joint or name not in {"lister", "getter"}]
    held = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
    return st.builds(
        World,
        joint=st.just(joint),
        roles=st.lists(_often(held, st.sampled_from([None, []])), min_size=3, max_size=3),
        models=st.lists(MODELS, min_size=3, max_size=6),
        policies=st.tuples(_often(wide, policy), policy | OF_VERSIONS.map(lambda each: [each])).map(list),
        session=_often(st.none(), wide),
    )


ROLES_APART = World(
    joint=False,
    roles=[["lister"], ["getter"], None],
    models=[
        NewModel(workspace, own, accessibility, provider, {}, [NewVersion("Approved", {}), NewVersion("Pending", {})])
        for workspace in range(3)
        for own, accessibility, provider in ((True, "PRIVATE", None), (False, "PUBLIC", None), (False, "PUBLIC", "pai"))
    ],
    policies=[[EVERYTHING]],
    session=None,
)
"""Somebody who may list and not get, get and not list, and is no member, in one workspace each."""
WORLDS = st.booleans().flatmap(_worlds)
TAGS = st.builds(
    lambda key, value: {"Key": key, "Value": value}, st.sampled_from(["team", "stage"]), st.sampled_from(["dev", "ops"])
)
FILTERS: Mapping[str, st.SearchStrategy[Any]] = {
    "WorkspaceId": st.sampled_from(["<w0>", "<w1>", "<w2>"]),
    "Provider": st.sampled_from(["pai", "pai", "hf"]),
    "Label": st.sampled_from(["dev", "team", "of0"]),
    "Tag": st.lists(TAGS, min_size=1, max_size=1),
    "Query": st.sampled_from(["name", "ops", "of1"]),
    "ModelName": st.sampled_from(["name", "1", '"<n0>"']),
}
ASKED = st.lists(st.sampled_from([None, *FILTERS]), max_size=2, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: FILTERS[name] for name in names if name})
)
"""A few filters at once: with many, nothing would ever be found."""


class Made(NamedTuple):
    """A model that is there."""

    model_id: str
    name: str
    thing: Thing
    labels: dict[str, str]
    versions: dict[str, Thing]
    """By name, the oldest first."""


class Stored(NamedTuple):
    """A world that is there."""

    names: Mapping[str, str]
    """What `<m0>`, `<w0>` and the like stand for."""
    workspaces: list[str]
    models: list[Made]

    def meant(self, value: Any) -> Any:  # noqa: ANN401  any JSON
        """A value with ids and names in their places."""
        text = json.dumps(value)
        for name, meaning in self.names.items():
            text = text.replace(f"<{name}>", json.dumps(meaning)[1:-1])
        return json.loads(text)


def store(transaction: Transaction, account_id: int, world: World, user_id: str, prefix: str) -> Stored:
    """Make a world in which the one who asks has this id; `prefix` is in no other world's names."""
    workspaces = [_store_workspace(transaction, account_id, user_id, held, prefix) for held in world.roles]
    models = [
        _store_model(transaction, account_id, new, workspaces[new.workspace], user_id, f"{prefix}{number}")
        for number, new in enumerate(world.models)
    ]
    names = {"account": str(account_id), "n0": models[0].name}
    names |= {f"m{number}": models[number % len(models)].model_id for number in range(3)}
    names |= {f"w{number}": workspace_id for number, workspace_id in enumerate(workspaces)}
    return Stored(names, workspaces, models)


def subject(world: World, stored: Stored) -> Subject:
    """The one who asks, for the reference."""
    held = {w: roles for w, roles in zip(stored.workspaces, world.roles, strict=True) if roles is not None}
    session = None if world.session is None else stored.meant(world.session)
    return Subject([each for policy in world.policies for each in stored.meant(policy)], session, held)


def _store_workspace(
    transaction: Transaction, account_id: int, user_id: str, held: list[str] | None, prefix: str
) -> str:
    position = transaction.tick()
    workspace_id = workspace_store.new_workspace_id(transaction, account_id)
    owned = held is not None and "owner" in held
    new = StoredWorkspace(
        workspace_id=workspace_id,
        workspace_name=f"w{prefix}{workspace_id}",
        display_name="",
        description="",
        env_types=["prod"],
        status="ENABLED",
        creator=user_id if owned else ANOTHER,
        resource_group_id="rg-x",
        gmt_create_time=shown(position),
        gmt_modified_time=shown(position),
    )
    workspace_store.add_workspace(transaction, account_id, new, position)
    ids = {name: _store_role(transaction, account_id, workspace_id, name) for name in CUSTOM} | BUILT_IN
    roles = [workspace_store.Role(ids[name], name) for name in held or [] if name != "owner"]
    if owned:
        workspace_store.give_roles(transaction, account_id, workspace_id, user_id, roles)
    elif held is not None:
        workspace_store.add_member(transaction, account_id, workspace_id, user_id, roles)
    return workspace_id


def _store_role(transaction: Transaction, account_id: int, workspace_id: str, name: str) -> str:
    position = transaction.tick()
    role = WorkspaceRole(
        role_id=f"role-{workspace_id}-{name}",
        role_name=name,
        creator=ANOTHER,
        gmt_create_time=shown(position),
        gmt_modified_time=shown(position),
        status="Succeeded",
        module_permissions=msgspec.convert(CUSTOM[name], list[ModulePermission]),
    )
    role_store.add_role(transaction, account_id, workspace_id, role, position)
    return role.role_id


def _store_model(
    transaction: Transaction, account_id: int, new: NewModel, workspace_id: str, user_id: str, name: str
) -> Made:
    position = transaction.tick()
    labels = {**new.labels, f"of{name}": "x"}
    model = Model(
        model_id=f"model-{name}",
        model_name=f"name{name}",
        gmt_create_time=shown(position),
        gmt_modified_time=shown(position),
        user_id=user_id if new.own else ANOTHER,
        owner_id=str(account_id),
        workspace_id=workspace_id,
        labels=[Label(key=key, value=value) for key, value in labels.items()],
        accessibility=new.accessibility,  # type: ignore[arg-type]  # sampled from the two
        provider=msgspec.UNSET if new.provider is None else new.provider,
    )
    row = model_store.StoredModel(
        *(position, account_id, model.model_id, workspace_id, None, msgspec.json.encode(model)),
        *(model.user_id, new.accessibility, new.provider),
    )
    model_store.add_model(transaction, row)
    arn = f"acs:paimodel:cn-x:{account_id}:model/{model.model_id}"
    thing = Thing(arn, workspace_id, Cell(new.own, new.accessibility), new.provider, labels)
    versions = {
        f"0.{number}.0": _store_version(transaction, row, each, f"0.{number}.0", thing)
        for number, each in enumerate(new.versions, 1)
    }
    return Made(model.model_id, model.model_name, thing, labels, versions)


def _store_version(
    transaction: Transaction, of: model_store.StoredModel, new: NewVersion, name: str, model: Thing
) -> Thing:
    position = transaction.tick()
    labels = {**new.labels, f"v{name[2]}{of.model_id}": "y"}
    version = ModelVersion(
        version_name=name,
        gmt_create_time=shown(position),
        gmt_modified_time=shown(position),
        user_id=of.user_id,
        owner_id=str(of.account_id),
        uri="oss://b/m",
        labels=[Label(key=key, value=value) for key, value in labels.items()],
        approval_status=new.approval_status,  # type: ignore[arg-type]  # sampled from the three
        source_type="Custom",
    )
    version_store.add_version(transaction, of, name, position, msgspec.json.encode(version), name[:3])
    arn = f"{model.arn}/modelVersion/{name}"
    return model._replace(arn=arn, labels=labels, approval_status=new.approval_status)
