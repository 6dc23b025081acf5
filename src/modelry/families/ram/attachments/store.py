"""The SQL of attachments."""

from typing import Literal, NamedTuple

import msgspec

from modelry.families.ram import generation
from modelry.families.ram.policies.structs import PolicyType, StoredPolicy
from modelry.storage.database import Connection, Transaction
from modelry.storage.folding import folded

EntityType = Literal["User", "Group", "Role"]


class Entity(NamedTuple):
    """What a policy may be attached to."""

    type: EntityType
    id: str
    name: str


class Attachable(NamedTuple):
    """A policy as it is attached."""

    type: PolicyType
    name: str
    position: int | None
    """The identity of a custom policy."""


class Attached(NamedTuple):
    """A policy that is attached to an entity."""

    type: PolicyType
    folded_name: str
    custom: StoredPolicy | None
    """What is said of a custom policy."""
    default_version: int | None
    """Of a custom policy."""
    position: int
    """When it was attached, microseconds since the epoch."""


_ONE = "account_id = ? AND entity_type = ? AND entity_id = ? AND policy_type = ? AND policy_name = ?"


def attach(transaction: Transaction, account_id: int, entity: Entity, policy: Attachable) -> None:
    """Attach a policy.

    Raises:
        Conflict: it is attached already.
    """
    transaction.run(
        "INSERT INTO ram_policy_attachments (account_id, entity_type, entity_id, policy_type, policy_name,"
        " policy_position, position) VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(account_id, entity.type, entity.id, policy.type, folded(policy.name), policy.position, transaction.tick()),
    )
    transaction.changed(_resource(entity, policy), None, _noted(entity, policy))
    generation.move(transaction)


def detach(transaction: Transaction, account_id: int, entity: Entity, policy: Attachable) -> bool:
    """Detach a policy; whether it was attached."""
    values = (account_id, entity.type, entity.id, policy.type, folded(policy.name))
    if not transaction.run(f"DELETE FROM ram_policy_attachments WHERE {_ONE}", *values):
        return False
    transaction.changed(_resource(entity, policy), _noted(entity, policy), None)
    generation.move(transaction)
    return True


def attachment_count(database: Connection, account_id: int, entity: Entity, policy_type: PolicyType) -> int:
    """How many policies of a type are attached to an entity."""
    return database.count(
        "FROM ram_policy_attachments WHERE account_id = ? AND entity_type = ? AND entity_id = ? AND policy_type = ?",
        *(account_id, entity.type, entity.id, policy_type),
    )


def attached(database: Connection, account_id: int, entity: Entity) -> list[Attached]:
    """The policies of an entity, in the order in which they were attached."""
    rows = database.all(
        "SELECT a.policy_type, a.policy_name, p.document, p.default_version, a.position"
        " FROM ram_policy_attachments a"
        " LEFT JOIN ram_policies p ON p.account_id = a.account_id AND p.position = a.policy_position"
        " WHERE a.account_id = ? AND a.entity_type = ? AND a.entity_id = ? ORDER BY a.position",
        *(account_id, entity.type, entity.id),
    )
    return [
        Attached(type_, name, document and msgspec.json.decode(document, type=StoredPolicy), version, position)
        for type_, name, document, version, position in rows
    ]


def entities(
    database: Connection, account_id: int, entity_type: EntityType, policy: Attachable
) -> list[tuple[bytes, int]]:
    """Document, and time of attaching, of the entities of a type that a policy is attached to, in that order."""
    table, id_column = _TABLES[entity_type]
    rows = database.all(
        f"SELECT e.document, a.position FROM ram_policy_attachments a"
        f" JOIN {table} e ON e.account_id = a.account_id AND e.{id_column} = a.entity_id"
        " WHERE a.account_id = ? AND a.entity_type = ? AND a.policy_type = ? AND a.policy_name = ? ORDER BY a.position",
        *(account_id, entity_type, policy.type, folded(policy.name)),
    )
    return [(document, position) for document, position in rows]


_TABLES: dict[EntityType, tuple[str, str]] = {
    "User": ("ram_users", "user_id"),
    "Group": ("ram_groups", "group_id"),
    "Role": ("ram_roles", "role_id"),
}


def _resource(entity: Entity, policy: Attachable) -> str:
    return f"{entity.type.lower()}/{entity.name}/policy/{policy.name}"


def _noted(entity: Entity, policy: Attachable) -> bytes:
    return msgspec.json.encode(
        {f"{entity.type}Name": entity.name, "PolicyType": policy.type, "PolicyName": policy.name}
    )
