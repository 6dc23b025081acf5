"""Who may see what, written down a second time: by whole ARNs, single objects, and the matrix's letters."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tests.authorization.scene import CALLERS, CELLS, MATRIX, Cell

Statements = Iterable[Mapping[str, Any]]

READS = ("GetModel", "ListModels", "GetModelVersion", "ListModelVersions")
WITHIN = {"ListModels": "GetModel", "ListModelVersions": "GetModelVersion"}
"""A list shows nothing that a get would refuse."""

BUILT_IN = {"owner": "PAI.WorkspaceOwner"} | {
    name: caller["roles"][0]
    for name, caller in CALLERS.items()
    if name in {"admin", "developer", "operator", "labeler", "maxcompute", "guest"}
}
CUSTOM = {
    **MATRIX["custom_roles"],
    "lister": [
        {
            "ModuleName": "Model",
            "PermissionType": "CustomPermissions",
            "Permissions": [
                {
                    "PermissionCodes": ["PaiModel:ListModels", "PaiModel:ListModelVersions"],
                    "PermissionRules": [{"Accessibility": "ANY", "EntityAccessType": "ANY"}],
                }
            ],
        }
    ],
    "getter": [
        {
            "ModuleName": "Model",
            "PermissionType": "CustomPermissions",
            "Permissions": [
                {
                    "PermissionCodes": ["PaiModel:GetModel", "PaiModel:GetModelVersion"],
                    "PermissionRules": [{"Accessibility": "PRIVATE", "EntityAccessType": "ANY"}],
                }
            ],
        }
    ],
}
"""Those of the matrix, one that may list everything and get nothing, and one that may get what it may not list."""


class Thing(NamedTuple):
    """A model, a version or a workspace."""

    arn: str
    workspace_id: str
    cell: Cell | None = None
    """Of a model, or a version's model."""
    provider: str | None = None
    labels: Mapping[str, str] = {}
    approval_status: str | None = None


class Subject(NamedTuple):
    """Who asks."""

    policies: Statements
    session: Statements | None
    roles: Mapping[str, Iterable[str]]
    """By workspace; absent where they are no member."""


def may(subject: Subject, action: str, thing: Thing) -> bool:
    """Whether policies and roles allow it."""
    limits = [subject.policies] if subject.session is None else [subject.policies, subject.session]
    return all(_allowed(statements, action, thing) for statements in limits) and _has_role(subject, action, thing)


def _has_role(subject: Subject, action: str, thing: Thing) -> bool:
    if thing.cell is None:
        return thing.workspace_id in subject.roles
    if thing.provider is not None and thing.cell.accessibility == "PUBLIC":
        return True
    name = action.partition(":")[2]
    held = list(subject.roles.get(thing.workspace_id, ()))
    return all(any(_ticked(role, each, thing.cell) for role in held) for each in {name, WITHIN.get(name, name)})


def _ticked(role: str, action: str, cell: Cell) -> bool:
    if role in {"lister", "getter"}:
        return action.startswith("List") if role == "lister" else _gets(action, cell)
    letters = MATRIX["rows"]["Models"][action].split()[list(CALLERS).index(role)]
    return letters[CELLS.index(cell)].upper() in "AO"


def _gets(action: str, cell: Cell) -> bool:
    return action.startswith("Get") and cell.accessibility == "PRIVATE"


def _allowed(statements: Statements, action: str, thing: Thing) -> bool:
    effects = {each["Effect"] for each in statements if _applies(each, action, thing)}
    return effects == {"Allow"}


def _applies(statement: Mapping[str, Any], action: str, thing: Thing) -> bool:
    return (
        _named(statement, "Action", action.lower(), str.lower)
        and _named(statement, "Resource", thing.arn, str)
        and all(
            _holds(operator, key, values, thing)
            for operator, block in statement.get("Condition", {}).items()
            for key, values in block.items()
        )
    )


def _named(statement: Mapping[str, Any], element: str, text: str, spelled: Any) -> bool:  # noqa: ANN401  str or str.lower
    if element in statement:
        return any(_fits(spelled(pattern), text) for pattern in statement[element])
    return not any(_fits(spelled(pattern), text) for pattern in statement[f"Not{element}"])


def _holds(operator: str, key: str, values: Iterable[str], thing: Thing) -> bool:
    plain = operator.removesuffix("IfExists")
    value = _value(key.lower(), key, thing)
    negated = "Not" in plain
    if value is None:
        return negated or plain != operator
    found = any(_matches(plain.replace("Not", ""), value, wanted) for wanted in values)
    return found is not negated


def _matches(operator: str, value: str, wanted: str) -> bool:
    if operator == "StringLike":
        return _fits(wanted, value)
    if operator == "StringEqualsIgnoreCase":
        return value.lower() == wanted.lower()
    return value == wanted


def _value(folded: str, key: str, thing: Thing) -> str | None:
    if folded.startswith(("acs:resourcetag/", "paimodel:label/")):
        return thing.labels.get(key.partition("/")[2])
    return {
        "paimodel:accessibility": thing.cell and thing.cell.accessibility,
        "paimodel:approvalstatus": thing.approval_status,
        "paimodel:workspaceid": thing.workspace_id,
        "paiworkspace:workspaceid": thing.workspace_id,
        "acs:useragent": None,
    }[folded]


def _fits(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return _fits(pattern[1:], text) or (bool(text) and _fits(pattern, text[1:]))
    return bool(text) and pattern[0] in {"?", text[0]} and _fits(pattern[1:], text[1:])
