"""The SQL of custom policies and their versions, and what policies grant to an identity."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from modelry.access.policy import Grant, parse
from modelry.errors import ApiError
from modelry.errors.ram import (
    ENTITY_ALREADY_EXISTS_POLICY,
    ENTITY_NOT_EXIST_POLICY,
    ENTITY_NOT_EXIST_POLICY_VERSION,
    LIMIT_EXCEEDED_POLICY,
)
from modelry.families.ram import generation
from modelry.families.ram.dates import date
from modelry.families.ram.policies.structs import StoredPolicy
from modelry.families.ram.policies.system import system_policy
from modelry.storage.database import Conflict, Connection, Row, Transaction
from modelry.storage.documents import patched, spliced
from modelry.storage.folding import folded

DOCUMENT_VERSION = 1

POLICIES_MAX = 1500
VERSIONS_MAX = 5
"""Source: Alibaba Cloud's documentation of RAM's quotas."""

_AT_ONCE = 101
"""Policies that one statement of a list reads: one more than a page has if its size is not asked for."""

_PARSED_MAX = 2048
"""Documents in effect whose meaning is remembered: every custom policy that there can be, and some of the system."""

_parsed = lru_cache(maxsize=_PARSED_MAX)(parse)

_COLUMNS = """
  p.position, p.default_version, p.last_version, p.document,
  (SELECT count(*) FROM ram_policy_attachments a WHERE a.account_id = p.account_id AND a.policy_type = 'Custom'
   AND a.policy_name = p.folded_name)
