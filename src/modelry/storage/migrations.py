"""The schema: numbered SQL files, owned by the families, applied once each under a lock.

A change of schema first expands (a program of before can still read), then contracts in a later version. There are no
down-migrations: a backup is the way back.
"""

import hashlib
import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from modelry.storage.database import Cursor, Dialect
from modelry.storage.predicates import Value

_OWN_TABLES = (
    """CREATE TABLE IF NOT EXISTS migrations (
      family TEXT NOT NULL,
      name TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      applied_at TEXT NOT NULL,
      PRIMARY KEY (family, name)
    )""",
    # `version`: how many migrations have been applied.
    # `oldest_program`: a program that knows fewer migrations than this must not open the database.
    """CREATE TABLE IF NOT EXISTS schema_version (
      only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
      version INTEGER NOT NULL,
      oldest_program INTEGER NOT NULL
    )""",
    "INSERT INTO schema_version VALUES (1, 0, 0) ON CONFLICT DO NOTHING",
    "CREATE TABLE IF NOT EXISTS clock (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), last_us BIGINT NOT NULL)",
    "INSERT INTO clock VALUES (1, 0) ON CONFLICT DO NOTHING",
    """CREATE TABLE IF NOT EXISTS instance (
      only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
      account_id BIGINT NOT NULL,
      region TEXT NOT NULL
    )""",
)
_CONTRACTS = re.compile(r"^-- contracts: (?P<reason>.+)$", re.MULTILINE)
"""The comment of a migration that programs of before it cannot live with."""


class SchemaError(Exception):
    """The database and this program do not fit together."""


class Migration(NamedTuple):
    """One numbered file."""

    family: str
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Fingerprint of the text, so that a file changed after it was applied is noticed."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def contracts(self) -> str | None:
        """What programs of before it miss, if they cannot live with it."""
        found = _CONTRACTS.search(self.sql)
        return found["reason"] if found else None


class Schema(ABC):
    """The schema of one database, as its migrations need it."""

    dialect: Dialect

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""

    @abstractmethod
    def execute(self, sql: str, values: Sequence[Value] = ()) -> Cursor:
        """Carry out one statement."""

    @abstractmethod
    def alone(self) -> AbstractContextManager[None]:
        """A transaction in which nobody else migrates; undone when something inside raises."""


def found_in(family: str, folder: Path, dialect: Dialect) -> list[Migration]:
    """The migrations in a family's folder, in order; `0001_models.sqlite.sql` is one for SQLite."""
    return [Migration(family, f.name, f.read_text()) for f in sorted(folder.glob(f"*.{dialect}.sql"))]


def pending(schema: Schema, known: Iterable[Migration]) -> list[Migration]:
    """The migrations that were not applied yet, in order; changes nothing.

    Raises:
        SchemaError: a file was changed after it was applied, or the database was written by a newer program that
            this one must not follow.
    """
    known = list(known)
    if not schema.has_table("schema_version"):
        return known
    rows = schema.execute("SELECT family, name, sha256 FROM migrations").fetchall()
    applied = {(family, name): sha256 for family, name, sha256 in rows}
    for migration in known:
        sha256 = applied.get((migration.family, migration.name))
        if sha256 not in {None, migration.sha256}:
            message = f"migration {migration.family}/{migration.name} was changed after it was applied"
            raise SchemaError(message)
    version, oldest_program = schema.execute("SELECT version, oldest_program FROM schema_version").fetchone()
    if oldest_program > len(known):
        message = (
            f"the data was written by a newer version of this program (schema {version}; "
            f"this program knows {len(known)}): start that version, or restore a backup"
        )
        raise SchemaError(message)
    return [m for m in known if (m.family, m.name) not in applied]


def apply(schema: Schema, known: Iterable[Migration]) -> list[Migration]:
    """Bring the schema up to date, all or nothing; the migrations that it took.

    Raises:
        SchemaError: see `pending`.
    """
    known = list(known)
    if schema.has_table("schema_version") and not pending(schema, known):
        return []
    with schema.alone():
        for statement in _OWN_TABLES:
            schema.execute(statement)
    with schema.alone():
        todo = pending(schema, known)  # again: another server may have come first
        for migration in todo:
            _apply(schema, migration)
    return todo


def _apply(schema: Schema, migration: Migration) -> None:
    for statement in _statements(migration.sql):
        schema.execute(statement)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    schema.execute(
        "INSERT INTO migrations VALUES (?, ?, ?, ?)", (migration.family, migration.name, migration.sha256, now)
    )
    schema.execute("UPDATE schema_version SET version = version + 1")
    if migration.contracts:
        schema.execute("UPDATE schema_version SET oldest_program = version")


def _statements(sql: str) -> list[str]:
    """The statements of a file: split at the semicolons where SQLite sees a whole statement."""
    statements, text = [], ""
    for piece in sql.split(";"):
        text += piece + ";"
        if sqlite3.complete_statement(text):
            statements.append(text)
            text = ""
    return [s for s in statements if s.strip(" \n;")]
