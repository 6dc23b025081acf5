"""The SQL of user configurations."""

import msgspec

from modelry.access.predicate import Predicate
from modelry.families.workspaces.user_configs.structs import UserConfig
from modelry.storage.database import Connection, Transaction
from modelry.storage.documents import patched
from modelry.storage.predicates import Columns, rendered

DOCUMENT_VERSION = 1

_ATTRIBUTES: Columns = {"category_name": "category_name", "config_key": "config_key", "scope": "scope"}
_CALLERS = "account_id = ? AND user_id IN ('', ?)"
"""What a caller has to do with: the account's and their own."""


def user_configs(database: Connection, account_id: int, user_id: str, wanted: Predicate) -> list[bytes]:
    """The documents of the account's configurations and of a user's own, oldest first.

    `wanted` is over `category_name`, `config_key` and `scope`.
    """
    condition, values = rendered(wanted, _ATTRIBUTES, {})
    where = f"FROM user_configs WHERE {_CALLERS} AND {condition}"
    rows = database.all(f"SELECT document {where} ORDER BY position", account_id, user_id, *values)
    return [bytes(document) for (document,) in rows]


def set_user_config(transaction: Transaction, account_id: int, user_id: str, new: UserConfig) -> None:
    """Write a configuration; an empty `user_id` makes it the whole account's."""
    key = (account_id, new.category_name, new.config_key, new.scope, user_id)
    there = transaction.one(
        "SELECT position, document FROM user_configs"
        " WHERE account_id = ? AND category_name = ? AND config_key = ? AND scope = ? AND user_id = ?",
        *key,
    )
    if there is None:
        transaction.run(
            "INSERT INTO user_configs (account_id, category_name, config_key, scope, user_id, position,"
            " document_version, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(*key, transaction.tick(), DOCUMENT_VERSION, msgspec.json.encode(new)),
        )
        transaction.changed(_resource(new.category_name, new.config_key), None, msgspec.json.encode(new))
        return
    position, document = there
    changed = patched(document, {"ConfigValue": new.config_value})
    transaction.run(
        "UPDATE user_configs SET document_version = ?, document = ? WHERE position = ?",
        *(DOCUMENT_VERSION, changed, position),
    )
    transaction.changed(_resource(new.category_name, new.config_key), document, changed)


def delete_user_configs(transaction: Transaction, account_id: int, user_id: str, wanted: Predicate) -> int:
    """Remove some of the account's configurations and of a user's own; how many."""
    condition, values = rendered(wanted, _ATTRIBUTES, {})
    where = f"FROM user_configs WHERE {_CALLERS} AND {condition}"
    sql = f"SELECT category_name, config_key, document {where} ORDER BY position"
    for category_name, config_key, document in transaction.all(sql, account_id, user_id, *values):
        transaction.changed(_resource(category_name, config_key), document, None)
    return transaction.run(f"DELETE {where}", account_id, user_id, *values)


def _resource(category_name: str, config_key: str) -> str:
    return f"userConfig/{category_name}/{config_key}"