"""


class FoundPolicy(NamedTuple):
    """A custom policy as a read finds it."""

    position: int
    """Its identity."""
    default_version: int
    last_version: int
    stored: StoredPolicy
    attachment_count: int


class FoundVersion(NamedTuple):
    """A version of a custom policy."""

    version: int
    policy_document: str
    create_date: str


def version_id(version: int) -> str:
    """`v2` of 2."""
    return f"v{version}"


def policy(database: Connection, account_id: int, policy_name: str) -> FoundPolicy:
    """A custom policy.

    Raises:
        ApiError: ENTITY_NOT_EXIST_POLICY.
    """
    sql = f"SELECT {_COLUMNS} FROM ram_policies p WHERE p.account_id = ? AND p.folded_name = ?"
    row = database.one(sql, account_id, folded(policy_name))
    if row is None:
        raise ApiError(ENTITY_NOT_EXIST_POLICY, policy_name=policy_name)
    return _found(row)


def policies(database: Connection, account_id: int, after: int) -> Iterator[FoundPolicy]:
    """The custom policies behind a position, in order of their creation; read as far as they are asked for."""
    sql = f"SELECT {_COLUMNS} FROM ram_policies p WHERE p.account_id = ? AND p.position > ? ORDER BY p.position LIMIT ?"
    while rows := database.all(sql, account_id, after, _AT_ONCE):
        yield from map(_found, rows)
        after = rows[-1][0]


def attachment_counts(database: Connection, account_id: int) -> Mapping[str, int]:
    """To how many entities each policy of the system is attached, by its folded name; absent for none."""
    sql = (
        "SELECT policy_name, count(*) FROM ram_policy_attachments"
        " WHERE account_id = ? AND policy_type = 'System' GROUP BY policy_name"
    )
    return dict(database.all(sql, account_id))


def attached_to(database: Connection, account_id: int, policy_type: str, policy_name: str) -> set[str]:
    """The types of the entities that a policy is attached to."""
    rows = database.all(
        "SELECT DISTINCT entity_type FROM ram_policy_attachments"
        " WHERE account_id = ? AND policy_type = ? AND policy_name = ?",
        *(account_id, policy_type, folded(policy_name)),
    )
    return {entity_type for (entity_type,) in rows}


def has_policies(database: Connection, account_id: int, entity_type: str, entity_id: str) -> bool:
    """Whether a policy is attached to a user, group or role."""
    sql = "SELECT 1 FROM ram_policy_attachments WHERE account_id = ? AND entity_type = ? AND entity_id = ? LIMIT 1"
    return database.one(sql, account_id, entity_type, entity_id) is not None


def add_policy(
    transaction: Transaction, account_id: int, new: StoredPolicy, policy_document: str, position: int
) -> None:
    """Keep a new policy, and its document as version 1.

    Raises:
        ApiError: ENTITY_ALREADY_EXISTS_POLICY or LIMIT_EXCEEDED_POLICY.
    """
    document = msgspec.json.encode(new)
    try:
        transaction.run(
            "INSERT INTO ram_policies (position, account_id, folded_name, policy_name, default_version, last_version,"
            " document_version, document) VALUES (?, ?, ?, ?, 1, 0, ?, ?)",
            *(position, account_id, folded(new.policy_name), new.policy_name, DOCUMENT_VERSION, document),
        )
    except Conflict as conflict:
        raise ApiError(ENTITY_ALREADY_EXISTS_POLICY, policy_name=new.policy_name) from conflict
    if transaction.count("FROM ram_policies WHERE account_id = ?", account_id) > POLICIES_MAX:
        raise ApiError(LIMIT_EXCEEDED_POLICY, limit=POLICIES_MAX)
    transaction.changed(_resource(new.policy_name), None, document)
    add_version(transaction, account_id, policy(transaction, account_id, new.policy_name), policy_document, position)


def change_policy(
    transaction: Transaction, account_id: int, found: FoundPolicy, changes: Mapping[str, object]
) -> FoundPolicy:
    """Replace some of what is said of a policy, given by the names on the wire; the policy afterwards."""
    return _replace(transaction, account_id, found, changes, found.default_version)


def set_default_version(transaction: Transaction, account_id: int, found: FoundPolicy, number: int) -> FoundPolicy:
    """Have a version take effect; the policy afterwards."""
    after = _replace(transaction, account_id, found, {}, number)
    generation.move(transaction)
    return after


def delete_policy(transaction: Transaction, account_id: int, found: FoundPolicy) -> None:
    """Remove a policy, which is attached to nothing, with all its versions."""
    transaction.run("DELETE FROM ram_policies WHERE account_id = ? AND position = ?", account_id, found.position)
    transaction.changed(_resource(found.stored.policy_name), msgspec.json.encode(found.stored), None)


_VERSIONS = "FROM ram_policy_versions WHERE account_id = ? AND policy_position = ?"


def versions(database: Connection, account_id: int, found: FoundPolicy) -> list[FoundVersion]:
    """Every version of a policy, the oldest first."""
    sql = f"SELECT version, policy_document, gmt_create {_VERSIONS} ORDER BY version"
    rows = database.all(sql, account_id, found.position)
    return [FoundVersion(number, document, date(us)) for number, document, us in rows]


def version(database: Connection, account_id: int, found: FoundPolicy, number: int) -> FoundVersion:
    """One version of a policy.

    Raises:
        ApiError: ENTITY_NOT_EXIST_POLICY_VERSION.
    """
    sql = f"SELECT version, policy_document, gmt_create {_VERSIONS} AND version = ?"
    row = database.one(sql, account_id, found.position, number)
    if row is None:
        name = found.stored.policy_name
        raise ApiError(ENTITY_NOT_EXIST_POLICY_VERSION, policy_name=name, version_id=version_id(number))
    return FoundVersion(row[0], row[1], date(row[2]))


def add_version(
    transaction: Transaction, account_id: int, found: FoundPolicy, policy_document: str, now: int
) -> FoundVersion:
    """Keep a new version of a policy, which takes effect only if it is the first."""
    number = found.last_version + 1
    transaction.run(
        "INSERT INTO ram_policy_versions (account_id, policy_position, version, policy_document, gmt_create)"
        " VALUES (?, ?, ?, ?, ?)",
        *(account_id, found.position, number, policy_document, now),
    )
    transaction.run(
        "UPDATE ram_policies SET last_version = ? WHERE account_id = ? AND position = ?",
        *(number, account_id, found.position),
    )
    new = FoundVersion(number, policy_document, date(now))
    transaction.changed(_resource(found.stored.policy_name), None, _noted(new))
    return new


def delete_version(transaction: Transaction, account_id: int, found: FoundPolicy, gone: FoundVersion) -> None:
    """Remove a version, which is not in effect."""
    transaction.run(f"DELETE {_VERSIONS} AND version = ?", account_id, found.position, gone.version)
    transaction.changed(_resource(found.stored.policy_name), _noted(gone), None)


_IN_EFFECT = """
  SELECT a.entity_type, a.policy_name, p.policy_name, p.default_version, v.policy_document, g.group_name
  FROM ram_policy_attachments a
  LEFT JOIN ram_policies p ON p.account_id = a.account_id AND p.position = a.policy_position
  LEFT JOIN ram_policy_versions v
    ON v.account_id = p.account_id AND v.policy_position = p.position AND v.version = p.default_version
  LEFT JOIN ram_groups g ON a.entity_type = 'Group' AND g.account_id = a.account_id AND g.group_id = a.entity_id
