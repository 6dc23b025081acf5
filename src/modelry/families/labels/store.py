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
        transaction.run(
            "DELETE FROM labels WHERE account_id = ? AND resource_type = ? AND label_key = ? AND label_value = ?"
            " AND workspace_id = ? AND position = ?",
            *(resource.account_id, resource.resource_type, key, value, *place),
        )
    for key, value in new - old:
        transaction.run(
            "INSERT INTO labels VALUES (?, ?, ?, ?, ?, ?)",
            *(resource.account_id, resource.resource_type, key, value, *place),
        )


def carries(account_id: int, resource_type: str, workspace_id: str | None, label: tuple[str, ...]) -> Sql:
    """The condition that a resource, seen by its `position`, carries a label (key, value)."""
    key, value = label
    scope, scoped = ("", ()) if workspace_id is None else (" AND workspace_id = ?", (workspace_id,))
    sql = (
        "position IN (SELECT position FROM labels"
        f" WHERE account_id = ? AND resource_type = ? AND label_key = ? AND label_value = ?{scope})"
    )
    return sql, (account_id, resource_type, key, value, *scoped)


def carries_fitting(account_id: int, resource_type: str, workspace_id: str | None, key: str, pattern: str) -> Sql:
    """The condition that a resource, seen by its `position`, carries this key with a value that fits a wildcard text."""
    scope, scoped = ("", ()) if workspace_id is None else (" AND workspace_id = ?", (workspace_id,))
    fits, bound = matching("label_value", pattern)
    sql = (
        "position IN (SELECT position FROM labels"
        f" WHERE account_id = ? AND resource_type = ? AND label_key = ? AND {fits}{scope})"
    )
    return sql, (account_id, resource_type, key, *bound, *scoped)
