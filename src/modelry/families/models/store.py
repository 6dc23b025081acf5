"""The SQL of models."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from modelry.access.predicate import ALWAYS, Predicate
from modelry.errors import MODEL_NOT_FOUND, WORKSPACE_NOT_FOUND, ApiError
from modelry.families.labels import store as labels
from modelry.families.models import search, tallies
from modelry.families.models.documents import INDEXED, Described, ModelColumns, labels_of, model_columns
from modelry.storage.database import Connection, Gathering, Key, Lookup, Transaction, assignments
from modelry.storage.predicates import Columns, Patterns, Sets, Sql, rendered

DOCUMENT_VERSION = 1
"""Of the documents that this program writes; it keeps the keys of later ones that it does not know."""

RESOURCE_TYPE = "model"
"""Of models, to the index of labels."""


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
    versions: int = 0
    """How many there are."""
    versions_moved: int = 0
    """When any of them was last made, changed or removed."""

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
            resource_type=RESOURCE_TYPE,
            workspace_id=self.workspace_id,
            position=self.position,
        )


_MODEL_WITH_LATEST = (
    "SELECT d.document, v.document, v.gmt_modified, m.user_id, m.accessibility, m.workspace_id, m.provider,"
    " v.version_name, v.approval_status"
    " FROM models m JOIN model_documents d ON d.position = m.position"
    " LEFT JOIN model_versions v ON v.position = {latest}"
    " WHERE m.account_id = ? AND m.model_id = ?"
)
_NEWEST = Lookup(_MODEL_WITH_LATEST.format(latest="m.latest_position"))


def model_with_latest(account_id: int, model_id: str, versions: Predicate = ALWAYS) -> Key:
    """Finds (document, latest version's document, its time of change, what decides about the model, about the version).

    The latest version is the newest of those that fulfil `versions`.
    """
    if versions is ALWAYS:
        return Key(_NEWEST, (account_id, model_id))
    latest, values = latest_of(account_id, versions)
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


_MODEL = Lookup(
    "SELECT m.position, m.account_id, m.model_id, m.workspace_id, m.highest_version, d.document, m.user_id,"
    " m.accessibility, m.provider, m.versions, m.versions_moved"
    " FROM models m JOIN model_documents d ON d.position = m.position WHERE m.account_id = ? AND m.model_id = ?"
)


def model_key(account_id: int, model_id: str) -> Key:
    """Finds what `model` answers."""
    return Key(_MODEL, (account_id, model_id))


def model(database: Connection, account_id: int, model_id: str) -> StoredModel:
    """A model by its id.

    Raises:
        ApiError: MODEL_NOT_FOUND.
    """
    row = database.find(model_key(account_id, model_id))
    if row is None:
        raise ApiError(MODEL_NOT_FOUND, model_id=model_id)
    return StoredModel(*row)


def place_key(account_id: int, workspace_id: str, model_name: str) -> Key:
    """Finds what `is_taken` goes by."""
    return Key(_PLACE, (model_name, account_id, workspace_id))


def is_taken(database: Connection, account_id: int, workspace_id: str, model_name: str) -> bool:
    """Whether a workspace has a model of that name.

    Raises:
        ApiError: WORKSPACE_NOT_FOUND.
    """
    row = database.find(place_key(account_id, workspace_id, model_name))
    if row is None:
        raise ApiError(WORKSPACE_NOT_FOUND, workspace_id=workspace_id)
    return bool(row[0])


_PLACE = Lookup(
    "SELECT EXISTS (SELECT 1 FROM models AS m"
    " WHERE m.account_id = w.account_id AND m.workspace_id = w.workspace_id AND m.model_name = ?) AS taken"
    " FROM workspaces AS w WHERE w.account_id = ? AND w.workspace_id = ?"
)
_NUMBERS = {"parameter_size", "order_number"}
"""Columns that are not of text, and may have no value in all rows that are written together."""

_MODELS = Gathering(
    "models",
    (*ModelColumns._fields, "position", "account_id", "model_id", "workspace_id", "user_id", "gmt_modified"),
    types=(*("bigint" if name in _NUMBERS else None for name in ModelColumns._fields), *(None,) * 6),
    after="workspaces",
)
_DOCUMENTS = Gathering("model_documents", ("position", "document_version", "document"), after="models")


def add_model(transaction: Transaction, new: StoredModel) -> None:
    """Keep a new model, whose name its workspace does not have."""
    columns = model_columns(new.document)
    place = (new.position, new.account_id, new.model_id, new.workspace_id, new.user_id, new.position)
    transaction.add(_MODELS, *columns, *place)
    transaction.gather(_DOCUMENTS, new.position, DOCUMENT_VERSION, new.document)
    transaction.changed(f"model/{new.model_id}", None, new.document)
    labels.replace(transaction, new.labelled, [], labels_of(new.document))
    search.of(transaction).added(transaction, new.position, columns.folded_text)
    tallies.move(transaction, new.account_id, new.workspace_id, int(columns.provider is None))


def change_model(
    transaction: Transaction, before: StoredModel, document: bytes, modified: int, members: Iterable[str] = INDEXED
) -> None:
    """Replace a model's document, and with it all that is indexed of it; of that, only `members` may differ.

    Raises:
        Conflict: its workspace has another model of that name.
    """
    indexed = not INDEXED.isdisjoint(members)
    changed = _changed_columns(before.document, document) if indexed else {}
    if "folded_text" in changed:
        search.of(transaction).changing(transaction, before.position, changed["folded_text"])
    write = transaction.run if "model_name" in changed else transaction.later
    write(
        f"UPDATE models SET {assignments((*changed, 'gmt_modified'))} WHERE position = ?",
        *(*changed.values(), modified, before.position),
    )
    transaction.later(
        "UPDATE model_documents SET document_version = ?, document = ? WHERE position = ?",
        *(DOCUMENT_VERSION, document, before.position),
    )
    transaction.changed(f"model/{before.model_id}", before.document, document)
    if indexed:
        labels.replace(transaction, before.labelled, labels_of(before.document), labels_of(document))
    more = int(changed.get("provider", before.provider) is None) - int(before.provider is None)
    tallies.move(transaction, before.account_id, before.workspace_id, more)


def _changed_columns(before: bytes, after: bytes) -> dict[str, Any]:
    """What a model is indexed by from now on: what is named is written into every index that has it, changed or not."""
    columns, known = model_columns(after), model_columns(before)
    return {name: value for name, value in zip(columns._fields, columns, strict=True) if value != getattr(known, name)}


def delete_model(transaction: Transaction, before: StoredModel) -> None:
    """Remove a model, its versions, labels and places in collections."""
    transaction.settle()
    labels.replace(transaction, before.labelled, labels_of(before.document), [])
    search.of(transaction).removing(transaction, before.position)
    transaction.run("DELETE FROM models WHERE position = ?", before.position)
    transaction.changed(f"model/{before.model_id}", before.document, None)
    tallies.move(transaction, before.account_id, before.workspace_id, -int(before.provider is None))


def put_into_collections(transaction: Transaction, of: StoredModel, collections: list[str]) -> None:
    """Make `collections` the collections that a model is in."""
    transaction.settle()
    sql = "SELECT collection FROM model_collections WHERE position = ? ORDER BY collection"
    before = [collection for (collection,) in transaction.all(sql, of.position)]
    after = sorted(set(collections))
    transaction.run("DELETE FROM model_collections WHERE position = ?", of.position)
    for collection in after:
        transaction.run("INSERT INTO model_collections VALUES (?, ?, ?)", of.account_id, collection, of.position)
    told = (msgspec.json.encode({"Collections": each}) for each in (before, after))
    transaction.changed(f"model/{of.model_id}", *told)
    tallies.move(transaction, of.account_id, of.workspace_id)


def version_columns(account_id: int, *, of: str) -> Columns:
    """What decides about a version, as columns of `model_versions` and of the model's row that is called `of`."""
    return {
        "resource": f"('{account_id:d}:model/' || {of}.model_id || '/modelVersion/' || version_name)",
        "approval_status": "approval_status",
        **{name: f"{of}.{name}" for name in ("user_id", "accessibility", "workspace_id", "provider")},
    }


VERSION_SETS: Sets = {"labels": labels.written}
VERSION_PATTERNS: Patterns = {"labels": labels.written_fitting}


def latest_of(account_id: int, versions: Predicate) -> Sql:
    """The position of the newest version of the model `m` of those that fulfil `versions`."""
    condition, values = rendered(versions, version_columns(account_id, of="m"), VERSION_SETS, VERSION_PATTERNS)
    return f"(SELECT max(position) FROM model_versions WHERE model_position = m.position AND {condition})", values


def set_latest_version(transaction: Transaction, of: StoredModel, position: int | None, highest_version: str) -> None:
    """Point a model at the version that was created last, and say from where automatic numbering goes on."""
    transaction.later(
        "UPDATE models SET latest_position = ?, highest_version = ?, versions = versions + ?, versions_moved = ?"
        " WHERE position = ?",
        *(position, highest_version, int(position is not None), transaction.tick(), of.position),
    )
