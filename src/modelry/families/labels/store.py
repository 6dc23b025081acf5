"""The SQL of labels: which resources carry them."""

import msgspec

from modelry.families.labels.structs import Label
from modelry.storage.database import Transaction
from modelry.storage.predicates import Sql, matching


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that carries labels."""

    account_id: int
    resource_type: str
    workspace_id: str
    position: int


def replace(transaction: Transaction, resource: Labelled, before: list[Label], after: list[Label]) -> None:
    """Change the index entries of a resource from `before` to `after`."""
    old = {(label.key, label.value) for label in before}
    new = {(label.key, label.value) for label in after}
    place = (resource.workspace_id, resource.position)
    for key, value in old - new:
        transaction.later(
            "DELETE FROM labels WHERE account_id = ? AND resource_type = ? AND label_key = ? AND label_value = ?"
            " AND workspace_id = ? AND position = ?",
            *(resource.account_id, resource.resource_type, key, value, *place),
        )
    for key, value in new - old:
        transaction.later(
            "INSERT INTO labels VALUES (?, ?, ?, ?, ?, ?)",
            *(resource.account_id, resource.resource_type, key, value, *place),
        )


def carries(account_id: int, resource_type: str, workspace_id: str | None, label: tuple[str, ...]) -> Sql:
    """The condition that a resource, seen by its `position`, carries a label (key, value)."""
    key, value = label
    return _indexed(account_id, resource_type, workspace_id, key, ("label_value = ?", (value,)))


def carries_fitting(account_id: int, resource_type: str, workspace_id: str | None, key: str, pattern: str) -> Sql:
    """The condition that a resource, seen by its `position`, carries a label whose value fits a wildcard text."""
    return _indexed(account_id, resource_type, workspace_id, key, matching("label_value", pattern))


def written(label: tuple[str, ...]) -> Sql:
    """The condition that a column `document` has a label (key, value) written in it, where no index knows it."""
    key, value = label
    return _in_document(key, (f"{_VALUE} = ?", (value,)))


def written_fitting(key: str, pattern: str) -> Sql:
    """The condition that a column `document` has a label written in it whose value fits a wildcard text."""
    return _in_document(key, matching(_VALUE, pattern))


_VALUE = "json_extract(label.value, '$.Value')"


def _indexed(account_id: int, resource_type: str, workspace_id: str | None, key: str, value: Sql) -> Sql:
    scope, scoped = ("", ()) if workspace_id is None else (" AND workspace_id = ?", (workspace_id,))
    condition, bound = value
    sql = (
        "position IN (SELECT position FROM labels"
        f" WHERE account_id = ? AND resource_type = ? AND label_key = ? AND {condition}{scope})"
    )
    return sql, (account_id, resource_type, key, *bound, *scoped)


def _in_document(key: str, value: Sql) -> Sql:
    condition, bound = value
    sql = (
        "EXISTS (SELECT 1 FROM json_each(CAST(document AS TEXT), '$.Labels') AS label"
        f" WHERE json_extract(label.value, '$.Key') = ? AND {condition})"
    )
    return sql, (key, *bound)
