"""What the workspace roles that a user holds leave to be known about an object."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from modelry.access.matrix import (
    ADMIN,
    ADMINISTRATORS,
    ASSIGNABLE_ROLES,
    MEMBERS,
    ORDINARY,
    OWNER,
    PERMISSION_CODES,
    WITHOUT_WORKSPACE,
    Cells,
    Rule,
    allowed,
    covered,
)
from modelry.access.predicate import ALWAYS, All, Compare, IsIn, Predicate, Present, Some, holds, simplified
from modelry.access.verdict import Verdict

__all__ = ["ADMIN", "ASSIGNABLE_ROLES", "OWNER", "PERMISSION_CODES", "Memberships", "Rule"]

_SERVICES = frozenset({"paimodel", "paiworkspace"})
"""The services in which workspace roles have a say."""

_MODEL_READS = frozenset(
    {"paimodel:getmodel", "paimodel:listmodels", "paimodel:getmodelversion", "paimodel:listmodelversions"}
)
"""What the creator of a model may do with it whichever built-in role they hold now.

Decided here: the page leaves an operator's own PRIVATE model out of GetModel, and in ListModels.
"""

_ORDINARY = frozenset(ORDINARY)
_OF_A_PROVIDER = All((Present("provider"), Compare("accessibility", "=", "PUBLIC")))
"""Models that everybody sees, members of the workspace or not."""

_ALSO: Mapping[str, str] = {"paimodel:listmodels": "paimodel:listallmodels"}
"""Actions of which another one allows more."""

_WITHIN: Mapping[str, str] = {
    "paimodel:listmodels": "paimodel:getmodel",
    "paimodel:listmodelversions": "paimodel:getmodelversion",
}
"""A list shows nothing that a get would refuse."""

_WORDS: Mapping[Cells, str] = {
    Cells.OWN: "their own",
    Cells.OTHERS: "others'",
    Cells.PUBLIC: "PUBLIC ones",
    Cells.PRIVATE: "PRIVATE ones",
    Cells.PRIVATE_OWN: "their own PRIVATE ones",
    Cells.PRIVATE_OTHERS: "others' PRIVATE ones",
    Cells.PUBLIC_OWN: "their own PUBLIC ones",
    Cells.PUBLIC_OTHERS: "others' PUBLIC ones",
}
"""Pairs before single cells: what a pair says needs one comparison."""


class Memberships:
    """The workspaces that a user is a member of, with the roles held there."""

    def __init__(
        self,
        user_id: str,
        roles: Mapping[str, Collection[str]],
        custom: Mapping[str, Mapping[str, tuple[Rule, ...]]] = {},
    ) -> None:
        """`roles` are the role ids held, by workspace id; `custom` are rules by casefolded code, by custom role id."""
        self.user_id = user_id
        self.roles = roles
        self._custom = custom
        self._reaches: dict[str, Predicate] = {}
        self._alike: dict[Predicate, Predicate] = {}

    def reach(self, action: str) -> Predicate:
        """What must hold of an object for the user's roles to allow `action` on it.

        `ALWAYS` where workspace roles have no say. The same object for actions that are allowed alike.
        """
        found = self._reaches.get(action)
        if found is None:
            found = self._reach(action.casefold())
            found = self._reaches[action] = self._alike.setdefault(found, found)
        return found

    def explained(self, action: str, attributes: Mapping[str, Any]) -> Verdict | None:
        """Why the roles do not allow `action` on an object; `None` when they do."""
        if holds(self.reach(action), attributes):
            return None
        return Verdict.by_none(self._reason(action, attributes))

    def administers(self, workspace_id: str) -> bool:
        """Whether the user is an administrator of a workspace, or its owner."""
        return not ADMINISTRATORS.isdisjoint(self.roles.get(workspace_id, ()))

    def cells(self, workspace_id: str, code: str) -> Cells:
        """Whose objects in a workspace a permission reaches, by its casefolded code."""
        if workspace_id not in self.roles:
            return Cells.NONE
        found = Cells.ALL if code in MEMBERS else Cells.NONE
        if code in _MODEL_READS and not _ORDINARY.isdisjoint(self.roles[workspace_id]):
            found |= Cells.OWN
        for role in self.roles[workspace_id]:
            found |= allowed(role, code) | covered(self._custom.get(role, {}).get(code, ()))
        return found

    def _reach(self, code: str) -> Predicate:
        if code.partition(":")[0] not in _SERVICES or code in WITHOUT_WORKSPACE:
            return ALWAYS
        alike: dict[Cells, list[str]] = {}
        for workspace_id in self.roles:
            alike.setdefault(self._reached(workspace_id, code), []).append(workspace_id)
        parts = [All((IsIn("workspace_id", tuple(ids)), self._among(cells))) for cells, ids in alike.items()]
        if code in _MODEL_READS:
            parts.append(_OF_A_PROVIDER)
        return simplified(Some(tuple(parts)))

    def _reached(self, workspace_id: str, code: str) -> Cells:
        found = self.cells(workspace_id, code)
        if code in _ALSO:
            found |= self.cells(workspace_id, _ALSO[code])
        return found & self.cells(workspace_id, _WITHIN[code]) if code in _WITHIN else found

    def _among(self, cells: Cells) -> Predicate:
        """What must hold of an object to be in some cells."""
        if cells == Cells.ALL:
            return ALWAYS
        return Some(tuple(self._in(part) for part in _parts(cells)))

    def _in(self, part: Cells) -> Predicate:
        compared: list[Predicate] = []
        for cells, comparison in (
            (Cells.OWN, Compare("user_id", "=", self.user_id)),
            (Cells.OTHERS, Compare("user_id", "<>", self.user_id)),
            (Cells.PUBLIC, Compare("accessibility", "=", "PUBLIC")),
            (Cells.PRIVATE, Compare("accessibility", "=", "PRIVATE")),
        ):
            if part in cells:
                compared.append(comparison)
        return All(tuple(compared))

    def _reason(self, action: str, attributes: Mapping[str, Any]) -> str:
        workspace_id = attributes.get("workspace_id")
        if workspace_id is None:
            return f"in no workspace do they hold a role that allows {action}"
        if workspace_id not in self.roles:
            return f"they are no member of workspace {workspace_id}"
        held = " and ".join(self.roles[workspace_id]) or "no role"
        cells = self._reached(workspace_id, action.casefold())
        if not cells:
            return f"they hold {held} in workspace {workspace_id}, and that does not allow {action}"
        things = " and ".join(_WORDS[part] for part in _parts(cells))
        owner = "their own" if attributes.get("user_id") == self.user_id else "another's"
        this = f"{owner} {attributes.get('accessibility') or 'without accessibility'}"
        return f"they hold {held} in workspace {workspace_id}, which allows {action} on {things}; this is {this}"


def _parts(cells: Cells) -> Iterator[Cells]:
    """The fewest of `_WORDS` that make up some cells."""
    covered_already = Cells.NONE
    for part in _WORDS:
        if part in cells and part not in covered_already:
            covered_already |= part
            yield part
