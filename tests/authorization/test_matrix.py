"""Every operation of the catalogue as every caller, against the matrix in `matrix.toml`, on a running server."""

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest

from modelry.access.matrix import ROWS
from tests import databases
from tests.authorization.cases import FIELDS, Things
from tests.authorization.identities import OPERATIONS, Fields
from tests.authorization.scene import CALLERS, CELLS, MATRIX, Cell, Scene, set_up
from tests.registry import running
from tests.wire_client import Answer

LAYERS = {"P": "AccountLevelIdentityBasedPolicy", "S": "SessionPolicy", "R": "WorkspaceRole"}
"""The PolicyType of each kind of denial."""

LISTS = {
    "AIWorkSpace:ListModels": ("Models", "ModelId", "{model}"),
    "AIWorkSpace:ListWorkspaces": ("Workspaces", "WorkspaceId", "{workspace}"),
    "AIWorkSpace:ListModelVersions": ("Versions", "VersionName", "0.1.0"),
}
"""Where a list shows what it is asked about."""

NO_STATE = re.compile("audit_|(nonces|access_key_uses|clock)$")
"""Tables that a denied request may write to: each leaves an event, which has a time, and uses a nonce and a key."""

ALL_MODELS = "AIWorkSpace:ListAllModels"


class Call(NamedTuple):
    """A cell of the matrix."""

    caller: str
    cell: Cell
    letter: str

    @property
    def outcome(self) -> str:
        return self.letter.upper()


def rows() -> Iterator[tuple[str, list[Call]]]:
    """The matrix, cell by cell, by full names."""
    for section, by_name in MATRIX["rows"].items():
        for name, row in by_name.items():
            cells = zip(CALLERS, row.split(), strict=True)
            calls = [Call(c, cell, letter) for c, text in cells for cell, letter in zip(CELLS, text, strict=False)]
            yield f"{'AIWorkSpace' if section == 'Models' else section}:{name}", calls


ROWS_BY_NAME: Mapping[str, list[Call]] = dict(rows())
NAMES = [name for name in ROWS_BY_NAME if name != ALL_MODELS]


def test_the_matrix_has_every_operation_of_the_catalogue() -> None:
    assert set(NAMES) == OPERATIONS.keys() == FIELDS.keys()


def test_every_cell_of_the_matrix_has_an_outcome() -> None:
    sizes = {len(calls) / len(CALLERS) for calls in ROWS_BY_NAME.values()}
    assert sizes == {1, len(CELLS)}
    assert {call.outcome for calls in ROWS_BY_NAME.values() for call in calls} == set("AHPSROF")


@pytest.mark.parametrize(
    ("names", "ticked"),
    [
        (["CreateModel", "CreateModelVersion"], 6),
        (["GetModel", "GetModelVersion"], 6),
        (["ListModels", "ListModelVersions"], 7),
        (["ListAllModels"], 1),
        (["UpdateModel", "DeleteModel", "CreateModelLabels", "DeleteModelLabels"], 3),
        (["UpdateModelVersion", "DeleteModelVersion", "CreateModelVersionLabels", "DeleteModelVersionLabels"], 3),
    ],
    ids=["create", "get", "list", "list all", "write models", "write versions"],
)
def test_the_matrix_has_as_many_ticks_as_the_official_page(names: list[str], ticked: int) -> None:
    """There, administrators have one column, and others' PUBLIC models have one of their own for developers alone."""
    for name in names:
        columns = set()
        for caller, cell, letter in ROWS_BY_NAME[f"AIWorkSpace:{name}"]:
            if letter.upper() == "A" and caller in {"admin", "developer", "operator", "guest"}:
                whose = cell.own or (caller != "developer" and cell.accessibility == "PUBLIC")
                columns.add((caller, None if caller == "admin" else (whose, cell.accessibility)))
        assert len(columns) == ticked, name


COLUMNS = {
    "PAI.WorkspaceAdmin": "admin",
    "PAI.AlgoDeveloper": "developer",
    "PAI.AlgoOperator": "operator",
    "PAI.LabelManager": "labeler",
    "PAI.MaxComputeDeveloper": "maxcompute",
    "PAI.WorkspaceGuest": "guest",
}
RENAMED = {"AddWorkspaceRole": "CreateWorkspaceRole", "RemoveWorkspaceRole": "DeleteWorkspaceRoles"}
OF_NO_ROLE = {"CreateWorkspace"}
"""The page has it for administrators; decided here: no role is asked."""


