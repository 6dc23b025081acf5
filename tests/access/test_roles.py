"""What workspace roles leave to be known about an object."""

from itertools import product
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelry import families
from modelry.access.matrix import (
    ADMIN,
    ADMINISTRATORS,
    ASSIGNABLE_ROLES,
    DEVELOPER,
    GUEST,
    LABELER,
    MATRIX,
    MAXCOMPUTE,
    MEMBERS,
    OPERATOR,
    OWNER,
    PERMISSION_CODES,
    WITHOUT_WORKSPACE,
    Cells,
    Rule,
    allowed,
    as_rules,
    columns,
    covered,
)
from modelry.access.predicate import ALWAYS, NEVER, All, Predicate, Some, holds
from modelry.access.roles import Memberships

Custom: TypeAlias = dict[str, dict[str, tuple[Rule, ...]]]

ME, ANOTHER = "2001", "2002"
ROLES = (OWNER, *ASSIGNABLE_ROLES)
SINGLE_CELLS = (Cells.PRIVATE_OWN, Cells.PRIVATE_OTHERS, Cells.PUBLIC_OWN, Cells.PUBLIC_OTHERS)

MODEL_WRITES = [
    f"PaiModel:{verb}{thing}" for verb, thing in product(("Update", "Delete"), ("Model", "ModelVersion"))
] + [f"PaiModel:{verb}{thing}Labels" for verb, thing in product(("Create", "Delete"), ("Model", "ModelVersion"))]


def thing(cell: Cells, workspace_id: str = "1", **more: str) -> dict[str, Any]:
    """An object of a cell, as a decision sees it."""
    return {
        "workspace_id": workspace_id,
        "user_id": ME if cell in Cells.OWN else ANOTHER,
        "accessibility": "PUBLIC" if cell in Cells.PUBLIC else "PRIVATE",
        **more,
    }


def reached(memberships: Memberships, action: str) -> Cells:
    """The cells of workspace 1 that an action reaches."""
    reach = memberships.reach(action)
    found = Cells.NONE
    for cell in SINGLE_CELLS:
        if holds(reach, thing(cell)):
            found |= cell
    return found


def holding(*roles: str) -> Memberships:
    return Memberships(ME, {"1": roles})


@pytest.mark.parametrize(
    ("codes", "ticked"),
    [
        (["PaiModel:CreateModel", "PaiModel:CreateModelVersion"], 6),
        (["PaiModel:GetModel", "PaiModel:GetModelVersion"], 6),
        (["PaiModel:ListModels", "PaiModel:ListModelVersions"], 7),
        (["PaiModel:ListAllModels"], 1),
        (MODEL_WRITES, 3),
    ],
    ids=["create", "get", "list", "list all", "write"],
)
def test_the_official_page_has_as_many_ticks(codes: list[str], ticked: int) -> None:
    """Its table of models has a column for administrators, four for developers, three each for operators and guests."""
    for code in codes:
        row = MATRIX[code.casefold()]
        found = [cell for role in (ADMIN, DEVELOPER, OPERATOR, GUEST) for cell in columns(row, role)]
        assert len(found) == ticked, code


@pytest.mark.parametrize(
    ("actions", "ticked"),
    [
        (
            [
                "GetDefaultWorkspace",
                "GetWorkspace",
                "GetMember",
                "ListMembers",
                "ListWorkspaceUsers",
                "ListConfigs",
                "ListResources",
                "GetWorkspaceRole",
                "ListWorkspaceRoles",
            ],
            5,
        ),
        (["GetInstanceJob"], 3),
        (
            [
                "CreateWorkspace",
                "DeleteWorkspace",
                "UpdateDefaultWorkspace",
                "UpdateWorkspace",
                "AddWorkspaceRole",
                "UpdateWorkspaceRole",
                "RemoveWorkspaceRole",
                "CreateMember",
                "DeleteMembers",
                "AddMemberRole",
                "RemoveMemberRole",
                "UpdateConfigs",
                "DeleteConfig",
            ],
            1,
        ),
    ],
    ids=["every role", "jobs", "administrators"],
)
def test_the_official_page_ticks_as_many_roles(actions: list[str], ticked: int) -> None:
    """Its tables of workspaces have five columns, accessibility apart."""
    for action in actions:
        code = f"paiworkspace:{action.casefold()}"
        assert sum(bool(allowed(role, code)) for role in (ADMIN, DEVELOPER, OPERATOR, LABELER, GUEST)) == ticked, action


