"""What a list of models looks for, taken apart: whose models, and what else must hold of them."""

from collections.abc import Iterator
from typing import NamedTuple

from modelry.access.narrowing import narrowed
from modelry.access.predicate import ALWAYS, All, Compare, Contains, Has, IsIn, Not, Predicate, Present, Some
from modelry.families.labels import store as labels
from modelry.families.models.documents import ModelColumns
from modelry.families.models.store import RESOURCE_TYPE
from modelry.storage.predicates import Columns, Patterns, Sets, Sql, rendered

_OWN = Not(Present("provider"))

_COLUMNS: Columns = {
    **{name: f"m.{name}" for name in ModelColumns._fields},
    "workspace_id": "m.workspace_id",
    "user_id": "m.user_id",
    "gmt_create": "(m.position / 1000)",
    "gmt_modified": "(m.gmt_modified / 1000)",
    "resource": "(m.account_id || ':model/' || m.model_id)",
    "folded_name": "substr(m.folded_text, 1, m.name_length)",
    "folded_labels": "substr(m.folded_text, m.labels_start)",
}


_INDEXES = {
    "position": ("models_by_position", "models_by_workspace"),
    "gmt_modified": ("models_by_modified", "models_by_workspace_modified"),
    "model_name": ("models_by_model_name", "models_by_name"),
    "order_place": ("models_by_order", "models_by_workspace_order"),
    "size_place": ("models_by_size", "models_by_workspace_size"),
}
"""Of each sort, the index over an account and the one over a workspace."""

_DECISIVE = frozenset({"workspace_id", "accessibility", "user_id"})
"""What decides who sees a model; it stands in the entries of the indexes by position."""

_IN_ENTRIES = _DECISIVE | {"folded_text", "folded_name", "folded_labels"}
"""What stands in the entries of `models_by_workspace`."""


class Scope(NamedTuple):
    """The models of an account, of one of its workspaces or of a provider that fulfil `rest`."""

    account_id: int
    workspace_id: str | None
    """The only workspace that they are in; `None` if they may be in several."""
    own: bool
    """Whether they are the account's own, no provider's."""
    rest: Predicate

    def condition(self, labels_of: str = "m", carried: tuple[str, ...] | None = None) -> Sql:
        """That a row `m` of `models` is one of them; `labels_of` is a row with its `workspace_id` and `position`.

        If that is an entry of the label `carried`, it says by itself whose they are.
        """
        sql, values = ("m.provider IS NULL" if self.own else "1 = 1", ()) if carried else self.whose()
        known = Has("labels", carried) if carried else None
        rest, bound = self._rendered(All(tuple(part for part in self.parts if part != known)), labels_of)
        return f"{sql} AND {rest}", (*values, *bound)

    def whose(self) -> Sql:
        """That a row `m` of `models` is one of them, but for `rest`."""
        own = " AND m.provider IS NULL" if self.own else ""
        if self.workspace_id is None:
            return f"m.account_id = ?{own}", (self.account_id,)
        return f"m.account_id = ? AND m.workspace_id = ?{own}", (self.account_id, self.workspace_id)

    def _rendered(self, rest: Predicate, labels_of: str) -> Sql:
        sets: Sets = {
            "labels": lambda label: labels.carries(self.account_id, RESOURCE_TYPE, label, labels_of),
            "collections": lambda element: _in_collection(self.account_id, element[0]),
        }
        pairs: Patterns = {
            "labels": lambda key, pattern: labels.carries_fitting(
                self.account_id, RESOURCE_TYPE, key, pattern, labels_of
            )
        }
        return rendered(rest, _COLUMNS, sets, pairs)

    def index_of(self, column: str) -> str:
        """The index that has the account's own models in the order of a column."""
        return _INDEXES[column][self.workspace_id is not None]

    def index_to_walk(self, column: str) -> str | None:
        """Likewise; `None` for the table itself, in the order of `position`, where its rows are needed anyway."""
        if self._exact_name:
            return self.index_of("model_name")
        if column == "position" and self.workspace_id is None and not _DECISIVE.issuperset(_attributes(self.rest)):
            return None
        return self.index_of(column)

    @property
    def index_to_count(self) -> str | None:
        """The index whose entries tell the account's own models apart; `None` for the table itself."""
        if self._exact_name:
            return self.index_of("model_name")
        if self.workspace_id is None and not _IN_ENTRIES.issuperset(_attributes(self.rest)):
            return None
        return "models_by_workspace"

    @property
    def _exact_name(self) -> bool:
        return any(isinstance(p, Compare) and (p.attribute, p.operator) == ("model_name", "=") for p in self.parts)

    @property
    def entire(self) -> bool:
        """Whether they are all models of the account's own, or of a workspace."""
        return self.own and self.rest == ALWAYS

    @property
    def parts(self) -> tuple[Predicate, ...]:
        """What all must hold."""
        return self.rest.of if isinstance(self.rest, All) else (self.rest,)

    @property
    def needles(self) -> list[str]:
        """Texts that `folded_text` must contain."""
        return [part.text for part in self.parts if isinstance(part, Contains) and part.text]

    @property
    def tags(self) -> list[tuple[str, ...]]:
        """Labels that they must carry."""
        return [part.element for part in self.parts if isinstance(part, Has) and part.attribute == "labels"]

    @property
    def collections(self) -> list[str]:
        """One of these they must be in, if there are any."""
        for part in self.parts:
            some = part.of if isinstance(part, Some) else (part,)
            names = [each.element[0] for each in some if isinstance(each, Has) and each.attribute == "collections"]
            if names and len(names) == len(some):
                return names
        return []

    @property
    def workspaces(self) -> tuple[str, ...] | None:
        """In one of these they must be; `None` if they may be anywhere."""
        return _values_of(self.rest, "workspace_id")


def scope_of(account_id: int, wanted: Predicate) -> Scope:
    """What a predicate asks of an account's models."""
    parts = wanted.of if isinstance(wanted, All) else (wanted,)
    own = _OWN in parts
    workspace_id = next(_workspace_ids(parts), None)
    known = {**({"provider": None} if own else {}), **({} if workspace_id is None else {"workspace_id": workspace_id})}
    return Scope(account_id, workspace_id, own, narrowed(All(parts), known) if parts else ALWAYS)


def _attributes(predicate: Predicate) -> Iterator[str]:
    """What a predicate looks at in the row."""
    match predicate:
        case All(parts) | Some(parts):
            for part in parts:
                yield from _attributes(part)
        case Not(part):
            yield from _attributes(part)
        case _:
            yield predicate.attribute


def _workspace_ids(parts: tuple[Predicate, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Compare) and (part.attribute, part.operator) == ("workspace_id", "="):
            yield str(part.value)


def _values_of(predicate: Predicate, attribute: str) -> tuple[str, ...] | None:
    """The values of which an object that fulfils the predicate has one; `None` if it may have any."""
    match predicate:
        case Compare(name, "=", value) if name == attribute:
            return (str(value),)
        case IsIn(name, values) if name == attribute:
            return tuple(map(str, values))
        case All(parts):
            each = [_values_of(part, attribute) for part in parts]
            return min((some for some in each if some is not None), key=len, default=None)
        case Some(parts):
            each = [_values_of(part, attribute) for part in parts]
            return None if None in each else tuple(dict.fromkeys(value for some in each for value in some or ()))
    return None


def _in_collection(account_id: int, collection: str) -> Sql:
    return (
        "m.position IN (SELECT c.position FROM model_collections AS c WHERE c.account_id = ? AND c.collection = ?)",
        (account_id, collection),
    )