def test_what_is_marked_as_decided_is_what_the_page_on_roles_marks() -> None:
    for row in ROWS:
        name = row.code.partition(":")[2]
        if name in OF_NO_ROLE:
            continue
        calls = ROWS_BY_NAME[f"AIWorkSpace:{RENAMED.get(name, name)}"]
        for role, caller in COLUMNS.items():
            marks = {call.letter.isupper() for call in calls if call.caller == caller and call.outcome != "O"}
            assert marks == {role in row.documented}, (name, caller)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running(tmp_path_factory.mktemp("matrix") / "data") as server:
        yield set_up(server)


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(6) as pool:
        yield pool


def state(scene: Scene) -> dict[str, list[Any]]:
    """Everything that is stored, by table, but for what denials leave."""
    found = databases.tables(scene.account.registry.folder)
    return {name: rows for name, rows in found.items() if not NO_STATE.search(name)}


def fault(full_name: str, call: Call, things: Things, answer: Answer) -> str | None:
    """What is wrong with the answer to a call; `None` if it is the one that the matrix wants."""
    body = answer.json
    if call.outcome in "AHO":
        is_hidden = shown(full_name, body, things) is False
        return None if answer.status == 200 and is_hidden is (call.outcome == "H") else "not answered so"
    if call.outcome == "F":
        refusal = MATRIX["refusals"][full_name.partition(":")[2]]
        fits = f"{answer.status} {body.get('Code')}" == refusal and "AccessDeniedDetail" not in body
        return None if fits else f"not {refusal}"
    wanted = {
        "AuthAction": OPERATIONS[full_name].access.action,
        "AuthPrincipalDisplayName": things.scene.callers[call.caller].user_id,
        "AuthPrincipalOwnerId": things.scene.account.user_id,
        "NoPermissionType": "ImplicitDeny",
        "PolicyType": LAYERS[call.outcome],
    }
    if CALLERS[call.caller].get("session") is not None:
        wanted["AuthPrincipalDisplayName"] = f"{call.caller}:test"
    detail = body.get("AccessDeniedDetail", {})
    fits = (answer.status, body.get("Code")) == (403, "NoPermission") and wanted.items() <= detail.items()
    return None if fits and detail["EncodedDiagnosticMessage"] else "not denied so"


def shown(full_name: str, body: Fields, things: Things) -> bool | None:
    """Whether a list shows what it was asked about; `None` of other operations."""
    if full_name not in LISTS:
        return None
    entities, key, wanted = LISTS[full_name]
    return things.filled(wanted) in [each[key] for each in body[entities]]


def tried(full_name: str, call: Call, things: Things) -> str | None:
    """What is wrong with a cell."""
    fields = things.filled(dict(FIELDS[full_name]))
    answer = things.scene.callers[call.caller].ask(full_name, **fields)
    wrong = fault(full_name, call, things, answer)
    return wrong and f"{call}: {wrong}: {answer.status} {answer.body!r}"


@pytest.mark.parametrize("full_name", NAMES)
def test_an_operation_is_for_those_whom_the_matrix_names_and_denied_to_all_others(
    full_name: str, scene: Scene, threads: ThreadPoolExecutor
) -> None:
    """Whoever is denied is told what, and has changed nothing."""
    calls = ROWS_BY_NAME[full_name]
    common = Things(scene, "account", CELLS[0])

    def sharing(call: Call) -> Things:
        return Things(scene, call.caller, call.cell, common)

    denied = [(call, sharing(call)) for call in calls if call.outcome in LAYERS]
    allowed = [call for call in calls if call.outcome not in LAYERS]
    for _, things in denied:
        things.filled(dict(FIELDS[full_name]))  # what it takes is there before
    before = state(scene)
    wrong = list(threads.map(lambda each: tried(full_name, *each), denied))
    assert state(scene) == before, "a denied call has changed something"
    if OPERATIONS[full_name].writes:
        wrong += [tried(full_name, call, Things(scene, call.caller, call.cell)) for call in allowed]
    else:
        for call in allowed:
            sharing(call).filled(dict(FIELDS[full_name]))
        wrong += threads.map(lambda call: tried(full_name, call, sharing(call)), allowed)
    assert [each for each in wrong if each] == []


@pytest.mark.parametrize("call", ROWS_BY_NAME[ALL_MODELS], ids=lambda call: call.caller)
def test_a_caller_may_list_all_models_if_the_matrix_says_so(scene: Scene, call: Call) -> None:
    """It is no operation, so GetPermission tells; what it does is in the row of ListModels."""
    fields = {"WorkspaceId": scene.workspace_id, "PermissionCode": "PaiModel:ListAllModels"}
    answer = scene.callers[call.caller].ask("AIWorkSpace:GetPermission", **fields)
    if call.outcome in LAYERS:
        assert answer.json["AccessDeniedDetail"]["PolicyType"] == LAYERS[call.outcome]
    else:
        assert bool(answer.json["PermissionRules"]) is (call.outcome == "A")