@pytest.mark.parametrize(
    ("action", "role", "expected"),
    [
        (action, role, cells)
        for actions, by_role in (
            (
                ("GetModel", "GetModelVersion", "ListModels", "ListModelVersions"),
                dict.fromkeys((DEVELOPER, OPERATOR, GUEST), Cells.SEEN),
            ),
            (("CreateModel",), {DEVELOPER: Cells.ALL, OPERATOR: Cells.PUBLIC, GUEST: Cells.NONE}),
            (("CreateModelVersion",), {DEVELOPER: Cells.SEEN, OPERATOR: Cells.SEEN, GUEST: Cells.NONE}),
            (
                tuple(code.removeprefix("PaiModel:") for code in MODEL_WRITES),
                {DEVELOPER: Cells.OWN, OPERATOR: Cells.NONE, GUEST: Cells.NONE},
            ),
        )
        for action in actions
        for role, cells in (
            by_role
            | {LABELER: by_role[GUEST], MAXCOMPUTE: by_role[GUEST]}
            | dict.fromkeys(sorted(ADMINISTRATORS), Cells.ALL)
        ).items()
    ],
)
def test_a_role_reaches_just_these_models(action: str, role: str, expected: Cells) -> None:
    assert reached(holding(role), f"paimodel:{action}") == expected


EVERY_MEMBER = [
    "GetWorkspace",
    "ListWorkspaces",
    "GetDefaultWorkspace",
    "GetMember",
    "ListMembers",
    "ListWorkspaceUsers",
    "ListConfigs",
    "GetConfig",
    "ListResources",
    "GetPermission",
    "ListPermissions",
    "ListWorkspaceRoles",
    "GetWorkspaceRole",
]
ADMINISTRATORS_ALONE = [
    "UpdateWorkspace",
    "DeleteWorkspace",
    "UpdateDefaultWorkspace",
    "CreateMember",
    "DeleteMembers",
    "AddMemberRole",
    "RemoveMemberRole",
    "AddWorkspaceRole",
    "UpdateWorkspaceRole",
    "RemoveWorkspaceRole",
    "UpdateConfig",
    "UpdateConfigs",
    "DeleteConfig",
    "ChangeResourceGroup",
]


@pytest.mark.parametrize("action", EVERY_MEMBER)
@pytest.mark.parametrize("roles", [(), *((role,) for role in ROLES), ("role-custom",)], ids=str)
def test_every_member_may_look_at_a_workspace(action: str, roles: tuple[str, ...]) -> None:
    reach = holding(*roles).reach(f"paiworkspace:{action}")
    assert holds(reach, {"workspace_id": "1"})
    assert not holds(reach, {"workspace_id": "2"})


@pytest.mark.parametrize("action", ADMINISTRATORS_ALONE)
@pytest.mark.parametrize("role", ROLES)
def test_administrators_alone_change_a_workspace(action: str, role: str) -> None:
    assert holds(holding(role).reach(f"paiworkspace:{action}"), {"workspace_id": "1"}) == (role in ADMINISTRATORS)


@pytest.mark.parametrize("role", ROLES)
def test_three_of_the_page_s_columns_may_ask_for_a_job(role: str) -> None:
    reach = holding(role).reach("paiworkspace:GetInstanceJob")
    assert holds(reach, {"workspace_id": "1"}) == (role in {*ADMINISTRATORS, DEVELOPER, OPERATOR})


@pytest.mark.parametrize(
    "action",
    [
        "paiworkspace:CreateWorkspace",
        "paiworkspace:ListFeatures",
        "pai:ListProducts",
        "pai:SetUserConfigs",
        "ram:CreateUser",
        "sts:AssumeRole",
        "resourcemanager:ListResourceGroups",
    ],
)
def test_roles_have_no_say_where_no_workspace_is_involved(action: str) -> None:
    assert Memberships(ME, {}).reach(action) is ALWAYS


