"""What a custom role allows: its modules as permission codes and rules.

Decided here: Alibaba Cloud's documentation names the modules and the types of permission, not the codes behind them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from msgspec import UNSET

from modelry.access.matrix import DEVELOPER, MATRIX, PERMISSION_CODES, Cells, Rule, allowed, as_rules
from modelry.families.workspaces.roles.structs import ModulePermission, PermissionRule

Rules: TypeAlias = Mapping[str, tuple[Rule, ...]]
"""Rules by permission code, casefolded."""

_EVERYTHING = as_rules(Cells.ALL)
_MODEL = "Model"


def _codes(service: str, *actions: str) -> tuple[str, ...]:
    return tuple(f"{service}:{action}".casefold() for action in actions)


MODULES: Mapping[str, tuple[str, ...]] = {
    _MODEL: tuple(code.casefold() for code in PERMISSION_CODES if code.startswith("PaiModel:")),
    "PaiWorkspace@@Workspace": _codes("PaiWorkspace", "GetWorkspace", "UpdateWorkspace"),
    "PaiWorkspace@@MemberRole": _codes(
        "PaiWorkspace",
        "GetMember",
        "ListMembers",
        "ListWorkspaceUsers",
        "GetWorkspaceRole",
        "ListWorkspaceRoles",
        "GetInstanceJob",
        "CreateMember",
        "DeleteMembers",
        "AddMemberRole",
        "RemoveMemberRole",
        "AddWorkspaceRole",
        "UpdateWorkspaceRole",
        "RemoveWorkspaceRole",
    ),
    "PaiWorkspace@@Resource": _codes("PaiWorkspace", "ListResources"),
    "PaiWorkspace@@Config": _codes(
        "PaiWorkspace", "GetConfig", "ListConfigs", "UpdateConfig", "UpdateConfigs", "DeleteConfig"
    ),
}
"""The codes of each module that is offered here.

Creating or deleting a workspace, making it the default, and moving it to another resource group are in none: the
official page lists the first three as managed in the RAM console alone.
"""

_READS = ("get", "list")
_DELETIONS = ("delete", "remove")


def custom_rules(modules: Iterable[ModulePermission]) -> Rules:
    """What a role of such modules allows; a module that is not among them, or not offered here, is allowed nothing."""
    found: dict[str, tuple[Rule, ...]] = {}
    for module in modules:
        for code, rules in _allowed(module):
            found[code] = found.get(code, ()) + rules
    return found


def _allowed(module: ModulePermission) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    codes = MODULES.get(module.module_name, ())
    match module.permission_type:
        case "FullAccess":
            yield from ((code, _EVERYTHING) for code in codes)
        case "ReadWrite":
            yield from ((code, _usual(code)) for code in codes if not _is_workspace_deletion(code))
        case "ReadOnly":
            yield from ((code, _usual(code)) for code in codes if _verb_is(code, _READS))
        case "CustomPermissions":
            yield from _chosen(module, codes)
        case "NoPrivilege":
            return


def _usual(code: str) -> tuple[Rule, ...]:
    """A model as an algorithm developer reaches it; whole what is no model."""
    if MATRIX[code].code.startswith("PaiModel:"):
        return as_rules(allowed(DEVELOPER, code))
    return _EVERYTHING


def _is_workspace_deletion(code: str) -> bool:
    """Whether to take something from the whole workspace: with models one deletes one's own."""
    return code.startswith("paiworkspace:") and _verb_is(code, _DELETIONS)


def _verb_is(code: str, verbs: tuple[str, ...]) -> bool:
    return code.partition(":")[2].startswith(verbs)


def _chosen(module: ModulePermission, codes: Iterable[str]) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    for permission in module.permissions or ():
        rules = tuple(map(_rule, permission.permission_rules or [PermissionRule()]))
        for code in map(str.casefold, permission.permission_codes or ()):
            if code in codes:
                yield code, rules if module.module_name == _MODEL else _EVERYTHING


def _rule(given: PermissionRule) -> Rule:
    """A rule as it is meant: to PUBLIC things the creator makes no difference; what is absent is ANY, and CREATOR."""
    accessibility = "ANY" if given.accessibility is UNSET else given.accessibility
    if accessibility == "PUBLIC":
        return Rule("PUBLIC", "ANY")
    return Rule(accessibility, "CREATOR" if given.entity_access_type is UNSET else given.entity_access_type)
