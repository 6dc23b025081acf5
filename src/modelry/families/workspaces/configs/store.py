"""The SQL of a workspace's configurations."""

import msgspec

from modelry.access.predicate import Predicate
from modelry.families.workspaces.configs.structs import Config
from modelry.storage.database import Connection, Transaction
from modelry.storage.predicates import Columns, rendered

DOCUMENT_VERSION = 1

_ATTRIBUTES: Columns = {"category_name": "category_name", "config_key": "config_key"}


def configs(database: Connection, account_id: int, workspace_id: str, wanted: Predicate) -> list[bytes]:
    """The documents of configurations, oldest first. `wanted` is over `category_name` and `config_key`."""
    condition, values = rendered(wanted, _ATTRIBUTES, {})
    where = f"FROM workspace_configs WHERE account_id = ? AND workspace_id = ? AND {condition}"
    rows = database.all(f"SELECT document {where} ORDER BY position", account_id, workspace_id, *values)
    return [bytes(document) for (document,) in rows]


def add_config(transaction: Transaction, account_id: int, new: Config, position: int) -> None:
    """Keep a new configuration."""
    transaction.run(
        "INSERT INTO workspace_configs (position, account_id, workspace_id, category_name, config_key,"
        " document_version, document) VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(position, account_id, new.workspace_id, new.category_name or "", new.config_key),
        *(DOCUMENT_VERSION, msgspec.json.encode(new)),
    )
    transaction.changed(_resource(new), None, msgspec.json.encode(new))


def change_config(transaction: Transaction, account_id: int, changed: Config, before: bytes, document: bytes) -> None:
    """Replace the document of a configuration; its category and key stay."""
    transaction.run(
        "UPDATE workspace_configs SET document_version = ?, document = ?"
        " WHERE account_id = ? AND workspace_id = ? AND config_key = ? AND category_name = ?",
        *(DOCUMENT_VERSION, document),
        *(account_id, changed.workspace_id, changed.config_key, changed.category_name or ""),
    )
    transaction.changed(_resource(changed), before, document)


def delete_config(transaction: Transaction, account_id: int, removed: Config) -> None:
    """Remove a configuration."""
    transaction.run(
        "DELETE FROM workspace_configs"
        " WHERE account_id = ? AND workspace_id = ? AND config_key = ? AND category_name = ?",
        *(account_id, removed.workspace_id, removed.config_key, removed.category_name or ""),
    )
    transaction.changed(_resource(removed), msgspec.json.encode(removed), None)


def _resource(config: Config) -> str:
    return f"workspace/{config.workspace_id}/config/{config.config_key}"
