"""Which workspace role may do what to whose models, as data.

Source: Alibaba Cloud's documentation of PAI, "Appendix: Roles and permissions". Its tables say for each action how many
cells are ticked, and for most actions that leaves one reading; where it does not, the cells are decided here.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import Flag
from typing import Literal, NamedTuple

OWNER = "PAI.WorkspaceOwner"
"""Held by whoever created the workspace, and by nobody else."""

ADMIN = "PAI.WorkspaceAdmin"
DEVELOPER = "PAI.AlgoDeveloper"
OPERATOR = "PAI.AlgoOperator"
LABELER = "PAI.LabelManager"
MAXCOMPUTE = "PAI.MaxComputeDeveloper"
GUEST = "PAI.WorkspaceGuest"

ASSIGNABLE_ROLES = (DEVELOPER, OPERATOR, LABELER, MAXCOMPUTE, ADMIN, GUEST)
"""The built-in roles that a member can be given. Source: the values that CreateMember documents."""

ADMINISTRATORS = frozenset({OWNER, ADMIN})
"""They may do everything in their workspace, also what no row here names."""

ORDINARY = (DEVELOPER, OPERATOR, LABELER, MAXCOMPUTE, GUEST)
"""The other built-in roles, in the order of the page's columns."""


class Cells(Flag):
    """Whose objects: by accessibility, and by whether the one who acts created them."""

    PRIVATE_OWN = 1
    PRIVATE_OTHERS = 2
    PUBLIC_OWN = 4
    PUBLIC_OTHERS = 8

    NONE = 0
    OWN = 5
    OTHERS = 10
    PRIVATE = 3
    PUBLIC = 12
    SEEN = 13
    """One's own and the public ones."""
    ALL = 15


class Rule(NamedTuple):
    """Whose objects, as the wire says it; `OTHERS` is never shown there."""

    accessibility: Literal["PUBLIC", "PRIVATE", "ANY"]
    entity_access_type: Literal["CREATOR", "OTHERS", "ANY"]


_ACCESSIBLE = {"PUBLIC": Cells.PUBLIC, "PRIVATE": Cells.PRIVATE, "ANY": Cells.ALL}
_CREATED = {"CREATOR": Cells.OWN, "OTHERS": Cells.OTHERS, "ANY": Cells.ALL}
_SHOWN = (
    Rule("ANY", "ANY"),
    Rule("ANY", "CREATOR"),
    Rule("PUBLIC", "ANY"),
    Rule("PRIVATE", "ANY"),
    Rule("PRIVATE", "CREATOR"),
)
"""What the wire can say, wide rules before narrow ones. There, PUBLIC reaches others' things whatever follows it."""


def covered(rules: Iterable[Rule]) -> Cells:
    """The cells that any one of some rules reaches."""
    found = Cells.NONE
    for rule in rules:
        found |= _ACCESSIBLE[rule.accessibility] & _CREATED[rule.entity_access_type]
    return found


def as_rules(cells: Cells) -> tuple[Rule, ...]:
    """The rules that reach some cells, as few as can be; what the wire cannot say, as others' alone, is left out."""
    found: list[Rule] = []
    for rule in _SHOWN:
        reached = covered((rule,))
        if reached in cells and reached not in covered(found):
            found.append(rule)
    return tuple(found)


class Row(NamedTuple):
    """What the built-in roles, other than the administrators', may do with one action."""

    code: str
    """Spelled as on the page."""
    cells: Mapping[str, Cells]
    """By role; a role that is absent may nothing."""
    documented: frozenset[str]
    """The roles whose cells the page determines; those of any other are decided here."""


_MODEL_COLUMNS = frozenset({OWNER, ADMIN, DEVELOPER, OPERATOR, GUEST})
"""The page's table of models has no column for the other two. Decided here: they see what a guest sees."""

_WORKSPACE_COLUMNS = _MODEL_COLUMNS | {LABELER}


def _model(*actions: str, developer: Cells, operator: Cells, guest: Cells, decided: Iterable[str] = ()) -> list[Row]:
    cells = {DEVELOPER: developer, OPERATOR: operator, LABELER: guest, MAXCOMPUTE: guest, GUEST: guest}
    documented = _MODEL_COLUMNS - frozenset(decided)
    return [Row(f"PaiModel:{action}", cells, documented) for action in actions]


def _workspace(*actions: str, roles: Iterable[str], documented: Iterable[str] = _WORKSPACE_COLUMNS) -> list[Row]:
    """Accessibility does not matter to what is no model."""
    cells = dict.fromkeys(roles, Cells.ALL)
    return [Row(f"PaiWorkspace:{action}", cells, frozenset(documented)) for action in actions]


