"""The SQL of model versions."""

from typing import NamedTuple

from modelry.access.predicate import ALWAYS, Predicate
from modelry.errors import VERSION_NOT_FOUND, ApiError
from modelry.families.model_versions.documents import VersionColumns, version_columns
from modelry.families.models import store as models
from modelry.storage.database import Connection, Gathering, Key, Lookup, Transaction, assignments
from modelry.storage.memory import End, length_of
from modelry.storage.paging import Page, Walk
from modelry.storage.predicates import Columns, rendered

DOCUMENT_VERSION = 1
"""Of the documents that this program writes; it keeps the keys of later ones that it does not know."""


class StoredVersion(NamedTuple):
    """A version as a write finds it."""

    position: int
    approval_status: str
    document: bytes
    version_name: str


_VERSION = Lookup(
    "SELECT v.document, v.approval_status, m.user_id, m.accessibility, m.workspace_id, m.provider, d.document"
    " FROM models m JOIN model_documents d ON d.position = m.position LEFT JOIN model_versions v"
    " ON v.account_id = m.account_id AND v.model_position = m.position AND v.version_name = ?"
    " WHERE m.account_id = ? AND m.model_id = ?"
)


def version_of_model(account_id: int, model_id: str, version_name: str) -> Key:
    """Finds (document or None, and what visibility depends on), or nothing when there is no such model."""
    return Key(_VERSION, (version_name, account_id, model_id))


def version(database: Connection, of: models.StoredModel, version_name: str) -> StoredVersion:
    """A version of a model by its name.

    Raises:
        ApiError: VERSION_NOT_FOUND.
    """
    row = database.one(
        "SELECT position, approval_status, document, version_name FROM model_versions"
        " WHERE account_id = ? AND model_position = ? AND version_name = ?",
        *(of.account_id, of.position, version_name),
    )
    if row is None:
        raise ApiError(VERSION_NOT_FOUND, model_id=of.model_id, version_name=version_name)
    return StoredVersion(*row)


_VERSIONS = Gathering(
    "model_versions",
    (
        *VersionColumns._fields,
        *("position", "account_id", "model_position", "version_name", "gmt_modified", "document_version", "document"),
    ),
    after="models",
)


def add_version(
    transaction: Transaction,
    to: models.StoredModel,
    name: str,
    position: int,
    document: bytes,
    highest_version: str,
    *,
    free: bool = False,
) -> None:
    """Keep a new version, which becomes the model's latest; `free` if no other one can have its name.

    Raises:
        Conflict: the model has a version of that name.
    """
    row = (
        *version_columns(document),
        *(position, to.account_id, to.position, name, position, DOCUMENT_VERSION, document),
    )
    (transaction.add if free else transaction.insert)(_VERSIONS, *row)
    transaction.changed(f"model/{to.model_id}/modelVersion/{name}", None, document)
    models.set_latest_version(transaction, to, position, highest_version)


def change_version(
    transaction: Transaction, of: models.StoredModel, before: StoredVersion, document: bytes, modified: int
) -> None:
    """Replace a version's document, and with it all that is indexed of it."""
    transaction.run(
        f"UPDATE model_versions SET {assignments(VersionColumns._fields)}, gmt_modified = ?, document_version = ?,"
        " document = ? WHERE position = ?",
        *version_columns(document),
        *(modified, DOCUMENT_VERSION, document, before.position),
    )
    transaction.changed(_resource(of, before), before.document, document)
    transaction.later("UPDATE models SET versions_moved = ? WHERE position = ?", transaction.tick(), of.position)


def delete_version(transaction: Transaction, of: models.StoredModel, before: StoredVersion) -> None:
    """Remove a version; the latest is then the one that was created last of those that are left."""
    transaction.run("DELETE FROM model_versions WHERE position = ?", before.position)
    transaction.changed(_resource(of, before), before.document, None)
    transaction.run(
        "UPDATE models SET versions = versions - 1, versions_moved = ?,"
        " latest_position = (SELECT max(position) FROM model_versions WHERE model_position = ?) WHERE position = ?",
        *(transaction.tick(), of.position, of.position),
    )


SORTED_BY = {"GmtCreateTime": "position", "GmtModifiedTime": "gmt_modified"}
"""Column of each `SortBy`."""


def versions(
    database: Connection, of: models.StoredModel, wanted: Predicate, page: Page, reader: str = ""
) -> tuple[list[bytes], int]:
    """A page of a model's versions, and how many there are in all.

    `wanted` is over what is indexed of a version, its `version_name`, its `labels` and its `resource`; `reader` is
    whose walk it is.
    """
    model = f"{of.account_id}:model/{of.model_id}".replace("'", "''")
    columns: Columns = {
        **{name: name for name in VersionColumns._fields},
        "version_name": "version_name",
        "resource": f"('{model}/modelVersion/' || version_name)",
    }
    condition, values = rendered(wanted, columns, models.VERSION_SETS, models.VERSION_PATTERNS)
    where = f"FROM model_versions WHERE model_position = ? AND {condition}"
    known_as = (of.position, condition, values)
    walk = Walk(database.memory, lambda: (reader, *known_as), page)
    after, bound = walk.after()
    rows = database.all(
        f"SELECT v.document, page.{page.column}, page.position FROM (SELECT {', '.join(page.keys)} {where} AND {after}"
        f" {page.sorted_by()} LIMIT ? OFFSET ?) AS page JOIN model_versions AS v ON v.position = page.position"
        f" {page.sorted_by('page.')}",
        *(of.position, *values, *bound, page.size, walk.skipped),
    )
    walk.ended(End(*rows[-1][1:]) if rows else None, len(rows))
    if wanted == ALWAYS:
        return [row[0] for row in rows], of.versions
    total_count = length_of(
        database.memory,
        (of.versions_moved, *known_as),
        lambda: database.count(where, of.position, *values),
    )
    return [row[0] for row in rows], total_count


def _resource(of: models.StoredModel, version: StoredVersion) -> str:
    return f"model/{of.model_id}/modelVersion/{version.version_name}"
