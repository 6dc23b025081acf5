"""The SQL of models."""

from typing import NamedTuple

from modelry.access.predicate import Predicate
from modelry.errors import MODEL_NOT_FOUND, ApiError
from modelry.families.labels import store as labels
from modelry.families.models.documents import ModelColumns, labels_of, model_columns
from modelry.storage.database import Connection, Key, Lookup, Row, Transaction, assignments
from modelry.storage.paging import Page
from modelry.storage.predicates import Columns, Sets, Sql, rendered

DOCUMENT_VERSION = 1
"""Of the documents that this program writes; it keeps the keys of later ones that it does not know."""

_RESOURCE_TYPE = "model"


class StoredModel(NamedTuple):
    """A model as a write finds it."""

    position: int
    account_id: int
    model_id: str
    workspace_id: str
    highest_version: str | None
    document: bytes

    @property
    def labelled(self) -> labels.Labelled:
        """The model as the label index knows it."""
        return labels.Labelled(
            account_id=self.account_id,
            resource_type=_RESOURCE_TYPE,
            workspace_id=self.workspace_id,
            position=self.position,
        )


_MODEL_WITH_LATEST = Lookup(
    "SELECT m.document, v.document, v.gmt_modified, m.user_id, m.accessibility, m.workspace_id, m.provider"
    " FROM models m LEFT JOIN model_versions v ON v.position = m.latest_position"
    " WHERE m.account_id = ? AND m.model_id = ?"
)


def model_with_latest(account_id: int, model_id: str) -> Key:
    """Finds (document, latest version's document, its time of change, and what visibility depends on)."""
    return Key(_MODEL_WITH_LATEST, (account_id, model_id))


def model(database: Connection, account_id: int, model_id: str) -> StoredModel:
    """A model by its id.

    Raises:
        ApiError: MODEL_NOT_FOUND.
    """
    row = database.one(
        "SELECT position, account_id, model_id, workspace_id, highest_version, document FROM models"
        " WHERE account_id = ? AND model_id = ?",
        *(account_id, model_id),
    )
    if row is None:
        raise ApiError(MODEL_NOT_FOUND, model_id=model_id)
    return StoredModel(*row)


def add_model(transaction: Transaction, new: StoredModel, user_id: str) -> None:
    """Keep a new model.

    Raises:
        Conflict: its workspace has a model of that name.
    """
    transaction.run(
        f"INSERT INTO models ({', '.join(ModelColumns._fields)}, position, account_id, model_id, workspace_id, user_id,"
        " gmt_modified, document_version, document)"
        f" VALUES ({', '.join('?' * (len(ModelColumns._fields) + 8))})",
        *model_columns(new.document),
        *(new.position, new.account_id, new.model_id, new.workspace_id, user_id),
        *(new.position, DOCUMENT_VERSION, new.document),
    )
    labels.replace(transaction, new.labelled, [], labels_of(new.document))


def change_model(transaction: Transaction, before: StoredModel, document: bytes, modified: int) -> None:
    """Replace a model's document, and with it all that is indexed of it.

    Raises:
        Conflict: its workspace has another model of that name.
    """
    transaction.run(
        f"UPDATE models SET {assignments(ModelColumns._fields)}, gmt_modified = ?, document_version = ?, document = ?"
        " WHERE position = ?",
        *model_columns(document),
        *(modified, DOCUMENT_VERSION, document, before.position),
    )
    labels.replace(transaction, before.labelled, labels_of(before.document), labels_of(document))


def delete_model(transaction: Transaction, before: StoredModel) -> None:
    """Remove a model, its versions, labels and places in collections."""
    labels.replace(transaction, before.labelled, labels_of(before.document), [])
    transaction.run("DELETE FROM models WHERE position = ?", before.position)


def put_into_collections(transaction: Transaction, account_id: int, position: int, collections: list[str]) -> None:
    """Make `collections` the collections that a model is in."""
    transaction.run("DELETE FROM model_collections WHERE position = ?", position)
    for collection in dict.fromkeys(collections):
        transaction.run("INSERT INTO model_collections VALUES (?, ?, ?)", account_id, collection, position)


_MODEL_COLUMNS: Columns = {
    **{name: name for name in ModelColumns._fields},
    "workspace_id": "workspace_id",
    "gmt_create": "(position / 1000)",
    "gmt_modified": "(gmt_modified / 1000)",
}
SORTED_BY = {
    "GmtCreateTime": "position",
    "GmtModifiedTime": "gmt_modified",
    "ModelName": "model_name",
    "OrderNumber": "order_number",
    "ParameterSize": "parameter_size",
}
"""Column of each `SortBy`."""


def models(
    database: Connection, account_id: int, wanted: Predicate, page: Page, workspace_id: str | None
) -> tuple[list[tuple[bytes, bytes | None, int | None]], int]:
    """A page of models with their latest versions, and how many there are in all.

    `workspace_id`, when the filter names one, narrows the search for labels.
    """
    sets: Sets = {
        "labels": lambda label: labels.carries(account_id, _RESOURCE_TYPE, workspace_id, label),
        "collections": lambda element: _in_collection(account_id, element[0]),
    }
    condition, values = rendered(wanted, _MODEL_COLUMNS, sets)
    where = f"FROM models WHERE account_id = ? AND {condition}"
    total_count = database.count(where, account_id, *values)
    end, limits = page.sql()
    rows = database.all(
        "SELECT m.document, v.document, v.gmt_modified"
        f" FROM (SELECT position {where} {end}) AS page JOIN models m ON m.position = page.position"
        " LEFT JOIN model_versions v ON v.position = m.latest_position"
        f" ORDER BY m.{page.column} {page.order}, m.position {page.order}",
        *(account_id, *values, *limits),
    )
    return rows, total_count


def set_latest_version(transaction: Transaction, of: StoredModel, position: int | None, highest_version: str) -> None:
    """Point a model at the version that was created last, and say from where automatic numbering goes on."""
    transaction.run(
        "UPDATE models SET latest_position = ?, highest_version = ? WHERE position = ?",
        *(position, highest_version, of.position),
    )


def visibility(row: Row) -> dict[str, object]:
    """What decides who may see a model, as an attribute each, of the last columns of a lookup."""
    return dict(zip(("user_id", "accessibility", "workspace_id", "provider"), row, strict=True))


def _in_collection(account_id: int, collection: str) -> Sql:
    return (
        "position IN (SELECT position FROM model_collections WHERE account_id = ? AND collection = ?)",
        (account_id, collection),
    )
