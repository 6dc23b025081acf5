"""The SQL of labels: which resources carry them."""

import msgspec

from modelry.families.labels.structs import Label
from modelry.storage.database import Gathering, Transaction
from modelry.storage.predicates import Sql, matching

BY_POSITION = "labels_by_position"
"""The index that has the entries of a label in the order of `position`, over all workspaces."""


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that carries labels."""

    account_id: int
    resource_type: str
    workspace_id: str
    position: int


_ENTRIES = Gathering("labels", ("account_id", "resource_type", "label_key", "label_value", "workspace_id", "position"))


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
    rows = [(resource.account_id, resource.resource_type, key, value, *place) for key, value in sorted(new - old)]
    for row in rows:
        transaction.gather(_ENTRIES, *row)


def entries(
    account_id: int, resource_type: str, workspace_id: str | None, label: tuple[str, ...], table: str = ""
) -> Sql:
    """The condition that an entry of the index, of `table` with a point, is of a label (key, value).

    The entries of one label are in the order of `position`.
    """
    key, value = label
    scope, scoped = ("", ()) if workspace_id is None else (f" AND {table}workspace_id = ?", (workspace_id,))
    sql = (
        f"{table}account_id = ? AND {table}resource_type = ? AND {table}label_key = ? AND {table}label_value = ?{scope}"
    )
    return sql, (account_id, resource_type, key, value, *scoped)


def carries(account_id: int, resource_type: str, label: tuple[str, ...], of: str) -> Sql:
    """The condition that the resource in the row `of`, by its `workspace_id` and `position`, carries a label.

    It is looked up for each row. PostgreSQL may read all that carry it instead where it says EXISTS: it does not know
    that a label of many is found in a few steps.
    """
    condition, values = entries(account_id, resource_type, None, label, "l.")
    sql = (
        f"(SELECT 1 FROM labels AS l WHERE {condition}"
        f" AND l.workspace_id = {of}.workspace_id AND l.position = {of}.position) IS NOT NULL"
    )
    return sql, values


def carries_fitting(account_id: int, resource_type: str, key: str, pattern: str, of: str) -> Sql:
    """The condition that the resource in the row `of` carries a label whose value fits a wildcard text."""
    condition, bound = matching("l.label_value", pattern)
    sql = (
        f"{of}.position IN (SELECT l.position FROM labels AS l"
        f" WHERE l.account_id = ? AND l.resource_type = ? AND l.label_key = ? AND {condition})"
    )
    return sql, (account_id, resource_type, key, *bound)


def written(label: tuple[str, ...]) -> Sql:
    """The condition that a column `document` has a label (key, value) written in it, where no index knows it."""
    key, value = label
    return _in_document(key, (f"{_VALUE} = ?", (value,)))


def written_fitting(key: str, pattern: str) -> Sql:
    """The condition that a column `document` has a label written in it whose value fits a wildcard text."""
    return _in_document(key, matching(_VALUE, pattern))


_VALUE = "json_extract(label.value, '$.Value')"


def _in_document(key: str, value: Sql) -> Sql:
    condition, bound = value
    sql = (
        "EXISTS (SELECT 1 FROM json_each(CAST(document AS TEXT), '$.Labels') AS label"
        f" WHERE json_extract(label.value, '$.Key') = ? AND {condition})"
    )
    return sql, (key, *bound)
