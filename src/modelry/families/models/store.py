"""The SQL of models."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from modelry.access.predicate import ALWAYS, Predicate
from modelry.errors import MODEL_NOT_FOUND, ApiError
from modelry.families.labels import store as labels
from modelry.families.models.documents import Described, ModelColumns, labels_of, model_columns
from modelry.storage.database import Connection, Key, Lookup, Transaction, assignments
from modelry.storage.paging import Page
from modelry.storage.predicates import Columns, Patterns, Sets, Sql, rendered

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
    user_id: str
    """Who created it."""
    accessibility: str
    provider: str | None

    @property
    def described(self) -> Described:
        """What decides about it."""
        return described(
            self.account_id,
            self.model_id,
            self.document,
            self.user_id,
            self.accessibility,
            self.workspace_id,
            self.provider,
        )

    @property
    def labelled(self) -> labels.Labelled:
        """The model as the label index knows it."""
        return labels.Labelled(
            account_id=self.account_id,
            resource_type=_RESOURCE_TYPE,
            workspace_id=self.workspace_id,
            position=self.position,
        )


_MODEL_WITH_LATEST = (
    "SELECT m.document, v.document, v.gmt_modified, m.user_id, m.accessibility, m.workspace_id, m.provider,"
    " v.version_name, v.approval_status"
    " FROM models m LEFT JOIN model_versions v ON v.position = {latest}"
    " WHERE m.account_id = ? AND m.model_id = ?"
)
_NEWEST = Lookup(_MODEL_WITH_LATEST.format(latest="m.latest_position"))


def model_with_latest(account_id: int, model_id: str, versions: Predicate = ALWAYS) -> Key:
    """Finds (document, latest version's document, its time of change, what decides about the model, about the version).

    The latest version is the newest of those that fulfil `versions`.
    """
    if versions is ALWAYS:
        return Key(_NEWEST, (account_id, model_id))
    latest, values = _latest(account_id, versions)
    return Key(Lookup(_MODEL_WITH_LATEST.format(latest=latest)), (*values, account_id, model_id))


def of_version(of: Mapping[str, Any], version_name: str, approval_status: str, document: bytes) -> Described:
    """What decides about a version; `of` is what decides about its model."""
    found = Described(of)
    found.pop("labels", None)  # those of the model
    found["resource"] = f"{of['resource']}/modelVersion/{version_name}"
    found["approval_status"] = approval_status
    found.document = document
    return found


def described(
    account_id: int,
    model_id: str,
    document: bytes,
    user_id: str,
    accessibility: str,
    workspace_id: str,
    provider: str | None,
) -> Described:
    """What decides about a model."""
    found = Described(
        {
            "resource": f"{account_id}:model/{model_id}",
            "user_id": user_id,
            "accessibility": accessibility,
            "workspace_id": workspace_id,
            "provider": provider,
        }
    )
    found.document = document
    return found


def model(database: Connection, account_id: int, model_id: str) -> StoredModel:
    """A model by its id.

    Raises:
        ApiError: MODEL_NOT_FOUND.
    """
    row = database.one(
        "SELECT position, account_id, model_id, workspace_id, highest_version, document, user_id, accessibility,"
        " provider FROM models"
        " WHERE account_id = ? AND model_id = ?",
        *(account_id, model_id),
    )
    if row is None:
        raise ApiError(MODEL_NOT_FOUND, model_id=model_id)
    return StoredModel(*row)


def add_model(transaction: Transaction, new: StoredModel) -> None:
    """Keep a new model.

    Raises:
        Conflict: its workspace has a model of that name.
    """
    transaction.run(
        f"INSERT INTO models ({', '.join(ModelColumns._fields)}, position, account_id, model_id, workspace_id, user_id,"
        " gmt_modified, document_version, document)"
        f" VALUES ({', '.join('?' * (len(ModelColumns._fields) + 8))})",
        *model_columns(new.document),
        *(new.position, new.account_id, new.model_id, new.workspace_id, new.user_id),
        *(new.position, DOCUMENT_VERSION, new.document),
    )
    transaction.changed(f"model/{new.model_id}", None, new.document)
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
    transaction.changed(f"model/{before.model_id}", before.document, document)
    labels.replace(transaction, before.labelled, labels_of(before.document), labels_of(document))


def delete_model(transaction: Transaction, before: StoredModel) -> None:
    """Remove a model, its versions, labels and places in collections."""
    labels.replace(transaction, before.labelled, labels_of(before.document), [])
    transaction.run("DELETE FROM models WHERE position = ?", before.position)
    transaction.changed(f"model/{before.model_id}", before.document, None)


def put_into_collections(transaction: Transaction, of: StoredModel, collections: list[str]) -> None:
    """Make `collections` the collections that a model is in."""
    sql = "SELECT collection FROM model_collections WHERE position = ? ORDER BY collection"
    before = [collection for (collection,) in transaction.all(sql, of.position)]
    after = sorted(set(collections))
    transaction.run("DELETE FROM model_collections WHERE position = ?", of.position)
    for collection in after:
        transaction.run("INSERT INTO model_collections VALUES (?, ?, ?)", of.account_id, collection, of.position)
    told = (msgspec.json.encode({"Collections": each}) for each in (before, after))
    transaction.changed(f"model/{of.model_id}", *told)


_MODEL_COLUMNS: Columns = {
    **{name: name for name in ModelColumns._fields},
    "workspace_id": "workspace_id",
    "user_id": "user_id",
    "gmt_create": "(position / 1000)",
    "gmt_modified": "(gmt_modified / 1000)",
    "resource": "(account_id || ':model/' || model_id)",
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
    database: Connection,
    account_id: int,
    wanted: Predicate,
    page: Page,
    workspace_id: str | None,
    versions: Predicate = ALWAYS,
) -> tuple[list[tuple[bytes, bytes | None, int | None]], int]:
    """A page of models with their latest versions, and how many there are in all.

    `workspace_id`, when the filter names one, narrows the search for labels. The latest version of each is the newest
    of those that fulfil `versions`.
    """
    sets: Sets = {
        "labels": lambda label: labels.carries(account_id, _RESOURCE_TYPE, workspace_id, label),
        "collections": lambda element: _in_collection(account_id, element[0]),
    }
    pairs: Patterns = {
        "labels": lambda key, pattern: labels.carries_fitting(account_id, _RESOURCE_TYPE, workspace_id, key, pattern)
    }
    condition, values = rendered(wanted, _MODEL_COLUMNS, sets, pairs)
    where = f"FROM models WHERE account_id = ? AND {condition}"
    total_count = database.count(where, account_id, *values)
    end, limits = page.sql()
    latest, latest_values = ("m.latest_position", ()) if versions is ALWAYS else _latest(account_id, versions)
    rows = database.all(
        "SELECT m.document, v.document, v.gmt_modified"
        f" FROM (SELECT position {where} {end}) AS page JOIN models m ON m.position = page.position"
        f" LEFT JOIN model_versions v ON v.position = {latest}"
        f" ORDER BY m.{page.column} {page.order}, m.position {page.order}",
        *(account_id, *values, *limits, *latest_values),
    )
    return rows, total_count


def version_columns(account_id: int, *, of: str) -> Columns:
    """What decides about a version, as columns of `model_versions` and of the model's row that is called `of`."""
    return {
        "resource": f"('{account_id:d}:model/' || {of}.model_id || '/modelVersion/' || version_name)",
        "approval_status": "approval_status",
        **{name: f"{of}.{name}" for name in ("user_id", "accessibility", "workspace_id", "provider")},
    }


VERSION_SETS: Sets = {"labels": labels.written}
VERSION_PATTERNS: Patterns = {"labels": labels.written_fitting}


def _latest(account_id: int, versions: Predicate) -> Sql:
    """The position of a model's newest version of those that fulfil `versions`."""
    condition, values = rendered(versions, version_columns(account_id, of="m"), VERSION_SETS, VERSION_PATTERNS)
    return f"(SELECT max(position) FROM model_versions WHERE model_position = m.position AND {condition})", values


def set_latest_version(transaction: Transaction, of: StoredModel, position: int | None, highest_version: str) -> None:
    """Point a model at the version that was created last, and say from where automatic numbering goes on."""
    transaction.run(
        "UPDATE models SET latest_position = ?, highest_version = ? WHERE position = ?",
        *(position, highest_version, of.position),
    )


def _in_collection(account_id: int, collection: str) -> Sql:
    return (
        "position IN (SELECT position FROM model_collections WHERE account_id = ? AND collection = ?)",
        (account_id, collection),
    )