"""


def grants(database: Connection, account_id: int, user_id: str) -> list[Grant]:
    """What counts for a user: the policies attached to it, and those attached to its groups."""
    rows = database.all(
        f"{_IN_EFFECT} WHERE a.account_id = ? AND a.entity_type = 'User' AND a.entity_id = ?"
        f" UNION ALL {_IN_EFFECT} WHERE a.account_id = ? AND a.entity_type = 'Group' AND a.entity_id IN"
        " (SELECT group_id FROM ram_group_members WHERE account_id = ? AND user_id = ?)",
        *(account_id, user_id, account_id, account_id, user_id),
    )
    return list(_granted(rows))


def role_grants(database: Connection, account_id: int, role_id: str) -> list[Grant]:
    """What counts for the sessions of a role: the policies attached to it."""
    sql = f"{_IN_EFFECT} WHERE a.account_id = ? AND a.entity_type = 'Role' AND a.entity_id = ?"
    return list(_granted(database.all(sql, account_id, role_id)))


def _granted(rows: Iterable[Row]) -> Iterator[Grant]:
    for entity_type, name, custom_name, default_version, policy_document, group_name in rows:
        where = f"group {group_name}" if entity_type == "Group" else f"the {entity_type.lower()}"
        if custom_name is not None:
            source = f"custom policy {custom_name} ({version_id(default_version)})"
            yield Grant(f"{source} attached to {where}", _parsed(policy_document), custom_name)
        # One that only a later program knows is passed over: those of the system deny nothing.
        elif found := system_policy(name):
            yield Grant(f"system policy {found.name} attached to {where}", _parsed(found.document), found.name)


def _found(row: Row) -> FoundPolicy:
    position, default_version, last_version, document, attachment_count = row
    stored = msgspec.json.decode(document, type=StoredPolicy)
    return FoundPolicy(position, default_version, last_version, stored, attachment_count)


def _replace(
    transaction: Transaction, account_id: int, found: FoundPolicy, changes: Mapping[str, object], default_version: int
) -> FoundPolicy:
    where = "WHERE account_id = ? AND position = ?"
    row = transaction.one(f"SELECT document FROM ram_policies {where}", account_id, found.position)
    before = bytes(row[0]) if row else b"{}"
    after = patched(before, {**changes, "UpdateDate": date(transaction.tick())})
    transaction.run(
        f"UPDATE ram_policies SET default_version = ?, document_version = ?, document = ? {where}",
        *(default_version, DOCUMENT_VERSION, after, account_id, found.position),
    )
    transaction.changed(
        _resource(found.stored.policy_name),
        spliced(before, b'"DefaultVersion":"v%d"' % found.default_version),
        spliced(after, b'"DefaultVersion":"v%d"' % default_version),
    )
    return policy(transaction, account_id, found.stored.policy_name)


def _resource(policy_name: str) -> str:
    return f"policy/{policy_name}"


def _noted(each: FoundVersion) -> bytes:
    return msgspec.json.encode({"VersionId": version_id(each.version), "PolicyDocument": each.policy_document})