ROWS: tuple[Row, ...] = (
    *_workspace(
        "GetDefaultWorkspace",
        "GetWorkspace",
        "GetMember",
        "ListMembers",
        "ListWorkspaceUsers",
        "GetWorkspaceRole",
        "ListWorkspaceRoles",
        "ListConfigs",
        "ListResources",
        roles=ORDINARY,
    ),
    # The page ticks ListWorkspaces for administrators alone, ListPermissions for nobody, and lacks the other two.
    *_workspace("ListWorkspaces", "ListPermissions", "GetPermission", "GetConfig", roles=ORDINARY, documented=()),
    # Three of the page's five columns are ticked. The jobs are those of custom roles, which administrators change.
    *_workspace("GetInstanceJob", roles=(DEVELOPER, OPERATOR), documented=(OWNER, ADMIN)),
    *_workspace(
        "CreateWorkspace",  # but see WITHOUT_WORKSPACE
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
        "UpdateConfigs",
        "DeleteConfig",
        roles=(),
    ),
    *_workspace("UpdateConfig", "ChangeResourceGroup", roles=(), documented=()),
    # Six cells. To create is to create one's own, so only the accessibility of the new model tells cells apart.
    *_model(
        "CreateModel",
        developer=Cells.ALL,
        operator=Cells.PUBLIC,
        guest=Cells.NONE,
        decided=(DEVELOPER, OPERATOR, GUEST),
    ),
    *_model("GetModel", developer=Cells.SEEN, operator=Cells.PUBLIC, guest=Cells.PUBLIC),
    # Seven cells, "public and self-created" ones. GetImage has seven too, so the seventh is not others' private.
    *_model(
        "ListModels",
        developer=Cells.SEEN,
        operator=Cells.SEEN,
        guest=Cells.PUBLIC,
        decided=(DEVELOPER, OPERATOR, GUEST),
    ),
    *_model("ListAllModels", developer=Cells.NONE, operator=Cells.NONE, guest=Cells.NONE),
    *_model(
        "UpdateModel",
        "DeleteModel",
        "CreateModelLabels",
        "DeleteModelLabels",
        developer=Cells.OWN,
        operator=Cells.NONE,
        guest=Cells.NONE,
    ),
    # Six cells. Decided here: nobody adds a version to a model that they cannot see.
    *_model(
        "CreateModelVersion",
        developer=Cells.SEEN,
        operator=Cells.SEEN,
        guest=Cells.NONE,
        decided=(DEVELOPER, OPERATOR, GUEST),
    ),
    *_model("GetModelVersion", developer=Cells.SEEN, operator=Cells.PUBLIC, guest=Cells.PUBLIC),
    *_model(
        "ListModelVersions",
        developer=Cells.SEEN,
        operator=Cells.SEEN,
        guest=Cells.PUBLIC,
        decided=(DEVELOPER, OPERATOR, GUEST),
    ),
    *_model(
        "UpdateModelVersion",
        "DeleteModelVersion",
        "CreateModelVersionLabels",
        "DeleteModelVersionLabels",
        developer=Cells.OWN,
        operator=Cells.NONE,
        guest=Cells.NONE,
    ),
)
"""Every action of a workspace or a model that a role can allow. What has no row is left to the administrators."""

PERMISSION_CODES = tuple(row.code for row in ROWS)
"""The rows by their names.

`ListAllModels` is no operation: it lets ListModels show the private models of others.
"""

MATRIX: Mapping[str, Row] = {row.code.casefold(): row for row in ROWS}
"""The rows by their codes, casefolded."""

MEMBERS = frozenset(code for code, row in MATRIX.items() if all(row.cells.get(r) == Cells.ALL for r in ORDINARY))
"""What being a member allows, whatever the roles: the workspace actions that every role may do."""

WITHOUT_WORKSPACE = frozenset({"paiworkspace:createworkspace", "paiworkspace:listfeatures"})
"""Actions of these two services in which no workspace is involved: RAM policies alone decide."""


def allowed(role: str, code: str) -> Cells:
    """What a built-in role may do with an action, by its casefolded code; nothing, if it is no built-in role."""
    if role in ADMINISTRATORS:
        return Cells.ALL
    row = MATRIX.get(code)
    return row.cells.get(role, Cells.NONE) if row else Cells.NONE


def columns(row: Row, role: str) -> Iterator[Cells]:
    """The ticked cells as the page counts them: administrators have one column, others' PUBLIC is one for most."""
    if role in ADMINISTRATORS:
        yield Cells.ALL
        return
    apart = [Cells.PRIVATE_OWN, Cells.PRIVATE_OTHERS]
    apart += [Cells.PUBLIC_OWN, Cells.PUBLIC_OTHERS] if role == DEVELOPER else [Cells.PUBLIC]
    for cells in apart:
        if cells in row.cells.get(role, Cells.NONE):
            yield cells