def test_every_operation_s_action_is_classified() -> None:
    services = ("paimodel:", "paiworkspace:")
    actions = {each.access.action for each in families.operations() if each.access.action.startswith(services)}
    assert len(actions) > 40
    assert {a for a in actions if a.casefold() not in MATRIX.keys() | WITHOUT_WORKSPACE} == set()


@pytest.mark.parametrize("action", ["paimodel:MeltModel", "paiworkspace:MeltWorkspace"])
def test_an_unknown_action_is_left_to_administrators(action: str) -> None:
    assert holding(DEVELOPER, OPERATOR, LABELER, MAXCOMPUTE, GUEST).reach(action) is NEVER
    assert reached(holding(ADMIN), action) == Cells.ALL


@pytest.mark.parametrize("code", PERMISSION_CODES)
def test_who_is_no_member_reaches_nothing(code: str) -> None:
    if code.casefold() not in WITHOUT_WORKSPACE:
        assert reached(Memberships(ME, {"2": ROLES}), code) == Cells.NONE


@pytest.mark.parametrize("action", ["GetModel", "GetModelVersion", "ListModels", "ListModelVersions"])
@pytest.mark.parametrize("memberships", [Memberships(ME, {}), holding(GUEST)], ids=["stranger", "guest"])
def test_a_provider_s_public_models_are_seen_by_everybody(action: str, memberships: Memberships) -> None:
    reach = memberships.reach(f"paimodel:{action}")
    assert holds(reach, thing(Cells.PUBLIC_OTHERS, "2", provider="pai"))
    assert not holds(reach, thing(Cells.PRIVATE_OTHERS, "2", provider="pai"))
    assert not holds(reach, thing(Cells.PUBLIC_OTHERS, "2"))


def test_a_provider_s_models_are_changed_by_no_stranger() -> None:
    reach = Memberships(ME, {}).reach("paimodel:UpdateModel")
    assert not holds(reach, thing(Cells.PUBLIC_OTHERS, provider="pai"))


def test_the_spelling_of_an_action_does_not_matter() -> None:
    memberships = holding(DEVELOPER)
    assert memberships.reach("PaiModel:GetModel") == memberships.reach("paimodel:GetModel")


def test_fifty_workspaces_of_one_role_are_one_comparison() -> None:
    few, many = (Memberships(ME, {str(n): (DEVELOPER,) for n in range(count)}) for count in (2, 50))
    assert _nodes(many.reach("paimodel:GetModel")) == _nodes(few.reach("paimodel:GetModel"))


def _nodes(predicate: Predicate) -> int:
    parts = predicate.of if isinstance(predicate, All | Some) else ()
    return 1 + sum(map(_nodes, parts))


CUSTOM_RULES = st.lists(
    st.builds(Rule, st.sampled_from(("PUBLIC", "PRIVATE", "ANY")), st.sampled_from(("CREATOR", "OTHERS", "ANY"))),
    max_size=3,
).map(tuple)
CUSTOM = st.fixed_dictionaries(
    {role: st.dictionaries(st.sampled_from(sorted(MATRIX)), CUSTOM_RULES, max_size=6) for role in ("role-a", "role-b")}
)
HELD = st.lists(st.sampled_from((*ROLES, "role-a", "role-b")), max_size=3)
ACTIONS = st.sampled_from((*PERMISSION_CODES, "paimodel:MeltModel"))


@given(ACTIONS, HELD, HELD, CUSTOM)
def test_more_roles_never_reach_less(action: str, held: list[str], more: list[str], custom: Custom) -> None:
    few = reached(Memberships(ME, {"1": held}, custom), action)
    assert few in reached(Memberships(ME, {"1": held + more}, custom), action)


@given(HELD, CUSTOM)
def test_a_list_shows_nothing_that_a_get_refuses(held: list[str], custom: Custom) -> None:
    memberships = Memberships(ME, {"1": held}, custom)
    assert reached(memberships, "paimodel:ListModels") in reached(memberships, "paimodel:GetModel")
    assert reached(memberships, "paimodel:ListModelVersions") in reached(memberships, "paimodel:GetModelVersion")


