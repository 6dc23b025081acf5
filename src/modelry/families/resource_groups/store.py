"""The SQL of resource groups."""

import msgspec

from modelry.contract.ids import new_id
from modelry.families.resource_groups.structs import ResourceGroup
from modelry.storage.database import Connection, Transaction
from modelry.storage.times import shown

DOCUMENT_VERSION = 1

_DEFAULT = "default"


def default_group_id(database: Connection, account_id: int) -> str | None:
    """The id of the group of whatever names none."""
    row = database.one(
        "SELECT resource_group_id FROM resource_groups WHERE account_id = ? AND name = ?", account_id, _DEFAULT
    )
    return None if row is None else str(row[0])


def first_start(transaction: Transaction, account_id: int) -> str:
    """The id of the default group, which is made if it is not there yet."""
    known = default_group_id(transaction, account_id)
    if known is not None:
        return known
    now = transaction.tick()
    group = ResourceGroup(
        id=new_id("rg", length=14),
        name=_DEFAULT,
        display_name="default resource group",
        account_id=str(account_id),
        status="OK",
        create_date=shown(now),
    )
    transaction.run(
        "INSERT INTO resource_groups (position, account_id, resource_group_id, name, document_version, document)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        *(now, account_id, group.id, group.name, DOCUMENT_VERSION, msgspec.json.encode(group)),
    )
    return group.id