@given(HELD.filter(lambda held: not {"role-a", "role-b"} & set(held)))
def test_a_list_shows_all_that_a_get_allows_to_built_in_roles(held: list[str]) -> None:
    memberships = Memberships(ME, {"1": held})
    assert reached(memberships, "paimodel:ListModels") == reached(memberships, "paimodel:GetModel")


@given(ACTIONS, HELD, CUSTOM, st.sampled_from(SINGLE_CELLS), st.sampled_from(("1", "2")))
def test_an_explanation_agrees_with_the_reach(
    action: str, held: list[str], custom: Custom, cell: Cells, workspace_id: str
) -> None:
    memberships = Memberships(ME, {"1": held}, custom)
    verdict = memberships.explained(action, thing(cell, workspace_id))
    assert (verdict is None) == holds(memberships.reach(action), thing(cell, workspace_id))
    assert verdict is None or (verdict.allowed, verdict.explicit, verdict.source) == (False, False, None)


ONLY_OWN = "which allows paimodel:UpdateModel on their own; this is another's PUBLIC"
ONLY_SEEN = "which allows paimodel:GetModel on their own and PUBLIC ones; this is another's PRIVATE"


@pytest.mark.parametrize(
    ("held", "action", "attributes", "reason"),
    [
        (
            (GUEST,),
            "UpdateModel",
            thing(Cells.PUBLIC_OTHERS),
            f"they hold {GUEST} in workspace 1, and that does not allow paimodel:UpdateModel",
        ),
        (
            (DEVELOPER,),
            "UpdateModel",
            thing(Cells.PUBLIC_OTHERS),
            f"they hold {DEVELOPER} in workspace 1, {ONLY_OWN}",
        ),
        (
            (DEVELOPER, OPERATOR),
            "GetModel",
            thing(Cells.PRIVATE_OTHERS),
            f"they hold {DEVELOPER} and {OPERATOR} in workspace 1, {ONLY_SEEN}",
        ),
        ((GUEST,), "GetModel", thing(Cells.PUBLIC_OTHERS, "2"), "they are no member of workspace 2"),
        ((GUEST,), "CreateModel", {}, "in no workspace do they hold a role that allows paimodel:CreateModel"),
    ],
    ids=["nothing", "own", "two roles", "stranger", "nowhere"],
)
def test_an_explanation_names_the_roles_and_what_they_lack(
    held: tuple[str, ...], action: str, attributes: dict[str, str], reason: str
) -> None:
    verdict = holding(*held).explained(f"paimodel:{action}", attributes)
    assert verdict is not None
    assert verdict.reason == reason


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("code", PERMISSION_CODES)
def test_the_rules_on_the_wire_say_what_a_role_may(role: str, code: str) -> None:
    cells = holding(role).cells("1", code.casefold())
    rules = as_rules(cells)
    assert covered(rules) == cells
    assert all(rule.entity_access_type != "OTHERS" for rule in rules)


def test_a_custom_role_reaches_what_its_rules_do() -> None:
    memberships = Memberships(ME, {"1": ["role-a"]}, {"role-a": {"paimodel:updatemodel": (Rule("PRIVATE", "OTHERS"),)}})
    assert reached(memberships, "paimodel:UpdateModel") == Cells.PRIVATE_OTHERS
    assert reached(memberships, "paimodel:DeleteModel") == Cells.NONE


def test_a_custom_role_counts_where_it_is_held_alone() -> None:
    custom = {"role-a": {"paimodel:getmodel": (Rule("ANY", "ANY"),)}}
    reach = Memberships(ME, {"1": ["role-a"], "2": [LABELER]}, custom).reach("paimodel:GetModel")
    assert holds(reach, thing(Cells.PRIVATE_OTHERS, "1"))
    assert not holds(reach, thing(Cells.PRIVATE_OTHERS, "2"))


def test_what_members_may_is_no_model() -> None:
    assert {f"paiworkspace:{action.casefold()}" for action in EVERY_MEMBER} == MEMBERS
